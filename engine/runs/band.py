"""The area that a line with many ups and downs covers.

A line that goes up and down in every pixel column looks like a filled band, but costs a painter that joins strokes hundreds
of milliseconds on a fine screen, and one that does not adds up its transparency. The band itself is one polygon.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.runs.series import Floats


def band(x: Floats, y: Floats, margin: float) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """Polygons around a line, a pair of neighbouring points giving one place of the upper and the lower edge.

    Args:
        x: positions (n,).
        y: values (n,); where a pair has none that is finite, one polygon ends and another begins.
        margin: by which the band is wider than the line to each side, so that a smooth line is seen, too.

    Returns:
        Corners (m,) and (m,), and for each whether the next one belongs to the same polygon (m,).
    """
    if y.size % 2:  # the newest value has no neighbour yet
        x, y = np.append(x, x[-1]), np.append(y, y[-1])
    low, high = np.fmin(y[0::2], y[1::2]) - margin, np.fmax(y[0::2], y[1::2]) + margin
    ends = np.flatnonzero(np.diff(np.isfinite(low), prepend=False, append=False))
    corners_x, corners_y, connected = [x[:0]], [y[:0]], [np.empty(0, np.int32)]
    for start, stop in zip(ends[0::2], ends[1::2], strict=True):
        along = np.append(x[2 * start : 2 * stop : 2], x[2 * stop - 1])  # to the end of the last pair
        above, below = (np.append(edge[start:stop], edge[stop - 1]) for edge in (high, low))
        corners_x.append(np.concatenate((along, along[::-1])))
        corners_y.append(np.concatenate((above, below[::-1])))
        connected.append(np.ones(2 * along.size, np.int32))
        connected[-1][-1] = 0
    return np.concatenate(corners_x), np.concatenate(corners_y), np.concatenate(connected)
