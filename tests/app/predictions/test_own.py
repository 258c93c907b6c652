"""An example of one's own: typed, drawn, dropped or written, it becomes what the network would see of the data."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from app.plots import chances
from app.predictions.own_form import FormInput
from app.predictions.own_inputs import PictureInput, RowInput, TextInput
from app.predictions.own_panel import OWN, OwnExample
from app.predictions.view import Question
from app.theme import Theme
from app.widgets import CommitSpin
from engine.data.load import load
from engine.data.recipe.settings import ColumnRecipe, Recipe
from engine.data.settings import DataSettings
from engine.tensor.spec import Array
from engine.training.predictions.answers import Answer, answers_of_data
from engine.training.reports import Pictured
from tests.app.predictions.test_views import question

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def panel(qtbot: QtBot, theme: Theme, name: str) -> OwnExample:
    own = OwnExample(theme)
    qtbot.addWidget(own)
    own.resize(500, 300)
    own.set_question(question(name))
    assert own.probes() == ()
    with qtbot.waitExposed(own):
        own.show()
    return own


def test_typed_numbers_are_predicted_at_once(qtbot: QtBot, theme: Theme) -> None:
    own = panel(qtbot, theme, "iris")
    assert isinstance(own.input, FormInput)
    (before,) = own.probes()
    box = own.input.findChildren(CommitSpin)[0]
    box.lineEdit().setFocus()
    box.lineEdit().selectAll()
    with qtbot.waitSignal(own.wants_changed):
        QTest.keyClicks(box.lineEdit(), "7.5")
        QTest.keyClick(box.lineEdit(), Qt.Key.Key_Return)
    (after,) = own.probes()
    assert after.inputs["x"][0, 0] > before.inputs["x"][0, 0]
    np.testing.assert_array_equal(after.inputs["x"][0, 1:], before.inputs["x"][0, 1:])
    answer = {"y0": np.array([[0.2, 0.7, 0.1]])}
    own.show_answer(Pictured(OWN, 1, answer, version=before.version))  # of the numbers of before
    assert own.answer.is_empty()
    own.show_answer(Pictured(OWN, 1, answer, version=after.version))
    assert own.answer.best == question("iris").answer.classes[1]
    own.show_answer(Pictured(OWN, 2, {}, "The network is another.", version=after.version))
    assert own.answer.is_empty()
    assert own._sentence.text() == "The network is another."


def test_a_row_of_the_data_can_be_taken_and_changed(qtbot: QtBot, theme: Theme) -> None:
    own = panel(qtbot, theme, "iris")
    assert isinstance(own.input, FormInput)
    own.input.example.click()
    (probe,) = own.probes()
    first = question("iris").rows[0]
    np.testing.assert_allclose(probe.inputs["x"][0], question("iris").bundle.inputs["x"][first], atol=1e-4)


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Question:
    path = tmp_path_factory.mktemp("own") / "houses.csv"
    rows = [
        f"{k},{('red', 'blue')[k % 2]},{k % 9 + 1:02d}.03.2021,a house of {k} years with a roof of its own,{3 * k}"
        for k in range(60)
    ]
    path.write_text("size,colour,built,remark,price\n" + "\n".join(rows) + "\n", encoding="utf-8")
    recipe = Recipe(columns={"price": ColumnRecipe(role="target")})
    data = load(DataSettings(path=str(path), recipe=recipe))
    return Question(data, answers_of_data(data.spec)[0])


def test_a_row_of_a_table_is_given_column_by_column(qtbot: QtBot, theme: Theme, houses: Question) -> None:
    own = OwnExample(theme)
    qtbot.addWidget(own)
    own.resize(560, 360)
    own.set_question(houses)
    with qtbot.waitExposed(own):
        own.show()
    assert isinstance(own.input, FormInput)
    own.input.example.click()
    (before,) = own.probes()
    size, built = own.input.findChildren(CommitSpin)
    assert built.accessibleName() == "built"
    assert built.lineEdit().text().startswith("2021-03-0")

    def typed(text: str) -> dict[str, Array]:
        built.lineEdit().selectAll()
        QTest.keyClicks(built.lineEdit(), text)
        with qtbot.waitSignal(own.wants_changed):
            QTest.keyClick(built.lineEdit(), Qt.Key.Key_Return)
        (probe,) = own.probes()
        return dict(probe.inputs)

    late = typed("24.12.2021")  # as the file has it
    assert built.lineEdit().text() == "2021-12-24"
    changed = np.flatnonzero(late["x"][0] != before.inputs["x"][0])
    names = houses.bundle.features["x"].column_names
    assert {names[k].partition(" ")[0] for k in changed} == {"built"}
    QTest.keyClick(built, Qt.Key.Key_Up)
    assert built.lineEdit().text() == "2021-12-25"
    typed("tomorrow")
    assert own._sentence.text() == "Give a date such as 1970-01-01; “tomorrow” is not one."
    built.set_value(built.value())
    (line,) = (w for w in own.input.findChildren(QLineEdit) if w.accessibleName() == "remark")
    with qtbot.waitSignal(own.wants_changed):
        QTest.keyClicks(line, "!")
    own.probes()
    assert own._sentence.text() == ""
    (word,) = own.input.findChildren(QComboBox)
    other = 1 - word.currentIndex()
    word.setCurrentIndex(other)
    with qtbot.waitSignal(own.wants_changed):
        word.activated.emit(other)
    (after,) = own.probes()
    text = houses.bundle.features[next(n for n, f in houses.bundle.features.items() if f.kind == "text")].name
    assert str(after.inputs[text][0, 0]).count("!") == 1
    place = [k for k, name in enumerate(names) if name.startswith("colour=")]
    assert after.inputs["x"][0, place].tolist() == before.inputs["x"][0, place].tolist()[::-1]
    assert size.accessibleName() == "size"


def test_a_drawn_digit_is_predicted_while_it_is_drawn(qtbot: QtBot, theme: Theme) -> None:
    own = panel(qtbot, theme, "digits")
    assert isinstance(own.input, PictureInput)
    assert own.probes() == ()  # nothing is drawn, so there is nothing that it could be taken for
    pad = own.input.pad
    QTest.mousePress(pad, LEFT, NONE, QPoint(60, 40))
    with qtbot.waitSignal(own.wants_changed):
        QTest.mouseMove(pad, QPoint(60, 110))
    (drawn,) = own.probes()
    QTest.mouseRelease(pad, LEFT, NONE, QPoint(60, 110))
    assert drawn.inputs["x"].shape == (1, 8, 8, 1)
    assert 0.5 < drawn.inputs["x"].max() <= 1.0 + 1e-6
    own.show_answer(Pictured(OWN, 1, {"y0": np.full((1, 10), 0.1)}, version=drawn.version))
    assert not own.answer.is_empty()
    own.input.wipe.click()
    qtbot.waitUntil(own.answer.is_empty)
    assert own.probes() == ()


def test_a_dropped_picture_is_shown_and_predicted(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    own = panel(qtbot, theme, "digits")
    assert isinstance(own.input, PictureInput)
    image = QImage(40, 40, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.white)
    image.save(str(tmp_path / "white.png"))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "white.png"))])
    enter = QDragEnterEvent(QPoint(20, 20), Qt.DropAction.CopyAction, data, LEFT, NONE)
    QApplication.sendEvent(own.input, enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(20, 20), Qt.DropAction.CopyAction, data, LEFT, NONE)
    QApplication.sendEvent(own.input, drop)
    np.testing.assert_allclose(own.probes()[0].inputs["x"], own.probes()[0].inputs["x"].max())
    assert own.probes()[0].inputs["x"].max() > 0.9
    (tmp_path / "text.png").write_text("no picture")
    own.input.take_file(tmp_path / "text.png")
    own.probes()
    assert "no picture" in own._sentence.text()


@pytest.mark.parametrize(("ground", "offered"), [("white", True), ("black", False)])
def test_a_scan_is_turned_round_by_a_button(
    qtbot: QtBot, theme: Theme, tmp_path: Path, ground: str, offered: bool
) -> None:
    own = panel(qtbot, theme, "digits")
    assert isinstance(own.input, PictureInput)
    assert own.input.invert.isHidden()
    image = QImage(40, 40, QImage.Format.Format_RGB888)
    image.fill(QColor(ground))
    image.save(str(tmp_path / "scan.png"))
    own.input.take_file(tmp_path / "scan.png")
    assert own.input.invert.isHidden() is not offered
    before = own.probes()[0].inputs["x"]
    own.input.invert.click()
    np.testing.assert_allclose(own.probes()[0].inputs["x"], 1.0 - before, atol=1e-6)
    assert own.input.invert.isHidden() is offered
    own.input.wipe.click()
    assert own.input.invert.isHidden()


def test_typed_text_asks_for_what_comes_next(qtbot: QtBot, theme: Theme) -> None:
    own = panel(qtbot, theme, "shakespeare")
    assert isinstance(own.input, TextInput)
    QTest.keyClicks(own.input.line, "To b")
    (probe,) = own.probes()
    names = question("shakespeare").bundle.features["x"].class_names
    assert [names[t] for t in probe.inputs["x"][0, :4]] == ["T", "o", "space", "b"]
    scores = np.zeros((1, 50, len(names)), np.float32)
    scores[0, 3, names.index("e")] = 1.0
    own._on_settled()
    (probe,) = own.probes()
    own.show_answer(Pictured(OWN, 1, {"y0": scores}, version=probe.version))
    assert own.answer.best == "e"


def test_what_can_not_be_typed_is_a_row_of_the_data(qtbot: QtBot, theme: Theme) -> None:
    own = panel(qtbot, theme, "airline")
    assert isinstance(own.input, RowInput)
    before = own.input.row
    own.input._step(1)
    assert own.input.row == before + 1
    (probe,) = own.probes()
    own.show_answer(Pictured(OWN, 1, {"y0": np.zeros((1, 1), np.float32)}, version=probe.version))
    assert not own.answer.is_empty()


def test_the_row_stands_at_the_top_where_its_answer_is(qtbot: QtBot, theme: Theme) -> None:
    own = panel(qtbot, theme, "airline")
    assert isinstance(own.input, RowInput)
    own.resize(300, 400)
    assert own.input.findChildren(QLabel)[0].y() < 40


def test_names_of_classes_are_cut_last(qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[float] = []
    monkeypatch.setattr(chances, "fill_rounded", lambda _p, bar, *_rest: cut.append(bar.left()))
    view = chances.ChancesView(theme)
    qtbot.addWidget(view)
    view.resize(150, 100)
    view.set_chances([("second arm of many", 1, 0.5)])
    view.grab()
    assert cut[0] == 150 - chances._VALUE - chances._LEAST_BAR, "the bar has the least that it needs"


def drawn_in_a_corner(own: OwnExample) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """What the network gets of a stroke near the rim, (side, side)."""
    assert isinstance(own.input, PictureInput)
    pad = own.input.pad
    QTest.mousePress(pad, LEFT, NONE, QPoint(25, 20))
    QTest.mouseMove(pad, QPoint(25, 60))
    QTest.mouseRelease(pad, LEFT, NONE, QPoint(25, 60))
    return np.asarray(own.probes()[0].inputs["x"][0, ..., 0])


def test_a_digit_in_a_corner_is_brought_to_the_middle_and_seen_so(qtbot: QtBot, theme: Theme) -> None:
    own = panel(qtbot, theme, "mnist")
    assert isinstance(own.input, PictureInput)
    box = own.input.centring
    assert box.isVisible()
    assert box.switch.isChecked()
    seen = drawn_in_a_corner(own)
    rows, columns = np.nonzero(seen > 0.3)
    assert abs(rows.mean() - 13.5) < 1
    assert abs(columns.mean() - 13.5) < 1
    assert 19 <= np.ptp(rows) + 1 <= 21
    assert (box.seen.image.width(), box.seen.image.height()) == (28, 28)
    assert box.seen.image.pixelColor(14, 14).lightness() > 200
    with qtbot.waitSignal(own.wants_changed):
        box.switch.click()
    as_drawn = np.asarray(own.probes()[0].inputs["x"][0, ..., 0])
    assert np.nonzero(as_drawn > 0.3)[0].max() < 14
    assert box.seen.image.pixelColor(14, 14).lightness() < 20


def test_examples_of_the_data_stay_as_they_are(qtbot: QtBot, theme: Theme) -> None:
    own = panel(qtbot, theme, "mnist")
    assert isinstance(own.input, PictureInput)
    for row in question("mnist").rows[:5]:
        own.input.example.click()
        stored = question("mnist").bundle.inputs["x"][row] / 255
        np.testing.assert_allclose(own.probes()[0].inputs["x"][0], stored, atol=1e-6)


def test_where_nothing_was_centred_there_is_nothing_to_choose(qtbot: QtBot, theme: Theme) -> None:
    own = panel(qtbot, theme, "digits")
    assert isinstance(own.input, PictureInput)
    assert own.input.centring.isHidden()
    assert own.input.centring.extent == 0.0


def test_a_network_that_makes_pictures_shows_what_it_makes_of_ones_own(qtbot: QtBot, theme: Theme) -> None:
    data = question("digits").bundle
    copy = Question(data, Answer("y0", data.features["x"]), ())
    own = OwnExample(theme)
    qtbot.addWidget(own)
    own.resize(500, 300)
    own.set_question(copy)
    with qtbot.waitExposed(own):
        own.show()
    assert own.made.isVisible()
    assert own.answer.isHidden()
    own.say_whether_trained(True)
    assert own.made.accessibleDescription() == "What is made of it appears here."
    assert isinstance(own.input, PictureInput)
    QTest.mouseClick(own.input.pad, LEFT, NONE, QPoint(60, 40))
    (probe,) = own.probes()
    output = np.zeros((1, 8, 8, 1), np.float32)
    output[0, 0, 0] = 1.0
    with qtbot.waitSignal(own.made.drawn):
        own.show_answer(Pictured(OWN, 1, {"y0": output}, version=probe.version))
    picture = own.made.grab().toImage()
    assert QColor(picture.pixel(3, 3)) == QColor("white")
    assert QColor(picture.pixel(60, 60)) == QColor("black")
    own.set_question(question("digits"))
    assert own.made.isHidden()
    assert own.answer.isVisible()
    own.say_whether_trained(False)
    assert own.answer.accessibleDescription().startswith("Press Train")
