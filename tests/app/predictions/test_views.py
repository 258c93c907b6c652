"""Every view draws what it is told, for the data that it suits; what is chosen in it changes what it wants."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.predictions.panel import PredictionsPanel
from app.predictions.plane import first_features
from app.predictions.registry import all_views, views_for
from app.predictions.view import PredictionView, Question
from app.predictions.views.chart import Map
from app.predictions.views.confusion import Confusion
from app.predictions.views.decision import Decision
from app.predictions.views.forecast import ROLLED, Series
from app.predictions.views.heat import Heat
from app.predictions.views.images import Images
from app.predictions.views.melody import Melody
from app.predictions.views.parity import Parity
from app.predictions.views.text import Text
from app.theme import Theme
from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.tensor.spec import Array
from engine.training.predictions import arrays
from engine.training.predictions.answers import answers_of_data
from engine.training.predictions.importance import REPEATS, table_columns
from engine.training.reports import VALIDATION, Pictured
from engine.training.watching import importance
from engine.training.watching.chart import PLACES, SHARES
from engine.training.watching.rolling import VALUES, Roll
from engine.training.watching.writing import BEGINNING, BEGUN_AT, NUMBER, TOKENS, Write
from tests.engine.training.networks import two_of_each

LAYERS = (("n2", "dense"), ("n3", "dense_1"))
SHOWN = {
    "spiral": ["Decision", "Confusion", "Importance", "Roc", "PrecisionRecall", "Map"],
    "iris": ["Confusion", "Decision", "Importance", "Roc", "PrecisionRecall", "Map"],
    "digits": ["Images", "Confusion", "Roc", "PrecisionRecall", "Map"],
    "line": ["Fit", "Parity", "Map"],
    "boston": ["Parity", "Fit", "Heat", "Importance", "Map"],
    "airline": ["Series", "Parity", "Map"],
    "shakespeare": ["Text", "Map"],
    "melodies": ["Melody", "Confusion", "Map"],
    "copy": ["Confusion", "Map"],
}


@cache
def bundle(name: str) -> DataBundle:
    return load(DataSettings(dataset=name))


def question(name: str) -> Question:
    data = bundle(name)
    return Question(data, answers_of_data(data.spec)[0], LAYERS)


def outputs(asked: Question, rows: int) -> Array:
    """Predictions that are as good as guessed."""
    rng, answer = np.random.default_rng(0), asked.answer
    if not answer.is_class:
        return rng.normal(size=(rows, *answer.feature.shape)).astype(np.float32)
    scores = rng.random((rows, *answer.feature.shape, len(answer.classes))).astype(np.float32)
    if len(answer.classes) == 2 and not answer.feature.shape:
        return scores[:, :1]
    shares: Array = scores / scores.sum(axis=-1, keepdims=True)
    return shares


def feed(view: PredictionView, asked: Question) -> None:
    """What a run answers to all that a view wants."""
    output = asked.answer.output
    view.show(Pictured(VALIDATION, 7, {output: outputs(asked, min(120, len(asked.rows)))}))
    for probe in view.probes():
        rows = len(next(iter(probe.inputs.values())))
        view.show(Pictured(probe.name, 7, {output: outputs(asked, rows)}, version=probe.version))
    for wish in view.wishes():
        if isinstance(wish, Write):
            tokens = np.arange(wish.length + 3, dtype=np.int32) % len(asked.answer.classes)
            facts = {BEGINNING: np.array(3), NUMBER: np.array(1), BEGUN_AT: np.array(7)}
            view.show(Pictured(wish.name, 7, {TOKENS: tokens, **facts}))
        elif isinstance(wish, importance.Importance):
            view.show(Pictured(wish.name, 7, measured(asked)))
        else:
            places = np.random.default_rng(1).normal(size=(min(300, len(asked.rows)), 2))
            view.show(Pictured(wish.name, 7, {PLACES: places, SHARES: np.array([0.5, 0.2])}))


def measured(asked: Question, repeats: int = REPEATS) -> dict[str, Array]:
    """What dealing columns out did: the further behind a column stands, the more it matters, and the first does harm."""
    count = len(table_columns(asked.bundle))
    worse = np.linspace(-0.01, 0.3, count)
    return {
        importance.FIGURES: np.array(["loss", "accuracy"]),
        importance.GREATER: np.array([False, True]),
        importance.BEFORE: np.array([0.5, 0.9]),
        importance.MEANS: np.stack([2 * worse, worse]),
        importance.SPREADS: np.full((2, count), 0.02),
        importance.REPEATED: np.array(repeats),
        importance.ROWS: np.array(len(asked.rows)),
        importance.DONE: np.array(1 + repeats * count),
        importance.TOTAL: np.array(1 + REPEATS * count),
    }


@pytest.fixture
def shown(qtbot: QtBot, theme: Theme) -> Callable[[type[PredictionView], Question], PredictionView]:
    """Shows a view and keeps it alive."""
    kept: list[PredictionView] = []

    def show(kind: type[PredictionView], asked: Question) -> PredictionView:
        view = kind(theme, asked, "test")
        kept.append(view)
        qtbot.addWidget(view.widget)
        view.widget.resize(500, 300)
        with qtbot.waitExposed(view.widget):
            view.widget.show()
        feed(view, asked)
        return view

    return show


@pytest.mark.parametrize("name", list(SHOWN))
def test_views_follow_from_the_data(name: str) -> None:
    assert [view.__name__ for view in views_for(question(name))] == SHOWN[name]


def test_each_declared_view_suits_some_data() -> None:
    known = {name for names in SHOWN.values() for name in names} | {"Beside"}
    declared = {view.__name__ for view in all_views() if not view.__name__.startswith("_")}
    assert declared == known


@pytest.mark.parametrize("name", ["spiral", "digits", "line", "boston", "airline", "shakespeare", "melodies"])
def test_each_view_draws_and_says_what_it_is_told(
    name: str, shown: Callable[[type[PredictionView], Question], PredictionView]
) -> None:
    for kind in views_for(question(name)):
        view = shown(kind, question(name))
        assert view.title()
        assert not view.widget.grab().isNull()
        for control in view.controls():
            assert control.accessibleName() or getattr(control, "text", str)()


def test_any_two_of_many_features_can_be_chosen(
    shown: Callable[[type[PredictionView], Question], PredictionView],
) -> None:
    view = shown(Decision, question("iris"))
    (before,) = view.probes()
    x, y = view.controls()
    QTest.keyClick(x, Qt.Key.Key_Down)  # to the feature that is upwards, which makes room
    x.activated.emit(x.currentIndex())  # type: ignore[attr-defined]  # a drop-down list
    assert x.currentIndex() != y.currentIndex()  # type: ignore[attr-defined]  # the same
    (after,) = view.probes()
    assert after.version != before.version
    assert not np.array_equal(after.inputs["x"], before.inputs["x"])
    stale = Pictured(before.name, 8, {"y0": np.zeros((3, 3))}, version=before.version)
    view.show(stale)  # of the features of before: not drawn, or it would raise


def test_values_in_the_plane_are_in_units_of_the_data(
    shown: Callable[[type[PredictionView], Question], PredictionView],
) -> None:
    asked = question("boston")
    view = shown(Heat, asked)
    assert isinstance(view, Heat)
    (before,) = view.probes()
    rows = len(next(iter(before.inputs.values())))
    view.show(Pictured(before.name, 8, {"y0": np.zeros((rows, 1), np.float32)}, version=before.version))
    mean = bundle("boston").scaling["y"].mean[0]
    low, high = view.plane.span()
    assert low < mean < high
    x0, x1, y0, y1 = view.plane._extent or (0.0, 0.0, 0.0, 0.0)
    assert view.plane.value_at((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx(mean, rel=1e-5)
    assert view.plane.value_at(x1 + 1, y0) is None
    assert [box.accessibleName() for box in view.controls()] == ["Feature to the right", "Feature upwards"]
    x, y = view.controls()
    QTest.keyClick(x, Qt.Key.Key_Down)
    x.activated.emit(x.currentIndex())  # type: ignore[attr-defined]  # a drop-down list
    assert x.currentIndex() != y.currentIndex()  # type: ignore[attr-defined]  # the same
    assert view.probes()[0].version != before.version


def test_a_plane_begins_with_features_that_fill_it(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"a": [0.0, 1.0], "b": [0.1, 0.2, 0.3], "c": [1.0], "d": [4.0, 5.0, 6.0]}
    columns = {name: arrays.Column("x", place, name) for place, name in enumerate(values)}

    def values_of(_bundle: DataBundle, column: arrays.Column, _rows: range) -> Array:
        return np.array(values[column.title])

    monkeypatch.setattr(arrays, "values_of", values_of)
    for names, first in (("abcd", "bd"), ("acb", "ab"), ("ac", "ac"), ("bd", "bd")):
        offered = [columns[name] for name in names]
        places = first_features(bundle("iris"), offered)
        assert "".join(offered[place].title for place in places) == first


def test_a_cell_of_the_confusion_matrix_leads_to_its_examples(
    shown: Callable[[type[PredictionView], Question], PredictionView],
) -> None:
    for name in ("digits", "iris"):
        view = shown(Confusion, question(name))
        assert isinstance(view, Confusion)
        matrix = view._matrix
        QTest.mouseClick(
            matrix, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, matrix.cell_rect(1, 0).center()
        )
        assert view._side.isVisible()
        count = matrix._counted.at(1, 0)
        if name == "digits":
            pictures = view._grid.pictures()
            assert (len(pictures) if pictures else 0) == count
            assert pictures is None or (pictures.true == 1).all()
        else:
            assert view._list.count() == count
        matrix.point_at((1, 0))
        QTest.keyClick(matrix, Qt.Key.Key_Return)  # the same cell again: away with them
        assert not view._side.isVisible()


def test_only_wrong_pictures_and_the_most_wrong_first(
    shown: Callable[[type[PredictionView], Question], PredictionView],
) -> None:
    view = shown(Images, question("digits"))
    assert isinstance(view, Images)
    view._wrong.click()
    pictures = view._view.pictures()
    assert pictures is not None
    assert (pictures.true != pictures.predicted).all()
    view._order.setCurrentIndex(1)
    view._order.activated.emit(1)
    taken = view._taken
    assert taken is not None
    wrong = taken.true != taken.predicted
    first = view._view.pictures()
    assert first is not None
    assert first.true[0] == taken.true[wrong][taken.wrongness[wrong].argmax()]


def test_one_forecast_after_the_other(
    shown: Callable[[type[PredictionView], Question], PredictionView],
) -> None:
    view = shown(Series, question("airline"))
    assert isinstance(view, Series)
    before = view._view._example
    QTest.keyClick(view._view, Qt.Key.Key_Right)
    after = view._view._example
    assert before is not None
    assert after is not None
    assert after[0] == before[0] + 1


def test_a_forecast_far_ahead_stands_beside_one_step_ahead(
    shown: Callable[[type[PredictionView], Question], PredictionView],
) -> None:
    asked = question("airline")
    view = shown(Series, asked)
    assert isinstance(view, Series)
    assert view.wishes() == ()
    view._what.setCurrentIndex(ROLLED)
    view._what.activated.emit(ROLLED)
    (wish,) = view.wishes()
    assert isinstance(wish, Roll)
    assert (wish.row, wish.stop) == (asked.rows.start, asked.rows.stop)
    assert view._view.title() == f"{len(asked.rows)} steps"
    view.show(Pictured(wish.name, 7, {VALUES: np.full(len(asked.rows), 400.0, np.float32)}))
    assert "one step ahead" in view._view.title()
    QTest.keyClick(view._view, Qt.Key.Key_Right)
    (after,) = view.wishes()
    assert isinstance(after, Roll)
    assert after.row == wish.row + 1
    assert view._view._on is not None
    assert not view._view._on.size  # what was forecast from the example before is gone


def test_a_text_goes_on_from_a_typed_beginning(
    shown: Callable[[type[PredictionView], Question], PredictionView],
) -> None:
    view = shown(Text, question("shakespeare"))
    assert isinstance(view, Text)
    assert "step 7" in view._page.toPlainText()
    QTest.keyClicks(view._beginning, "Romeo 9")
    QTest.keyClick(view._beginning, Qt.Key.Key_Return)
    (wish,) = view.wishes()
    assert isinstance(wish, Write)
    assert len(wish.beginning) == len("Romeo ")
    assert "9" in view._page.toPlainText()  # which the play has not


def test_a_melody_is_saved(
    shown: Callable[[type[PredictionView], Question], PredictionView],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = shown(Melody, question("melodies"))
    assert isinstance(view, Melody)
    assert len(view._roll.notes) > 10
    for name, start in (("a.mid", b"MThd"), ("b.wav", b"RIFF")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, name=name: (f"{tmp_path}/{name}", ""))
        view._save.click()
        assert (tmp_path / name).read_bytes()[:4] == start
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (f"{tmp_path}/none/c.mid", ""))
    view._save.click()
    assert "could not be saved" in view._note.text()


def test_a_point_of_the_map_shows_its_example(
    shown: Callable[[type[PredictionView], Question], PredictionView],
) -> None:
    view = shown(Map, question("digits"))
    assert isinstance(view, Map)
    QTest.keyClick(view._view, Qt.Key.Key_Right)
    assert view._side.isVisible()
    assert not view._picture.pixmap().isNull()
    view.show(Pictured("test/map", 9, {}, "This layer is no longer part of the network that trains."))
    assert view._view.is_empty()


def _title(panel: PredictionsPanel) -> str:
    assert isinstance(panel.shown, Parity)
    return panel.shown._view.title()


def test_a_network_of_two_answers_shows_either(qtbot: QtBot, theme: Theme) -> None:
    data = two_of_each()
    questions = [Question(data, answer, LAYERS) for answer in answers_of_data(data.spec)]
    panel = PredictionsPanel(theme, "test")
    qtbot.addWidget(panel)
    assert panel.probes() == ()
    panel.set_questions(questions, read=True)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.choose(Parity)
    rows = questions[0].rows
    said = {"y0": data.targets["sum"][rows.start :], "y1": np.zeros((len(rows), 1), np.float32)}
    panel.show_answer(Pictured(VALIDATION, 3, said))
    assert _title(panel) == "R² 1.000"
    panel._answer.setCurrentIndex(1)
    panel._answer.activated.emit(1)
    panel.show_answer(Pictured(VALIDATION, 3, said))
    assert _title(panel) != "R² 1.000"
    panel.show_answer(Pictured(VALIDATION, 4, {}, "The data is gone."))
    assert panel._sentence.text() == "The data is gone."
    seen = panel.validation
    panel.hide()
    assert (seen, panel.validation) == (True, False)
    assert not panel.probes()
    assert not panel.wishes()


def test_a_forecast_says_what_its_numbers_are(
    shown: Callable[[type[PredictionView], Question], PredictionView],
) -> None:
    for relative, unit in (
        ("no", "passengers"),
        ("ratio", "passengers / known mean"),
        ("difference", "passengers - last known"),
    ):
        data = load(DataSettings(dataset="airline", options={"relative": relative}))
        view = shown(Series, Question(data, answers_of_data(data.spec)[0], LAYERS))
        assert isinstance(view, Series)
        assert view._view.surface.y_axis.labelText == unit


def test_a_sequence_is_on_the_map_by_its_last_answer(
    shown: Callable[[type[PredictionView], Question], PredictionView],
) -> None:
    asked = question("copy")
    view = shown(Map, asked)
    assert isinstance(view, Map)
    answers = asked.bundle.targets[asked.answer.feature.name]
    rows = asked.rows[: len(view._true)]
    assert view._true.tolist() == np.asarray(answers[rows.start : rows.stop])[:, -1].tolist()
    assert len(set(view._true.tolist())) > 1, "at first all have nothing to say"
