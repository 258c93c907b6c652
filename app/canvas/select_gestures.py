"""Selecting with the pointer: what a rectangle touches, or what a drawn line goes around."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath, QPen
from PySide6.QtWidgets import QAbstractGraphicsShapeItem, QGraphicsPathItem, QGraphicsRectItem
from typing_extensions import override

from app.canvas.gestures import OVERLAY, Gesture, Pointer
from app.canvas.scene import center_of

if TYPE_CHECKING:
    from app.canvas.view import GraphView


class _SelectGesture(Gesture):
    """Selects while the button is down; Shift and Ctrl add to what was selected."""

    def __init__(self, view: GraphView, start: Pointer, shape: QAbstractGraphicsShapeItem) -> None:
        super().__init__(view, start)
        self._before = self.scene.selected_nodes() if start.adding else []
        self._edges_before = self.scene.selected_edges() if start.adding else []
        self._notes_before = self.scene.notes.selected() if start.adding else []
        self._shape = shape
        self._drawn = False
        pen = QPen(self.scene.look.color("accent"), 1)
        pen.setCosmetic(True)
        shape.setPen(pen)
        shape.setBrush(view.theme.color("accent", 0.12))
        shape.setZValue(OVERLAY)
        self.scene.addItem(shape)

    def _select(self, nodes: list[str], notes: list[str]) -> None:
        self._drawn = True
        found = [*self._notes_before, *notes]
        self.scene.select([*self._before, *nodes], self._edges_before, found, settled=False)

    @override
    def finish(self, pointer: Pointer) -> None:
        if (pointer.view - self.start.view).isNull() and not self._drawn:
            self.scene.select(self._before, self._edges_before, self._notes_before)
        self.scene.settle_selection()
        self.scene.removeItem(self._shape)

    @override
    def cancel(self) -> None:
        self.scene.removeItem(self._shape)
        self.scene.select(self._before, self._edges_before, self._notes_before)


class RubberGesture(_SelectGesture):
    """Selects what a rectangle touches."""

    def __init__(self, view: GraphView, start: Pointer) -> None:
        self._band = QGraphicsRectItem()
        super().__init__(view, start, self._band)

    @override
    def move(self, pointer: Pointer) -> None:
        rect = QRectF(self.start.canvas, pointer.canvas).normalized()
        self._band.setRect(rect)
        notes = [i for i, item in self.scene.notes.items.items() if rect.contains(item.rect())]
        self._select([item.node.id for item in self.scene.nodes_in(rect)], notes)


class LassoGesture(_SelectGesture):
    """Selects the nodes whose middles a drawn line goes around."""

    def __init__(self, view: GraphView, start: Pointer) -> None:
        self._line = QPainterPath(start.canvas)
        self._loop = QGraphicsPathItem()
        super().__init__(view, start, self._loop)

    @override
    def move(self, pointer: Pointer) -> None:
        self._line.lineTo(pointer.canvas)
        closed = QPainterPath(self._line)
        closed.closeSubpath()
        self._loop.setPath(closed)
        near = self.scene.nodes_in(closed.boundingRect())
        notes = [i for i, item in self.scene.notes.items.items() if closed.contains(item.rect())]
        self._select([item.node.id for item in near if closed.contains(center_of(item))], notes)
