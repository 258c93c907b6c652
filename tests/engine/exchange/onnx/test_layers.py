"""Operators that become layers: the layers that are expected, and the numbers of ONNX Runtime."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from engine.exchange.formats import read_network
from tests.engine.exchange.onnx.making import channels_last, model, node, ours, random, read, theirs, titles


def test_a_perceptron(tmp_path: Path) -> None:
    made = model(
        [
            node("MatMul", ["x", "w"], ["a"], name="hidden"),
            node("Add", ["a", "b"], ["c"]),
            node("Tanh", ["c"], ["d"], name="tanh"),
            node("Gemm", ["d", "v", "e"], ["y"], name="out", transB=1),
        ],
        {"x": ["N", 4]},
        ["y"],
        {"w": random(4, 5), "b": random(5), "v": random(3, 5), "e": random(3)},
    )
    x = random(7, 4)
    imported = read(made, tmp_path)
    assert titles(imported) == ["Dense", "Tanh", "Dense"]  # the Add is the bias
    assert [n.name for n in imported.graph.nodes.values()][1:4] == ["hidden", "tanh", "out"]
    assert np.allclose(ours(imported, x)[0], theirs(made, x)[0], atol=1e-6)
    assert imported.notes == ()


def _picture_network() -> onnx.ModelProto:
    return model(
        [
            node("Conv", ["x", "w", "b"], ["c"], pads=[1, 1, 1, 1], name="conv"),
            node("BatchNormalization", ["c", "g", "be", "m", "v"], ["bn"], name="bn"),
            node("Relu", ["bn"], ["r"], name="relu"),
            node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2], name="pool"),
            node("Flatten", ["p"], ["f"], name="flatten"),
            node("Gemm", ["f", "fw"], ["y"], name="dense"),
        ],
        {"x": ["N", 3, 6, 8]},
        ["y"],
        {
            "w": random(5, 3, 3, 3),
            "b": random(5),
            "g": random(5),
            "be": random(5, seed=1),
            "m": random(5, seed=2),
            "v": abs(random(5, seed=3)) + 0.5,
            "fw": random(5 * 3 * 4, 2),
        },
    )


def test_pictures_come_with_channels_last_and_nothing_is_transposed(tmp_path: Path) -> None:
    made = _picture_network()
    imported = read(made, tmp_path)
    assert titles(imported) == ["Conv2D", "BatchNormalization", "ReLU", "MaxPooling2D", "Flatten", "Dense"]
    x = random(3, 3, 6, 8)
    assert np.allclose(ours(imported, channels_last(x))[0], theirs(made, x)[0], atol=1e-5)
    assert "channels last now" in imported.notes[0]


@pytest.mark.parametrize(
    ("attributes", "weight", "layers"),
    [
        ({"pads": [1, 1, 1, 1]}, (4, 2, 3, 3), ["Conv2D"]),
        ({"auto_pad": "SAME_UPPER", "strides": [2, 2]}, (4, 2, 3, 3), ["Conv2D"]),
        ({"auto_pad": "SAME_LOWER", "strides": [1, 2]}, (4, 2, 2, 2), ["ZeroPadding2D", "Conv2D"]),
        ({"strides": [2, 2], "pads": [1, 1, 1, 1]}, (4, 2, 3, 3), ["ZeroPadding2D", "Conv2D"]),
        ({"pads": [0, 1, 2, 3], "dilations": [2, 1]}, (3, 2, 2, 2), ["ZeroPadding2D", "Conv2D"]),
        ({"group": 2}, (4, 1, 3, 3), ["DepthwiseConv2D"]),
    ],
)
def test_convolutions(
    tmp_path: Path, attributes: dict[str, object], weight: tuple[int, ...], layers: list[str]
) -> None:
    made = model(
        [node("Conv", ["x", "w"], ["y"], **attributes)], {"x": ["N", 2, 6, 8]}, ["y"], {"w": random(*weight)}
    )
    x = random(2, 2, 6, 8)
    imported = read(made, tmp_path)
    assert titles(imported) == [*layers, "Permute"]  # the output is as in the file
    assert np.allclose(ours(imported, channels_last(x))[0], theirs(made, x)[0], atol=1e-5)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    "attributes", [{}, {"stride": 2, "pad": 1}, {"stride": 2, "pad": 1, "more": 1}, {"stride": 3, "more": 2}]
)
def test_transposed_convolutions(tmp_path: Path, rank: int, attributes: dict[str, int]) -> None:
    settings = {
        "strides": [attributes.get("stride", 1)] * rank,
        "pads": [attributes.get("pad", 0)] * 2 * rank,
        "output_padding": [attributes.get("more", 0)] * rank,
    }
    made = model(
        [node("ConvTranspose", ["x", "w", "b"], ["y"], **settings)],
        {"x": ["N", 2, *range(3, 3 + rank)]},
        ["y"],
        {"w": random(2, 3, *[3] * rank), "b": random(3)},
    )
    x = random(2, 2, *range(3, 3 + rank))
    imported = read(made, tmp_path)
    assert f"Conv{rank}DTranspose" in titles(imported)
    assert np.allclose(ours(imported, channels_last(x))[0], theirs(made, x)[0], atol=1e-5)


@pytest.mark.parametrize("op", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
def test_recurrent_layers_between_transposes_leave_none_behind(
    tmp_path: Path, op: str, direction: str
) -> None:
    lanes, ways = {"LSTM": 4, "GRU": 3, "RNN": 1}[op], 2 if direction == "bidirectional" else 1
    more = {"linear_before_reset": 1} if op == "GRU" else {}
    made = model(
        [
            node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
            node(op, ["t", "w", "r", "b"], ["s"], hidden_size=3, direction=direction, name="reader", **more),
            node("Transpose", ["s"], ["u"], perm=[2, 0, 1, 3]),
            node("Reshape", ["u", "to"], ["v"]),
            node("MatMul", ["v", "d"], ["y"], name="dense"),
        ],
        {"x": ["N", 5, 2]},
        ["y"],
        {
            "w": random(ways, 3 * lanes, 2),
            "r": random(ways, 3 * lanes, 3),
            "b": random(ways, 6 * lanes),
            "to": np.array([0, 0, -1]),
            "d": random(3 * ways, 2),
        },
    )
    x = random(4, 5, 2)
    imported = read(made, tmp_path)
    reader = "Bidirectional" if ways == 2 else {"RNN": "SimpleRNN"}.get(op, op)
    assert titles(imported) == [reader, "Dense"]
    assert np.allclose(ours(imported, x)[0], theirs(made, x)[0], atol=1e-5)


def test_it_is_a_format(tmp_path: Path) -> None:
    made = model([node("Relu", ["x"], ["y"])], {"x": ["N", 2]}, ["y"])
    (tmp_path / "a.onnx").write_bytes(made.SerializeToString())
    imported = read_network(tmp_path / "a.onnx")
    assert titles(imported) == ["ReLU"]
    assert imported.format == "an ONNX model of opset 17"


def test_time_may_come_first_and_states_from_outside(tmp_path: Path) -> None:
    """As PyTorch has it without batch_first: (time, batch, features), and a state for every layer and direction."""
    made = model(
        [
            node(
                "GRU",
                ["x", "w", "r", "b", "", "h"],
                ["s", "last"],
                hidden_size=3,
                linear_before_reset=1,
                name="reader",
            )
        ],
        {"x": [5, "batch", 2], "h": [1, "batch", 3]},
        ["s", "last"],
        {"w": random(1, 9, 2), "r": random(1, 9, 3), "b": random(1, 18)},
    )
    x, h = random(5, 4, 2), random(1, 4, 3)
    sequence, last = ours(read(made, tmp_path), x.swapaxes(0, 1), h[0][:, np.newaxis])
    expected = theirs(made, x, h)
    assert np.allclose(sequence, expected[0].transpose(2, 0, 1, 3), atol=1e-5)
    assert np.allclose(last.reshape(4, 3), expected[1][0], atol=1e-5)


@pytest.mark.parametrize("op", ["LSTM", "GRU", "RNN"])
def test_a_sequence_read_backwards_is_put_out_in_the_order_of_time(tmp_path: Path, op: str) -> None:
    lanes = {"LSTM": 4, "GRU": 3, "RNN": 1}[op]
    made = model(
        [
            node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
            node(op, ["t", "w", "r"], ["s", "h"], hidden_size=3, direction="reverse", name="reader"),
            node("Squeeze", ["s", "way"], ["u"]),
            node("Transpose", ["u"], ["y"], perm=[1, 0, 2]),
        ],
        {"x": ["N", 5, 2]},
        ["y", "h"],
        {"w": random(1, 3 * lanes, 2), "r": random(1, 3 * lanes, 3), "way": np.array([1])},
    )
    x = random(4, 5, 2)
    y, h = ours(read(made, tmp_path), x)
    expected = theirs(made, x)
    assert np.allclose(y, expected[0], atol=1e-5)
    assert np.allclose(h.reshape(4, 3), expected[1][0], atol=1e-5)


def test_pictures_of_keras_come_with_channels_last_and_stay_so(tmp_path: Path) -> None:
    """What tf2onnx writes: transposes around every convolution."""
    made = model(
        [
            node("Transpose", ["x"], ["a"], perm=[0, 3, 1, 2]),
            node("Conv", ["a", "w"], ["b"], name="conv"),
            node("Transpose", ["b"], ["c"], perm=[0, 2, 3, 1]),
            node("Add", ["c", "bias"], ["d"]),
            node("Transpose", ["d"], ["e"], perm=[0, 3, 1, 2]),
            node("GlobalAveragePool", ["e"], ["f"], name="pool"),
            node("Squeeze", ["f", "places"], ["y"]),
        ],
        {"x": ["N", 6, 8, 3]},
        ["y"],
        {"w": random(4, 3, 3, 3), "bias": random(4), "places": np.array([2, 3])},
    )
    imported = read(made, tmp_path)
    assert titles(imported) == ["Conv2D", "GlobalAveragePooling2D"]
    assert imported.notes == ()
    x = random(2, 6, 8, 3)
    assert np.allclose(ours(imported, x)[0], theirs(made, x)[0], atol=1e-5)


@pytest.mark.parametrize("opset", [7, 9, 10, 11, 13, 17, 18, 21])
def test_one_network_in_every_age_of_onnx(tmp_path: Path, opset: int) -> None:
    """Where attributes became inputs: Clip, Squeeze, Unsqueeze, Slice, Pad, ReduceSum, Dropout, Softmax."""
    numbers = {
        "low": np.array(0.0, np.float32),
        "high": np.array(6.0, np.float32),
        "axes": np.array([1]),
        "start": np.array([1]),
        "stop": np.array([4]),
        "pads": np.array([0, 1, 0, 0, 0, 0]),
    }
    clip = (
        node("Clip", ["x", "low", "high"], ["a"])
        if opset > 10
        else node("Clip", ["x"], ["a"], min=0.0, max=6.0)
    )
    late = opset >= 13
    un = node("Unsqueeze", ["a", "axes"], ["b"]) if late else node("Unsqueeze", ["a"], ["b"], axes=[1])
    pads = [0, 1, 0, 0, 0, 0]
    pad = node("Pad", ["b", "pads"], ["c"]) if opset > 10 else node("Pad", ["b"], ["c"], pads=pads)
    total = node("ReduceSum", ["c", "axes"], ["d"]) if late else node("ReduceSum", ["c"], ["d"], axes=[1])
    flat = node("Squeeze", ["d", "axes"], ["e"]) if late else node("Squeeze", ["d"], ["e"], axes=[1])
    if opset > 9:
        cut = node("Slice", ["e", "start", "stop", "axes"], ["f"])
    else:
        cut = node("Slice", ["e"], ["f"], starts=[1], ends=[4], axes=[1])
    made = model(
        [
            clip,
            un,
            pad,
            total,
            flat,
            cut,
            node("Dropout", ["f"], ["g"]),
            node("Softmax", ["g"], ["y"], axis=1),
        ],
        {"x": ["N", 5]},
        ["y"],
        numbers,
        opset,
    )
    imported = read(made, tmp_path)
    assert titles(imported)[0] == "ReLU6"
    assert titles(imported)[-3:] == ["Slice", "Dropout", "Softmax"]
    x = random(3, 5)
    expected = np.clip(x, 0, 6)[:, 1:4]
    expected = np.exp(expected) / np.exp(expected).sum(1, keepdims=True)
    assert np.allclose(ours(imported, x)[0], expected, atol=1e-6)
