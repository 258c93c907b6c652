"""A ResNet-18 built from an empty canvas: by mouse in at most 40 gestures, and by keyboard alone.

ResNet-18 for 224 × 224 pictures of 1000 classes has 11,689,512 parameters that training changes (torchvision's count); the
averages of its batch normalizations are no parameters there.
"""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.canvas import CanvasPanel, LiveInference
from app.inspector import Inspector
from app.palette import Palette
from app.palette.shelf import LayerShelf
from app.palette.tree import EntryTree
from app.theme import Theme
from app.undo import EditStack
from engine.graph.document import ModelGraph
from engine.graph.features import FeatureSpec
from engine.graph.grouping import dissolve
from engine.graph.inference import infer
from engine.tensor.spec import DType

FEATURES = {"x": FeatureSpec((224, 224, 3)), "y": FeatureSpec((), DType.INT32, classes=1000)}
RESNET_18 = 11_689_512
NETWORK: tuple[tuple[str, dict[str, str]], ...] = (
    ("Input", {}),
    ("ConvNormActivation", {"filters": "64", "kernel_size": "7", "stride": "2"}),
    ("MaxPooling2D", {"pool_size": "3", "strides": "2", "padding": "same"}),
    ("ResidualBlock", {}),
    ("ResidualBlock", {}),
    ("ResidualBlock", {"filters": "128", "stride": "2"}),
    ("ResidualBlock", {}),
    ("ResidualBlock", {"filters": "256", "stride": "2"}),
    ("ResidualBlock", {}),
    ("ResidualBlock", {"filters": "512", "stride": "2"}),
    ("ResidualBlock", {}),
    ("GlobalAveragePooling2D", {}),
    ("Dense", {"units": "1000"}),
    ("Target", {}),
)
"""Layers in order, with the settings that are not the usual ones, as they are typed."""


class Studio:
    """Palette, canvas and inspector beside each other, as in the window; counts what the hand does."""

    def __init__(self, theme: Theme, qtbot: QtBot) -> None:
        self.stack = EditStack(ModelGraph())
        self.graph = self.stack.graph
        self.inference = LiveInference(self.graph, FEATURES)
        shelf = LayerShelf()
        self.palette = Palette(theme, shelf=shelf)
        self.panel = CanvasPanel(theme, self.stack, self.inference, shelf=shelf)
        self.inspector = Inspector(theme, self.stack, self.inference)
        self.panel.selected.connect(self.inspector.show_nodes)
        self.palette.layer_activated.connect(self.panel.add_from_palette)
        self.window = QWidget()
        row = QHBoxLayout(self.window)
        row.addWidget(self.palette)
        row.addWidget(self.panel, 1)
        row.addWidget(self.inspector)
        qtbot.addWidget(self.window)
        self.window.resize(1500, 900)
        self.palette.setFixedWidth(240)
        self.inspector.setFixedWidth(320)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.qtbot = qtbot
        self.gestures = 0

    def close(self) -> None:
        self.inspector.close_document()
        self.panel.close_document()
        self.inference.close()

    def field(self, name: str) -> QWidget:
        assert self.inspector.form is not None
        field = self.inspector.form.field(name)
        assert isinstance(field, QWidget)
        self.qtbot.waitUntil(field.isVisible)
        return field

    # -- mouse -------------------------------------------------------------------------------------------------
    def choose_with_mouse(self, name: str) -> None:
        """Double-clicks a layer in the palette, after a turn of the wheel where it is out of sight."""
        tree = self.palette.tree
        index = tree.index_of(name)
        more = index.parent()
        if more.parent().isValid() and not tree.isExpanded(more):
            self._bring_into_view(tree, more)
            self._click(tree.viewport(), tree.visualRect(more).center())
            index = tree.index_of(name)
        self._bring_into_view(tree, index)
        place = tree.visualRect(index).center()
        QTest.mousePress(tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        QTest.mouseRelease(tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        QTest.mouseDClick(tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        self.gestures += 1

    def set_with_mouse(self, name: str, text: str) -> None:
        """Clicks into a field of the inspector and types, or chooses from its list: one gesture."""
        field = self.field(name)
        self._show(field)
        box = field.findChild(QComboBox)
        line = field.findChild(QLineEdit)
        if box is not None and line is None:
            index = box.findText(text)  # as a click on an entry of the open list does it
            box.setCurrentIndex(index)
            box.activated.emit(index)
        else:
            assert line is not None
            QTest.mouseDClick(line, Qt.MouseButton.LeftButton)
            line.selectAll()
            QTest.keyClicks(line, text)
            QTest.keyClick(line, Qt.Key.Key_Return)
        self.gestures += 1

    def _bring_into_view(self, tree: EntryTree, index: QModelIndex) -> None:
        if not tree.viewport().rect().contains(tree.visualRect(index).center()):
            tree.scrollTo(index)
            self.gestures += 1

    def _click(self, widget: QWidget, place: QPoint) -> None:
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        self.gestures += 1

    def _show(self, field: QWidget) -> None:
        self.inspector.ensureWidgetVisible(field)

    # -- keys --------------------------------------------------------------------------------------------------
    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, key, modifiers)

    def type(self, text: str) -> None:
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClicks(focus, text)

    def tab_to(self, wanted: QWidget, *, back: bool = False) -> None:
        """Presses Tab, or Shift+Tab, until the focus is in a widget."""
        for _ in range(200):
            focus: QWidget | None = QApplication.focusWidget()
            if focus is not None and (focus is wanted or wanted.isAncestorOf(focus)):
                return
            self.key(Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab)
        pytest.fail(f"{wanted} can't be reached with the keyboard.")


@pytest.fixture
def studio(theme: Theme, qtbot: QtBot) -> Iterator[Studio]:
    made = Studio(theme, qtbot)
    yield made
    made.close()


def check(graph: ModelGraph) -> None:
    """It is a ResNet-18, of ready blocks that can be opened."""
    found = infer(graph, FEATURES)
    assert found.ok, [d.sentence for d in found.diagnostics]
    assert found.trainable == RESNET_18
    nodes = list(graph.nodes.values())
    assert [n.layer.title() for n in nodes] == [name for name, _ in NETWORK]
    assert [(e.source, e.target) for e in graph.edges] == [(a.id, b.id) for a, b in pairwise(nodes)]
    apart = graph.copy()
    for node in nodes:
        inputs = tuple(spec.shape for spec in found.nodes[node.id].inputs)
        if node.layer.title() in ("ResidualBlock", "ConvNormActivation"):
            dissolve(apart, node.id, inputs)[0].apply(apart)
    whole = infer(apart, FEATURES)
    assert whole.ok
    assert whole.trainable == RESNET_18
    assert sum(n.layer.title() == "Conv2D" for n in apart.nodes.values()) == 20


def test_by_mouse_in_at_most_40_gestures(studio: Studio) -> None:
    for name, settings in NETWORK:
        studio.choose_with_mouse(name)
        for setting, text in settings.items():
            studio.set_with_mouse(setting, text)
    check(studio.graph)
    assert len(NETWORK) <= studio.gestures <= 40


@pytest.mark.slow
def test_by_keyboard_alone(studio: Studio) -> None:
    studio.panel.view.setFocus()  # where a window starts
    for name, settings in NETWORK:
        studio.tab_to(studio.palette.search, back=True)
        studio.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        studio.type(name)
        studio.key(Qt.Key.Key_Return)
        for setting, text in settings.items():
            studio.tab_to(studio.field(setting), back=True)  # Tab on the canvas adds a layer
            focus = QApplication.focusWidget()
            if isinstance(focus, QComboBox):
                while focus.currentText() != text:
                    studio.key(Qt.Key.Key_Down)
            else:
                studio.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
                studio.type(text)
                studio.key(Qt.Key.Key_Return)
            assert focus is None or isinstance(focus, QAbstractSpinBox | QLineEdit | QComboBox)
    check(studio.graph)
