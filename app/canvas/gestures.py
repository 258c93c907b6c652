"""What the pointer does while a button is down: one object a gesture, which ends as one undoable edit or none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsRectItem
from typing_extensions import override

from app.canvas.geometry import snapped

if TYPE_CHECKING:
    from app.canvas.node_item import NodeItem
    from app.canvas.view import GraphView
    from app.canvas.wire_item import WireItem

_OVERLAY = 100.0
_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the pointer is, on the canvas and in the view, and which modifier keys are down."""

    canvas: QPointF
    view: QPoint
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def adding(self) -> bool:
        """Whether the selection is extended rather than replaced."""
        return bool(self.modifiers & _ADDING)


class Gesture(ABC):
    """From press to release. Until `finish` nothing in the document changes, so `cancel` only tidies up."""

    cursor: Qt.CursorShape | None = None

    def __init__(self, view: GraphView, start: Pointer) -> None:
        self.view = view
        self.scene = view.graph_scene
        self.start = start

    @abstractmethod
    def move(self, pointer: Pointer) -> None:
        """The pointer moved with the button down."""

    @abstractmethod
    def finish(self, pointer: Pointer) -> None:
        """The button was released."""

    @abstractmethod
    def cancel(self) -> None:
        """Escape, or the view lost the pointer: as if it had never begun."""


class PanGesture(Gesture):
    """Moves the view over the canvas."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: GraphView, start: Pointer) -> None:
        super().__init__(view, start)
        self._last = start.view
        self.moved = False

    @override
    def move(self, pointer: Pointer) -> None:
        step = pointer.view - self._last
        self._last = pointer.view
        self.moved = self.moved or not step.isNull()
        self.view.pan(step)

    @override
    def finish(self, pointer: Pointer) -> None:
        """Nothing more: the view stays where it is."""

    @override
    def cancel(self) -> None:
        self.view.pan(self.start.view - self._last)


class MoveGesture(Gesture):
    """Moves the selected nodes from dot to dot of the grid; a click without a move selects.

    A node without wires that is dropped on a wire is put into it.
    """

    def __init__(self, view: GraphView, start: Pointer, item: NodeItem) -> None:
        super().__init__(view, start)
        self._item = item
        self._was_selected = item.selected
        self._started = False
        if not self._was_selected:
            before = self.scene.selected_nodes() if start.adding else []
            self.scene.select([*before, item.node.id])
        self._places = {node_id: self.scene.nodes[node_id].pos() for node_id in self.scene.selected_nodes()}
        self._step = QPointF()

    @override
    def move(self, pointer: Pointer) -> None:
        if not self._started and QLineF(QPointF(pointer.view), QPointF(self.start.view)).length() < 4:
            return
        self._started = True
        origin = self._places.get(self._item.node.id, self._item.pos())
        step = snapped(origin + pointer.canvas - self.start.canvas) - origin
        self._place(step)
        self.view.light_wire(self._wire_below(pointer))

    @override
    def finish(self, pointer: Pointer) -> None:
        self.view.light_wire(None)
        if not self._started:
            self._click(pointer)
            return
        places = {i: self.scene.nodes[i].pos() for i in self._places}
        wire = self._wire_below(pointer)
        self._place(QPointF())
        self.view.editor.move(places, into=wire.edge if wire is not None else None)

    @override
    def cancel(self) -> None:
        self.view.light_wire(None)
        self._place(QPointF())

    def _click(self, pointer: Pointer) -> None:
        """A click on one of several selected nodes leaves it alone; with Shift or Ctrl it leaves the selection."""
        node_id = self._item.node.id
        if pointer.adding and self._was_selected:
            self.scene.select(i for i in self.scene.selected_nodes() if i != node_id)
        elif not pointer.adding:
            self.scene.select([node_id])

    def _place(self, step: QPointF) -> None:
        if step != self._step:
            self._step = step
            self.scene.move_nodes({node_id: place + step for node_id, place in self._places.items()})

    def _wire_below(self, pointer: Pointer) -> WireItem | None:
        alone = list(self._places) == [self._item.node.id]
        if not alone or not self.view.editor.can_insert(self._item.node):
            return None
        return self.view.wire_under_node(pointer.canvas)


class RubberGesture(Gesture):
    """Selects what a rectangle touches."""

    def __init__(self, view: GraphView, start: Pointer) -> None:
        super().__init__(view, start)
        self._before = self.scene.selected_nodes() if start.adding else []
        self._edges_before = self.scene.selected_edges() if start.adding else []
        self._band = QGraphicsRectItem()
        pen = QPen(self.scene.look.color("accent"), 1)
        pen.setCosmetic(True)
        self._band.setPen(pen)
        self._band.setBrush(view.theme.color("accent", 0.12))
        self._band.setZValue(_OVERLAY)
        self.scene.addItem(self._band)

    @override
    def move(self, pointer: Pointer) -> None:
        rect = QRectF(self.start.canvas, pointer.canvas).normalized()
        self._band.setRect(rect)
        touched = [item.node.id for item in self.scene.nodes_in(rect)]
        self.scene.select([*self._before, *touched], self._edges_before, settled=False)

    @override
    def finish(self, pointer: Pointer) -> None:
        if self._band.rect().isEmpty():
            self.scene.select(self._before, self._edges_before)
        self.scene.settle_selection()
        self.scene.removeItem(self._band)

    @override
    def cancel(self) -> None:
        self.scene.removeItem(self._band)
        self.scene.select(self._before, self._edges_before)
