"""Where what is drawn lies in pictures, and how it is brought to the middle.

Written files of Python take these functions along as they stand here: NumPy alone, and no name from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.tensor.spec import Array


def drawn_places(pictures: Array) -> Array:
    """Where what is drawn lies in each picture, and how large it is.

    Args:
        pictures: (n, height, width, channels), 0 to 1, or uint8 0 to 255.

    Returns:
        float32 (n, 3): the centre of mass as a share of the width and height away from the middle, and the longer side
        as a share of the picture's; zeros where nothing is drawn.
    """
    found = np.zeros((len(pictures), 3), np.float32)
    ink = ink_of(pictures)
    total = ink.sum(axis=(1, 2))
    height, width = ink.shape[1:]
    there = np.flatnonzero(total > 0)
    if not there.size:
        return found
    rows, columns = ink[there].sum(axis=2), ink[there].sum(axis=1)
    for place, (line, length) in enumerate(((columns, width), (rows, height))):
        middle = (np.arange(length, dtype=np.float32) + 0.5) / length - 0.5
        found[there, place] = line @ middle / total[there]
        inside = line > 0
        first, last = inside.argmax(axis=1), length - inside[:, ::-1].argmax(axis=1)
        found[there, 2] = np.maximum(found[there, 2], (last - first) / length)
    return found


def off_centre(
    where: Array, extent: float | None, away: float = 0.09, larger: float = 1.3, smaller: float = 0.75
) -> Array:
    """Which of the places lie elsewhere, or are of another size, than pictures that fill `extent` in the middle.

    Args:
        where: (n, 3), as `drawn_places` gives them.
        extent: as a share of the picture's side; None: no picture is wrong.
        away: share of the side that the centre of mass may lie from the middle.
        larger: than learned, and still the same size; `smaller` likewise.
        smaller: see `larger`.
    """
    if extent is None or not len(where):
        return np.zeros(len(where), np.bool_)
    drawn = where[:, 2] > 0
    moved = np.abs(where[:, :2]).max(axis=1) > away
    other = (where[:, 2] > larger * extent) | (where[:, 2] < smaller * extent)
    return np.asarray(drawn & (moved | other))


def brought_to_the_middle(
    picture: Array, width: int, height: int, extent: float, resized: Callable[[Any, int, int], Array]
) -> Array | None:
    """What is drawn, in a picture of width × height, its ground around it; None where nothing is drawn.

    Args:
        picture: (height, width, channels), uint8.
        width: of the result; `height` likewise.
        height: see `width`.
        extent: share of the shorter side that the longer side of what is drawn takes then.
        resized: gives a part of the picture, (left, top, right, bottom), in another width and height.
    """
    ink = ink_of(picture[np.newaxis])[0]
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    scale = extent * min(width, height) / max(bottom - top, right - left)
    wide, high = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    part = ink[top:bottom, left:right]
    across = (part.sum(axis=0) @ (np.arange(right - left) + 0.5)) / part.sum() * scale
    down = (part.sum(axis=1) @ (np.arange(bottom - top) + 0.5)) / part.sum() * scale
    x = min(max(0, round(width / 2 - across)), max(0, width - wide))  # at which nothing is cut off
    y = min(max(0, round(height / 2 - down)), max(0, height - high))
    rim = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    whole = np.empty((height, width, picture.shape[-1]), np.uint8)
    whole[:] = np.median(rim, axis=0)
    cut = resized((left, top, right, bottom), wide, high).reshape(high, wide, -1)
    whole[y : y + high, x : x + wide] = cut[: height - y, : width - x]
    return whole


def ink_of(pictures: Array, faint: float = 0.25, least: float = 0.1) -> Array:
    """How much each pixel differs from the ground, float32 (n, height, width); 0 where that is as good as not at all.

    Args:
        pictures: as `drawn_places`.
        faint: of the strongest difference from the ground: what is less is paper.
        least: difference from the ground that is ink at all.
    """
    seen = pictures[..., :3].astype(np.float32).mean(axis=-1)
    if pictures.dtype == np.uint8:
        seen /= np.float32(255)
    rims = np.concatenate([seen[:, 0], seen[:, -1], seen[:, 1:-1, 0], seen[:, 1:-1, -1]], axis=1)
    ink = np.abs(seen - np.median(rims, axis=1)[:, np.newaxis, np.newaxis])
    strongest = ink.max(axis=(1, 2), keepdims=True)
    ink[(ink < faint * strongest) | (strongest < least)] = 0.0
    return np.asarray(ink)
