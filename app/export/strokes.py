"""Painting anew where the screen copies pictures: in a file of lines, a picture of lines is a smudge."""

from collections.abc import Callable, Hashable
from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter
from typing_extensions import override

from app.canvas.sprites import Sprites


class Strokes(Sprites):
    """Keeps no pictures; everything is painted with the painter that asks for it."""

    keeps_words: ClassVar[bool] = True

    @override
    def draw(
        self,
        painter: QPainter,
        key: Hashable,
        area: QRectF,
        place: QPointF,
        paint: Callable[[QPainter], object],
        ground: tuple[Hashable, Callable[[QPainter], object]] | None = None,
    ) -> QPointF:
        zoom, _ratio = self._scale
        painter.save()
        painter.translate(place)
        painter.scale(zoom, zoom)
        for layer in (ground[1], paint) if ground is not None else (paint,):
            painter.save()
            layer(painter)
            painter.restore()
        painter.restore()
        return place
