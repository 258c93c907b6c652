"""A canvas on the screen, and a hand for its mouse and keys."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.canvas import CanvasPanel, LiveInference
from app.canvas.facts import Slot
from app.canvas.hint import HintItem
from app.canvas.scene import center_of
from app.theme import Theme
from app.undo import EditStack
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.edits import AddNode, Connect
from engine.graph.features import FeatureSpec
from engine.layers.registry import layers
from engine.tensor.spec import DType

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
FEATURES = {"x": FeatureSpec((28, 28, 1)), "y": FeatureSpec((), DType.INT32, classes=10)}


class Hand:
    """Works the canvas with real events; places are canvas units."""

    def __init__(self, panel: CanvasPanel, stack: EditStack, inference: LiveInference, qtbot: QtBot) -> None:
        self.panel, self.view, self.scene = panel, panel.view, panel.scene
        self.stack, self.graph, self.inference, self.qtbot = stack, stack.graph, inference, qtbot

    # -- making documents --------------------------------------------------------------------------------
    def node(self, name: str, x: float, y: float, **settings: Any) -> Node:
        node = self.graph.new_node(layers()[name](**settings), (x, y))
        self.stack.push_edit(AddNode(node))
        return node

    def link(self, source: Node, target: Node) -> Edge:
        edge = Edge.between(source, target)
        self.stack.push_edit(Connect(edge))
        return edge

    def edges(self) -> list[Edge]:
        return list(self.graph.edges)

    def settle(self) -> None:
        """Waits until the canvas shows what is known of the latest edit."""
        with self.qtbot.waitSignal(self.inference.inferred):
            self.inference.set_features(FEATURES)

    # -- places --------------------------------------------------------------------------------------------
    def at(self, place: QPointF) -> QPoint:
        return self.view.mapFromScene(place)

    def middle(self, node: Node) -> QPointF:
        return center_of(self.scene.nodes[node.id])

    def out(self, node: Node) -> QPointF:
        item = self.scene.nodes[node.id]
        return item.port_position(item.outputs[0], output=True)

    def into(self, node: Node, index: int = 0) -> QPointF:
        item = self.scene.nodes[node.id]
        return item.port_position(Slot(item.inputs[index].port, item.inputs[index].index), output=False)

    def hints(self) -> list[HintItem]:
        return [item for item in self.scene.items() if isinstance(item, HintItem)]

    # -- mouse and keys --------------------------------------------------------------------------------------
    def press(
        self, place: QPointF, modifiers: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT
    ) -> None:
        QTest.mousePress(self.view.viewport(), button, modifiers, self.at(place))

    def move(self, place: QPointF) -> None:
        QTest.mouseMove(self.view.viewport(), self.at(place))

    def release(
        self, place: QPointF, modifiers: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT
    ) -> None:
        QTest.mouseRelease(self.view.viewport(), button, modifiers, self.at(place))

    def drag(self, start: QPointF, end: QPointF, button: Qt.MouseButton = LEFT) -> None:
        self.press(start, button=button)
        self.move(start + (end - start) * 0.5)
        self.move(end)
        self.release(end, button=button)

    def click(self, place: QPointF, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.view.viewport(), LEFT, modifiers, self.at(place))

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.view, key, modifiers)

    def type_in(self, widget: QWidget, text: str) -> None:
        QTest.keyClicks(widget, text)

    def drop(self, data: QMimeData, place: QPointF) -> None:
        """What the window system sends when something is dropped."""
        viewport, action = self.view.viewport(), Qt.DropAction.CopyAction
        at = self.at(place)
        QApplication.sendEvent(viewport, QDragEnterEvent(at, action, data, LEFT, NONE))
        QApplication.sendEvent(viewport, QDragMoveEvent(at, action, data, LEFT, NONE))
        QApplication.sendEvent(viewport, QDropEvent(QPointF(at), action, data, LEFT, NONE))


@pytest.fixture
def hand(qtbot: QtBot, theme: Theme) -> Iterator[Hand]:
    """An empty canvas of 1100 by 700, the point (0, 0) in its middle."""
    stack = EditStack(ModelGraph())
    inference = LiveInference(stack.graph, FEATURES)
    panel = CanvasPanel(theme, stack, inference)
    qtbot.addWidget(panel)
    panel.resize(1100, 700)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.view.setFocus()
    panel.view.centerOn(0, 0)
    yield Hand(panel, stack, inference, qtbot)
    panel.close_document()
    inference.close()
