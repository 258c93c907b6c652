"""Models that were rounded to 8 bits, by ONNX Runtime's own quantizer and by hand, are networks in float here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from engine.tensor.spec import Array
from tests.engine.exchange.onnx.making import channels_last, model, node, ours, random, read, theirs, titles

N = node
SCALE, START = np.array(0.05, np.float32), np.array(0, np.uint8)
HALF = np.array(128, np.uint8)


def rounded(x: str, name: str, zero: str = "start") -> list[onnx.NodeProto]:
    """A value on its way through 8 bits."""
    return [
        N("QuantizeLinear", [x, "scale", zero], [f"{name} q"]),
        N("DequantizeLinear", [f"{name} q", "scale", zero], [name]),
    ]


def whole(*shape: int) -> Array:
    return np.random.default_rng(3).integers(-100, 100, shape).astype(np.int8)


def test_weights_are_floats_again_for_each_channel(tmp_path: Path) -> None:
    nodes = [N("DequantizeLinear", ["w8", "scales"], ["w"], axis=0), N("Conv", ["x", "w"], ["y"])]
    scales = np.array([0.01, 0.02, 0.005, 0.03], np.float32)
    made = model(
        nodes, {"x": ["batch", 2, 6, 6]}, ["y"], {"w8": whole(4, 2, 3, 3), "scales": scales}, opset=13
    )
    imported = read(made, tmp_path)
    assert titles(imported) == ["Conv2D", "Permute"]
    assert not any("8 bits" in n for n in imported.notes)
    x = random(2, 2, 6, 6)
    np.testing.assert_allclose(ours(imported, channels_last(x))[0], theirs(made, x)[0], rtol=1e-4, atol=1e-4)


def test_values_are_not_rounded_and_that_is_said(tmp_path: Path) -> None:
    nodes = [
        *rounded("x", "xq", "half"),
        N("DequantizeLinear", ["w8", "scale"], ["w"]),
        N("MatMul", ["xq", "w"], ["y"]),
    ]
    constants = {"w8": whole(3, 4), "scale": SCALE, "half": HALF}
    made = model(nodes, {"x": ["batch", 3]}, ["y"], constants, opset=13)
    imported = read(made, tmp_path)
    assert titles(imported) == ["Dense"]
    assert any("rounds values to 8 bits in 1 places" in n for n in imported.notes)
    x = np.clip(random(5, 3), -2, 2)
    assert np.abs(ours(imported, x)[0] - theirs(made, x)[0]).max() < 3 * 5.0 * 0.05


def test_a_relu_that_rounding_replaced_is_there(tmp_path: Path) -> None:
    nodes = [N("MatMul", ["x", "w"], ["a"]), *rounded("a", "r"), N("MatMul", ["r", "v"], ["y"])]
    constants = {"w": random(3, 4), "v": random(4, 2), "scale": SCALE, "start": START}
    made = model(nodes, {"x": ["batch", 3]}, ["y"], constants, opset=13)
    imported = read(made, tmp_path)
    x = random(50, 3)
    hidden = np.clip(x @ constants["w"], 0, 255 * 0.05)
    np.testing.assert_allclose(ours(imported, x)[0], hidden @ constants["v"], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(ours(imported, x)[0], theirs(made, x)[0], atol=0.3)


@pytest.mark.parametrize(
    "nodes",
    [
        [N("DequantizeLinear", ["x8", "scale"], ["y"])],
        [N("QuantizeLinear", ["x", "scale"], ["q"]), N("DequantizeLinear", ["q", "other"], ["y"])],
    ],
)
def test_what_is_rounded_otherwise_stays_red_and_named(tmp_path: Path, nodes: list[onnx.NodeProto]) -> None:
    constants = {"scale": SCALE, "other": np.array(0.5, np.float32)}
    made = model(
        [N("Cast", ["x"], ["x8"], to=onnx.TensorProto.INT8), *nodes],
        {"x": ["batch", 3]},
        ["y"],
        constants,
        opset=13,
    )
    assert any("red," in n and "QuantizeLinear" in n.replace("Deq", "Q") for n in read(made, tmp_path).notes)


def test_a_network_that_onnx_runtime_quantized_answers_as_before(tmp_path: Path) -> None:
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

    constants = {"w": 0.3 * random(8, 3, 3, 3), "b": random(8), "v": 0.3 * random(8, 5)}
    nodes = [
        N("Conv", ["x", "w", "b"], ["c"]),
        N("Relu", ["c"], ["r"]),
        N("GlobalAveragePool", ["r"], ["p"]),
        N("Flatten", ["p"], ["f"]),
        N("Gemm", ["f", "v"], ["y"]),
    ]
    made = model(nodes, {"x": ["batch", 3, 8, 8]}, ["y"], constants, opset=13)
    said = made.metadata_props.add()  # else it warns that the graph was not simplified before
    said.key, said.value = "onnx.quant.pre_process", "onnxruntime.quant"
    onnx.save(made, tmp_path / "float.onnx")
    batches = [{"x": random(4, 3, 8, 8, seed=k)} for k in range(4)]

    class Reader(CalibrationDataReader):  # type: ignore[misc]  # the base has no types
        def __init__(self) -> None:
            self.left = iter(batches)

        def get_next(self) -> dict[str, Array] | None:
            return next(self.left, None)

    quantize_static(tmp_path / "float.onnx", tmp_path / "int8.onnx", Reader(), quant_format=QuantFormat.QDQ)
    imported = read(onnx.load(tmp_path / "int8.onnx"), tmp_path)
    assert not any("red," in n for n in imported.notes)
    x = batches[0]["x"]
    exact = theirs(made, x)[0]
    assert np.abs(ours(imported, channels_last(x))[0] - exact).max() < 0.05 * np.abs(exact).max()
