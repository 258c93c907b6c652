"""Whether two pictures look alike, though letters and curves are rasterized a little differently on each machine.

Both are cut into small squares of 4 by 4 units, and the mean colours of the squares are compared: the edge of a letter that
is a quarter of a pixel further changes its square little; a colour that is another one, a text that is gone or a thing
that is elsewhere changes squares a lot. Dark grounds differ little from each other: for those larger squares are compared,
too, in which letters count for little.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtGui import QImage

from engine.tensor.spec import Array

SQUARE: Final = 4
"""Units of a square's side."""

FAR: Final = 30.0
"""Of 255: squares whose mean colours differ by more in any channel do not look alike."""

MOST_FAR: Final = 0.004
"""The share of squares that may, where all of a picture is the same."""

AREA: Final = 24
"""Units of a larger square's side."""

MOST_AREA: Final = 7.0
"""Of 255: how much the mean colour of a larger square may differ."""

MOST_ALL: Final = 1.2
"""Of 255: how much all squares may differ on average; a ground of another shade differs little, but everywhere."""


@dataclass(frozen=True)
class Difference:
    """How two pictures differ: the share of squares that do not look alike, the worst larger one, and the mean of all."""

    far: float
    area: float
    mean: float

    @property
    def looks_alike(self) -> bool:
        """Whether people would call them the same."""
        return self.far <= MOST_FAR and self.area <= MOST_AREA and self.mean <= MOST_ALL


def difference(one: QImage, other: QImage, scale: int = 1) -> Difference:
    """Compares two pictures of one size; raises `ValueError` for others."""
    if one.size() != other.size():
        raise ValueError(f"Pictures are compared at one size. Received: {one.size()} and {other.size()}.")
    apart = np.abs(_squares(one, SQUARE * scale) - _squares(other, SQUARE * scale))
    areas = np.abs(_squares(one, AREA * scale) - _squares(other, AREA * scale))
    return Difference(float(np.mean(apart.max(axis=2) > FAR)), float(areas.max()), float(apart.mean()))


def _squares(image: QImage, side: int) -> Array:
    """Mean colours of squares; (rows, columns, 3) of 0 to 255."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    width, height = plain.width(), plain.height()
    lines = np.frombuffer(plain.constBits(), np.uint8).reshape(height, plain.bytesPerLine())
    pixels = lines[:, : 3 * width].reshape(height, width, 3).astype(np.float32)
    rows, columns = height // side, width // side
    cut = pixels[: rows * side, : columns * side].reshape(rows, side, columns, side, 3)
    return np.asarray(cut.mean(axis=(1, 3)), np.float32)
