"""Preprocessing: what wrong settings are answered with, and what random layers draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from engine.layers.base import Layer
from engine.layers.hashes import farmhash64, siphash64
from engine.layers.host import HostLayer, packed, unpacked
from engine.layers.registry import layers
from engine.layers.string_lookup import StringLookup
from engine.settings import problems
from engine.tensor.spec import Array, DType, ShapeError
from tests.engine.bench import LayerBench

EXAMPLES = 4000


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        (
            "StringLookup",
            {"vocabulary": ["a", "b", "a"]},
            "holds each word once, received 'a' twice. Remove one.",
        ),
        ("StringLookup", {"vocabulary": []}, "holds at least one word, received none"),
        ("StringLookup", {"vocabulary": ["[UNK]"]}, "holds at least one word, received none"),
        (
            "StringLookup",
            {"vocabulary": ["a", ""], "mask_token": ""},
            "stands before the words, received it among them",
        ),
        (
            "StringLookup",
            {"vocabulary": ["a", "b"], "max_tokens": 2},
            "has 3 entries, received 2 for most words",
        ),
        ("StringLookup", {"invert": True, "output_mode": "count"}, "gives words, received count"),
        ("StringLookup", {"idf_weights": [1.0]}, "are for tf_idf only, received them with int"),
        (
            "TextVectorization",
            {"vocabulary": ["a"], "output_mode": "tf_idf"},
            "each of its 1 entries, received 0",
        ),
        ("TextVectorization", {"max_tokens": 1}, "Most words must be at least 2, received 1."),
        ("IntegerLookup", {"vocabulary": [1, 2, 1]}, "received 1 twice"),
        ("IntegerLookup", {"salt": 3}, "A salt is for farmhash, received it with floormod"),
        ("CategoryEncoding", {"num_tokens": 0}, "Classes must be at least 1, received 0."),
        ("Discretization", {"bin_boundaries": [1.0, 0.0]}, "Boundaries must ascend, received 1, 0."),
        ("Discretization", {"num_bins": None}, "the number of its bins, received neither"),
        ("Normalization", {"mean": 1.0}, "given together, received a mean alone"),
        ("Normalization", {"mean": [1, 2], "variance": 1}, "equal length, received 2 and 1"),
        ("Normalization", {"mean": 0, "variance": -1}, "A variance is at least 0, received -1"),
        ("RandomRotation", {"factor": 1.5}, "between -1 and 1, received -1.5 to 1.5"),
        ("RandomContrast", {"factor": [0.5, 2.0]}, "between 0 and 1, received 0.5 to 2"),
        ("RandomZoom", {"height_factor": -1.0}, "between -0.999 and 1, received -1 to 1"),
    ],
)
def test_wrong_settings(name: str, settings: dict[str, Any], sentence: str) -> None:
    kind = layers()[name]
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(settings)
    assert sentence in " ".join(problems(kind, caught.value).values())


def refused(name: str, settings: dict[str, Any], value: Array) -> str:
    bench = LayerBench()
    with pytest.raises(ShapeError) as caught:
        layers()[name].model_validate(settings).build(bench, bench.input(value))
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "settings", "value", "sentence"),
    [
        ("Dense", {}, np.array([["a"]]), "Dense needs numbers, received text."),
        ("CategoryEncoding", {}, np.array([["a"]]), "needs whole numbers, received text"),
        (
            "CategoryEncoding",
            {},
            np.zeros((2, 3, 3), np.int32),
            "one list per example under multi_hot, received 3 × 3",
        ),
        ("StringLookup", {}, np.zeros((2, 1)), "StringLookup needs text, received numbers."),
        ("IntegerLookup", {}, np.array([["a"]]), "IntegerLookup needs whole numbers, received text."),
        ("IntegerLookup", {}, np.array([[0.37]]), "the data has 0.37. Switch off Normalize"),
        (
            "StringLookup",
            {"vocabulary": ["a"], "num_oov_indices": 0},
            np.array([["b"]]),
            "no place for what is not in",
        ),
        ("TextVectorization", {}, np.zeros((2, 1)), "TextVectorization needs text, received numbers."),
        ("TextVectorization", {}, np.array([["a"]]), "received no length. Set Length"),
        ("TextVectorization", {}, np.array([["a", "b"]]), "splits one text per example, received 2."),
        ("Normalization", {"axis": 0}, np.zeros((2, 3)), "axis 0 can't be kept"),
        (
            "Normalization",
            {"mean": [1, 2], "variance": [1, 2]},
            np.zeros((2, 3)),
            "for each index (3), received 2",
        ),
        (
            "RandomFlip",
            {},
            np.zeros((2, 3)),
            "RandomFlip needs a picture (height × width × channels), received 3",
        ),
        ("CenterCrop", {}, np.zeros((2, 3, 3, 1), np.int32), "CenterCrop needs numbers to calculate with"),
    ],
)
def test_wrong_inputs(name: str, settings: dict[str, Any], value: Array, sentence: str) -> None:
    assert sentence in refused(name, settings, value)


def test_a_layer_without_a_vocabulary_says_so() -> None:
    lookup = layers()["StringLookup"]()
    assert isinstance(lookup, HostLayer)
    with pytest.raises(ShapeError, match="has no vocabulary yet"):
        lookup.compute(np.array([["a"]], DType.STRING.numpy), {})


def test_a_vocabulary_that_does_not_fit_the_settings_says_so() -> None:
    values = np.array([["a"], ["b"], ["c"]], DType.STRING.numpy)
    learned = StringLookup(output_mode="count", max_tokens=9).adapt([values])
    with pytest.raises(ShapeError, match=r"room for 2 words, the vocabulary kept with the weights has 3\."):
        StringLookup(output_mode="count", max_tokens=3).compute(values, learned)
    damaged = {**learned, "idf_weights": np.zeros(1, np.float32)}
    with pytest.raises(ShapeError, match="Train the network anew"):
        StringLookup(output_mode="tf_idf", max_tokens=9).compute(values, damaged)


def test_words_are_kept_as_bytes() -> None:
    words = ["", "a", 'quo"te', "line\nbreak", "日本", "nul\0"]
    assert unpacked(packed(words)) == words
    for damaged in (np.zeros(3, np.uint8), np.frombuffer(b"[1]", np.uint8), np.frombuffer(b"{}", np.uint8)):
        with pytest.raises(ShapeError, match="is damaged"):
            unpacked(damaged)


def test_hashes_are_the_published_ones() -> None:
    # the test vector in the appendix of the SipHash paper; FarmHash as TensorFlow computes it
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    assert siphash64(bytes(range(15)), key) == 0xA129CA6149BE45E5
    assert farmhash64(b"hello") % 2**62 == 3786372426573024488
    assert farmhash64(b"0123456789" * 20) % 2**62 == 439712990348739477


# -- what random layers draw -------------------------------------------------------------------------------
def places(name: str, settings: dict[str, Any], size: tuple[int, int] = (9, 9)) -> Array:
    """Where each example reads its middle pixel: (examples, 2) row and column, for a layer of ours."""
    height, width = size
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    picture = np.stack([rows, columns], axis=-1).astype(np.float32)
    bench = LayerBench(seed=4)
    layer: Layer = layers()[name].model_validate(settings)
    x = bench.input(np.broadcast_to(picture, (EXAMPLES, *picture.shape)).copy())
    (y,) = layer.build(bench, x)
    return bench.run(y)[0]


def test_shifts_are_spread_evenly_between_the_factors() -> None:
    y = places(
        "RandomTranslation", {"height_factor": [-0.2, 0.4], "width_factor": 0.1, "fill_mode": "nearest"}
    )
    down, right = 4.0 - y[:, 4, 4, 0], 4.0 - y[:, 4, 4, 1]
    assert -1.8 <= down.min() < -1.7
    assert 3.5 < down.max() <= 3.6
    assert abs(down.mean() - 0.9) < 0.1
    assert abs(down.std() - 5.4 / np.sqrt(12)) < 0.1
    assert np.abs(right).max() <= 0.9
    assert abs(np.corrcoef(down, right)[0, 1]) < 0.06, "each direction has numbers of its own"


def test_every_second_picture_is_mirrored() -> None:
    y = places("RandomFlip", {"mode": "horizontal"})
    mirrored = y[:, 0, 0, 1] == 8
    assert set(np.unique(y[:, 0, 0, 1])) == {0, 8}
    assert abs(mirrored.mean() - 0.5) < 0.03


def test_crops_reach_every_place() -> None:
    y = places("RandomCrop", {"height": 7, "width": 5})
    counts = np.unique(y[:, 0, 0], axis=0, return_counts=True)[1]
    assert len(counts) == 3 * 5
    assert counts.min() > 0.7 * EXAMPLES / 15


def test_angles_and_zooms_stay_in_their_range() -> None:
    y = places("RandomRotation", {"factor": [0.0, 0.25], "fill_mode": "nearest"})
    # the pixel right of the middle is read one pixel right of it at 0° and one below it at 90°
    angle = np.arctan2(y[:, 4, 5, 0] - 4.0, y[:, 4, 5, 1] - 4.0)
    assert -0.01 < angle.min() < 0.05
    assert 1.5 < angle.max() < 1.6
    assert abs(angle.mean() - np.pi / 4) < 0.05
    zoomed = places("RandomZoom", {"height_factor": [-0.5, 0.0]})
    wide, tall = zoomed[:, 4, 5, 1] - 4.0, zoomed[:, 5, 4, 0] - 4.0
    np.testing.assert_allclose(wide, tall, atol=1e-6, err_msg="proportions stay")
    assert 0.5 <= tall.min() < 0.52
    assert 0.98 < tall.max() <= 1.0


def test_pictures_stay_as_they_are_when_the_network_is_used() -> None:
    for name in (
        "RandomFlip",
        "RandomRotation",
        "RandomTranslation",
        "RandomZoom",
        "RandomContrast",
        "RandomBrightness",
    ):
        bench = LayerBench(training=False)
        x = bench.input(np.random.default_rng(0).normal(size=(2, 4, 4, 1)))
        (y,) = layers()[name]().build(bench, x)
        assert y is x, name
