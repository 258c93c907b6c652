"""Whether pictures are light on dark or dark on light: who learned digits of white ink is lost on a scanned page."""

from __future__ import annotations

import numpy as np

from engine.data.bundle import DataBundle
from engine.tensor.spec import Array

DARK, LIGHT = 0.25, 0.75  # brightness of a ground that is surely one or the other
COMMON = 0.9  # share of the pictures that must have the same ground, for a network to count on it
SAMPLE = 256  # pictures that are looked at


def grounds(pictures: Array) -> Array:
    """The median brightness of each picture's outermost pixels.

    Args:
        pictures: (n, height, width, channels), 0 to 1, or uint8 0 to 255; a fourth channel is opacity and does not count.

    Returns:
        float32 (n,), 0 to 1.
    """
    seen = pictures[..., :3]
    rim = [seen[:, 0], seen[:, -1], seen[:, 1:-1, 0], seen[:, 1:-1, -1]]
    flat = np.concatenate([side.reshape(len(seen), -1) for side in rim], axis=1).astype(np.float32)
    middle = np.median(flat, axis=1)
    found: Array = middle / np.float32(255) if pictures.dtype == np.uint8 else middle
    return found.astype(np.float32)


def common_ground(pictures: Array) -> float | None:
    """The ground that nearly all of the first pictures have, 0 (dark) or 1 (light); None where they have no such.

    Args:
        pictures: as `grounds`; a part of them is looked at.
    """
    found = grounds(pictures[:SAMPLE])
    for ground, share in ((0.0, np.mean(found <= DARK)), (1.0, np.mean(found >= LIGHT))):
        if share >= COMMON:
            return ground
    return None


def learned_ground(bundle: DataBundle) -> float | None:
    """The ground that pictures of the data have in common; None where the data has none, or they differ."""
    found = [f for n in bundle.inputs if (f := bundle.features[n]).kind == "image" and len(f.shape) == 3]
    if len(found) != 1 or not len(bundle.train):
        return None
    first = np.asarray(bundle.inputs[found[0].name][:SAMPLE])
    return common_ground(first.astype(np.float32) * np.float32(found[0].scale))


def opposite(found: Array, common: float | None) -> Array:
    """Which grounds (n,) are light where `common` is dark, or the other way round; none where there is no common one."""
    if common is None:
        return np.zeros(len(found), np.bool_)
    return np.asarray(found >= LIGHT if common < 0.5 else found <= DARK)
