"""Cutting wires with one stroke: all that the pointer's line crosses."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem
from typing_extensions import override

from app.canvas.gestures import OVERLAY, Gesture, Pointer

if TYPE_CHECKING:
    from app.canvas.view import GraphView
    from app.canvas.wire_item import WireItem


class CutGesture(Gesture):
    """Draws a line; the wires it crosses turn red and are cut when the button goes up, in one step of undo."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: GraphView, start: Pointer) -> None:
        super().__init__(view, start)
        self._last = start.canvas
        self._crossed: list[WireItem] = []
        self._path = QPainterPath(start.canvas)
        self._line = QGraphicsPathItem()
        pen = QPen(self.scene.look.color("bad"), 1.5)  # whole: the wires that it crosses are dashed
        pen.setCosmetic(True)
        self._line.setPen(pen)
        self._line.setZValue(OVERLAY)
        self.scene.addItem(self._line)

    @override
    def move(self, pointer: Pointer) -> None:
        stroke = QLineF(self._last, pointer.canvas)
        self._last = pointer.canvas
        self._path.lineTo(pointer.canvas)
        self._line.setPath(self._path)
        near = QRectF(stroke.p1(), stroke.p2()).normalized().adjusted(-1, -1, 1, 1)
        for wire in self.scene.wires_in(near):
            if wire not in self._crossed and crosses(wire.path(), stroke):
                self._crossed.append(wire)
                wire.set_faulty(True)

    @override
    def finish(self, pointer: Pointer) -> None:
        self.move(pointer)
        edges = [wire.edge for wire in self._crossed]
        self.cancel()
        self.view.editor.cut_wires(edges)

    @override
    def cancel(self) -> None:
        for wire in self._crossed:
            wire.set_faulty(False)
        self.scene.removeItem(self._line)


def crosses(course: QPainterPath, stroke: QLineF) -> bool:
    """Whether a straight stroke crosses the course of a wire."""
    bounded = QLineF.IntersectionType.BoundedIntersection
    return any(
        QLineF(one, two).intersects(stroke)[0] is bounded
        for polygon in course.toSubpathPolygons()
        for one, two in pairwise(polygon.toList())
    )
