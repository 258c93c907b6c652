"""Draw points and pictures with the mouse and keys; each stroke is one undo step and data to train on."""

import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.data.camera import QtCamera, find_camera
from app.data.drawing import draw_pictures, draw_points, use_fitting_network
from app.data.picture_panel import PicturePanel
from app.data.point_panel import PointPanel
from app.document import Document
from app.theme import Theme
from app.widgets import ToggleSwitch
from app.window.settings_pages import DataPage
from engine.data.load import load
from engine.data.sets.drawn import DrawnPictureOptions
from engine.formats.examples import examples

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def document(qtbot: QtBot) -> Iterator[Document]:
    document = Document(examples()["spiral"].graph())
    yield document
    document.close()


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, document: Document) -> DataPage:
    page = DataPage(theme, document)
    page.setFixedWidth(284)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    return page


def points_of(page: DataPage) -> PointPanel:
    (panel,) = page.findChildren(PointPanel)
    return panel


def pictures_of(page: DataPage) -> PicturePanel:
    (panel,) = page.findChildren(PicturePanel)
    return panel


@pytest.fixture
def plane(document: Document, page: DataPage) -> PointPanel:
    QTest.mouseClick(page.draw_points, LEFT)
    return points_of(page)


def click(panel: PointPanel, x: float, y: float, button: Qt.MouseButton = LEFT) -> None:
    QTest.mouseClick(panel.pad, button, pos=panel.pad.position_of(x, y).toPoint())


def drag(panel: PointPanel, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT) -> None:
    QTest.mousePress(panel.pad, button, pos=start)
    for step in range(1, 21):
        QTest.mouseMove(panel.pad, start + (end - start) * (step / 20))
    QTest.mouseRelease(panel.pad, button, pos=end)


def test_a_click_puts_a_point_where_it_is(document: Document, plane: PointPanel) -> None:
    assert document.data_problem.startswith("A network learns to tell at least two classes apart")
    for x, y in ((-0.5, 0.5), (-0.4, 0.6), (-0.6, 0.4)):
        click(plane, x, y)
    QTest.keyClick(plane.pad, Qt.Key.Key_2)
    for x, y in ((0.5, -0.5), (0.4, -0.6)):
        click(plane, x, y)
    assert document.data_problem == ""
    assert document.data_spec is not None
    assert document.data_spec.counts.total == 5
    bundle = load(document.data.model_copy(update={"normalize": False}))
    found = sorted(zip(bundle.inputs["x"].tolist(), bundle.targets["y"].tolist(), strict=True))
    assert [label for _, label in found] == [0, 0, 0, 1, 1]
    assert found[0][0] == pytest.approx([-3.6, 2.4], abs=0.08)
    assert plane.count.text() == "5 points in 2 colours"


def test_a_drag_sprays_and_is_one_undo_step(document: Document, plane: PointPanel) -> None:
    before = document.stack.count()
    drag(plane, QPoint(60, 60), QPoint(220, 60))
    sprayed = len(plane.pad.drawing())
    assert 8 <= sprayed <= 30
    assert np.ptp(plane.pad.drawing().places[:, 0]) > 0.8
    assert document.stack.count() == before + 1
    document.stack.undo()
    assert len(plane.pad.drawing()) == 0
    document.stack.redo()
    assert len(plane.pad.drawing()) == sprayed


def test_the_right_button_and_the_eraser_take_away(document: Document, plane: PointPanel) -> None:
    for x in (-0.5, 0.0, 0.5):
        click(plane, x, 0.0)
    click(plane, 0.0, 0.0, RIGHT)
    assert plane.pad.drawing().places[:, 0].tolist() == pytest.approx([-0.5, 0.5], abs=0.02)
    QTest.mouseClick(plane.eraser, LEFT)
    click(plane, -0.5, 0.0)
    assert len(plane.pad.drawing()) == 1
    QTest.mouseClick(plane.classes.group.button(3), LEFT)
    click(plane, 0.0, 0.5)
    assert plane.pad.drawing().classes.tolist() == [0, 3]
    QTest.mouseClick(plane.clear, LEFT)
    assert len(plane.pad.drawing()) == 0


def test_it_can_be_drawn_with_the_keyboard_alone(document: Document, plane: PointPanel) -> None:
    plane.pad.setFocus()
    for key in (
        Qt.Key.Key_Right,
        Qt.Key.Key_Space,
        Qt.Key.Key_3,
        Qt.Key.Key_Up,
        Qt.Key.Key_Up,
        Qt.Key.Key_Space,
    ):
        QTest.keyClick(plane.pad, key)
    assert plane.pad.drawing().classes.tolist() == [0, 2]
    QTest.keyClick(plane.pad, Qt.Key.Key_Delete)
    assert plane.pad.drawing().classes.tolist() == [0]


def test_training_follows_each_stroke_where_it_is_asked_for(page: DataPage, plane: PointPanel) -> None:
    wanted: list[bool] = []
    page.train_wanted.connect(lambda: wanted.append(True))
    click(plane, 0.1, 0.1)
    assert wanted == []
    (switch,) = plane.live.findChildren(ToggleSwitch)
    QTest.mouseClick(switch, LEFT)
    click(plane, 0.2, 0.2)
    assert wanted == [True]


def fits(document: Document) -> bool:
    return document.inference.ok


def test_a_network_that_fits_is_one_click_away(
    qtbot: QtBot, document: Document, page: DataPage, plane: PointPanel
) -> None:
    for label in range(3):
        QTest.keyClick(plane.pad, Qt.Key(Qt.Key.Key_1 + label))
        for x in (-0.8, -0.6, -0.4):
            click(plane, x + 0.6 * label, 0.3 * label)
    assert not fits(document)  # the spiral's network has one score, for two classes
    qtbot.waitUntil(page.fitting.isVisible)
    QTest.mouseClick(page.fitting, LEFT)
    assert fits(document)
    qtbot.waitUntil(page.fitting.isHidden)
    document.stack.undo()
    assert not fits(document)


# -- pictures ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def board(document: Document, page: DataPage) -> PicturePanel:
    QTest.mouseClick(page.draw_pictures, LEFT)
    return pictures_of(page)


def stroke(panel: PicturePanel, *places: tuple[int, int]) -> None:
    start, *rest = (QPoint(x, y) for x, y in places)
    QTest.mousePress(panel.pad, LEFT, pos=start)
    for place in rest:
        QTest.mouseMove(panel.pad, place)
    QTest.mouseRelease(panel.pad, LEFT, pos=QPoint(*places[-1]))


def test_a_drawing_is_taken_by_its_class_button(document: Document, board: PicturePanel) -> None:
    stroke(board, (142, 40), (142, 240))
    assert not board.pad.is_empty()
    QTest.mouseClick(board.rows[1].button, LEFT)
    assert board.pad.is_empty()
    assert board.drawing().classes.tolist() == [1]
    (picture,) = board.drawing().pixels
    assert picture.shape == (28, 28, 1)
    assert picture[14, 13:15].max() > 150
    assert picture[:, :8].max() == 0
    assert board.rows[1].count.text() == "1"


def test_number_keys_take_it_too_and_an_empty_pad_is_not_taken(
    document: Document, board: PicturePanel
) -> None:
    QTest.mouseClick(board.rows[0].button, LEFT)
    assert board.problem.text().startswith("There is nothing on the pad")
    for label in (0, 0, 3, 3):
        stroke(board, (60, 60), (200, 200))
        QTest.keyClick(board.pad, Qt.Key(Qt.Key.Key_1 + label))
    assert board.problem.text() == ""
    assert board.drawing().classes.tolist() == [0, 0, 3, 3]
    assert document.data_spec is not None
    document.stack.undo()
    assert board.drawing().classes.tolist() == [0, 0, 3]


def test_a_click_on_a_thumbnail_deletes_it(document: Document, board: PicturePanel) -> None:
    for x in (60, 140, 220):
        stroke(board, (x, 60), (x, 220))
        QTest.mouseClick(board.rows[0].button, LEFT)
    strip = board.rows[0].strip
    kept = board.drawing().pixels[[0, 2]]
    QTest.mouseClick(strip, LEFT, pos=strip.place_of(1).center().toPoint())
    assert np.array_equal(board.drawing().pixels, kept)
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Right)
    QTest.keyClick(strip, Qt.Key.Key_Delete)
    assert len(board.drawing()) == 1


def test_classes_are_named(document: Document, board: PicturePanel) -> None:
    edit = board.names.focusProxy()
    assert edit is not None
    edit.clear()  # type: ignore[attr-defined]  # a QLineEdit
    QTest.keyClicks(edit, "yes, no")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert [row.button.text() for row in board.rows] == ["1  yes", "2  no"]
    assert document.data.options["names"] == "yes, no"


# -- the camera --------------------------------------------------------------------------------------------------------
class FakeCamera(QObject):
    """Shows red, then green, then red .."""

    pictured = Signal(QImage)
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.runs = False
        self.shown = 0

    def start(self) -> None:
        self.runs = True

    def stop(self) -> None:
        self.runs = False

    def show_next(self) -> None:
        image = QImage(640, 480, QImage.Format.Format_RGB32)
        image.fill(QColor("red" if self.shown % 2 == 0 else "green"))
        self.shown += 1
        self.pictured.emit(image)


class FakeQCamera(QObject):
    errorOccurred = Signal(object, str)  # noqa: N815 - as Qt has it

    def __init__(self, _device: object, parent: QObject) -> None:
        super().__init__(parent)
        self.runs = False

    def start(self) -> None:
        self.runs = True

    def stop(self) -> None:
        self.runs = False


class FakeSink(QObject):
    videoFrameChanged = Signal(object)  # noqa: N815 - as Qt has it


def multimedia(devices: list[object]) -> ModuleType:
    """A Qt Multimedia without a computer's camera behind it."""
    made = ModuleType("PySide6.QtMultimedia")
    session = SimpleNamespace(setCamera=lambda _c: None, setVideoSink=lambda _s: None)
    found = SimpleNamespace(videoInputs=lambda: devices, defaultVideoInput=lambda: devices[0])
    parts = {"QMediaDevices": found, "QCamera": FakeQCamera, "QVideoSink": FakeSink}
    for name, part in {**parts, "QMediaCaptureSession": lambda _parent: session}.items():
        setattr(made, name, part)
    return made


def test_without_qt_multimedia_there_is_no_camera_and_no_complaint(
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, theme: Theme
) -> None:
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)  # what import does where it is missing
    assert find_camera() is None
    panel = PicturePanel(theme, DrawnPictureOptions())
    qtbot.addWidget(panel)
    assert panel.camera_button.isHidden()


def test_without_a_camera_plugged_in_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", multimedia([]))
    assert find_camera() is None


def test_where_qt_multimedia_is_there_its_frames_arrive(
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, theme: Theme
) -> None:
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", multimedia(["webcam"]))
    camera = find_camera()
    assert isinstance(camera, QtCamera)
    panel = PicturePanel(theme, DrawnPictureOptions(), camera=lambda: camera)
    qtbot.addWidget(panel)
    assert not panel.camera_button.isHidden()
    panel.camera_button.setChecked(True)
    (device,), (sink,) = camera.findChildren(FakeQCamera), camera.findChildren(FakeSink)
    assert device.runs
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    sink.videoFrameChanged.emit(SimpleNamespace(toImage=lambda: image))
    assert panel.pad.picture(1).min() == 255
    device.errorOccurred.emit(1, "in use")
    assert "(in use)" in panel.problem.text()
    assert not panel.is_filming


def test_a_held_class_button_takes_pictures_of_the_camera(qtbot: QtBot, theme: Theme) -> None:
    camera = FakeCamera()
    empty = DrawnPictureOptions(names="a, b", pictures="", labels="")
    panel = PicturePanel(theme, empty, camera=lambda: camera)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    committed: list[DrawnPictureOptions] = []
    panel.committed.connect(committed.append)
    QTest.mouseClick(panel.camera_button, LEFT)
    assert camera.runs
    camera.show_next()
    button = panel.rows[1].button
    QTest.mousePress(button, LEFT, pos=button.rect().center())
    qtbot.waitUntil(lambda: len(panel._taken) >= 3)
    QTest.mouseRelease(button, LEFT, pos=button.rect().center())
    assert len(committed) == 1  # a series is one change
    assert len(panel.drawing()) >= 3
    assert panel.drawing().pixels.shape[1:] == (64, 64, 3)
    assert panel.drawing().pixels[0, 32, 32].tolist() == [255, 0, 0]
    assert set(panel.drawing().classes.tolist()) == {1}
    panel.hide()
    assert not camera.runs


def test_a_camera_that_fails_says_so_and_is_switched_off(qtbot: QtBot, theme: Theme) -> None:
    camera = FakeCamera()
    panel = PicturePanel(theme, DrawnPictureOptions(), camera=lambda: camera)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    QTest.mouseClick(panel.camera_button, LEFT)
    camera.failed.emit("The camera gives no picture (busy).")
    assert not camera.runs
    assert panel.problem.text() == "The camera gives no picture (busy)."


def test_beginning_to_draw_can_be_undone(document: Document) -> None:
    before = document.data
    assert draw_points(document)
    assert draw_pictures(document, "a, b")
    assert not use_fitting_network(document)  # nothing to fit yet
    document.stack.undo()
    document.stack.undo()
    assert document.data == before
