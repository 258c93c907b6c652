"""The pictures that the preparation shows of augmentation: found by declaration, computed by the layers themselves."""

import numpy as np
import pytest

from engine.layers.base import Category
from engine.layers.random_brightness import RandomBrightness
from engine.layers.random_flip import RandomFlip
from engine.layers.registry import layers
from engine.tensor.spec import Array, ShapeError
from engine.training.augmented import LARGEST_SIDE, augmentations, augmented


@pytest.fixture
def picture() -> Array:
    """Dark at the left, light at the right, another colour in each channel."""
    rows = np.linspace(0, 255, 12 * 20 * 3).reshape(20, 12, 3).transpose(1, 0, 2)
    return rows.astype(np.uint8)


def test_augmentations_are_found_by_what_they_do() -> None:
    found = augmentations()
    assert all(kind.declaration.category is Category.PREPROCESSING for kind in found.values())
    assert {"RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast", "RandomCrop"} <= set(found)
    assert {"Rescaling", "CenterCrop", "Normalization", "StringLookup"}.isdisjoint(found)
    assert [kind.declaration.common for kind in found.values()] == sorted(
        (kind.declaration.common for kind in found.values()), reverse=True
    )


@pytest.mark.parametrize("name", [n for n in augmentations() if n != "RandomCrop"])
def test_variants_differ_from_the_picture_and_from_each_other(name: str, picture: Array) -> None:
    variants = augmented([augmentations()[name]()], picture)
    assert variants.shape == (8, *picture.shape)
    assert variants.dtype == np.uint8
    assert any((variant != picture).any() for variant in variants)
    assert len({variant.tobytes() for variant in variants}) > 1


def test_without_a_layer_all_are_the_picture(picture: Array) -> None:
    assert (augmented([], picture, count=2) == picture).all()


def test_a_flip_shows_the_picture_or_its_mirror_image(picture: Array) -> None:
    variants = augmented([RandomFlip(mode="horizontal")], picture)
    for variant in variants:
        assert (variant == picture).all() or (variant == picture[:, ::-1]).all()


def test_the_same_seed_draws_the_same_and_another_draws_anew(picture: Array) -> None:
    chain = [layers()["RandomRotation"](), layers()["RandomBrightness"]()]
    assert (augmented(chain, picture, seed=3) == augmented(chain, picture, seed=3)).all()
    assert (augmented(chain, picture, seed=3) != augmented(chain, picture, seed=4)).any()


def test_a_stronger_setting_moves_the_same_variants_further(picture: Array) -> None:
    """So that a picture does not jump while a setting is dragged."""
    middle = picture // 2 + 64
    weak, strong = (augmented([RandomBrightness(factor=f)], middle).mean(axis=(1, 2, 3)) for f in (0.05, 0.1))
    assert strong - middle.mean() == pytest.approx(2 * (weak - middle.mean()), abs=2.0)
    assert np.ptp(strong) > 5


def test_large_pictures_are_thinned_out() -> None:
    large = np.zeros((LARGEST_SIDE * 3, LARGEST_SIDE * 2, 1), np.uint8)
    assert augmented([], large, count=1).shape == (1, LARGEST_SIDE, -(-LARGEST_SIDE * 2 // 3), 1)


def test_a_layer_that_takes_no_picture_says_so(picture: Array) -> None:
    with pytest.raises(ShapeError, match="Embedding needs"):
        augmented([layers()["Embedding"]()], picture)
