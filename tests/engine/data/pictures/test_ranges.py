"""The numbers that pixels become, at both ends of the scale and for pictures without colours."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.pictures.ranges import Pixels, in_range

BLACK_RED_WHITE = np.array([[[[0, 0, 0], [255, 0, 0], [255, 255, 255]]]], np.uint8)
EXPECTED: dict[Pixels, list[list[float]]] = {
    Pixels.UNIT: [[0, 0, 0], [1, 0, 0], [1, 1, 1]],
    Pixels.SYMMETRIC: [[-1, -1, -1], [1, -1, -1], [1, 1, 1]],
    Pixels.BYTES: [[0, 0, 0], [255, 0, 0], [255, 255, 255]],
    Pixels.STANDARD: [
        [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
        [0.515 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
        [0.515 / 0.229, 0.544 / 0.224, 0.594 / 0.225],
    ],
    Pixels.CAFFE: [  # blue, green, red
        [-103.939, -116.779, -123.68],
        [-103.939, -116.779, 255 - 123.68],
        [255 - 103.939, 255 - 116.779, 255 - 123.68],
    ],
}


@pytest.mark.parametrize("wanted", Pixels)
def test_colours(wanted: Pixels) -> None:
    found = in_range(BLACK_RED_WHITE, wanted)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0, 0], EXPECTED[wanted], rtol=1e-5)


@pytest.mark.parametrize(
    ("wanted", "white"),
    [
        (Pixels.UNIT, 1.0),
        (Pixels.SYMMETRIC, 1.0),
        (Pixels.BYTES, 255.0),
        (Pixels.STANDARD, 1.0),
        (Pixels.CAFFE, 1.0),
    ],
)
def test_shades_of_grey_know_no_mean_of_colours(wanted: Pixels, white: float) -> None:
    assert in_range(np.full((1, 2, 2, 1), 255, np.uint8), wanted).max() == pytest.approx(white)


def test_no_pictures_stay_none() -> None:
    assert in_range(np.zeros((0, 4, 4, 3), np.uint8), Pixels.CAFFE).shape == (0, 4, 4, 3)
