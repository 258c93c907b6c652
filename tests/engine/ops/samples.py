"""Turns the samples in op records into arrays and one-node programs, for the generic tests of ops and devices."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np

from engine.ops.op import Op, Sample
from engine.ops.registry import ops
from engine.program.builder import ProgramBuilder
from engine.program.program import Program
from engine.tensor.spec import Array, DType, TensorSpec

CASES = [(op, sample) for op in ops().values() for sample in op.samples]


def case_id(case: object) -> str:
    """Name of a parametrized op or sample."""
    if isinstance(case, Op):
        return case.name
    assert isinstance(case, Sample)
    return ",".join("x".join(map(str, s.shape)) or "scalar" for s in case.inputs)


def random_array(spec: TensorSpec, sample: Sample, rng: np.random.Generator) -> Array:
    """As the sample asks."""
    if spec.dtype is DType.UINT8:
        return rng.integers(0, 256, spec.shape).astype(np.uint8)
    if spec.dtype is DType.INT32:
        return np.asarray(rng.integers(0, sample.integer_high, spec.shape), np.int32)
    return np.asarray(rng.uniform(sample.low, sample.high, spec.shape), np.float32)


def arrays(op: Op, sample: Sample) -> list[Array]:
    """The same random inputs in every run."""
    rng = np.random.default_rng(zlib.crc32(f"{op.name} {sample}".encode()))
    return prepared(sample, [random_array(spec, sample, rng) for spec in sample.inputs])


def prepared(sample: Sample, inputs: list[Array]) -> list[Array]:
    """The inputs with the first one made fit for the op."""
    if sample.prepare is None:
        return inputs
    return [sample.prepare(inputs[0]).astype(inputs[0].dtype), *inputs[1:]]


def one_node(op: Op, sample: Sample) -> Program:
    """A program that applies the op to the feeds `x0`, `x1` ..; outputs `y0`, `y1` .."""
    builder = ProgramBuilder(op.name)
    inputs = [builder.feed(f"x{i}", spec) for i, spec in enumerate(sample.inputs)]
    for i, output in enumerate(op.outputs(*inputs, **sample.attrs)):
        builder.output(f"y{i}", output)
    return builder.finish()


def feeds(inputs: list[Array]) -> Mapping[str, Array]:
    """The inputs under the names that `one_node` gives them."""
    return {f"x{i}": array for i, array in enumerate(inputs)}
