"""What is drawn, brought to the middle and to one size, as the digits of MNIST were: the network learned no others.

Their recipe: scaled until the longer side is 20 of 28 pixels, then moved until the centre of mass lies in the middle.
Source: LeCun, Cortes and Burges, The MNIST database.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from engine.data.bundle import DataBundle
from engine.data.pictures.ground import COMMON, SAMPLE, common_ground
from engine.tensor.spec import Array

EXTENT = 20 / 28  # share of the picture's side that the longer side of what is drawn takes
LARGEST = 64  # pixels of a side: larger pictures are photographs, which nobody centres so
_FAINT = 0.25  # of the strongest difference from the ground: what is less is paper
_LEAST = 0.1  # difference from the ground that is ink at all
_AWAY = 0.09  # of the side that the centre of mass may lie from the middle
_LARGER, _SMALLER = 1.3, 0.75  # than learned, and still the same size
_LIKE_THE_OTHERS = 0.15  # by which learned sizes may differ
_FILLS = 0.92  # what is drawn up to the rim was not centred, but cut out


def places(pictures: Array) -> Array:
    """Where what is drawn lies in each picture, and how large it is.

    Args:
        pictures: (n, height, width, channels), 0 to 1, or uint8 0 to 255.

    Returns:
        float32 (n, 3): the centre of mass as a share of the width and height away from the middle, and the longer side
        as a share of the picture's; zeros where nothing is drawn.
    """
    found = np.zeros((len(pictures), 3), np.float32)
    ink = _ink(pictures)
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


def drawn(pictures: Array) -> tuple[Array, Array]:
    """Their `places` and themselves, for small pictures, uint8; nothing for photographs."""
    if max(pictures.shape[1:3]) > LARGEST:
        return np.zeros((0, 3), np.float32), np.zeros((0, 0, 0, 0), np.uint8)
    return places(pictures), pictures


def off_centre(where: Array, extent: float | None) -> Array:
    """Which of the places (n, 3) lie elsewhere, or are of another size, than pictures that fill `extent` in the middle."""
    if extent is None or not len(where):
        return np.zeros(len(where), np.bool_)
    drawn = where[:, 2] > 0
    away = np.abs(where[:, :2]).max(axis=1) > _AWAY
    other = (where[:, 2] > _LARGER * extent) | (where[:, 2] < _SMALLER * extent)
    return np.asarray(drawn & (away | other))


def common_extent(pictures: Array) -> float | None:
    """The size of what is drawn in the first pictures, where nearly all are centred and of one size; else None.

    Args:
        pictures: as `places`; a part of them is looked at.
    """
    if max(pictures.shape[1:3]) > LARGEST or common_ground(pictures) is None:
        return None
    where = places(pictures[:SAMPLE])
    extent = float(np.median(where[:, 2]))
    alike = np.abs(where[:, 2] - extent) <= _LIKE_THE_OTHERS * extent
    middle = np.abs(where[:, :2]).max(axis=1) <= _AWAY
    return extent if 0 < extent <= _FILLS and np.mean(alike & middle) >= COMMON else None


def learned_extent(bundle: DataBundle) -> float | None:
    """The same of pictures of the data; None where it has none, or they are not centred."""
    found = [f for n in bundle.inputs if (f := bundle.features[n]).kind == "image" and len(f.shape) == 3]
    if len(found) != 1 or not len(bundle.train):
        return None
    first = np.asarray(bundle.inputs[found[0].name][:SAMPLE])
    return common_extent(first.astype(np.float32) * np.float32(found[0].scale))


def centred(image: Image.Image, width: int, height: int, extent: float) -> Image.Image | None:
    """What is drawn, in a picture of width × height, its ground around it; None where nothing is drawn."""
    pixels = np.asarray(image)
    shaped = pixels[np.newaxis] if pixels.ndim == 3 else pixels[np.newaxis, :, :, np.newaxis]
    ink = _ink(shaped)[0]
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    scale = extent * min(width, height) / max(bottom - top, right - left)
    wide, high = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    cut = image.resize((wide, high), Image.Resampling.BILINEAR, (left, top, right, bottom))
    part = ink[top:bottom, left:right]
    across = (part.sum(axis=0) @ (np.arange(right - left) + 0.5)) / part.sum() * scale
    down = (part.sum(axis=1) @ (np.arange(bottom - top) + 0.5)) / part.sum() * scale
    place = (_kept(width / 2 - across, width - wide), _kept(height / 2 - down, height - high))
    whole = Image.new(image.mode, (width, height), _ground(shaped[0]))
    whole.paste(cut, place)
    return whole


def _kept(start: float, room: int) -> int:
    """The nearest whole place at which nothing is cut off."""
    return min(max(0, round(start)), max(0, room))


def _ink(pictures: Array) -> Array:
    """How much each pixel differs from the ground, float32 (n, height, width); 0 where that is as good as not at all."""
    seen = pictures[..., :3].astype(np.float32).mean(axis=-1)
    if pictures.dtype == np.uint8:
        seen /= np.float32(255)
    rims = np.concatenate([seen[:, 0], seen[:, -1], seen[:, 1:-1, 0], seen[:, 1:-1, -1]], axis=1)
    ink = np.abs(seen - np.median(rims, axis=1)[:, np.newaxis, np.newaxis])
    strongest = ink.max(axis=(1, 2), keepdims=True)
    ink[(ink < _FAINT * strongest) | (strongest < _LEAST)] = 0.0
    found: Array = ink
    return found


def _ground(pixels: Array) -> int | tuple[int, ...]:
    """The median of the outermost pixels (height, width, channels), channel by channel."""
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    values = tuple(int(v) for v in np.median(rim, axis=0))
    return values[0] if len(values) == 1 else values
