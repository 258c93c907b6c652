"""Functions that written files of Python take along: pictures in the size of the network, as Pillow makes them.

Their numbers are its own or differ by one: it goes down before it goes across where that is less work.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.data.pictures.ink import brought_to_the_middle, drawn_places, off_centre

Array = Any  # of NumPy


def centred_picture(fact: Any, picture: Array) -> Array:
    """A picture as the input takes it: as it is where it lies right, else what is drawn in the middle."""
    height, width, channels = fact["shape"]
    plain = np.asarray(picture)
    plain = plain[..., np.newaxis] if plain.ndim == 2 else plain
    if plain.ndim != 3 or plain.shape[-1] != channels or not plain.size:
        raise ValueError(f"A picture has height, width and {channels} channels; received {plain.shape}.")
    plain = np.clip(np.rint(plain), 0, 255).astype(np.uint8)
    sized = fitted_picture(plain, height, width, fact["fit"])
    where = drawn_places(sized[np.newaxis])
    if where[0, 2] and not off_centre(where, fact["extent"]).any():
        return sized

    def resized(box: Any, wide: int, high: int) -> Array:
        return resampled(plain, box, wide, high)

    found = brought_to_the_middle(plain, width, height, fact["extent"], resized)
    return sized if found is None else found


def fitted_picture(picture: Array, height: int, width: int, fit: str) -> Array:
    """In that size: distorted, cut off on both sides, or with black on both sides."""
    tall, wide = picture.shape[:2]
    if (tall, wide) == (height, width):
        return picture
    if fit == "crop":
        ratio = min(wide / width, tall / height)
        left, top = max(0.0, (wide - width * ratio) / 2), max(0.0, (tall - height * ratio) / 2)
        box = (left, top, min(left + width * ratio, wide), min(top + height * ratio, tall))
        return scaled_picture(picture, box, width, height)
    if fit == "pad":
        ratio = min(width / wide, height / tall)
        x, y = min(width, max(1, round(wide * ratio))), min(height, max(1, round(tall * ratio)))
        left, top = (width - x) // 2, (height - y) // 2
        whole = np.zeros((height, width, picture.shape[-1]), np.uint8)
        whole[top : top + y, left : left + x] = scaled_picture(picture, (0, 0, wide, tall), x, y)
        return whole
    return scaled_picture(picture, (0, 0, wide, tall), width, height)


def scaled_picture(picture: Array, box: Any, width: int, height: int) -> Array:
    """A part of a picture in another size; where that is less than a quarter, by means of blocks first."""
    left, top, right, bottom = box
    wide, high = (right - left) / width, (bottom - top) / height
    fewer, lower = int(wide / 2) or 1, int(high / 2) or 1
    if fewer > 1 or lower > 1:
        x, y = max(0, int(left - wide / 2)), max(0, int(top - high / 2))
        end = min(picture.shape[1], math.ceil(right + wide / 2))
        floor = min(picture.shape[0], math.ceil(bottom + high / 2))
        picture = block_means(picture[y:floor, x:end], lower, fewer)
        box = ((left - x) / fewer, (top - y) / lower, (right - x) / fewer, (bottom - y) / lower)
    return resampled(picture, box, width, height)


def block_means(picture: Array, high: int, wide: int) -> Array:
    """Means of blocks; those at the right and lower end may be smaller."""
    rows, columns = np.arange(0, picture.shape[0], high), np.arange(0, picture.shape[1], wide)
    sums = np.add.reduceat(np.add.reduceat(picture.astype(np.int64), rows, axis=0), columns, axis=1)
    heights = np.diff(rows, append=picture.shape[0])
    counts = (heights[:, np.newaxis] * np.diff(columns, append=picture.shape[1]))[..., np.newaxis]
    return ((sums + counts // 2) * ((1 << 24) // counts) >> 24).astype(np.uint8)


def resampled(picture: Array, box: Any, width: int, height: int) -> Array:
    """A part of a picture in another size, bilinear over all pixels that a new one covers."""
    left, top, right, bottom = np.asarray(box, np.float32)
    return resampled_along(resampled_along(picture, 1, left, right, width), 0, top, bottom, height)


def resampled_along(picture: Array, axis: int, start: Array, stop: Array, count: int) -> Array:
    """The same along an axis, from float32 to float32, with weights that are whole numbers, of which 1 << 22 are 1."""
    lines = np.moveaxis(picture, axis, 0).astype(np.int64)
    scale = float(stop - start) / count
    reach = max(1.0, scale)
    found = np.empty((count, *lines.shape[1:]), np.int64)
    for k in range(count):
        middle = float(start) + (k + 0.5) * scale
        first, last = max(0, int(middle - reach + 0.5)), min(len(lines), int(middle + reach + 0.5))
        parts = np.maximum(0.0, 1.0 - np.abs((np.arange(first, last) - middle + 0.5) / reach))
        whole = np.floor(parts * (1.0 / sum(parts.tolist())) * (1 << 22) + 0.5).astype(np.int64)
        found[k] = (np.tensordot(whole, lines[first:last], 1) + (1 << 21)) >> 22
    return np.moveaxis(np.clip(found, 0, 255).astype(np.uint8), 0, axis)
