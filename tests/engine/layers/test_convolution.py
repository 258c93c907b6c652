"""Convolution and pooling layers beyond what Keras proves: sentences for what is wrong, causality, masks, freezing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from engine.layers.registry import layers
from engine.settings import problems
from engine.tensor.spec import Array, Shape, ShapeError
from tests.engine.bench import LayerBench


def build(
    name: str, settings: dict[str, Any], x: Array, mask: Array | None = None
) -> tuple[Array, LayerBench]:
    bench = LayerBench()
    given = bench.input(x)
    if mask is not None:
        bench.set_mask(given, bench.input(mask))
    (output,) = layers()[name].model_validate(settings).build(bench, given)
    return bench.run(output)[0], bench


@pytest.mark.parametrize(
    ("name", "settings", "shape", "sentence"),
    [
        (
            "Conv1D",
            {},
            (2, 28, 28, 1),
            "Conv1D needs a sequence (steps × channels), received 28 × 28 × 1 per example. Put a Reshape before it.",
        ),
        (
            "Conv1D",
            {"kernel_size": 5},
            (2, 4, 3),
            "A window of 5 must fit into the sequence, Conv1D received 4.",
        ),
        ("Conv1D", {"dilation_rate": 2}, (2, 4, 3), "A window of 5 must fit into the sequence"),
        ("Conv3D", {}, (2, 9, 9, 1), "needs a volume (depth × height × width × channels)"),
        (
            "Conv3D",
            {},
            (2, 2, 9, 9, 1),
            "A window of 3 × 3 × 3 must fit into the volume, Conv3D received 2 × 9 × 9.",
        ),
        (
            "Conv3D",
            {"groups": 4},
            (2, 3, 3, 3, 6),
            "Conv3D with 4 groups needs channels divisible by 4, received 6",
        ),
        ("DepthwiseConv2D", {}, (2, 5, 3), "DepthwiseConv2D needs a picture"),
        (
            "SeparableConv1D",
            {},
            (2, 2, 3),
            "A window of 3 must fit into the sequence, SeparableConv1D received 2.",
        ),
        ("Conv2DTranspose", {}, (2, 5, 3), "Conv2DTranspose needs a picture"),
        (
            "Conv1DTranspose",
            {"kernel_size": 2, "strides": 2, "padding": "same", "output_padding": 0},
            (2, 1, 3),
            "Conv1DTranspose with this window and output padding needs a longer input, received 1. "
            "Leave the output padding empty.",
        ),
        (
            "MaxPooling1D",
            {"pool_size": 3},
            (2, 2, 1),
            "A window of 3 must fit into the sequence, MaxPooling1D",
        ),
        ("AveragePooling3D", {}, (2, 1, 4, 4, 1), "A window of 2 × 2 × 2 must fit into the volume"),
        (
            "GlobalMaxPooling1D",
            {},
            (2, 3),
            "GlobalMaxPooling1D needs a sequence (steps × channels), received 3",
        ),
        ("AdaptiveAveragePooling2D", {}, (2, 3), "AdaptiveAveragePooling2D needs a picture"),
    ],
)
def test_wrong_shapes(name: str, settings: dict[str, Any], shape: Shape, sentence: str) -> None:
    with pytest.raises(ShapeError) as caught:
        build(name, settings, np.zeros(shape, np.float32))
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("name", "settings", "field", "sentence"),
    [
        (
            "Conv2D",
            {"padding": "causal"},
            "padding",
            "Padding must be one of 'valid' or 'same', received 'causal'.",
        ),
        ("Conv1D", {"padding": "full"}, "padding", "one of 'valid', 'same' or 'causal', received 'full'."),
        (
            "Conv1D",
            {"strides": 2, "dilation_rate": 3},
            "",
            "Strides and dilation cannot both be above 1, received 2 and 3; set one of them to 1.",
        ),
        (
            "Conv3D",
            {"strides": 2, "dilation_rate": 2},
            "",
            "received 2 × 2 × 2 and 2 × 2 × 2; set one of them to 1 × 1",
        ),
        ("Conv1D", {"filters": 5, "groups": 2}, "", "received 5 filters in 2 groups; take 6 filters."),
        ("Conv1D", {"kernel_size": [3, 3]}, "kernel_size", "Window must be a whole number, received [3, 3]."),
        ("Conv3D", {"kernel_size": [3, 3]}, "kernel_size", "Window is incomplete, received [3, 3]"),
        (
            "Conv2DTranspose",
            {"strides": 2, "output_padding": [1, 2]},
            "",
            "Output padding must be less than the strides, received 1 × 2 with strides of 2 × 2; take 1 × 1 or less.",
        ),
        (
            "DepthwiseConv2D",
            {"depth_multiplier": 0},
            "depth_multiplier",
            "Filters per channel must be at least 1",
        ),
        ("AdaptiveMaxPooling1D", {"output_size": 0}, "output_size", "Size must be at least 1, received 0."),
    ],
)
def test_wrong_settings(name: str, settings: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        layers()[name].model_validate(settings)
    assert sentence in problems(layers()[name], caught.value)[field]


def test_one_number_may_come_in_a_row_as_keras_writes_it() -> None:
    kind = layers()["Conv1D"]
    assert kind.model_validate({"kernel_size": [5], "strides": (2,)}) == kind.model_validate(
        {"kernel_size": 5, "strides": 2}
    )


@pytest.mark.parametrize("settings", [{}, {"dilation_rate": 3}, {"strides": 2}, {"kernel_size": 1}])
def test_causal_windows_never_look_ahead(settings: dict[str, Any]) -> None:
    x = np.random.default_rng(0).normal(size=(1, 12, 2))
    later = x.copy()
    later[:, 7:] += 1.0
    chosen = {"filters": 3, "padding": "causal", **settings}
    before, after = build("Conv1D", chosen, x)[0], build("Conv1D", chosen, later)[0]
    first = -(-7 // settings.get("strides", 1))  # window that ends at step 7 or later
    np.testing.assert_array_equal(before[:, :first], after[:, :first])
    assert (before[:, first:] != after[:, first:]).any()


def test_the_mean_of_a_sequence_leaves_padding_out() -> None:
    x = np.arange(12.0).reshape(2, 3, 2)
    mask = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    y, bench = build("GlobalAveragePooling1D", {}, x, mask)
    np.testing.assert_allclose(y, [[1.0, 2.0], [0.0, 0.0]])
    assert len(bench.masks) == 1, "the mask ends here"


def test_a_transposed_convolution_undoes_the_lengths_of_a_convolution() -> None:
    for padding in ("valid", "same"):
        settings = {"filters": 2, "kernel_size": 2, "strides": 2, "padding": padding}
        small, _ = build("Conv2D", settings, np.zeros((1, 8, 6, 3), np.float32))
        large, _ = build("Conv2DTranspose", {**settings, "filters": 3}, small)
        assert large.shape == (1, 8, 6, 3)


@pytest.mark.parametrize(
    ("name", "shape", "weights"),
    [
        ("Conv1D", (1, 5, 3), {"weight": (3, 3, 4), "bias": (4,)}),
        ("Conv3DTranspose", (1, 2, 2, 2, 3), {"weight": (3, 3, 3, 4, 3), "bias": (4,)}),
        ("DepthwiseConv2D", (1, 5, 5, 3), {"weight": (3, 3, 3, 1), "bias": (3,)}),
        (
            "SeparableConv2D",
            (1, 5, 5, 3),
            {"depthwise_weight": (3, 3, 3, 1), "pointwise_weight": (1, 1, 3, 4), "bias": (4,)},
        ),
    ],
)
def test_weights_have_the_shapes_of_keras(name: str, shape: Shape, weights: dict[str, Shape]) -> None:
    settings = {} if name == "DepthwiseConv2D" else {"filters": 4}
    _, bench = build(name, settings, np.zeros(shape, np.float32))
    assert {n: w.shape for n, w in bench.weights.items()} == weights


def test_regularizers_reach_both_weights_of_a_separable_convolution() -> None:
    settings = {
        "filters": 4,
        "depthwise_regularizer": "l2",
        "pointwise_regularizer": {"name": "l1", "l1": 0.5},
    }
    _, bench = build("SeparableConv1D", settings, np.zeros((1, 5, 3), np.float32))
    depthwise, pointwise = bench.run(*bench.penalties)
    values = {n: bench.values[w.id] for n, w in bench.weights.items()}
    assert depthwise == pytest.approx(0.01 * (values["depthwise_weight"] ** 2).sum())
    assert pointwise == pytest.approx(0.5 * np.abs(values["pointwise_weight"]).sum())


def test_adaptive_pooling_that_divides_evenly_is_plain_pooling() -> None:
    x = np.random.default_rng(1).normal(size=(2, 6, 9, 3))
    y, bench = build("AdaptiveMaxPooling2D", {"output_size": [3, 3]}, x)
    assert [node.op.name for node in bench.builder.nodes] == ["max_pool"]
    np.testing.assert_array_equal(y, build("MaxPooling2D", {"pool_size": [2, 3]}, x)[0])


@pytest.mark.parametrize("kind", ["Max", "Average"])
@pytest.mark.parametrize("size", [(1, 1), (2, 1), (3, 2), (10, 10), (20, 16)])
def test_adaptive_pooling_takes_equal_parts(kind: str, size: tuple[int, int]) -> None:
    """Windows of any size, small and large, even and uneven."""
    x = np.random.default_rng(2).normal(size=(2, 20, 16, 3))
    y, _ = build(f"Adaptive{kind}Pooling2D", {"output_size": size}, x)
    fold: Any = {"Max": np.max, "Average": np.mean}[kind]
    for i, j in np.ndindex(*size):
        rows = slice(i * 20 // size[0], -(-(i + 1) * 20 // size[0]))
        columns = slice(j * 16 // size[1], -(-(j + 1) * 16 // size[1]))
        np.testing.assert_allclose(y[:, i, j], fold(x[:, rows, columns], axis=(1, 2)), rtol=1e-6, atol=1e-7)
