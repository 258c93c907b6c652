"""What is drawn, brought to the middle and to one size, as the digits of MNIST were: the network learned no others.

Their recipe: scaled until the longer side is 20 of 28 pixels, then moved until the centre of mass lies in the middle.
Source: LeCun, Cortes and Burges, The MNIST database.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from engine.data.bundle import DataBundle
from engine.data.pictures.ground import COMMON, SAMPLE, common_ground
from engine.data.pictures.ink import brought_to_the_middle, drawn_places, off_centre
from engine.data.pictures.target import PictureTarget
from engine.tensor.spec import Array

EXTENT = 20 / 28  # share of the picture's side that the longer side of what is drawn takes
LARGEST = 64  # pixels of a side: larger pictures are photographs, which nobody centres so
_LIKE_THE_OTHERS = 0.15  # by which learned sizes may differ
_FILLS = 0.92  # what is drawn up to the rim was not centred, but cut out


def drawn(pictures: Array) -> tuple[Array, Array]:
    """Their `drawn_places` and themselves, for small pictures, uint8; nothing for photographs."""
    if max(pictures.shape[1:3]) > LARGEST:
        return np.zeros((0, 3), np.float32), np.zeros((0, 0, 0, 0), np.uint8)
    return drawn_places(pictures), pictures


def common_extent(pictures: Array) -> float | None:
    """The size of what is drawn in the first pictures, where nearly all are centred and of one size; else None.

    Args:
        pictures: as `drawn_places`; a part of them is looked at.
    """
    if max(pictures.shape[1:3]) > LARGEST or common_ground(pictures) is None:
        return None
    where = drawn_places(pictures[:SAMPLE])
    extent = float(np.median(where[:, 2]))
    alike = np.abs(where[:, 2] - extent) <= _LIKE_THE_OTHERS * extent
    there = alike & ~off_centre(where, extent)
    return extent if 0 < extent <= _FILLS and np.mean(there) >= COMMON else None


def learned_extent(bundle: DataBundle) -> float | None:
    """The same of pictures of the data; None where it has none, or they are not centred."""
    found = [f for n in bundle.inputs if (f := bundle.features[n]).kind == "image" and len(f.shape) == 3]
    if len(found) != 1 or not len(bundle.train):
        return None
    first = np.asarray(bundle.inputs[found[0].name][:SAMPLE])
    return common_extent(first.astype(np.float32) * np.float32(found[0].scale))


def centred(image: Image.Image, target: PictureTarget) -> Array | None:
    """What is drawn, in a picture of the target's size, its ground around it; None where nothing is drawn."""

    def resized(box: tuple[float, float, float, float], width: int, height: int) -> Array:
        return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR, box))

    pixels = np.asarray(image).reshape(image.height, image.width, target.channels)
    return brought_to_the_middle(pixels, target.width, target.height, target.centred, resized)
