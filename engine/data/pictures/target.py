"""What all pictures of a column are brought to, since a network takes pictures of one size, and what that should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.tensor.spec import Array, Shape

Fit = Literal["resize", "crop", "pad"]
LARGEST_PROPOSED = 256  # pixels; a side of up to this many is kept
USUAL_SIDES = (32, 64, 96, 128)  # proposed where sizes differ or are larger
MOST_MASK_VALUES = 256


@dataclass(frozen=True)
class PictureTarget:
    """Size and channels of every picture of a column.

    Attributes:
        height, width: pixels.
        channels: 1 grey, 3 colour, 4 colour and opacity.
        fit: what becomes of a picture of another form: resize distorts it, crop cuts off what is too much on both
            sides, pad adds black on both sides.
        mask: the values are class numbers, not brightness: none is averaged with another.
        inverted: dark becomes light and light dark, before black is added on the sides.
        centred: what is drawn is brought to the middle, its longer side to this share of the picture's, where it lies
            elsewhere; 0 leaves it.
    """

    height: int
    width: int
    channels: int = 3
    fit: Fit = "resize"
    mask: bool = False
    inverted: bool = False
    centred: float = 0.0

    @property
    def shape(self) -> Shape:
        """(height, width, channels)."""
        return (self.height, self.width, self.channels)


@dataclass(frozen=True)
class PictureFacts:
    """What the header of a picture says, as it is seen (turned as its EXIF orientation says).

    Attributes:
        height, width: pixels.
        channels: 1 grey, 3 colour, 4 with opacity.
        deep: more than 8 bits a channel, which are reduced to 8.
        moving: several frames or pages, of which the first is taken.
    """

    height: int
    width: int
    channels: int
    deep: bool = False
    moving: bool = False


def proposed_target(facts: Sequence[PictureFacts], mask: bool = False) -> PictureTarget:
    """A target for pictures of which these are a sample: their own size if it is common and not large.

    Else a square that is no larger than half of them. Grey only if all are; opacity is laid on white.
    """
    sizes = Counter((f.height, f.width) for f in facts)
    channels = 1 if mask or all(f.channels == 1 for f in facts) else 3
    if len(sizes) == 1 and max(next(iter(sizes))) <= LARGEST_PROPOSED:
        height, width = next(iter(sizes))
        return PictureTarget(height, width, channels, mask=mask)
    shorter = sorted(min(size) for size in sizes.elements())
    median = shorter[len(shorter) // 2] if shorter else USUAL_SIDES[1]
    side = max((s for s in USUAL_SIDES if s <= median), default=max(1, median))
    alike = len({round(width / height, 2) for height, width in sizes}) == 1
    return PictureTarget(side, side, channels, "resize" if alike or mask else "crop", mask)


def mask_values(masks: Array) -> tuple[int, ...]:
    """The different values in masks (n, height, width, 1), uint8, in ascending order: one class each."""
    found = np.zeros(MOST_MASK_VALUES, bool)
    for start in range(0, len(masks), 256):
        found[np.unique(masks[start : start + 256])] = True
    return tuple(int(value) for value in np.flatnonzero(found))
