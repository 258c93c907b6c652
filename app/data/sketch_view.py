"""Paints the little picture of a data set: as it is now, or as it would be where the slider stands."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import RADIUS_CONTROL, Theme, class_color
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter
from engine.data.sketch import Sketch, SketchKind

_HEIGHT: Final = 180
_MARGIN: Final = 12
_DOT: Final = 2.2
_COLD, _WARM = QColor("#3b528b"), QColor("#fde725")  # ends of viridis' upper part: readable on both themes


class SketchView(QWidget):
    """A framed picture of a `Sketch`."""

    def __init__(
        self, theme: Theme, name: str, *, height: int = _HEIGHT, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sketch: Sketch | None = None
        self.setAccessibleName(name)
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sketch(self) -> Sketch | None:
        """What is shown."""
        return self._sketch

    def set_sketch(self, sketch: Sketch | None) -> None:
        """Shows another picture; None hides the view."""
        self._sketch = sketch
        self.setVisible(sketch is not None)
        if sketch is not None:
            count = len(sketch.pictures) or len(sketch.values)
            self.setAccessibleDescription(f"{count} {self._kind_words(sketch.kind)}")
        self.update()

    def _kind_words(self, kind: SketchKind) -> str:
        words: dict[SketchKind, str] = {
            "points": self.tr("points"),
            "curve": self.tr("points of a curve"),
            "cells": self.tr("cells"),
            "pictures": self.tr("pictures"),
        }
        return words[kind]

    @override
    def sizeHint(self) -> QSize:
        return QSize(260, self.height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        frame = QRectF(self.rect())
        fill_rounded(painter, frame, self._theme.color("canvas"), RADIUS_CONTROL)
        outline_rounded(painter, frame, self._theme.color("line"), RADIUS_CONTROL)
        if self._sketch is None:
            return
        room = frame.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        match self._sketch.kind:
            case "points":
                _paint_points(painter, self._theme, self._sketch, room)
            case "curve":
                _paint_curve(painter, self._theme, self._sketch, room)
            case "cells":
                _paint_cells(painter, self._theme, self._sketch, room)
            case "pictures":
                _paint_pictures(painter, self._sketch, room)


def _paint_points(painter: QPainter, theme: Theme, sketch: Sketch, room: QRectF) -> None:
    if len(sketch.classes) or len(sketch.shades):
        side = min(room.width(), room.height())
        room = QRectF(room.center().x() - side / 2, room.center().y() - side / 2, side, side)
    x = room.left() + sketch.values[:, 0] * room.width()
    y = room.bottom() - sketch.values[:, 1] * room.height()
    painter.setPen(Qt.PenStyle.NoPen)
    for color, chosen in _colours(theme, sketch):
        painter.setBrush(color)
        for a, b in zip(x[chosen].tolist(), y[chosen].tolist(), strict=True):
            painter.drawEllipse(QPointF(a, b), _DOT, _DOT)


def _colours(theme: Theme, sketch: Sketch) -> list[tuple[QColor, np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    """Colours, and which points have each."""
    if len(sketch.classes):
        return [(QColor(class_color(k)), sketch.classes == k) for k in np.unique(sketch.classes).tolist()]
    if len(sketch.shades):
        bands = np.minimum((sketch.shades * 8).astype(int), 7)
        return [(_mixed(k / 7), bands == k) for k in range(8)]
    return [(theme.color("accent"), np.ones(len(sketch.values), bool))]


def _mixed(share: float) -> QColor:
    return QColor(
        round(_COLD.red() + share * (_WARM.red() - _COLD.red())),
        round(_COLD.green() + share * (_WARM.green() - _COLD.green())),
        round(_COLD.blue() + share * (_WARM.blue() - _COLD.blue())),
    )


def _paint_curve(painter: QPainter, theme: Theme, sketch: Sketch, room: QRectF) -> None:
    line = [
        QPointF(room.left() + a * room.width(), room.bottom() - b * room.height())
        for a, b in sketch.values.tolist()
    ]
    painter.setPen(QPen(theme.color("accent"), 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF(line))


def _paint_cells(painter: QPainter, theme: Theme, sketch: Sketch, room: QRectF) -> None:
    rows, columns = sketch.values.shape
    side = min(room.width() / columns, room.height() / rows)
    left, top = room.center().x() - side * columns / 2, room.center().y() - side * rows / 2
    for row in range(rows):
        for column in range(columns):
            cell = QRectF(left + column * side, top + row * side, side - 1.5, side - 1.5)
            strength = 0.08 + 0.92 * float(sketch.values[row, column])
            fill_rounded(painter, cell, theme.color("accent", strength), 2)


def _paint_pictures(painter: QPainter, sketch: Sketch, room: QRectF) -> None:
    columns = 6
    rows = -(-len(sketch.pictures) // columns)
    side = min(room.width() / columns, room.height() / max(1, rows))
    left = room.center().x() - side * columns / 2
    for k, pixels in enumerate(sketch.pictures):
        row, column = divmod(k, columns)
        place = QRectF(left + column * side, room.top() + row * side, side - 3, side - 3)
        painter.drawImage(place, as_image(pixels))


def as_image(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> QImage:
    """A picture uint8 (height, width, 1 or 3) as Qt has it."""
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    return QImage(pixels.tobytes(), width, height, width * channels, kind).copy()
