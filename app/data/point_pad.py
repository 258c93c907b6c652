"""A plane to draw points on: each colour is a class."""

from __future__ import annotations

from random import Random
from typing import Final

import numpy as np
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.data.pad import Pad
from app.plots.legend import symbol_of
from app.theme import RADIUS_CONTROL, Theme, class_color
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter
from engine.data.drawn import Points

ERASER: Final = 14.0  # pixels around the pointer
_DOT: Final = 8.0  # pixels across
_SPRAY: Final = 9.0  # pixels between two points of a stroke, and about as far they scatter
_KEY_STEP: Final = 12.0  # pixels
_RIM: Final = 8.0  # pixels of the plane's edge on which no point can lie


class PointPad(Pad):
    """Click to put a point, drag to spray, right button or eraser to take away.

    `committed` carries the `Points` after each stroke; `class_chosen` the class that a number key has chosen. With the
    keyboard, arrows move a cross, Space puts a point there and Delete takes what is there away.
    """

    least = 160
    largest = 420

    committed = Signal(object)
    class_chosen = Signal(int)

    def __init__(self, theme: Theme, drawing: Points, classes: int, parent: QWidget | None = None) -> None:
        super().__init__(theme, self.tr("Plane to draw points on"), parent)
        self._drawing = drawing
        self._classes = classes
        self.label = 0
        self.erasing = False
        self._stroke: Qt.MouseButton | None = None
        self._last = QPointF()
        self._pointer: QPointF | None = None
        self._cross: QPointF | None = None
        self._picture: QPixmap | None = None
        self._random = Random(0)
        self.setMouseTracking(True)
        theme.changed.connect(self._repaint_all)
        self._describe()

    def drawing(self) -> Points:
        """What is drawn, the stroke under way included."""
        return self._drawing

    def set_drawing(self, drawing: Points) -> None:
        """Shows another drawing; emits nothing."""
        if self._stroke is None:
            self._drawing = drawing
            self._repaint_all()
            self._describe()

    def place_of(self, position: QPointF) -> tuple[float, float]:
        """A position on the widget as a place in the plane, each coordinate from -1 to 1."""
        plane = self._plane()
        x = 2 * (position.x() - plane.left()) / plane.width() - 1
        return x, 1 - 2 * (position.y() - plane.top()) / plane.height()

    def position_of(self, x: float, y: float) -> QPointF:
        """Where a place in the plane is on the widget."""
        plane = self._plane()
        return QPointF(plane.left() + (x + 1) / 2 * plane.width(), plane.top() + (1 - y) / 2 * plane.height())

    # -- drawing ------------------------------------------------------------------------------------
    def _put(self, position: QPointF) -> None:
        self._drawing = self._drawing.with_more(np.array([self.place_of(position)]), self.label)
        self._repaint_all()

    def _erase(self, position: QPointF) -> None:
        radius = 2 * ERASER / self._plane().width()
        self._drawing = self._drawing.without(self.place_of(position), radius)
        self._repaint_all()

    def _go_on(self, position: QPointF) -> None:
        if self._stroke is Qt.MouseButton.RightButton or self.erasing:
            self._erase(position)
            return
        way = position - self._last
        if way.manhattanLength() >= _SPRAY:
            self._last = position
            scatter = QPointF(self._random.gauss(0, _SPRAY / 2), self._random.gauss(0, _SPRAY / 2))
            self._put(position + scatter)

    def _settle(self) -> None:
        self._describe()
        self.committed.emit(self._drawing)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        self._stroke, self._last, self._cross = event.button(), event.position(), None
        if event.button() is Qt.MouseButton.RightButton or self.erasing:
            self._erase(event.position())
        else:
            self._put(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        if self._stroke is not None:
            self._go_on(event.position())
        self.update()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is self._stroke:
            self._stroke = None
            self._settle()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.key() - Qt.Key.Key_1
        moves = {
            Qt.Key.Key_Left: QPointF(-_KEY_STEP, 0),
            Qt.Key.Key_Right: QPointF(_KEY_STEP, 0),
            Qt.Key.Key_Up: QPointF(0, -_KEY_STEP),
            Qt.Key.Key_Down: QPointF(0, _KEY_STEP),
        }
        key = Qt.Key(event.key())
        if 0 <= digit < self._classes and not event.modifiers():
            self.class_chosen.emit(digit)
        elif key in moves:
            self._move_cross(moves[key])
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Delete) and self._cross is not None:
            (self._put if key is Qt.Key.Key_Space else self._erase)(self._cross)
            self._settle()
        else:
            super().keyPressEvent(event)

    def _move_cross(self, way: QPointF) -> None:
        plane = self._plane()
        at = (self._cross or plane.center()) + way
        self._cross = QPointF(
            min(max(at.x(), plane.left()), plane.right()), min(max(at.y(), plane.top()), plane.bottom())
        )
        self.update()

    # -- painting -----------------------------------------------------------------------------------
    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._repaint_all()

    def _plane(self) -> QRectF:
        side = min(self.width(), self.height()) - 2 * _RIM
        middle = QRectF(self.rect()).center()
        return QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side)

    def _repaint_all(self) -> None:
        self._picture = None
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        if self._picture is None:
            self._picture = self._painted()
        painter.drawPixmap(0, 0, self._picture)
        if self.hasFocus():
            frame = self._plane().adjusted(-_RIM, -_RIM, _RIM, _RIM)
            outline_rounded(painter, frame, self._theme.color("accent"), RADIUS_CONTROL, 1.5)
        if self._cross is not None and self.hasFocus():
            self._paint_cross(painter, self._cross)
        elif self._pointer is not None and (self.erasing or self._stroke is Qt.MouseButton.RightButton):
            painter.setPen(QPen(self._theme.color("dim"), 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self._pointer, ERASER, ERASER)

    def _painted(self) -> QPixmap:
        """Plane and points, kept while they stay."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plane = self._plane()
        frame = plane.adjusted(-_RIM, -_RIM, _RIM, _RIM)
        fill_rounded(painter, frame, self._theme.color("canvas"), RADIUS_CONTROL)
        outline_rounded(painter, frame, self._theme.color("line"), RADIUS_CONTROL)
        painter.setPen(QPen(self._theme.color("grid"), 1))
        painter.drawLine(
            QPointF(plane.center().x(), plane.top()), QPointF(plane.center().x(), plane.bottom())
        )
        painter.drawLine(
            QPointF(plane.left(), plane.center().y()), QPointF(plane.right(), plane.center().y())
        )
        painter.setPen(QPen(self._theme.color("panel"), 0.08))
        for (x, y), label in zip(self._drawing.places.tolist(), self._drawing.classes.tolist(), strict=True):
            paint_mark(painter, self.position_of(x, y), label)
        painter.end()
        return picture

    def _paint_cross(self, painter: QPainter, at: QPointF) -> None:
        painter.setPen(QPen(self._theme.color("text"), 1.4))
        painter.drawLine(at - QPointF(8, 0), at + QPointF(8, 0))
        painter.drawLine(at - QPointF(0, 8), at + QPointF(0, 8))

    def _describe(self) -> None:
        count, classes = len(self._drawing), len(np.unique(self._drawing.classes))
        words = self.tr("{count} points in {classes} colours; arrows move a cross, Space puts a point.")
        self.setAccessibleDescription(words.format(count=count, classes=classes))


def paint_mark(painter: QPainter, at: QPointF, label: int, size: float = _DOT) -> None:
    """The mark of a class: its colour and its shape."""
    painter.setBrush(QColor(class_color(label)))
    painter.drawPath(
        QTransform.fromTranslate(at.x(), at.y()).scale(size, size).map(Symbols[symbol_of(label)])
    )
