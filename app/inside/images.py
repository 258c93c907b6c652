"""From shades to coloured pictures: outputs in the colours of viridis, weights in two colours around a neutral 0."""

from functools import cache

import numpy as np
from PySide6.QtGui import QColor, QImage

from engine.training.inside.views import TileKind, Tiles, shades

_SIGNED = (TileKind.FILTERS, TileKind.MATRIX)
_NEGATIVE, _NEUTRAL, _POSITIVE = "#e69f00", "#f4f4f4", "#0072b2"  # of Okabe and Ito, told apart by everyone
_LEVELS = 256


def is_signed(tiles: Tiles, *, plane: bool = False) -> bool:
    """Whether 0 is the middle of what a tile shows: of weights, and of units over a plane, where the sign is the side."""
    return tiles.kind in _SIGNED or (plane and tiles.low < 0.0)


def images_of(tiles: Tiles, *, plane: bool = False) -> list[QImage]:
    """A picture for each tile, a pixel for each number; places without one are transparent."""
    signed = is_signed(tiles, plane=plane)
    table = list(_signed_table() if signed else _plain_table())
    found = []
    for shade in shades(tiles, signed=signed):
        pixels = np.ascontiguousarray(shade)
        height, width = pixels.shape
        image = QImage(pixels.tobytes(), width, height, width, QImage.Format.Format_Indexed8).copy()
        image.setColorTable(table)
        found.append(image)
    return found


@cache
def _plain_table() -> tuple[int, ...]:
    import pyqtgraph as pg  # slow to import, and not needed before something is shown

    colors = pg.colormap.get("viridis").getLookupTable(0, 1, _LEVELS - 1, mode="qcolor")
    return (0, *(color.rgba() for color in colors))


@cache
def _signed_table() -> tuple[int, ...]:
    middle, ends = QColor(_NEUTRAL), (QColor(_NEGATIVE), QColor(_POSITIVE))
    found = [0]
    for level in range(1, _LEVELS):
        place = (level - 128) / 127
        found.append(_between(middle, ends[place > 0], abs(place)).rgba())
    return tuple(found)


def _between(first: QColor, second: QColor, share: float) -> QColor:
    a, b = ((c.red(), c.green(), c.blue()) for c in (first, second))
    return QColor(*(round(x + (y - x) * min(share, 1.0)) for x, y in zip(a, b, strict=True)))
