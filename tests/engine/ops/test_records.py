"""Every op, over its own samples: the record is complete, shapes are as promised, gradients are the slopes."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compiler.differentiate import differentiate
from engine.ops.elementwise import mul
from engine.ops.op import Call, Op, OpKind, Sample
from engine.ops.reductions import sum_
from engine.ops.registry import ops
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Program
from engine.tensor.spec import Array, DType, TensorSpec
from tests.engine.ops.samples import CASES, arrays, case_id, feeds, one_node

DIFFERENTIABLE = [
    (op, s) for op, s in CASES if op.gradient and any(x.dtype is DType.FLOAT32 for x in s.inputs)
]
STEP = 1e-6


@pytest.mark.parametrize("op", ops().values(), ids=case_id)
def test_record_is_complete(op: Op) -> None:
    assert op.samples
    if op.kind is OpKind.ELEMENTWISE:
        assert op.ufunc is not None
        assert "{0}" in op.glsl


@pytest.mark.parametrize(("op", "sample"), CASES, ids=case_id)
def test_compute_fills_the_inferred_shapes(op: Op, sample: Sample) -> None:
    inputs = arrays(op, sample)
    before = [a.copy() for a in inputs]
    specs = op.infer(sample.inputs, {**op.defaults, **sample.attrs})
    # nothing of what was in the outputs may show
    outputs = [np.full(s.shape, 77, s.dtype.numpy) for s in specs]
    others = [np.full(s.shape, 11, s.dtype.numpy) for s in specs]
    op.compute(inputs, outputs, {**op.defaults, **sample.attrs})
    op.compute(inputs, others, {**op.defaults, **sample.attrs})
    for a, b in zip(outputs, others, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("op", "sample"), [c for c in CASES if c[0].kind is OpKind.ELEMENTWISE], ids=case_id)
def test_ufunc_may_write_over_an_input(op: Op, sample: Sample) -> None:
    (spec,) = op.infer(sample.inputs, sample.attrs)
    inputs = [np.ascontiguousarray(np.broadcast_to(a, spec.shape)) for a in arrays(op, sample)]
    (expected,) = op.evaluate(*inputs, **sample.attrs)
    assert op.ufunc is not None
    for i in range(len(inputs)):
        copies = [a.copy() for a in inputs]
        op.ufunc(*copies, out=copies[i])
        np.testing.assert_array_equal(copies[i], expected)


def _differentiable(op: Op, sample: Sample) -> set[int]:
    """The inputs that the gradient rule has a gradient for."""
    builder = ProgramBuilder(op.name)
    inputs = tuple(builder.feed(f"x{i}", spec) for i, spec in enumerate(sample.inputs))
    outputs = op.outputs(*inputs, **sample.attrs)
    assert op.gradient is not None
    rule = op.gradient(Call(inputs, outputs, outputs, {**op.defaults, **sample.attrs}))
    return {i for i, grad in enumerate(rule) if grad is not None}


def _loss(op: Op, sample: Sample) -> tuple[Program, list[int]]:
    """A program with a random weighted sum of the op's outputs, and its gradients `g<i>` for float inputs."""
    builder = ProgramBuilder(op.name)
    inputs = [builder.feed(f"x{i}", spec) for i, spec in enumerate(sample.inputs)]
    rng = np.random.default_rng(3)
    loss = builder.constant(0.0)
    outputs = op.outputs(*inputs, **sample.attrs)
    for output in outputs[: len(outputs) - op.auxiliary]:
        if output.dtype is not DType.FLOAT32:
            continue
        weights = builder.constant(rng.uniform(-1, 1, output.shape).astype(np.float32), DType.FLOAT32)
        loss = loss + sum_(mul(output, weights), axes=tuple(range(output.spec.rank)))
    floats = [
        i for i, x in enumerate(inputs) if x.dtype is DType.FLOAT32 and i in _differentiable(op, sample)
    ]
    for i, grad in zip(floats, differentiate(builder, loss, [inputs[i] for i in floats]), strict=True):
        assert grad.shape == inputs[i].shape
        builder.output(f"g{i}", grad)
    builder.output("loss", loss)
    return builder.finish(), floats


def _slopes(program: Program, inputs: list[Array], which: int) -> Array:
    def loss(array: Array) -> float:
        given = {**feeds(inputs), f"x{which}": array}
        return float(interpret(program, given, {}, {}, np.float64)[0]["loss"])

    flat = inputs[which].reshape(-1)
    slopes = np.zeros(min(flat.size, 60))
    for k in range(slopes.size):
        up, down = flat.copy(), flat.copy()
        up[k] += STEP
        down[k] -= STEP
        shape = inputs[which].shape
        slopes[k] = (loss(up.reshape(shape)) - loss(down.reshape(shape))) / (2 * STEP)
    return slopes


@pytest.mark.parametrize(("op", "sample"), DIFFERENTIABLE, ids=case_id)
def test_gradient_is_the_slope(op: Op, sample: Sample) -> None:
    inputs = [a.astype(np.float64) if a.dtype == np.float32 else a for a in arrays(op, sample)]
    program, floats = _loss(op, sample)
    outputs, _ = interpret(program, feeds(inputs), {}, {}, np.float64)
    for i in floats:
        slopes = _slopes(program, inputs, i)
        gradient = outputs[f"g{i}"].reshape(-1)[: slopes.size]
        np.testing.assert_allclose(gradient, slopes, rtol=1e-5, atol=1e-6)


def test_a_node_carries_all_attrs() -> None:
    builder = ProgramBuilder("defaults")
    x = builder.feed("x", TensorSpec((3, 3)))
    ops()["matmul"](x, x, transpose_b=True)
    assert builder.nodes[0].attrs == {"transpose_a": False, "transpose_b": True}


@pytest.mark.parametrize(("op", "sample"), CASES, ids=case_id)
def test_interpreter_agrees_with_the_record(op: Op, sample: Sample) -> None:
    inputs = arrays(op, sample)
    outputs, _ = interpret(one_node(op, sample), feeds(inputs), {}, {})
    for i, expected in enumerate(op.evaluate(*inputs, **sample.attrs)):
        np.testing.assert_array_equal(outputs[f"y{i}"], expected)
