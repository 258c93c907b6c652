"""The page on which a network is used: files, pictures, typed rows and drawings, by mouse and keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.use.names_dialog import NamesDialog
from app.use.page import UsePage
from engine import layers
from engine.data.load import load
from engine.data.recipe.prepare import prepare
from engine.data.settings import DataSettings
from engine.formats.project import Project, save_project
from engine.formats.sections import ANSWERS, DATA, AnswerWords
from engine.formats.weights import expected_shapes
from engine.graph.edits import SetSection
from engine.models import Input, Model, Sequential
from engine.models.answering.network import Answering
from engine.models.answering.results import Results
from engine.proposals.propose import propose
from engine.training.features import feature_specs
from tests.app.canvas.conftest import LEFT, NONE
from tests.app.window.conftest import User

NAMES = ("cat", "dog", "=fox")


def page_of(user: User) -> UsePage:
    """The page, opened by its command."""
    action = user.window.findChild(QAction, "use_network")
    assert action is not None
    action.trigger()
    page = user.window.dock.looks.use.page
    assert page.isVisible()
    return page


def asked(user: User, page: UsePage, path: Path) -> None:
    page.ask(path)
    assert page.filter.isHidden()  # the progress is in its place
    user.until(lambda: not page.desk.is_busy)
    assert page.desk.results is not None, page.sentence.text()
    assert not page.filter.isHidden()


def open_model(user: User, model: Model, path: Path, words: AnswerWords | None = None) -> UsePage:
    model.save(path)
    assert user.window.files.open_path(path)
    if words is not None:
        user.graph.put_section(ANSWERS, words)
    return page_of(user)


def pictures(folder: Path) -> Path:
    for number, name in enumerate(("cat", "dog")):
        (folder / name).mkdir(parents=True)
        for k in range(3):
            pixels = np.full((6, 6, 3), 60 * number + 20 * k, np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{name}{k}.png")
    return folder


@pytest.fixture
def page(user: User, tmp_path: Path) -> UsePage:
    """Of a network of pictures that came without data, whose classes have names."""
    model = Sequential(
        [Input((4, 4, 3)), layers.GlobalAveragePooling2D(), layers.Dense(units=3, activation="softmax")]
    )
    return open_model(user, model, tmp_path / "pets.loom", AnswerWords(classes={"y": NAMES}))


def texts(page: UsePage, column: int) -> list[str]:
    return [page.model.data(page.model.index(k, column)) for k in range(page.model.rowCount())]


def test_rows_are_answered_where_what_was_learned_from_is_gone(user: User, tmp_path: Path) -> None:
    rows, file = tmp_path / "rows.csv", tmp_path / "mine.loom"
    rows.write_text(
        "a,b,label\n" + "".join(f"{k},{k % 3},{'xy'[k % 2]}\n" for k in range(40)), encoding="utf-8"
    )
    settings = DataSettings(path=str(rows))
    bundle = prepare(settings)
    graph = propose(bundle.spec).graph
    SetSection(DATA, settings).apply(graph)
    shapes = expected_shapes(graph, feature_specs(bundle.spec))
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    save_project(file, Project(graph, weights, preparation=bundle.preparation))
    rows.rename(tmp_path / "others.csv")
    assert user.window.files.open_path(file)
    user.until(lambda: bool(user.document.data_problem))
    page = page_of(user)
    assert [feature.column_names for feature in page.desk.inputs()] == [("a", "b")]
    asked(user, page, tmp_path / "others.csv")
    assert page.model.rowCount() == 40


def test_a_folder_of_pictures_is_answered_sorted_filtered_and_exported(
    user: User, page: UsePage, tmp_path: Path
) -> None:
    asked(user, page, pictures(tmp_path / "pets"))
    assert page.model.rowCount() == 6
    heads = [page.model.headerData(k, Qt.Orientation.Horizontal) for k in range(page.model.columnCount())]
    assert heads[:5] == ["picture", "Class", "Probability", "True class", "Error"]
    assert set(texts(page, 1)) <= set(NAMES)
    assert texts(page, 3) == ["cat"] * 3 + ["dog"] * 3
    assert page.detail.report.isVisible()
    page.detail.which.segments[0].click()
    assert page.detail.row.best.text().startswith(texts(page, 1)[0])
    assert len(page.detail.row.chances.summary().split(", ")) == 3
    header = page.table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(2) + 8, header.height() // 2)
    QTest.mouseClick(header.viewport(), LEFT, NONE, place)
    user.until(lambda: page.desk.ordering.key == ("share", 0) and bool(page.model.order.size))
    shares = [float(t.removesuffix(" %")) for t in texts(page, 2)]
    user.until(lambda: shares == sorted(shares))
    page.filter.setFocus()
    QTest.keyClicks(page.filter, "dog1")
    user.until(lambda: page.model.rowCount() == 1)
    assert "1 of 6 rows" in page.title.text()
    for name in ("out.csv", "out.npz"):
        page.save_to(tmp_path / name)
        user.until((tmp_path / name).exists)
    header_line, *lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert header_line == "class,file,class,cat,dog,'=fox,answer"
    assert len(lines) == 6
    assert np.load(tmp_path / "out.npz")["y0"].shape == (6, 3)
    page.save_report_to(tmp_path / "report.json")
    user.until((tmp_path / "report.json").exists)


def test_what_is_dropped_on_the_page_or_drawn_is_answered_for(
    user: User, page: UsePage, tmp_path: Path
) -> None:
    folder = pictures(tmp_path / "pets")
    mime, action = QMimeData(), Qt.DropAction.CopyAction
    mime.setUrls([QUrl.fromLocalFile(str(folder / "cat" / "cat0.png"))])
    enter = QDragEnterEvent(QPoint(5, 5), action, mime, LEFT, NONE)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(QPoint(5, 5), action, mime, LEFT, NONE))
    user.until(lambda: page.model.rowCount() == 1)
    assert user.document.is_dataless
    page.given.pad.grab()
    QTest.mouseClick(page.given.pad, LEFT, NONE, page.given.pad.rect().center())
    page.given.ask_drawn.click()
    user.until(lambda: page.model.rowCount() == 1)
    assert texts(page, 1)[0] in NAMES


def test_pictures_with_the_other_ground_are_turned_round_and_back(
    user: User, page: UsePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Results, "looks_inverted", property(lambda results: not results.inverted))
    asked(user, page, pictures(tmp_path / "pets"))
    assert page.inversion.isVisible()
    before = page.desk.results
    assert before is not None
    page.inversion.turn.click()
    user.until(lambda: page.desk.results is not before)
    turned = page.desk.results
    assert turned is not None
    assert turned.inverted
    assert (turned.answers[0].values != before.answers[0].values).any()
    assert page.inversion.sentence.text() == "The pictures were inverted before they were predicted."
    action = user.window.findChild(QAction, "predict_inverted")
    assert action is not None
    action.trigger()
    user.until(lambda: page.desk.results is not turned)
    assert page.desk.results is not None
    np.testing.assert_array_equal(page.desk.results.answers[0].values, before.answers[0].values)


def test_what_is_no_picture_is_not_inverted(user: User, tmp_path: Path) -> None:
    page = open_model(user, Sequential([Input((2,)), layers.Dense(units=1)]), tmp_path / "two.loom")
    page.ask_inverted()
    assert "Only pictures can be inverted" in page.sentence.text()


def test_a_drawing_off_the_middle_is_centred_by_itself_and_a_file_when_asked_for(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Sequential([Input((28, 28, 1)), layers.Flatten(), layers.Dense(units=3, activation="softmax")])
    page = open_model(user, model, tmp_path / "digits.loom", AnswerWords(classes={"y": NAMES}))
    known = Answering.__init__

    def learned(self: Any, *arguments: Any, **options: Any) -> None:
        known(self, *arguments, **options)
        self.extent = 0.7

    monkeypatch.setattr(Answering, "__init__", learned)
    pad = page.given.pad
    QTest.mousePress(pad, LEFT, NONE, QPoint(25, 20))
    QTest.mouseMove(pad, QPoint(25, 60))
    QTest.mouseRelease(pad, LEFT, NONE, QPoint(25, 60))
    page.given.ask_drawn.click()
    user.until(lambda: page.desk.results is not None)
    assert page.desk.results is not None
    assert page.desk.results.centred
    assert page.centring.isHidden()  # nothing to say: it was done by itself
    assert page.given.centring.isVisibleTo(page.given)  # by now it is known that there is a choice
    assert page.given.centring.seen.image.pixelColor(14, 14).lightness() > 200
    picture = next(cell for cell in page.desk.results.shown[0] if isinstance(cell, np.ndarray))
    assert picture[14, 14, 0] > 200  # the table shows what the network got

    corner = np.zeros((28, 28), np.uint8)
    corner[:12, :6] = 255
    Image.fromarray(corner).save(tmp_path / "corner.png")
    asked(user, page, tmp_path / "corner.png")
    before = page.desk.results
    assert not before.centred
    assert page.centring.isVisible()
    assert page.centring.sentence.text().startswith("1 of 1 lie off the middle")
    page.centring.centre.click()
    user.until(lambda: page.desk.results is not before)
    assert page.desk.results.centred
    assert page.centring.sentence.text() == "What is drawn was centred before it was predicted."
    assert (page.desk.results.answers[0].values != before.answers[0].values).any()
    again = page.desk.results
    page.centring.centre.click()
    user.until(lambda: page.desk.results is not again)
    np.testing.assert_array_equal(page.desk.results.answers[0].values, before.answers[0].values)


def test_what_is_no_picture_is_not_centred(user: User, tmp_path: Path) -> None:
    page = open_model(user, Sequential([Input((2,)), layers.Dense(units=1)]), tmp_path / "two.loom")
    page.ask_centred()
    assert "Only pictures can be centred" in page.sentence.text()


def test_names_and_pixels_are_chosen_and_bad_files_are_a_sentence(
    user: User, page: UsePage, tmp_path: Path
) -> None:
    page.given.names.click()
    (dialog,) = user.window.findChildren(NamesDialog)
    (tmp_path / "names.json").write_text('{"0": ["n1", "tench"], "1": ["n2", "goldfish"]}', encoding="utf-8")
    dialog.read(tmp_path / "names.json")
    assert dialog.sentence.text() == "2 names"
    dialog.names.appendPlainText("white shark")
    dialog.use.click()
    section = user.graph.sections[ANSWERS]
    assert isinstance(section, AnswerWords)
    assert section.classes["y"] == ("tench", "goldfish", "white shark")
    user.document.stack.undo()
    assert user.graph.sections[ANSWERS] == AnswerWords(classes={"y": NAMES})

    page.given.pixels.setFocus()
    for _ in range(2):
        QTest.keyClick(page.given.pixels, Qt.Key.Key_Down)
    section = user.graph.sections[ANSWERS]
    assert isinstance(section, AnswerWords)
    assert section.pixels.value == "0 to 255"


def test_typed_and_pasted_rows_have_numbers_in_units(user: User, tmp_path: Path) -> None:
    model = Sequential([Input((2,), name="size"), layers.Dense(units=1)])
    page = open_model(user, model, tmp_path / "two.loom")
    page.given.line.setFocus()
    QTest.keyClicks(page.given.line, "0.5, 2")
    QTest.keyClick(page.given.line, Qt.Key.Key_Return)
    user.until(lambda: page.model.rowCount() == 1)
    expected = float(model.predict(np.array([[0.5, 2.0]], np.float32))[0, 0])
    assert page.desk.results is not None
    assert page.desk.results.numbers(0)[0][1] == pytest.approx(expected, rel=1e-5)
    assert page.title.text() == "Typed: one row"
    QGuiApplication.clipboard().setText("a\tb\n1\t2\n3\t4\n")
    page.given.paste.click()
    user.until(lambda: page.model.rowCount() == 2)
    assert page.title.text() == "Pasted: 2 rows"
    page.table.setFocus()
    page.table.selectAll()
    QTest.keyClick(page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert len(copied) == 3
    numbers = page.desk.results.numbers(0)
    assert float(copied[1].split("\t")[0]) == pytest.approx(numbers[0][1])  # other programs can read it

    (tmp_path / "in.csv").write_text("a\n1\n", encoding="utf-8")
    page.ask(tmp_path / "in.csv")
    user.until(lambda: "columns of numbers" in page.sentence.text())
    assert page.model.rowCount() == 2


def test_a_pasted_picture_is_asked_alone_and_is_no_data(page: UsePage) -> None:
    given: list[Path] = []
    page.given.given.disconnect()
    page.given.given.connect(lambda path, _title: given.append(path))
    picture = QImage(8, 8, QImage.Format.Format_RGB32)
    for color in ("red", "green"):
        picture.fill(color)
        QGuiApplication.clipboard().setImage(picture)
        page.given.take_pasted()
    assert [path.name for path in given] == ["pasted.png", "pasted.png"]
    assert len({path.parent for path in given}) == 2
    assert all(list(path.parent.iterdir()) == [path] for path in given)


@pytest.mark.slow  # a run
@pytest.mark.timeout(300)
def test_an_untrained_network_says_so_and_a_trained_one_names_classes(user: User, tmp_path: Path) -> None:
    page = page_of(user)
    page.ask(Path("anything.csv"))
    assert page.sentence.text() == "The network is not trained yet. Press Train first."

    user.open_example("xor")
    user.window.train_or_pause()
    user.until(lambda: user.window.training.snapshot is not None, timeout=120_000)
    user.window.stop()
    user.until(lambda: bool(user.ends()))
    bundle = load(DataSettings(dataset="xor"))
    points = bundle.scaling["x"].invert(bundle.inputs["x"][:5])
    path = tmp_path / "points.csv"
    path.write_text("x1,x2\n" + "\n".join(f"{a!r},{b!r}" for a, b in points.tolist()), encoding="utf-8")
    page = page_of(user)
    asked(user, page, path)
    assert set(texts(page, 0)) <= set(bundle.features["y"].class_names)


@pytest.mark.parametrize("width", [1000, 1400])
def test_no_button_is_cut_or_covered_however_narrow_the_window(page: UsePage, user: User, width: int) -> None:
    user.window.resize(width, 800)
    page.progress.set_progress(None, "Reading")
    strip: list[QWidget] = [page.title, page.progress, page.cancel, page.filter, page.copy, page.export]
    for part in (*strip, page.side):  # as with answers
        part.show()
    QApplication.processEvents()
    ways: list[QWidget] = [page.given.file, page.given.folder, page.given.paste]
    for parts in (strip, ways):
        around = parts[0].parentWidget()
        assert around is not None
        for k, part in enumerate(parts):
            assert around.rect().contains(part.geometry()), part.accessibleName()
            assert not any(part.geometry().intersects(other.geometry()) for other in parts[:k])
    for whole in (page.cancel, page.copy, page.export, *ways):
        assert whole.width() >= whole.sizeHint().width()
