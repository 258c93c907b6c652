"""The Op layer: formulas of operations, what they may hold, and every operation of ours as a layer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.graph.facts import layer_facts
from engine.layers.formula import DEEPEST, LONGEST, formula
from engine.layers.op import Op
from engine.ops.op import Op as Operation
from engine.ops.op import Sample
from engine.ops.registry import ops
from engine.tensor.spec import DType, TensorSpec
from tests.engine.bench import LayerBench
from tests.engine.ops.samples import arrays as arrays_of


def _run(text: str, *inputs: np.ndarray) -> list[np.ndarray]:
    bench = LayerBench()
    tensors = [bench.input(x) for x in inputs]
    outputs = Op(formula=text).build(bench, *tensors)
    return bench.run(*outputs)


def test_ports_follow_the_names() -> None:
    layer = Op(formula="a = x + x10; y1 = a * x2; y = relu(a)")
    assert [p.name for p in layer.input_ports()] == ["input", "x2", "x10"]
    assert [p.name for p in layer.output_ports()] == ["output", "y1"]


def test_arithmetic_lists_and_operations() -> None:
    x = np.array([[1.0, -2.0], [3.0, 4.0]], np.float32)
    (y,) = _run(
        "a = concatenate([x, -x], axis=1); y = (a ** 2 - 1) / 2 + maximum(a, 0) @ values([[1.], [0.], [0.], [1.]])",
        x,
    )
    both = np.concatenate([x, -x], 1)
    assert np.allclose(y, (both**2 - 1) / 2 + np.maximum(both, 0) @ np.array([[1], [0], [0], [1]]))


def test_the_batch_has_a_name() -> None:
    facts = layer_facts(Op(formula="y = reshape(x, [batch, 3, 2])"), (TensorSpec((6,)),))
    assert facts.outputs == (TensorSpec((3, 2)),)


def test_weights_are_learned_unless_they_are_fixed() -> None:
    facts = layer_facts(
        Op(formula="w = weight(4, 2); c = fixed(2, start='ones'); y = matmul(x, w) + c"), (TensorSpec((4,)),)
    )
    assert {n: (w.shape, w.trainable) for n, w in facts.weights.items()} == {
        "w": ((4, 2), True),
        "c": ((2,), False),
    }
    assert not any(
        w.trainable
        for w in layer_facts(
            Op(formula="w = weight(4); y = x * w", trainable=False), (TensorSpec((4,)),)
        ).weights.values()
    )


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "makes y of x"),
        ("y = x", ""),
        ("y = 3 +", "lines such as"),
        ("import os", "gives something a name"),
        ("y = x.shape", "names, numbers, lists"),
        ("y = __import__('os')", "no operation named __import__"),
        ("y = eval('1') + x", "no operation named eval"),
        ("y = [k for k in x]", "names, numbers, lists"),
        ("y = (lambda: x)()", "names, numbers, lists"),
        ("y = relu(z)", "names what comes in x"),
        ("z = relu(x)", "makes y of x"),
        ("y = arange(1000000000000) + x", "no operation named arange"),
        ("y, y.a = split(x, 2)", "plain names"),
        ("y = " + "(" * (DEEPEST + 1) + "x" + ")" * (DEEPEST + 1), "brackets in brackets"),
        ("y = " + "-" * 9000 + "x", "brackets in brackets"),
        ("y = x" + " + x" * LONGEST, "at most 20000"),
        ("y = x" + " + x" * 60, "operations in operations"),
    ],
)
def test_what_is_no_formula_is_refused_in_a_sentence(text: str, part: str) -> None:
    if not part:
        assert formula(text).outputs == ("y",)
        return
    with pytest.raises(ValidationError, match=part.replace("(", r"\(")):
        Op(formula=text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("y = sum(x)", "begins with the batch"),
        ("y = transpose(x)", ""),
        ("y = reshape(x, [2, 2, 99])", "elements"),
        ("y = relu(x, 3, 4, 5)", "can't be computed"),
        ("y = 9 ** 9 ** 9 + x", "can't be computed"),
        ("w = weight(0); y = x + w", "can't be computed"),
        ("y = softmax(x, axis=7)", "Axis"),
        ("y = 3; z = x", "begins with the batch"),
        ("y, y1 = split(x, 3, axis=1)", "Equal parts"),
    ],
)
def test_what_can_not_be_computed_is_said_in_a_sentence(text: str, part: str) -> None:
    facts = layer_facts(Op(formula=text), (TensorSpec((4,)),))
    assert part in facts.error if part else True
    assert "fault in it" not in facts.error


@given(st.text("xy=()[]+-*, relu1;'\n", max_size=40))
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    try:
        layer = Op(formula=text)
    except ValidationError:
        return
    assert "fault in it" not in layer_facts(layer, tuple(TensorSpec((2,)) for _ in layer.input_ports())).error


def _literal(value: object) -> str:
    if isinstance(value, DType):
        return repr(value.value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return repr(value)


def _plain(value: object) -> bool:
    return isinstance(value, bool | int | float | DType) or (
        isinstance(value, tuple) and all(map(_plain, value))
    )


SAMPLES = [
    (op, sample)
    for op in ops().values()
    for sample in op.samples[:1]
    if all(map(_plain, sample.attrs.values())) and all(s.dtype is not DType.UINT8 for s in sample.inputs)
]


@pytest.mark.parametrize(("op", "sample"), SAMPLES, ids=lambda v: getattr(v, "name", ""))
def test_every_operation_is_within_reach(op: Operation, sample: Sample) -> None:
    """As it is declared, with its attributes: the same numbers as the operation alone."""
    arrays = arrays_of(op, sample)
    expected = op.evaluate(*arrays, **sample.attrs)
    names = ["x" if not k else f"x{k}" for k in range(len(arrays))]
    attributes = [f"{k}={_literal(v)}" for k, v in {**op.defaults, **sample.attrs}.items()]
    targets = ", ".join(f"y{k}" for k in range(len(expected)))
    text = formula(f"{targets} = {op.name}_({', '.join([*names, *attributes])})")
    bench = LayerBench()
    outputs = text.computed(bench, [bench.input(a) for a in arrays], 1)
    shown = len(expected) - op.auxiliary
    for ours, theirs in zip(bench.run(*outputs[:shown]), expected[:shown], strict=True):
        assert np.allclose(ours, theirs, atol=1e-5, equal_nan=True)
