"""What exporters take apart is one layer again, and only that."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from engine.tensor.spec import Array
from tests.engine.exchange.onnx.making import model, node, ours, random, read, theirs, titles

N = node


def _number(value: float) -> Array:
    return np.array(value, np.float32)


GELU = [
    N("Div", ["x", "root"], ["a"]),
    N("Erf", ["a"], ["b"]),
    N("Add", ["b", "one"], ["c"]),
    N("Mul", ["x", "c"], ["d"]),
    N("Mul", ["d", "half"], ["y"]),
]
TURNED = [
    N("Mul", ["x", "half"], ["h"]),
    N("Mul", ["x", "inverse"], ["a"]),
    N("Erf", ["a"], ["b"]),
    N("Add", ["one", "b"], ["c"]),
    N("Mul", ["h", "c"], ["y"]),
]
NORM = [
    N("ReduceMean", ["x"], ["m"], axes=[-1]),
    N("Sub", ["x", "m"], ["s"]),
    N("Pow", ["s", "two"], ["p"]),
    N("ReduceMean", ["p"], ["v"], axes=[-1]),
    N("Add", ["v", "small"], ["e"]),
    N("Sqrt", ["e"], ["r"]),
    N("Div", ["s", "r"], ["q"]),
    N("Mul", ["q", "gain"], ["g"]),
    N("Add", ["g", "shift"], ["y"]),
]
CASES: dict[str, tuple[list[onnx.NodeProto], list[str]]] = {
    "silu": ([N("Sigmoid", ["x"], ["s"]), N("Mul", ["s", "x"], ["y"])], ["SiLU"]),
    "hard swish": ([N("HardSigmoid", ["x"], ["s"], alpha=1 / 6), N("Mul", ["x", "s"], ["y"])], ["HardSwish"]),
    "hard swish of a clip": (
        [
            N("Add", ["x", "three"], ["a"]),
            N("Clip", ["a", "zero", "six"], ["b"]),
            N("Mul", ["x", "b"], ["c"]),
            N("Div", ["c", "six"], ["y"]),
        ],
        ["HardSwish"],
    ),
    "gelu": (GELU, ["GELU"]),
    "gelu in another order": (TURNED, ["GELU"]),
    "layer normalization": (NORM, ["LayerNormalization"]),
    "one number after the other": (
        [N("Mul", ["x", "two"], ["a"]), N("Add", ["a", "three"], ["b"]), N("Div", ["b", "six"], ["y"])],
        ["Rescaling"],
    ),
}
NUMBERS = {
    "root": _number(np.sqrt(2)),
    "inverse": _number(np.sqrt(0.5)),
    "one": _number(1),
    "half": _number(0.5),
    "two": _number(2),
    "three": _number(3),
    "six": _number(6),
    "zero": _number(0),
    "small": _number(1e-5),
    "gain": random(4),
    "shift": random(4, seed=1),
}


def _made(nodes: list[onnx.NodeProto], outputs: tuple[str, ...] = ("y",)) -> onnx.ModelProto:
    read_names = {i for n in nodes for i in n.input}
    constants = {n: a for n, a in NUMBERS.items() if n in read_names}
    return model(nodes, {"x": ["N", 3, 4]}, outputs, constants, 14)


@pytest.mark.parametrize("case", CASES)
def test_several_operators_are_one_layer(tmp_path: Path, case: str) -> None:
    nodes, layers = CASES[case]
    made = _made(nodes)
    imported = read(made, tmp_path)
    assert titles(imported) == layers
    x = random(5, 3, 4) * 3
    assert np.allclose(ours(imported, x)[0], theirs(made, x)[0], atol=1e-5)


@pytest.mark.parametrize(("case", "also"), [("silu", "s"), ("gelu", "b"), ("layer normalization", "v")])
def test_what_somebody_else_reads_stays_apart(tmp_path: Path, case: str, also: str) -> None:
    nodes, layers = CASES[case]
    made = _made(nodes, ("y", also))
    imported = read(made, tmp_path)
    assert titles(imported) != layers
    x = random(5, 3, 4)
    for y, expected in zip(ours(imported, x), theirs(made, x), strict=True):
        assert np.allclose(y, expected, atol=1e-5)


@pytest.mark.parametrize(
    "nodes",
    [
        [*GELU[:2], N("Add", ["b", "two"], ["c"]), *GELU[3:]],
        [*NORM[:2], N("Pow", ["s", "three"], ["p"]), *NORM[3:]],
        [N("ReduceMean", ["x"], ["m"], axes=[1]), *NORM[1:]],
        [N("Sigmoid", ["x"], ["s"]), N("Mul", ["s", "s"], ["y"])],
    ],
)
def test_what_only_looks_alike_stays_as_it_is(tmp_path: Path, nodes: list[onnx.NodeProto]) -> None:
    made = _made(nodes)
    x = abs(random(5, 3, 4))
    found = ours(read(made, tmp_path), x)[0]
    assert np.allclose(found, theirs(made, x)[0], atol=1e-4, equal_nan=True)


def test_a_bias_is_not_put_into_a_layer_that_others_read_under_another_name(tmp_path: Path) -> None:
    made = model(
        [
            N("MatMul", ["x", "w"], ["a"], name="dense"),
            N("Transpose", ["a"], ["t"], perm=[0, 1, 2]),
            N("Add", ["t", "shift"], ["y"]),
            N("Mul", ["a", "two"], ["b"]),
            N("Identity", ["b"], ["c"]),
            N("Add", ["c", "three"], ["z"]),
            N("Tanh", ["b"], ["u"]),
        ],
        {"x": ["N", 3, 4]},
        ["y", "z", "u"],
        {"w": random(4, 4), **{n: NUMBERS[n] for n in ("shift", "two", "three")}},
    )
    x = random(5, 3, 4)
    for y, expected in zip(ours(read(made, tmp_path), x), theirs(made, x), strict=True):
        assert np.allclose(y, expected, atol=1e-5)
