"""The view of which columns matter: bars in order, a measurement that can be cancelled, and the same numbers elsewhere."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.plots.ranking import Bar, RankingView
from app.predictions.panel import PredictionsPanel
from app.predictions.views.importance import Importance
from app.theme import Theme
from engine.training.predictions.importance import REPEATS
from engine.training.reports import Pictured
from engine.training.watching.importance import DONE, TOTAL
from tests.app.predictions.test_views import measured, question

COLUMNS = ["petal width", "petal length", "sepal width", "sepal length"]  # as `measured` ranks them


@pytest.fixture
def panel(qtbot: QtBot, theme: Theme) -> PredictionsPanel:
    made = PredictionsPanel(theme, "test")
    qtbot.addWidget(made)
    made.resize(520, 320)
    made.set_questions([question("iris")], read=True)
    with qtbot.waitExposed(made):
        made.show()
    made.choose(Importance)
    return made


def view_of(panel: PredictionsPanel) -> Importance:
    assert isinstance(panel.shown, Importance)
    return panel.shown


def say(panel: PredictionsPanel, repeats: int = REPEATS) -> None:
    (wish,) = panel.wishes()
    panel.show_answer(Pictured(wish.name, 7, measured(question("iris"), repeats)))


def test_the_column_that_matters_most_is_on_top_for_the_figure_that_is_chosen(
    panel: PredictionsPanel,
) -> None:
    view = view_of(panel)
    assert not view._note.isVisible()
    say(panel)
    bars = view._bars.bars
    assert [bar.name for bar in bars] == COLUMNS
    assert [bar.value for bar in bars] == sorted((bar.value for bar in bars), reverse=True)
    assert bars[0].words.startswith("petal width: Accuracy goes from 0.900 to 0.600")
    assert view._bars.number(bars[-1]) == "\N{MINUS SIGN}0.010 ± 0.020"
    assert view._bars._title == "Accuracy, now 0.900, falls by"
    assert "30 rows of validation, at step 7" in view._note.text()
    assert not view._working.isVisible()
    view._bars.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        QTest.keyClick(view._bars, key)
    assert view._bars.accessibleDescription() == bars[0].words
    for row in range(len(bars)):
        view._bars.point_at(row)
        assert not view._bars._readout.geometry().intersects(view._bars.row_rect(row)), (
            "what is said is seen, too"
        )
    view._figure.setCurrentIndex(0)
    view._figure.activated.emit(0)
    assert view._bars._title == "Loss, now 0.500, rises by"
    assert view._bars.bars[0].value == pytest.approx(0.6)


def test_numbers_beside_bars_have_as_many_places(qtbot: QtBot, theme: Theme) -> None:
    view = RankingView(theme)
    qtbot.addWidget(view)
    written = {
        (0.31763, -0.00024, 0.0122): ["0.318 ± 0.012", "0.000 ± 0.012"],
        (12_345.6, -0.4, 3.2): ["12,346 ± 3", "0 ± 3"],
        (2e-7, 0.0, 1e-8): ["2e-7 ± 1e-8", "0.00 ± 1e-8"],
    }
    for (first, second, spread), texts in written.items():
        view.set_bars([Bar("a", first, spread), Bar("b", second, spread)])
        assert [view.number(bar) for bar in view.bars] == texts


def test_measuring_tells_how_far_it_is_and_can_be_cancelled_and_begun_again(panel: PredictionsPanel) -> None:
    view = view_of(panel)
    (wish,) = panel.wishes()
    some = {name: value for name, value in measured(question("iris")).items() if name in (DONE, TOTAL)}
    panel.show_answer(Pictured(wish.name, 7, {**some, DONE: some[TOTAL] // 4}))
    assert view._working.isVisible()
    assert view._bars.is_empty()
    assert view._progress.caption() == f"{int(some[TOTAL]) // 4} of {int(some[TOTAL])} measurements"
    say(panel, repeats=2)  # what is known is shown
    assert view._working.isVisible()
    assert view._bars.bars
    QTest.mouseClick(view._cancel, Qt.MouseButton.LeftButton)
    assert panel.wishes() == ()
    assert not view._working.isVisible()
    assert view._again.isVisible()
    panel.show_answer(Pictured(wish.name, 8, {}, "This comes too late."))
    assert view._bars.bars, "what was on its way when it was cancelled changes nothing"
    QTest.mouseClick(view._again, Qt.MouseButton.LeftButton)
    assert panel.wishes() == (wish,)
    assert not view._again.isVisible()
    say(panel)
    assert not view._working.isVisible()
    panel.show_answer(Pictured(wish.name, 9, {}, "The network has no such answer."))
    assert view._bars.is_empty()
    assert panel._sentence.text() == "The network has no such answer."


def test_the_numbers_are_copied_and_saved_as_they_are_shown(
    panel: PredictionsPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(panel)
    say(panel)
    QTest.keyClick(view._bars, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0].split("\t")[:2] == ["column", "figure"]
    assert copied[1].split("\t") == ["petal width", "loss", "0.5", "1.1", "0.6", "0.02", "10", "30"]
    assert len(copied) == 1 + 2 * len(COLUMNS)
    kinds = {"a.png": b"\x89PNG", "b.svg": b"<?xml", "c.csv": b"column,figure"}
    for name, start in kinds.items():
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, name=name: (f"{tmp_path}/{name}", ""))
        QTest.mouseClick(view._export, Qt.MouseButton.LeftButton)
        assert (tmp_path / name).read_bytes().startswith(start)
    view.save(tmp_path / "none" / "d.csv")
    assert "could not be written" in view._note.text()
