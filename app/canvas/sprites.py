"""Pictures painted once and copied often: what many items of the canvas have in common, at the scale of the screen."""

from collections.abc import Callable, Hashable
from typing import ClassVar, Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

_LARGEST: Final = 200_000
"""Of more dots, few fit on the screen: painting them there takes less than painting a picture of them and copying it."""

_LARGE: Final = 40_000
"""Of so many dots, few fit on the screen, too: while the scale changes with each frame, only pictures of parts pay."""

_MOST_PIXELS: Final = 12_000_000
"""48 MB; what is in view at one scale needs a tenth of it."""


class Sprite(NamedTuple):
    """A picture, and how many dots of the screen it reaches to the left of its origin and above it."""

    picture: QPixmap
    aside: int
    above: int


class Sprites:
    """Pictures by key, for one scale at a time: another scale, or too many of them, and all are painted anew.

    What is asked for once at a scale, as nodes are while the wheel turns, is painted where it belongs: making a picture
    of it would take longer. Only what lies under it, which others share, becomes a picture at once, and what was a
    picture at the scale before.
    """

    keeps_words: ClassVar[bool] = False
    """Whether words are to be found again in what is painted, as in a file of words and lines."""

    def __init__(self) -> None:
        self._pictures: dict[Hashable, Sprite] = {}
        self._asked: set[Hashable] = set()
        self._shared: set[Hashable] = set()  # were pictures at the scale before
        self._scale = (0.0, 0.0)
        self._pixels = 0
        self._turning = False  # the scale was another one in the frame before

    def clear(self) -> None:
        """Forgets all, because colours have changed."""
        self._pictures.clear()
        self._asked.clear()
        self._pixels = 0

    def use_scale(self, zoom: float, ratio: float) -> None:
        """Paints at `zoom` pixels a canvas unit and `ratio` dots of the screen a pixel from now on."""
        self._turning = self._scale != (zoom, ratio)
        if self._turning or self._pixels > _MOST_PIXELS:
            self._scale = (zoom, ratio)
            self._shared = set(self._pictures)
            self.clear()

    def use_scale_of(self, painter: QPainter) -> None:
        """Paints for this painter from now on: a window may be drawn at a scale that its screen does not have."""
        zoom = painter.worldTransform().m11()
        self.use_scale(zoom, round(painter.deviceTransform().m11() / zoom, 4))

    def stamp(self, painter: QPainter, key: Hashable, x: float, y: float) -> tuple[float, float] | None:
        """Draws the picture that there is, as `draw` would; None where there is none."""
        sprite = self._pictures.get(key)
        return None if sprite is None else self._copy(painter, sprite, x, y)

    def _copy(self, painter: QPainter, sprite: Sprite, x: float, y: float) -> tuple[float, float]:
        picture, aside, above = sprite
        ratio = self._scale[1]
        left, top = round(x * ratio), round(y * ratio)
        painter.drawPixmap(QPointF((left - aside) / ratio, (top - above) / ratio), picture)
        return left / ratio, top / ratio

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
        if self._dots(area) > _LARGEST:
            return self._paint_there(painter, place, *((paint,) if ground is None else (ground[1], paint)))
        if key not in self._asked and key not in self._shared:
            self._asked.add(key)
            if ground is not None:
                self._copy(painter, self._sprite(ground[0], area, ground[1]), *place.toTuple())
            return self._paint_there(painter, place, paint)
        below = None if ground is None else self._sprite(ground[0], area, ground[1])
        return QPointF(*self._copy(painter, self._sprite(key, area, paint, below), *place.toTuple()))

    def is_large(self, area: QRectF) -> bool:
        """Whether a picture of all that is in such an area does not pay, but one of each of its parts may."""
        return self._dots(area) > (_LARGE if self._turning else _LARGEST)

    def _dots(self, area: QRectF) -> float:
        zoom, ratio = self._scale
        return area.width() * area.height() * (zoom * ratio) ** 2

    def _sprite(
        self, key: Hashable, area: QRectF, paint: Callable[[QPainter], object], below: Sprite | None = None
    ) -> Sprite:
        """The picture of this key, made if there is none yet."""
        sprite = self._pictures.get(key)
        if sprite is None:
            sprite = self._pictures[key] = self._painted(area, paint, below)
        return sprite

    def _paint_there(
        self, painter: QPainter, place: QPointF, *layers: Callable[[QPainter], object]
    ) -> QPointF:
        """Paints with the painter that asks, and as sharp as a picture on whole dots would be."""
        zoom, ratio = self._scale
        origin = QPointF(round(place.x() * ratio) / ratio, round(place.y() * ratio) / ratio)
        for layer in layers:
            painter.save()
            painter.translate(origin)
            painter.scale(zoom, zoom)
            layer(painter)
            painter.restore()
        return origin

    def _painted(self, area: QRectF, paint: Callable[[QPainter], object], below: Sprite | None) -> Sprite:
        zoom, ratio = self._scale
        dot = zoom * ratio
        left, top = _dots(-area.left(), dot), _dots(-area.top(), dot)
        if below is not None:
            picture = QPixmap(below.picture)  # a copy as soon as it is changed
            picture.setDevicePixelRatio(1.0)
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
        picture.setDevicePixelRatio(ratio)
        return Sprite(picture, left, top)


def _dots(length: float, scale: float) -> int:
    """Whole dots that hold a length."""
    return int(length * scale) + 1
