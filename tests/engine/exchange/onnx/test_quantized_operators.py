"""Operators that compute in 8 bits, one by one and as ONNX Runtime's quantizers write them, are layers in float here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

from engine.tensor.spec import Array
from tests.engine.exchange.onnx.making import channels_last, model, node, ours, random, read, theirs, titles

N = node
MS = "com.microsoft"
SCALE, HALF = np.array(0.02, np.float32), np.array(128, np.uint8)
QUANTUM = float(SCALE)
KNOWN: dict[str, Array] = {"s": SCALE, "z": HALF, "w8": np.arange(-6, 6, dtype=np.int8).reshape(3, 4)}


def single(op: str, inputs: list[str], domain: str = "", **attributes: object) -> onnx.ModelProto:
    """One operator between roundings: a value `a` in 8 bits goes in, `y` comes out in float."""
    constants = {
        **KNOWN,
        "ws": np.array([0.1, 0.05, 0.2, 0.3], np.float32),
        "wz": np.array([1, 0, -2, 3], np.int8),
        "bias": np.array([100, -200, 300, 0], np.int32),
    }
    nodes = [
        N("QuantizeLinear", ["x", "s", "z"], ["a"]),
        N(op, inputs, ["q"], domain=domain, **attributes),
        N("DequantizeLinear", ["q", "s", "z"], ["y"]),
    ]
    used = {name for n in nodes for name in n.input}
    made = model(
        nodes, {"x": ["batch", 3]}, ["y"], {k: v for k, v in constants.items() if k in used}, opset=13
    )
    if domain:
        made.opset_import.append(onnx.helper.make_opsetid(domain, 1))
    return made


@pytest.mark.parametrize(
    ("op", "inputs", "domain", "attributes"),
    [
        ("QLinearMatMul", ["a", "s", "z", "w8", "ws", "wz", "s", "z"], "", {}),
        ("QGemm", ["a", "s", "z", "w8", "ws", "wz", "bias", "s", "z"], MS, {}),
        ("QGemm", ["a", "s", "z", "w8", "ws", "wz", "", "s", "z"], MS, {"alpha": 0.5}),
        ("QLinearAdd", ["a", "s", "z", "a", "s", "z", "s", "z"], MS, {}),
        ("QLinearMul", ["a", "s", "z", "a", "s", "z", "s", "z"], MS, {}),
        ("QLinearSigmoid", ["a", "s", "z", "s", "z"], MS, {}),
        ("QLinearLeakyRelu", ["a", "s", "z", "s", "z"], MS, {"alpha": 0.3}),
        ("QLinearSoftmax", ["a", "s", "z", "s", "z"], MS, {"axis": -1, "opset": 13}),
        ("QLinearConcat", ["s", "z", "a", "s", "z", "a", "s", "z"], MS, {"axis": 1}),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_an_operator_in_8_bits_says_the_same_to_one_quantum(
    tmp_path: Path, op: str, inputs: list[str], domain: str, attributes: dict[str, object]
) -> None:
    made = single(op, inputs, domain, **attributes)
    imported = read(made, tmp_path)
    assert not any("red," in note for note in imported.notes)
    assert any("rounds values to 8 bits" in note for note in imported.notes)
    x = QUANTUM * np.random.default_rng(0).integers(-30, 31, (6, 3)).astype(
        np.float32
    )  # what rounding leaves
    assert np.abs(ours(imported, x)[0] - theirs(made, x)[0]).max() <= QUANTUM


@pytest.mark.parametrize("gone", ["s", "ws"])
def test_an_operator_whose_scale_is_not_in_the_file_is_red_and_named(tmp_path: Path, gone: str) -> None:
    names = ["a", "s", "z", "w8", "ws", "wz", "s", "z"]
    made = single("QLinearMatMul", ["found" if name == gone else name for name in names])
    made.graph.node.insert(0, N("ReduceMax", ["x"], ["found"], keepdims=0))
    assert any("red," in note and "QLinearMatMul" in note for note in read(made, tmp_path).notes)


def test_a_bias_that_is_computed_stays_red(tmp_path: Path) -> None:
    made = single("QGemm", ["a", "s", "z", "w8", "ws", "wz", "made", "s", "z"], MS)
    cast = N("Cast", ["x"], ["made"], to=onnx.TensorProto.INT32)
    made.graph.node.insert(0, cast)
    assert any("red," in note and "QGemm" in note for note in read(made, tmp_path).notes)


def dynamic(*behind: onnx.NodeProto, outputs: tuple[str, ...] = ("y",)) -> onnx.ModelProto:
    """A product whose scale is found as it runs."""
    nodes = [
        N("DynamicQuantizeLinear", ["x"], ["a", "as", "az"]),
        N("MatMulInteger", ["a", "w8", "az"], ["p"]),
        N("Cast", ["p"], ["f"], to=onnx.TensorProto.FLOAT),
        N("Mul", ["as", "s"], ["both"]),
        *behind,
    ]
    constants = {k: KNOWN[k] for k in ("w8", "s")}
    return model(nodes, {"x": ["batch", 3]}, list(outputs), constants, opset=13)


def test_the_scale_of_a_product_is_put_on_its_weights(tmp_path: Path) -> None:
    imported = read(dynamic(N("Mul", ["f", "both"], ["y"])), tmp_path)
    assert titles(imported) == ["Dense"]
    x = random(5, 3)
    np.testing.assert_allclose(ours(imported, x)[0], x @ (KNOWN["w8"] * SCALE), atol=1e-5)


def test_a_product_that_two_nodes_read_keeps_its_scale_behind_it(tmp_path: Path) -> None:
    made = dynamic(
        N("Mul", ["f", "both"], ["y"]),
        N("Mul", ["both", "both"], ["square"]),
        N("Mul", ["f", "square"], ["y2"]),
    )
    made.graph.output.append(onnx.helper.make_tensor_value_info("y2", onnx.TensorProto.FLOAT, None))
    imported = read(made, tmp_path)
    x = random(5, 3)
    exact = x @ (KNOWN["w8"].astype(np.float32) * QUANTUM)
    first, second = ours(imported, x)
    np.testing.assert_allclose(first, exact, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(second, exact * QUANTUM, rtol=1e-4, atol=1e-5)


def convolving() -> onnx.ModelProto:
    """A small network of pictures with everything that the quantizers know."""
    constants = {
        "w": 0.3 * random(8, 3, 3, 3),
        "b": random(8),
        "w2": 0.2 * random(8, 8, 3, 3),
        "b2": random(8, seed=1),
        "v": 0.3 * random(8, 5),
        "vb": random(5),
        "u": 0.5 * random(5, 4),
    }
    nodes = [
        N("Conv", ["x", "w", "b"], ["c"], pads=[1, 1, 1, 1]),
        N("Relu", ["c"], ["r"]),
        N("MaxPool", ["r"], ["m"], kernel_shape=[2, 2], strides=[2, 2]),
        N("Conv", ["m", "w2", "b2"], ["c2"], pads=[1, 1, 1, 1]),
        N("Add", ["c2", "m"], ["sum"]),
        N("Relu", ["sum"], ["r2"]),
        N("GlobalAveragePool", ["r2"], ["p"]),
        N("Flatten", ["p"], ["f"]),
        N("Gemm", ["f", "v", "vb"], ["g"]),
        N("Sigmoid", ["g"], ["s"]),
        N("MatMul", ["s", "u"], ["mm"]),
        N("Softmax", ["mm"], ["y"]),
    ]
    made = model(nodes, {"x": ["batch", 3, 8, 8]}, ["y"], constants, opset=13)
    said = made.metadata_props.add()  # else it warns that the graph was not simplified before
    said.key, said.value = "onnx.quant.pre_process", "onnxruntime.quant"
    return made


LAYERS = [
    *("Conv2D", "ReLU", "MaxPooling2D", "Conv2D", "Add", "ReLU", "GlobalAveragePooling2D"),
    *("Dense", "Sigmoid", "Dense", "Softmax"),
]


class Batches(CalibrationDataReader):  # type: ignore[misc]  # the base has no types
    """What the quantizer looks at."""

    def __init__(self) -> None:
        self.left = iter([{"x": random(4, 3, 8, 8, seed=k)} for k in range(8)])

    def get_next(self) -> dict[str, Array] | None:
        """The next batch."""
        return next(self.left, None)


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("kind", ["static", "dynamic"])
def test_what_onnx_runtime_quantized_opens_as_the_layers_it_was(
    tmp_path: Path, kind: str, per_channel: bool
) -> None:
    made = convolving()
    before, after = tmp_path / "float.onnx", tmp_path / "int8.onnx"
    onnx.save(made, before)
    if kind == "dynamic":
        quantize_dynamic(before, after, per_channel=per_channel, weight_type=QuantType.QUInt8)
    else:
        how = {"quant_format": QuantFormat.QOperator, "activation_type": QuantType.QUInt8}
        quantize_static(before, after, Batches(), per_channel=per_channel, **how)
    quantized = onnx.load(after)
    imported = read(quantized, tmp_path)
    assert titles(imported) == LAYERS
    assert any("rounds values to 8 bits" in note for note in imported.notes)
    x = random(4, 3, 8, 8, seed=3)
    answers = ours(imported, channels_last(x))[0]
    assert np.abs(answers - theirs(made, x)[0]).max() < 1 / 255  # a quantum of a probability
    assert np.abs(answers - theirs(quantized, x)[0]).max() < 2 / 255  # which rounds as well
