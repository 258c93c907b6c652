"""Attention, EinsumDense and the Transformer's block compute what Keras computes; positions follow their formulas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine.devices.cpu.device import CpuDevice
from engine.layers.attention import Attention
from engine.layers.einsum_dense import SpreadOver
from engine.layers.initializers import GlorotUniform, Orthogonal
from engine.layers.multi_head_attention import MultiHeadAttention
from engine.layers.position_embedding import PositionEmbedding
from engine.layers.registry import layers
from engine.layers.sine_position_encoding import SinePositionEncoding
from engine.tensor.spec import ShapeError
from tests.engine.bench import LayerBench
from tests.engine.layers.golden import GoldenFile, check, check_on

FILE = GoldenFile("attention")
each = pytest.mark.parametrize(("number", "mode"), FILE.parameters())


@each
def test_as_keras(number: int, mode: str) -> None:
    check(FILE, number, mode)


def test_as_keras_on_the_cpu_device() -> None:
    check_on(CpuDevice(), FILE)


def built(
    layer: Any, *shapes: tuple[int, ...], training: bool = False
) -> tuple[list[np.ndarray[Any, Any]], LayerBench]:
    bench = LayerBench(training=training)
    inputs = [bench.input(bench.generator.normal(size=s)) for s in shapes]
    return bench.run(*layer.build(bench, *inputs)), bench


# -- positions -------------------------------------------------------------------------------------------------
def test_waves_follow_their_formula() -> None:
    (y,), _ = built(SinePositionEncoding(max_wavelength=500.0), (2, 7, 5))
    for t in range(7):
        for i in range(5):
            wave = math.cos if i % 2 else math.sin
            expected = wave(t / 500.0 ** ((i - i % 2) / 5))
            np.testing.assert_allclose(y[:, t, i], expected, atol=1e-6)


def test_position_embedding_gives_each_place_its_row() -> None:
    (y,), bench = built(PositionEmbedding(sequence_length=9), (3, 7, 5))
    table = bench.values[bench.weights["embeddings"].id]
    assert table.shape == (9, 5)
    for example in y:
        np.testing.assert_array_equal(example, table[:7])


def test_a_sequence_longer_than_the_table_is_refused() -> None:
    with pytest.raises(ShapeError, match="Raise Places to at least 7"):
        built(PositionEmbedding(sequence_length=6), (3, 7, 5))


# -- what attention promises -----------------------------------------------------------------------------------
def test_weights_add_up_to_one_and_never_look_ahead() -> None:
    layer = MultiHeadAttention(num_heads=3, key_dim=2, use_causal_mask=True, return_attention_scores=True)
    (y, weights), _ = built(layer, (2, 5, 4))
    assert y.shape == (2, 5, 4)
    assert weights.shape == (2, 3, 5, 5)
    np.testing.assert_allclose(weights.sum(-1), 1.0, rtol=1e-6)
    assert (np.triu(weights, 1) == 0.0).all()


def test_a_place_that_sees_no_other_gets_nothing() -> None:
    bench = LayerBench(training=False)
    x = bench.input(bench.generator.normal(size=(1, 3, 4)))
    bench.set_mask(x, bench.input(np.zeros((1, 3), np.float32)))
    layer = MultiHeadAttention(num_heads=2, key_dim=2, use_bias=False)
    (y,) = bench.run(*layer.build(bench, x))
    np.testing.assert_array_equal(y, 0.0)


def test_dropout_of_weights_keeps_their_mean() -> None:
    layer = Attention(dropout=0.4, return_attention_scores=True)
    (_, weights), _ = built(layer, (4, 50, 3), training=True)
    assert abs((weights == 0.0).mean() - 0.4) < 0.03
    assert abs(weights.sum(-1).mean() - 1.0) < 0.05


@pytest.mark.parametrize(
    ("name", "settings", "shapes", "words"),
    [
        ("Attention", {}, ((2, 4),), "sequences"),
        ("Attention", {}, ((2, 3, 4), (2, 3, 5)), "as many numbers in the query"),
        ("Attention", {}, ((2, 3, 4), (2, 3, 4), (2, 2, 4)), "a key for each value"),
        ("MultiHeadAttention", {"attention_axes": (3,)}, ((2, 3, 4),), "Take some of 1 to 1"),
        ("MultiHeadAttention", {"use_causal_mask": True}, ((2, 3, 2, 4),), "Switch them off"),
        ("EinsumDense", {"equation": "ab,bc->ac"}, ((2, 3, 4),), "dimension for each letter"),
        ("EinsumDense", {"equation": "ab,bc->ac", "output_shape": (2, 3)}, ((2, 3),), "Give as many lengths"),
        ("EinsumDense", {"bias_axes": "q"}, ((2, 3),), "bias letters"),
        ("EinsumDense", {"equation": "ab,cd->ad"}, ((2, 3),), "in neither"),
        ("TransformerBlock", {"num_heads": 9}, ((2, 3, 4),), "Take at most 4 heads"),
    ],
)
def test_wrong_shapes_are_explained(name: str, settings: Any, shapes: Any, words: str) -> None:
    with pytest.raises(ShapeError, match=words) as caught:
        built(layers()[name].model_validate(settings), *shapes)
    assert "received" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("EinsumDense", {"equation": "ab"}, "An equation is like"),
        ("GroupQueryAttention", {"num_query_heads": 4, "num_key_value_heads": 3}, "must divide"),
    ],
)
def test_wrong_settings_are_explained(name: str, settings: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        layers()[name].model_validate(settings)


# -- how the weights start -------------------------------------------------------------------------------------
def test_the_spread_counts_what_an_output_adds_up() -> None:
    generator = np.random.default_rng(3)
    start = SpreadOver(start=GlorotUniform(), summed=(0, 1)).sample((4, 30, 60), generator)
    assert start.shape == (4, 30, 60)
    limit = math.sqrt(6.0 / (120 + 60))
    assert 0.98 * limit < np.abs(start).max() <= limit
    square = SpreadOver(start=Orthogonal(), summed=(1,)).sample((3, 4), generator)
    np.testing.assert_allclose(square @ square.T, np.eye(3), atol=1e-5)
