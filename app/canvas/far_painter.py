"""Nodes from afar: a block in the colour of its category, with its name as large as there is room for."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.canvas import geometry as geo
from app.canvas.node_item import NodeItem
from app.canvas.style import CanvasStyle
from app.theme import RADIUS_NODE, readable_on

READABLE: Final = 0.4
"""Zoom below which small text is a smudge and is left out."""

PICTURED: Final = 0.28
"""Zoom below which ports and pictures are dots and are left out."""

_FULL_COLOR: Final = 0.2
_LEAST_SHARE: Final = 0.34
_MOST_SHARE: Final = 0.88
"""Of the category's colour in a body: at READABLE, and from _FULL_COLOR on. Its outline has all of it."""

_SMALLEST: Final = 0.5
"""Of a name's usual size, on the screen: smaller letters are a smudge."""

_LARGEST: Final = 0.9
_LARGEST_SCALE: Final = 2.5
_STEP: Final = 0.125
"""Sizes of names differ by this: more of them would be unrest, and each takes time to make letters of."""

_FEWEST: Final = 3
"""Letters that a name is cut to; without room for them there is none."""

_LEFT: Final = 24.0
_RIGHT: Final = 8.0
_UPPER: Final = 5.0
_THUMBNAILS_BELOW: Final = 48.0
_BAR: Final = QRectF(10, 12, 5, 50)
_RING: Final = 1.6  # pixels
_LINE: Final = 1.0  # pixels


class Name(NamedTuple):
    """A name as it is written: how large, and its lines."""

    scale: float
    lines: tuple[str, ...]


class FarPainter:
    """Paints nodes at zooms up to `READABLE`."""

    def __init__(self, style: CanvasStyle) -> None:
        self._style = style
        self._named = lru_cache(maxsize=2000)(self._fitted)
        self._color = lru_cache(maxsize=100)(self._mixed)

    def restyle(self) -> None:
        """Takes over a changed theme."""
        self._named.cache_clear()
        self._color.cache_clear()

    def color(self, category: str, zoom: float) -> QColor:
        """Of a body: the farther, the more of its category's colour."""
        return self._color(category, zoom)[0]

    def _mixed(self, category: str, zoom: float) -> tuple[QColor, QColor]:
        """The colour of a body, and of letters on it."""
        near, far = self._style.node.color(), self._style.color(category)
        far_off = min(max(READABLE - zoom, 0.0) / (READABLE - _FULL_COLOR), 1.0)
        share = _LEAST_SHARE + (_MOST_SHARE - _LEAST_SHARE) * far_off
        mixed = (n + (f - n) * share for n, f in zip(near.getRgb()[:3], far.getRgb()[:3], strict=True))  # type: ignore[index]  # of four numbers
        body = QColor(*(round(part) for part in mixed))
        return body, QColor(readable_on(body.name()))

    def paint_body(self, painter: QPainter, item: NodeItem, zoom: float) -> None:
        """All but the name."""
        style, body = self._style, item.body()
        own = style.color(item.category())
        fill = self.color(item.category(), zoom)
        if item.selected:
            painter.setPen(QPen(style.text.color(), _RING / zoom))
        elif item.hovered:
            painter.setPen(QPen(style.hover_outline.color(), _LINE / zoom))
        else:
            painter.setPen(Qt.PenStyle.NoPen if item.bypassed else QPen(own, _LINE / zoom))
        painter.setBrush(fill)
        painter.drawRoundedRect(body, RADIUS_NODE, RADIUS_NODE)
        if zoom > _FULL_COLOR:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(own)
            painter.drawRoundedRect(_BAR, 2, 2)

    def paint_name(self, painter: QPainter, item: NodeItem, zoom: float) -> None:
        """The name, in the middle of the height that it has."""
        name = self.name(item, zoom)
        if name is None:
            return
        style = self._style
        painter.setPen(self._color(item.category(), zoom)[1])
        height = style.metrics(style.name_font).height()
        painter.translate(_LEFT, (_room(item, zoom) - height * name.scale * len(name.lines)) / 2)
        painter.scale(name.scale, name.scale)
        for number, line in enumerate(name.lines):
            style.letters(line, style.name_font).paint(painter, QPointF(0, number * height))

    def name(self, item: NodeItem, zoom: float) -> Name | None:
        """How the name is written at this zoom; None where it could not be read."""
        least = _stepped_up(_SMALLEST / zoom)
        most = max(least, min(_LARGEST / zoom, _LARGEST_SCALE))
        return self._named(item.title(), _room(item, zoom) - 2 * _UPPER, least, most // _STEP * _STEP)

    def _fitted(self, title: str, height: float, least: float, most: float) -> Name | None:
        metrics = self._style.metrics(self._style.name_font)
        width = geo.NODE_WIDTH - _LEFT - _RIGHT
        best: Name | None = None
        for lines in ((title,), *_halves(title)):
            longest = max(metrics.horizontalAdvance(line) for line in lines)
            scale = min(width / max(longest, 1.0), height / (len(lines) * metrics.height()), most)
            scale = scale // _STEP * _STEP
            if scale >= least and (best is None or scale > best.scale):
                best = Name(scale, lines)
        if best is not None:
            return best
        room = int(height / (least * metrics.height()))
        lines = next((half for half in _halves(title)), (title,)) if room > 1 else (title,)
        cut = tuple(metrics.elidedText(line, Qt.TextElideMode.ElideRight, width / least) for line in lines)
        return (
            Name(least, cut) if room and all(len(line) > _FEWEST or line in lines for line in cut) else None
        )


def _room(item: NodeItem, zoom: float) -> float:
    """The height that the name has."""
    return _THUMBNAILS_BELOW if item.thumbnails and zoom > PICTURED else item.body().height()


def _stepped_up(scale: float) -> float:
    return -(-scale // _STEP) * _STEP


def _halves(title: str) -> Iterator[tuple[str, str]]:
    """A name in two lines, broken where a word begins: MaxPooling | 2D, Layer | Normalization, residual | block."""
    for k in range(2, len(title) - 1):
        before, after = title[k - 1], title[k]
        if before in " _":
            yield title[: k - 1], title[k:]
        elif (after.isupper() and before.islower()) or (after.isdigit() and not before.isdigit()):
            yield title[:k], title[k:]
