"""Drawings off the middle are noticed and brought there, as large as those that were learned; others stay as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.load import load
from engine.data.pictures.centring import EXTENT, common_extent, learned_extent
from engine.data.pictures.decode import decoded
from engine.data.pictures.fitting import fitted
from engine.data.pictures.ink import drawn_places, off_centre
from engine.data.pictures.target import PictureTarget
from engine.data.settings import DataSettings
from engine.tensor.spec import Array

SIDE = 28
TARGET = PictureTarget(SIDE, SIDE, 1, centred=EXTENT)


def stroke(
    top: int, left: int, height: int = 20, width: int = 6, *, side: int = SIDE, paper: int = 0
) -> Array:
    """A light bar on dark, uint8 (side, side, 1); on `paper` of 255 a dark one on light."""
    found = np.full((side, side, 1), paper, np.uint8)
    found[top : top + height, left : left + width] = 255 - paper
    return found


def test_places_are_shares_of_the_side() -> None:
    where = drawn_places(np.stack([stroke(4, 11), stroke(0, 0), stroke(0, 0, 0), 255 - stroke(4, 11)]))
    np.testing.assert_allclose(where[0], [0, 0, 20 / 28], atol=1e-6)
    np.testing.assert_allclose(where[1], [3 / 28 - 0.5, 10 / 28 - 0.5, 20 / 28], atol=1e-6)
    assert not where[2].any()  # nothing is drawn
    np.testing.assert_allclose(where[3], where[0], atol=1e-6)  # on paper as well


@pytest.mark.parametrize("paper", [0, 255])
@pytest.mark.parametrize(("top", "left", "size"), [(0, 0, 1), (100, 90, 2), (5, 60, 4)])
def test_what_is_drawn_anywhere_in_any_size_is_brought_to_the_middle(
    top: int, left: int, size: int, paper: int
) -> None:
    picture = stroke(top, left, 20 * size, 6 * size, side=200, paper=paper)
    seen = fitted(picture, TARGET)
    assert seen.shape == (SIDE, SIDE, 1)
    np.testing.assert_allclose(drawn_places(seen[np.newaxis])[0], [0, 0, EXTENT], atol=0.5 / SIDE)
    assert seen[0, 0, 0] == paper
    assert abs(int(seen[14, 14, 0]) - (255 - paper)) < 3


def test_the_centre_of_mass_counts_and_nothing_is_cut_off() -> None:
    picture = np.zeros((100, 100, 1), np.uint8)
    picture[60:64, 10:40] = 255
    picture[30:60, 10:20] = 255  # a heavy foot: the box alone would lie elsewhere
    where = drawn_places(fitted(picture, TARGET)[np.newaxis])[0]
    np.testing.assert_allclose(where[:2], 0, atol=0.6 / SIDE)
    lopsided = np.zeros((100, 100, 1), np.uint8)
    lopsided[10:90, 10:14] = 255
    lopsided[10:90, 14:70] = 90
    seen = fitted(lopsided, PictureTarget(SIDE, SIDE, 1, centred=0.98))
    assert drawn_places(seen[np.newaxis])[0, 2] == pytest.approx(27 / 28, abs=1.5 / SIDE)


def test_what_lies_in_the_middle_and_what_is_empty_stays_as_it_is() -> None:
    plain = PictureTarget(SIDE, SIDE, 1)
    for picture in (stroke(4, 11), stroke(5, 12), np.zeros((SIDE, SIDE, 1), np.uint8)):
        np.testing.assert_array_equal(fitted(picture, TARGET), fitted(picture, plain))


def test_small_things_on_large_sheets_are_not_blurred_away(tmp_path: Path) -> None:
    sheet = np.full((1600, 1600, 3), 250, np.uint8)
    sheet[1000:1040, 300:312] = 5
    Image.fromarray(sheet).save(tmp_path / "sheet.jpg", quality=95)
    seen = decoded(tmp_path / "sheet.jpg", PictureTarget(SIDE, SIDE, 1, inverted=True, centred=EXTENT))
    np.testing.assert_allclose(drawn_places(seen[np.newaxis])[0], [0, 0, EXTENT], atol=1.2 / SIDE)
    assert seen.max() > 200


def test_colours_keep_their_ground() -> None:
    picture = np.full((60, 60, 3), (10, 60, 200), np.uint8)
    picture[2:12, 2:6] = 255
    seen = fitted(picture, PictureTarget(SIDE, SIDE, 3, centred=EXTENT))
    assert seen[0, 0].tolist() == [10, 60, 200]
    assert seen[14, 14].min() > 250


def test_only_pictures_that_are_centred_alike_have_an_extent() -> None:
    alike = np.stack([stroke(4, 11)] * 20)
    assert common_extent(alike) == pytest.approx(20 / 28)
    assert common_extent(np.concatenate([alike, np.stack([stroke(0, 0)] * 5)])) is None
    assert common_extent(np.stack([stroke(0, 11, 28)] * 9)) is None  # up to the rim: cut out, not centred
    assert common_extent(np.stack([stroke(4, 11), stroke(9, 11, 10)] * 9)) is None
    assert common_extent(np.zeros((9, 80, 80, 1), np.uint8)) is None


def test_off_centre_is_measured_against_what_was_learned() -> None:
    where = drawn_places(np.stack([stroke(4, 11), stroke(0, 0), stroke(11, 12, 6, 4), stroke(0, 0, 0)]))
    assert off_centre(where, EXTENT).tolist() == [False, True, True, False]
    assert not off_centre(where, None).any()


@pytest.mark.parametrize(("name", "extent"), [("mnist", EXTENT), ("fashion", None), ("digits", None)])
def test_of_the_bundled_pictures_the_digits_of_mnist_are_centred(name: str, extent: float | None) -> None:
    assert learned_extent(load(DataSettings(dataset=name))) == pytest.approx(extent)
