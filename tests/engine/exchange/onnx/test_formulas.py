"""Operators that no layer does: formulas with the numbers of ONNX Runtime, for every batch, that learn."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import numpy_helper

from engine.graph.document import UnknownLayer
from engine.layers.op import Op
from engine.models.exchange import imported_project
from engine.models.files import model_of
from engine.tensor.spec import Array
from tests.engine.exchange.onnx.making import model, node, ours, random, read, theirs, titles

ROW, PICTURE, STEPS = (6,), (4, 5, 6), (7, 4)
_I = np.int64
CASES: list[tuple[str, dict[str, Any], tuple[int, ...], dict[str, Array]]] = [
    ("Sin", {}, ROW, {}),
    ("Erf", {}, PICTURE, {}),
    ("Round", {}, ROW, {}),
    ("Mod", {"fmod": 1}, ROW, {"b": np.array([0.7], np.float32)}),
    ("Pow", {}, ROW, {"b": np.array(2.0, np.float32)}),
    ("Div", {}, STEPS, {"b": random(4) + 3}),
    ("Mul", {}, PICTURE, {"b": random(4, 1, 1)}),
    ("Sub", {}, PICTURE, {"b": random(1, 4, 5, 6)}),
    ("Max", {}, ROW, {"b": random(6)}),
    ("PRelu", {}, PICTURE, {"b": random(4, 1, 1)}),
    ("Clip", {}, ROW, {"b": np.array(-0.5, np.float32), "c": np.array(0.25, np.float32)}),
    ("ThresholdedRelu", {"alpha": 0.3}, ROW, {}),
    ("Shrink", {"lambd": 0.4, "bias": 0.1}, ROW, {}),
    ("HardSigmoid", {"alpha": 0.3}, ROW, {}),
    ("Hardmax", {"axis": 1}, STEPS, {}),
    ("Softmax", {"axis": 1}, STEPS, {}),
    ("LogSoftmax", {"axis": 2}, STEPS, {}),
    ("ReduceSum", {"keepdims": 0}, STEPS, {"b": np.array([1], _I)}),
    ("ReduceMax", {"axes": [2], "keepdims": 1}, STEPS, {}),
    ("ReduceL2", {"axes": [1, 2]}, STEPS, {}),
    ("ReduceLogSumExp", {"axes": [-1]}, STEPS, {}),
    ("CumSum", {}, STEPS, {"b": np.array(1, _I)}),
    ("Gather", {"axis": 2}, STEPS, {"b": np.array([3, 0, -1], _I)}),
    ("Gather", {"axis": 1}, STEPS, {"b": np.array(-2, _I)}),
    (
        "Slice",
        {},
        STEPS,
        {"b": np.array([1, -3], _I), "c": np.array([6, 2**62], _I), "d": np.array([1, 2], _I)},
    ),
    (
        "Slice",
        {},
        STEPS,
        {
            "b": np.array([-1], _I),
            "c": np.array([-(2**62)], _I),
            "d": np.array([1], _I),
            "e": np.array([-2], _I),
        },
    ),
    ("Pad", {"mode": "reflect"}, STEPS, {"b": np.array([0, 2, 1, 0, 0, 2], _I)}),
    ("Pad", {}, STEPS, {"b": np.array([0, 0, 1, 0, 2, 0], _I), "c": np.array(1.5, np.float32)}),
    ("Tile", {}, STEPS, {"b": np.array([1, 2, 3], _I)}),
    ("DepthToSpace", {"blocksize": 2}, PICTURE, {}),
    ("LRN", {"size": 3}, PICTURE, {}),
    ("LpNormalization", {"axis": 1}, STEPS, {}),
    ("InstanceNormalization", {}, PICTURE, {"b": random(4), "c": random(4)}),
    ("MaxPool", {"kernel_shape": [3, 2], "dilations": [2, 1]}, PICTURE, {}),
    ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}, PICTURE, {}),
    ("MaxPool", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}, PICTURE, {}),
    ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 0, 1, 2], "count_include_pad": 1}, PICTURE, {}),
    ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 0, 1, 2]}, PICTURE, {}),
    ("GlobalMaxPool", {}, PICTURE, {}),
    ("ConvTranspose", {"group": 2, "strides": [2, 2]}, PICTURE, {"b": random(4, 3, 2, 2)}),
    ("Einsum", {"equation": "bij,jk->bik"}, STEPS, {"b": random(4, 3)}),
    ("MatMul", {}, PICTURE, {"b": random(4, 6, 2)}),
    ("Trilu", {"upper": 0}, STEPS, {}),
    ("Transpose", {"perm": [0, 2, 1]}, STEPS, {}),
    ("Split", {"axis": 1, "num_outputs": 3}, (1, *STEPS), {}),
]


def _made(op: str, attributes: dict[str, Any], shape: tuple[int, ...], constants: dict[str, Array]) -> Any:
    opset = 17 if "axes" in attributes or op == "PRelu" else 18
    inputs = ["x", *constants]
    outputs = ["y", "y1", "y2"] if op == "Split" else ["y"]
    if op == "Split":
        attributes, constants, inputs = {"axis": 2}, {"s": np.array([2, 3, 2], _I)}, ["x", "s"]
    made = [node(op, inputs, outputs, **attributes)]
    return model(made, {"x": ["N", *shape]}, outputs, constants, opset)


@pytest.mark.parametrize(("op", "attributes", "shape", "constants"), CASES)
def test_operators_on_batches(
    tmp_path: Path, op: str, attributes: dict[str, Any], shape: tuple[int, ...], constants: dict[str, Array]
) -> None:
    made = _made(op, attributes, shape, constants)
    imported = read(made, tmp_path)
    assert not [n.layer for n in imported.graph.nodes.values() if isinstance(n.layer, UnknownLayer)]
    last = any("channels last" in note for note in imported.notes)
    for rows in (1, 3):
        x = random(rows, *shape, seed=rows)
        found = ours(imported, np.moveaxis(x, 1, -1) if last else x)
        for y, expected in zip(found, theirs(made, x), strict=True):
            assert y.shape == expected.shape
            assert np.allclose(y, expected, atol=1e-5), op


@pytest.mark.parametrize(
    ("op", "attributes", "constants"),
    [
        ("Softmax", {"axis": 0}, {}),
        ("ReduceSum", {"keepdims": 1}, {"b": np.array([0], _I)}),
        ("CumSum", {}, {"b": np.array(0, _I)}),
        ("Gather", {"axis": 0}, {"b": np.array([0], _I)}),
        ("Slice", {}, {"b": np.array([0], _I), "c": np.array([1], _I)}),
        ("Reshape", {}, {"b": np.array([2, -1], _I)}),
        ("Add", {}, {"b": random(3, 4)}),
        ("ReverseSequence", {"batch_axis": 1, "time_axis": 0}, {"b": np.array([1, 2, 3, 1], _I)}),
    ],
)
def test_what_mixes_the_examples_of_a_batch_is_red(
    tmp_path: Path, op: str, attributes: dict[str, Any], constants: dict[str, Array]
) -> None:
    made = model(
        [node(op, ["x", *constants], ["y"], name="mix", **attributes)], {"x": ["N", 4]}, ["y"], constants, 17
    )
    imported = read(made, tmp_path)
    red = imported.graph.named("mix")
    assert red is not None
    assert isinstance(red.layer, UnknownLayer)
    assert "batch" in red.layer.reason or "can't" in red.layer.reason


def test_shapes_are_computed_while_reading(tmp_path: Path) -> None:
    """What PyTorch writes for `x.view(x.shape[0], 2, -1).transpose(1, 2).reshape(x.shape[0] * 3, 2)`, and back."""
    made = model(
        [
            node("Shape", ["x"], ["s"]),
            node("Gather", ["s", "zero"], ["n"]),
            node("Unsqueeze", ["n", "first"], ["n1"]),
            node("Concat", ["n1", "two", "rest"], ["to"], axis=0),
            node("Reshape", ["x", "to"], ["a"]),
            node("Transpose", ["a"], ["b"], perm=[0, 2, 1]),
            node("Mul", ["n1", "three"], ["n3"]),
            node("Concat", ["n3", "two"], ["flat"], axis=0),
            node("Reshape", ["b", "flat"], ["c"]),
            node("MatMul", ["c", "w"], ["d"], name="dense"),
            node("Concat", ["n1", "rest"], ["back"], axis=0),
            node("Reshape", ["d", "back"], ["y"]),
        ],
        {"x": ["N", 6]},
        ["y"],
        {
            "zero": np.array(0, _I),
            "first": np.array([0], _I),
            "two": np.array([2], _I),
            "three": np.array([3], _I),
            "rest": np.array([-1], _I),
            "w": random(2, 4),
        },
    )
    imported = read(made, tmp_path)
    assert titles(imported) == ["Reshape", "Permute", "Dense", "Flatten"]
    x = random(5, 6)
    assert np.allclose(ours(imported, x)[0], theirs(made, x)[0], atol=1e-6)


def test_a_learned_token_stands_beside_every_example(tmp_path: Path) -> None:
    made = model(
        [
            node("Shape", ["x"], ["s"]),
            node("Slice", ["s", "zero", "one"], ["n"]),
            node("Concat", ["n", "minus", "minus"], ["to"], axis=0),
            node("ConstantOfShape", ["three"], ["ones"], value=numpy_helper.from_array(np.array([1], _I))),
            node("Mul", ["ones", "minus"], ["m"]),
            node("Equal", ["to", "m"], ["e"]),
            node("Where", ["e", "ones", "to"], ["shape"]),
            node("Expand", ["token", "shape"], ["t"]),
            node("Concat", ["t", "x"], ["y"], axis=1),
        ],
        {"x": ["N", 5, 4]},
        ["y"],
        {
            "zero": np.array([0], _I),
            "one": np.array([1], _I),
            "three": np.array([3], _I),
            "minus": np.array([-1], _I),
            "token": random(1, 1, 4),
        },
    )
    imported = read(made, tmp_path)
    assert titles(imported) == ["Op"]
    x = random(3, 5, 4)
    assert np.allclose(ours(imported, x)[0], theirs(made, x)[0])


def test_an_output_that_mixes_examples_keeps_a_row_for_each(tmp_path: Path) -> None:
    made = model([node("Reshape", ["x", "to"], ["y"])], {"x": ["N", 4]}, ["y"], {"to": np.array([-1], _I)})
    imported = read(made, tmp_path)
    assert "mixes the examples" in imported.notes[0]
    assert ours(imported, random(3, 4))[0].shape == (3, 4)


def test_formulas_learn(tmp_path: Path) -> None:
    """Weights of the file inside a formula change in training, and the loss falls."""
    made = model(
        [node("Mul", ["x", "gain"], ["a"], name="gains"), node("Sin", ["a"], ["y"])],
        {"x": ["N", 3]},
        ["y"],
        {"gain": np.array([0.5, 1.5, -1.0], np.float32)},
    )
    imported = read(made, tmp_path)
    gains = imported.graph.named("gains")
    assert gains is not None
    assert isinstance(gains.layer, Op)
    assert gains.layer.formula == "w0 = weight(3); y = mul(x, w0)"
    assert gains.layer.subtitle() == "Mul"
    network = model_of(imported_project(imported), "model.onnx")
    x = random(64, 3)
    target = np.sin(x * np.array([1.0, 1.0, 1.0], np.float32))
    before = float(np.mean((network.predict(x) - target) ** 2))
    network.compile(optimizer="adam", loss="mse")
    network.fit(x, target, epochs=30, batch_size=16, verbose=False)
    assert float(np.mean((network.predict(x) - target) ** 2)) < 0.96 * before
