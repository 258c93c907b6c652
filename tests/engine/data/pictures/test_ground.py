"""Light on dark or dark on light: what pictures have in common, and which are the opposite."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.pictures.fitting import fitted
from engine.data.pictures.ground import common_ground, grounds, learned_ground, opposite
from engine.data.pictures.target import PictureTarget
from engine.data.recipe.preparation import Preparation
from engine.data.recipe.prepare import prepare
from engine.data.recipe.streaming import RecipeRows
from engine.data.settings import DataSettings
from engine.data.sources.registry import open_source
from engine.tensor.spec import Array


def strokes(count: int = 4, side: int = 8) -> Array:
    """Light on dark, uint8 (n, side, side, 1)."""
    found: Array = np.zeros((count, side, side, 1), np.uint8)
    found[:, 2:-2, 3:5] = 255
    return found


def test_a_ground_is_what_most_of_the_rim_is() -> None:
    assert grounds(strokes()).tolist() == [0.0] * 4
    assert grounds(255 - strokes()).tolist() == [1.0] * 4
    assert grounds(np.full((1, 1, 1, 3), 0.5, np.float32)).tolist() == [0.5]


def test_opacity_is_no_brightness() -> None:
    pixels = np.concatenate([np.zeros((2, 5, 5, 3)), np.ones((2, 5, 5, 1))], axis=-1)
    assert grounds(pixels.astype(np.float32)).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("light", "expected"), [(0, 0.0), (2, 0.0), (3, None), (10, None), (17, None), (18, 1.0), (20, 1.0)]
)
def test_nine_of_ten_make_a_common_ground(light: int, expected: float | None) -> None:
    pictures = strokes(20)
    pictures[:light] = 255 - pictures[:light]
    assert common_ground(pictures) == expected


def test_grey_grounds_are_neither() -> None:
    grey = np.full((5, 4, 4, 1), 128, np.uint8)
    assert common_ground(grey) is None
    assert not opposite(grounds(grey), 0.0).any()
    assert not opposite(grounds(grey), 1.0).any()


@pytest.mark.parametrize(
    ("common", "expected"), [(0.0, [False, True]), (1.0, [True, False]), (None, [False, False])]
)
def test_the_opposite_is_known_by_the_common_ground(common: float | None, expected: list[bool]) -> None:
    pair = np.concatenate([strokes(1), 255 - strokes(1)])
    assert opposite(grounds(pair), common).tolist() == expected


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_inverted_twice_is_the_picture_and_opacity_stays(channels: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, channels)).astype(np.uint8)
    target = PictureTarget(5, 7, channels, inverted=True)
    once = fitted(picture, target)
    assert (once[..., :3] == 255 - picture[..., :3]).all()
    assert (once[..., 3:] == picture[..., 3:]).all()
    np.testing.assert_array_equal(fitted(once, target), picture)


def test_black_that_is_added_stays_black() -> None:
    paper = np.full((4, 8), 255, np.uint8)
    assert fitted(paper, PictureTarget(8, 8, 1, "pad", inverted=True)).max() == 0
    assert fitted(255 - paper, PictureTarget(8, 8, 1, "pad", inverted=True))[0].max() == 0


@pytest.fixture
def preparation(tmp_path: Path) -> Preparation:
    for name in ("one", "two"):
        (tmp_path / "own" / name).mkdir(parents=True)
        for k, pixels in enumerate(strokes(6)):
            Image.fromarray(pixels[..., 0] // (k + 1)).save(tmp_path / "own" / name / f"{k}.png")
    bundle = prepare(DataSettings(path=str(tmp_path / "own")))
    assert learned_ground(bundle) == 0.0
    assert bundle.preparation is not None
    return bundle.preparation


@pytest.mark.parametrize("inverted", [False, True])
def test_a_recipe_turns_pictures_round_before_the_network_sees_them(
    preparation: Preparation, tmp_path: Path, inverted: bool
) -> None:
    scan = strokes(1)[0, ..., 0]
    Image.fromarray(255 - scan).save(tmp_path / "scan.png")
    rows = RecipeRows(preparation, open_source(tmp_path / "scan.png", {}), inverted=inverted)
    assert rows.pictured
    (block,) = rows.blocks()
    rows.close()
    assert block.grounds.tolist() == [0.0 if inverted else 1.0]
    (seen,) = block.inputs.values()
    np.testing.assert_allclose(seen[0, ..., 0], (scan if inverted else 255 - scan) / 255, atol=1e-6)
