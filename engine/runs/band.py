"""The area that a line with many ups and downs covers.

A line that goes up and down in every pixel column looks like a filled band, but costs a painter that joins strokes hundreds
of milliseconds on a fine screen, and one that does not adds up its transparency. Upright boxes beside each other cost a
hundredth of that, a tenth of one polygon, and none lies over another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.runs.series import Floats


@dataclass(frozen=True, slots=True)
class Boxes:
    """Edges of boxes, each (m,); the right edge of one is the left edge of the next where there is no gap."""

    left: Floats
    right: Floats
    low: Floats
    high: Floats


def band(x: Floats, y: Floats, group: int, margin: float) -> Boxes:
    """Boxes around a line, each as high as what it covers, from the value before it on.

    Args:
        x: positions (n,).
        y: values (n,); a group of which none is finite has no box.
        group: how many neighbouring points share a box.
        margin: by which a box is higher than the line to each side, so that a smooth line is seen, too.
    """
    if not y.size:
        return Boxes(y, y, y, y)
    starts = np.arange(0, y.size, group)
    low, high = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    before = y[starts[1:] - 1]  # the line comes from there
    low[1:], high[1:] = (
        np.where(np.isnan(edge[1:]), np.nan, reach(edge[1:], before))
        for edge, reach in ((low, np.fmin), (high, np.fmax))
    )
    left, seen = x[starts], np.isfinite(low)
    right = np.append(left[1:], x[-1])
    return Boxes(left[seen], right[seen], low[seen] - margin, high[seen] + margin)


def dots(y: Floats, length: int) -> NDArray[np.bool_]:
    """Which points (n,) of a line go on to the next one, for dots of so many pieces and gaps of twice that.

    None leads to or from a value that is not finite.
    """
    seen = np.isfinite(y)
    joined: NDArray[np.bool_] = np.append(seen[:-1] & seen[1:], [False])
    joined[np.arange(y.size) // length % 3 > 0] = False
    return joined
