"""Pictures painted once and copied often: what many items of the canvas have in common, at the scale of the screen."""

from collections.abc import Callable, Hashable
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

_LARGEST: Final = 200_000
"""Of more dots, few fit on the screen: painting them there takes less than painting a picture of them and copying it."""

_MOST_PIXELS: Final = 12_000_000
"""48 MB; what is in view at one scale needs a tenth of it."""


class Sprites:
    """Pictures by key, for one scale at a time: another scale, or too many of them, and all are painted anew."""

    def __init__(self) -> None:
        self._pictures: dict[Hashable, QPixmap] = {}
        self._scale = (0.0, 0.0)
        self._pixels = 0

    def clear(self) -> None:
        """Forgets all, because colours have changed."""
        self._pictures.clear()
        self._pixels = 0

    def use_scale(self, zoom: float, ratio: float) -> None:
        """Paints at `zoom` pixels a canvas unit and `ratio` dots of the screen a pixel from now on."""
        if self._scale != (zoom, ratio) or self._pixels > _MOST_PIXELS:
            self._scale = (zoom, ratio)
            self.clear()

    def use_scale_of(self, painter: QPainter) -> None:
        """Paints for this painter from now on: a window may be drawn at a scale that its screen does not have."""
        zoom = painter.worldTransform().m11()
        self.use_scale(zoom, round(painter.deviceTransform().m11() / zoom, 4))

    def draw(
        self,
        painter: QPainter,
        key: Hashable,
        area: QRectF,
        place: QPointF,
        paint: Callable[[QPainter], object],
        ground: tuple[Hashable, Callable[[QPainter], object]] | None = None,
    ) -> QPointF:
        """Draws a picture on whole dots of the screen.

        Args:
            painter: without a transformation.
            key: of the picture.
            area: what `paint` covers, in canvas units around its origin.
            place: of that origin, in pixels.
            paint: makes the picture where there is none yet.
            ground: key and painting of what lies under it, shared by pictures of the same area.

        Returns:
            Where the origin came to lie.
        """
        zoom, ratio = self._scale
        dot = zoom * ratio
        left, top = round(place.x() * ratio), round(place.y() * ratio)
        if area.width() * area.height() * dot * dot > _LARGEST:
            origin = QPointF(left / ratio, top / ratio)
            for layer in (paint,) if ground is None else (ground[1], paint):
                painter.save()
                painter.translate(origin)
                painter.scale(zoom, zoom)
                layer(painter)
                painter.restore()
            return origin
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._pictures[key] = self._painted(area, paint, ground)
            picture.setDevicePixelRatio(ratio)
        corner = QPointF((left - _dots(-area.left(), dot)) / ratio, (top - _dots(-area.top(), dot)) / ratio)
        painter.drawPixmap(corner, picture)
        return QPointF(left / ratio, top / ratio)

    def _painted(
        self,
        area: QRectF,
        paint: Callable[[QPainter], object],
        ground: tuple[Hashable, Callable[[QPainter], object]] | None = None,
    ) -> QPixmap:
        zoom, ratio = self._scale
        dot = zoom * ratio
        left, top = _dots(-area.left(), dot), _dots(-area.top(), dot)
        if ground is not None:
            below = self._pictures.get(ground[0])
            if below is None:
                below = self._pictures[ground[0]] = self._painted(area, ground[1])
            picture = QPixmap(below)  # a copy as soon as it is painted on
        else:
            picture = QPixmap(QSize(left + _dots(area.right(), dot), top + _dots(area.bottom(), dot)))
            picture.fill(Qt.GlobalColor.transparent)
        self._pixels += picture.width() * picture.height()
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(left, top)
        painter.scale(dot, dot)
        paint(painter)
        painter.end()
        return picture


def _dots(length: float, scale: float) -> int:
    """Whole dots that hold a length."""
    return int(length * scale) + 1
