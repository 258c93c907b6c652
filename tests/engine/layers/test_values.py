"""What single layers compute, against the definition written out in NumPy, and the conventions of Keras."""

from typing import Any

import numpy as np
import pytest

from engine.layers.base import Layer
from engine.layers.registry import layers
from engine.tensor.spec import Array, Shape
from tests.engine.bench import LayerBench


def build(
    name: str, settings: dict[str, Any], *inputs: Array, training: bool = True
) -> tuple[Array, LayerBench]:
    bench = LayerBench(training=training)
    (output,) = layers()[name].model_validate(settings).build(bench, *(bench.input(x) for x in inputs))
    return bench.run(output)[0], bench


def weight(bench: LayerBench, name: str) -> Array:
    return bench.values[bench.weights[name].id]


def shape_of(name: str, settings: dict[str, Any], *inputs: Shape) -> Shape:
    return build(name, settings, *(np.zeros(s) for s in inputs))[0].shape


def numbers(*shape: int) -> Array:
    return np.random.default_rng(5).normal(size=shape)


def test_dense_is_an_affine_map_and_an_activation() -> None:
    x = numbers(3, 4)
    y, bench = build("Dense", {"units": 2, "activation": "relu"}, x)
    np.testing.assert_allclose(
        y, np.maximum(x @ weight(bench, "weight") + weight(bench, "bias"), 0.0), rtol=1e-6
    )


def test_dense_connects_the_last_dimension_only() -> None:
    x = numbers(2, 3, 4)
    y, bench = build("Dense", {"units": 5, "use_bias": False}, x)
    assert set(bench.weights) == {"weight"}
    np.testing.assert_allclose(y, x @ weight(bench, "weight"), rtol=1e-6)


def convolved(x: Array, w: Array, strides: tuple[int, int], dilation: tuple[int, int], groups: int) -> Array:
    """Convolution by definition, of an already padded picture."""
    kh, kw, depth, filters = w.shape
    rows = (x.shape[1] - (kh - 1) * dilation[0] - 1) // strides[0] + 1
    columns = (x.shape[2] - (kw - 1) * dilation[1] - 1) // strides[1] + 1
    y = np.zeros((x.shape[0], rows, columns, filters))
    for n, i, j, f in np.ndindex(*y.shape):
        first = f // (filters // groups) * depth
        for a, b, c in np.ndindex(kh, kw, depth):
            row, column = i * strides[0] + a * dilation[0], j * strides[1] + b * dilation[1]
            y[n, i, j, f] += x[n, row, column, first + c] * w[a, b, c, f]
    return y


@pytest.mark.parametrize(
    ("settings", "pads"),
    [
        ({}, ((0, 0), (0, 0))),
        ({"padding": "same"}, ((1, 1), (1, 1))),
        ({"padding": "same", "strides": (2, 2)}, ((0, 1), (1, 1))),  # 6 and 5 pixels: the odd one comes last
        ({"padding": "same", "kernel_size": (2, 4)}, ((0, 1), (1, 2))),
        ({"dilation_rate": (2, 1), "groups": 2}, ((0, 0), (0, 0))),
    ],
)
def test_conv2d_follows_its_definition(settings: dict[str, Any], pads: tuple[tuple[int, int], ...]) -> None:
    x = numbers(2, 6, 5, 4)
    y, bench = build("Conv2D", {"filters": 4, "use_bias": False, **settings}, x)
    layer = layers()["Conv2D"].model_validate({"filters": 4, **settings})
    strides, dilation, groups = (getattr(layer, n) for n in ("strides", "dilation_rate", "groups"))
    padded = np.pad(x, ((0, 0), *pads, (0, 0)))
    np.testing.assert_allclose(
        y, convolved(padded, weight(bench, "weight"), strides, dilation, groups), rtol=1e-5
    )


def test_pooling_ignores_padding() -> None:
    x = -1.0 - np.arange(9.0).reshape(1, 3, 3, 1)
    same = {"pool_size": 2, "padding": "same"}
    np.testing.assert_allclose(build("MaxPooling2D", same, x)[0][0, :, :, 0], [[-1, -3], [-7, -9]])
    np.testing.assert_allclose(build("AveragePooling2D", same, x)[0][0, :, :, 0], [[-3, -4.5], [-7.5, -9]])


@pytest.mark.parametrize(
    ("name", "settings", "inputs", "output"),
    [
        ("MaxPooling2D", {}, ((2, 5, 7, 3),), (2, 2, 3, 3)),
        ("MaxPooling2D", {"padding": "same"}, ((2, 5, 7, 3),), (2, 3, 4, 3)),
        ("AveragePooling2D", {"pool_size": 3, "strides": 1}, ((2, 5, 7, 3),), (2, 3, 5, 3)),
        ("Conv2D", {"filters": 8, "strides": 2}, ((1, 28, 28, 1),), (1, 13, 13, 8)),
        ("Conv2D", {"filters": 8, "strides": 3, "padding": "same"}, ((1, 28, 28, 1),), (1, 10, 10, 8)),
        ("GlobalAveragePooling2D", {}, ((2, 5, 7, 3),), (2, 3)),
        ("Flatten", {}, ((2, 28, 28, 1),), (2, 784)),
        ("Flatten", {}, ((2,),), (2, 1)),
        ("Reshape", {"target_shape": (28, -1, 1)}, ((2, 784),), (2, 28, 28, 1)),
        ("Concatenate", {"axis": 1}, ((2, 3, 4), (2, 2, 4)), (2, 5, 4)),
        ("Add", {}, ((2, 3, 4), (2, 1, 4)), (2, 3, 4)),
    ],
)
def test_shapes(name: str, settings: dict[str, Any], inputs: tuple[Shape, ...], output: Shape) -> None:
    assert shape_of(name, settings, *inputs) == output


def test_batch_normalization_trains_with_the_batch_and_remembers_it() -> None:
    x = numbers(6, 3) * 2.0 + 1.0
    y, bench = build("BatchNormalization", {"momentum": 0.9}, x)
    mean, variance = x.mean(0), x.var(0)
    expected = (x - mean) / np.sqrt(variance + 0.001) * weight(bench, "gamma") + weight(bench, "beta")
    np.testing.assert_allclose(y, expected, rtol=1e-5)
    assert bench.fixed == {"moving_mean", "moving_variance"}
    new_mean, new_variance = bench.run(bench.updates["moving_mean"], bench.updates["moving_variance"])
    np.testing.assert_allclose(new_mean, 0.9 * weight(bench, "moving_mean") + 0.1 * mean, rtol=1e-5)
    np.testing.assert_allclose(
        new_variance, 0.9 * weight(bench, "moving_variance") + 0.1 * variance, rtol=1e-5
    )


def test_batch_normalization_in_use_looks_at_no_other_example() -> None:
    x = numbers(4, 3)
    y, bench = build("BatchNormalization", {}, x, training=False)
    assert not bench.updates
    scaled = (x - weight(bench, "moving_mean")) / np.sqrt(weight(bench, "moving_variance") + 0.001)
    np.testing.assert_allclose(y, scaled * weight(bench, "gamma") + weight(bench, "beta"), rtol=1e-5)


def test_layer_normalization_works_on_each_example() -> None:
    x = numbers(4, 5)
    y, bench = build("LayerNormalization", {}, x)
    scaled = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 0.001)
    np.testing.assert_allclose(y, scaled * weight(bench, "gamma") + weight(bench, "beta"), rtol=1e-5)


def test_dropout_keeps_the_mean_and_rests_when_the_network_is_used() -> None:
    x = np.ones((200, 200))
    y, _ = build("Dropout", {"rate": 0.25}, x)
    assert set(np.unique(y.round(5))) == {0.0, 1.33333}
    assert abs((y == 0.0).mean() - 0.25) < 0.01
    np.testing.assert_array_equal(build("Dropout", {"rate": 0.25}, x, training=False)[0], x)


def test_embedding_looks_rows_up() -> None:
    index = np.array([[0, 3], [4, 0]], np.int32)
    y, bench = build("Embedding", {"input_dim": 5, "output_dim": 2}, index)
    np.testing.assert_array_equal(y, weight(bench, "embeddings")[index])


def test_merges() -> None:
    a, b = numbers(2, 3), numbers(2, 3)[::-1]
    np.testing.assert_allclose(build("Add", {}, a, b, a)[0], a + b + a)
    np.testing.assert_allclose(build("Multiply", {}, a, b)[0], a * b)
    np.testing.assert_allclose(build("Concatenate", {}, a, b)[0], np.concatenate([a, b], 1))


# values at -2, -0.5, 0, 0.5, 2 from Keras 3 (keras.layers / keras.activations, float32)
POINTS = np.array([[-2.0, -0.5, 0.0, 0.5, 2.0]])


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("ReLU", {}, [0, 0, 0, 0.5, 2]),
        ("ReLU", {"max_value": 1.0}, [0, 0, 0, 0.5, 1]),
        ("ReLU", {"negative_slope": 0.1}, [-0.2, -0.05, 0, 0.5, 2]),
        ("ReLU", {"threshold": 1.0}, [0, 0, 0, 0, 2]),
        ("ReLU", {"threshold": 1.0, "negative_slope": 0.5}, [-1.5, -0.75, -0.5, -0.25, 2]),
        ("LeakyReLU", {}, [-0.6, -0.15, 0, 0.5, 2]),
        ("ELU", {}, [-0.86466472, -0.39346934, 0, 0.5, 2]),
        ("GELU", {}, [-0.04550026, -0.15426877, 0, 0.34573123, 1.95449974]),
        ("GELU", {"approximate": True}, [-0.04540229, -0.15428599, 0, 0.34571401, 1.95459771]),
        ("Sigmoid", {}, [0.11920292, 0.37754067, 0.5, 0.62245933, 0.88079708]),
        ("Tanh", {}, [-0.96402758, -0.46211716, 0, 0.46211716, 0.96402758]),
        ("Softmax", {}, np.exp(POINTS[0]) / np.exp(POINTS[0]).sum()),
    ],
)
def test_activation_layers(name: str, settings: dict[str, Any], expected: list[float]) -> None:
    np.testing.assert_allclose(build(name, settings, POINTS)[0][0], expected, atol=2e-7)


def test_softmax_over_another_axis() -> None:
    x = numbers(2, 3, 4)
    y, _ = build("Softmax", {"axis": 1}, x)
    np.testing.assert_allclose(y, np.exp(x) / np.exp(x).sum(1, keepdims=True), rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "settings", "inputs", "sentence"),
    [
        (
            "Dense",
            {"activation": "relu"},
            ((784,),),
            "64 units, each connected to all 784 inputs, followed by ReLU",
        ),
        ("Conv2D", {"filters": 64}, ((28, 28, 1),), "64 filters look for patterns of 3 × 3"),
        ("Flatten", {}, ((28, 28, 1),), "Lays 28 × 28 × 1 in one row of 784 numbers"),
        ("Activation", {"activation": "linear"}, ((3,),), "Leaves everything as it is"),
        ("Activation", {"activation": "relu"}, ((3,),), "Applies ReLU"),
        (
            "GroupQueryAttention",
            {"head_dim": 2, "num_query_heads": 4, "num_key_value_heads": 1},
            ((3, 4),),
            "4 questions of each place share 1 head of keys and values",
        ),
        (
            "GroupQueryAttention",
            {"head_dim": 2, "num_query_heads": 4, "num_key_value_heads": 2},
            ((3, 4),),
            "4 questions of each place share 2 heads of keys and values",
        ),
        (
            "StringLookup",
            {"vocabulary": ["so", "far"], "invert": True},
            ((3,),),
            "Turns numbers back into words by a vocabulary of 2 words",
        ),
    ],
)
def test_explanations(name: str, settings: dict[str, Any], inputs: tuple[Shape, ...], sentence: str) -> None:
    layer: Layer = layers()[name].model_validate(settings)
    output = shape_of(name, settings, *((1, *s) for s in inputs))
    assert layer.explain(inputs, (output[1:],)) == sentence


def test_subtitles_show_what_matters() -> None:
    assert layers()["Conv2D"].model_validate({"activation": "relu"}).subtitle() == "32 · 3 × 3 · relu"
    assert layers()["Dense"]().subtitle() == "64 · linear"
