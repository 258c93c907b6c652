"""The colours of a field of predictions: the colour of the class, the paler the less sure."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtGui import QColor

_LEVELS: Final = 64
_STRONGEST: Final = 0.5
"""Share of the class colour where a prediction is certain; points in the full colour still stand out."""


def field_picture(
    classes: ArrayLike, confidence: ArrayLike, colors: Sequence[str], background: str
) -> NDArray[np.uint8]:
    """The picture of a field, shape (rows, columns, 3).

    `classes` (rows, columns) are indices into `colors`; `confidence` has the same shape, 0 (paints `background`)
    to 1. Values that are not finite count as 0.
    """
    ends = np.array([_rgb(color) for color in colors])
    start = np.array(_rgb(background))
    shares = np.linspace(0.0, _STRONGEST, _LEVELS)[None, :, None]
    table = np.round(start + (ends[:, None, :] - start) * shares).astype(np.uint8)
    sure = np.nan_to_num(np.asarray(confidence, float), nan=0.0, posinf=0.0, neginf=0.0)
    levels = (np.clip(sure, 0.0, 1.0) * (_LEVELS - 1)).round().astype(np.intp)
    picture: NDArray[np.uint8] = table[np.asarray(classes, np.intp) % len(ends), levels]
    return picture


def _rgb(color: str) -> tuple[int, int, int]:
    parsed = QColor(color)
    return parsed.red(), parsed.green(), parsed.blue()
