"""Pictures brought to one size: what is kept, what is cut off, what is added."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from engine.data.pictures.fitting import fitted
from engine.data.pictures.target import PictureFacts, PictureTarget, mask_values, proposed_target
from engine.tensor.spec import Array


def halves(height: int, width: int) -> Array:
    """Black on the left, white on the right, grey."""
    picture = np.zeros((height, width), np.uint8)
    picture[:, width // 2 :] = 255
    return picture


def test_the_same_size_is_left_as_it_is() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (7, 5, 3), np.uint8)
    np.testing.assert_array_equal(fitted(picture, PictureTarget(7, 5, 3)), picture)


def test_resizing_distorts() -> None:
    made = fitted(halves(8, 16), PictureTarget(8, 8, 1))
    assert made.shape == (8, 8, 1)
    assert made[:, :3].max() == 0
    assert made[:, 5:].min() == 255


def test_cropping_cuts_both_sides_off() -> None:
    picture = np.zeros((4, 12), np.uint8)
    picture[:, :4], picture[:, 8:] = 100, 200
    assert fitted(picture, PictureTarget(4, 4, 1, "crop")).max() == 0
    assert fitted(picture, PictureTarget(4, 12, 1, "crop"))[0, 0, 0] == 100


def test_padding_adds_black_on_both_sides() -> None:
    made = fitted(np.full((4, 8), 255, np.uint8), PictureTarget(8, 8, 1, "pad"))[..., 0]
    np.testing.assert_array_equal(made[2:6], 255)
    assert made[:2].max() == made[6:].max() == 0


@pytest.mark.parametrize(("side", "size"), [(28, 29), (28, 58), (100, 7), (100, 55), (224, 123)])
def test_the_middle_of_a_picture_lies_inside_of_it(side: int, size: int) -> None:
    """In binary numbers 29 / 28 · 28 is a little more than 29."""
    assert side * (size / side) > size
    for shape in ((size, size + 20), (size + 20, size)):
        picture = np.full((*shape, 1), 77, np.uint8)
        assert (fitted(picture, PictureTarget(side, side, 1, "crop")) == 77).all()


@pytest.mark.parametrize("fit", ["resize", "crop", "pad"])
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (3, 4)])
def test_any_form_gets_the_shape(fit: str, size: tuple[int, int]) -> None:
    target = PictureTarget(9, 6, 3, fit)  # type: ignore[arg-type]  # of the parameters
    assert fitted(np.zeros((*size, 3), np.uint8), target).shape == (9, 6, 3)


def test_grey_is_the_brightness_that_is_seen() -> None:
    green = np.zeros((2, 2, 3), np.uint8)
    green[..., 1] = 255
    assert fitted(green, PictureTarget(2, 2, 1)).max() == 150  # 0.587 of 255, ITU-R 601
    assert fitted(halves(2, 2), PictureTarget(2, 2, 3)).shape == (2, 2, 3)


def test_opacity_lies_on_white_or_is_a_channel() -> None:
    picture = np.zeros((2, 2, 4), np.uint8)
    picture[0, 0] = (10, 20, 30, 255)
    colour = fitted(picture, PictureTarget(2, 2, 3))
    assert colour[0, 0].tolist() == [10, 20, 30]
    assert colour[1, 1].tolist() == [255, 255, 255]
    np.testing.assert_array_equal(fitted(picture, PictureTarget(2, 2, 4)), picture)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 65_535, 32_768]], np.uint16), [0, 255, 128]),
        (np.array([[0.0, 1.0, 0.5]], np.float32), [0, 255, 128]),
        (np.array([[0.0, 255.0, 128.0]], np.float32), [0, 255, 128]),
        (np.array([[np.nan, np.inf, -np.inf]], np.float32), [0, 255, 0]),
    ],
)
def test_more_than_8_bits_are_reduced(values: Array, expected: list[int]) -> None:
    made = fitted(Image.fromarray(values), PictureTarget(1, 3, 1))
    assert made.ravel().tolist() == expected


def test_a_mask_keeps_its_numbers() -> None:
    mask = np.array([[0, 7], [7, 2]], np.uint8)
    made = fitted(mask, PictureTarget(9, 9, 1, mask=True))
    assert mask_values(made[np.newaxis]) == (0, 2, 7)


def test_a_mask_with_a_palette_is_its_indices() -> None:
    image = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8)).convert("P")
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    assert fitted(image, PictureTarget(2, 2, 1, mask=True)).ravel().tolist() == [0, 1, 2, 1]


def test_a_common_size_is_proposed_as_it_is() -> None:
    assert proposed_target([PictureFacts(28, 30, 1)] * 3) == PictureTarget(28, 30, 1)
    assert proposed_target([PictureFacts(28, 28, 1), PictureFacts(28, 28, 3)]).channels == 3


def test_large_and_different_sizes_become_a_usual_one() -> None:
    large = proposed_target([PictureFacts(3000, 4000, 3)] * 2)
    assert (large.shape, large.fit) == ((128, 128, 3), "resize")
    mixed = proposed_target([PictureFacts(100, 200, 3), PictureFacts(80, 70, 4), PictureFacts(90, 90, 3)])
    assert (mixed.shape, mixed.fit) == ((64, 64, 3), "crop")
    assert proposed_target([]).shape == (64, 64, 1)
