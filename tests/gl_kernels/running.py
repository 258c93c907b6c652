"""Runs single ops and whole programs on a device, for the tests that compare it with NumPy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from engine.ops.op import Attrs, Op, Sample
from engine.program.builder import ProgramBuilder
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType, TensorSpec
from gl_kernels.device import GlDevice
from gl_kernels.executable import GlExecutable
from gl_kernels.memory import GlMemory
from tests.engine.ops.samples import prepared


def arrays_of(sample: Sample, seed: int = 7) -> list[Array]:
    """Inputs for a sample, by its ranges."""
    rng = np.random.default_rng(seed)
    arrays: list[Array] = []
    for spec in sample.inputs:
        if spec.dtype is DType.FLOAT32:
            arrays.append(rng.uniform(sample.low, sample.high, spec.shape).astype(np.float32))
        else:
            high = 256 if spec.dtype is DType.UINT8 else sample.integer_high
            arrays.append(rng.integers(0, high, spec.shape).astype(spec.dtype.numpy))
    return prepared(sample, [np.asarray(a) for a in arrays])


def normal(*shape: int, seed: int = 3) -> Array:
    """Standard normal float32 numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def program_of(op: Op, arrays: Sequence[Array], attrs: Attrs) -> Program:
    """A program of one op whose inputs are the data `x0`, `x1` ..; outputs `y0` .."""
    builder = ProgramBuilder("op")
    inputs = [builder.data(f"x{i}", TensorSpec(a.shape, DType(a.dtype.name))) for i, a in enumerate(arrays)]
    for i, output in enumerate(op.outputs(*inputs, **{**op.defaults, **attrs})):
        builder.output(f"y{i}", output)
    return builder.finish()


@contextmanager
def compiled(
    device: GlDevice, program: Program, given: dict[str, Array]
) -> Iterator[tuple[GlExecutable, GlMemory]]:
    """The program with its data and states written; everything is freed at the end."""
    memory = device.memory()
    executable: GlExecutable | None = None
    try:
        for name, array in given.items():
            memory.write(name, array)
        executable = device.compile_ordinary(program, memory)
        yield executable, memory
    finally:
        if executable is not None:
            executable.close()
        memory.close()


def run_program(
    device: GlDevice, program: Program, given: dict[tuple[Storage, str], Array]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Outputs and states after one step."""
    feeds = {n: np.asarray(a)[np.newaxis] for (s, n), a in given.items() if s is Storage.FEED}
    kept = {n: a for (s, n), a in given.items() if s is not Storage.FEED}
    with compiled(device, program, kept) as (executable, memory):
        executable.run(feeds)
        outputs = {name: executable.output(name) for name in program.outputs}
        return outputs, {name: memory.read(name) for name in program.named(Storage.STATE)}


def run_op(device: GlDevice, op: Op, arrays: Sequence[Array], attrs: Attrs) -> list[Array]:
    """All outputs of one op, with its inputs as data on the device."""
    program = program_of(op, arrays, attrs)
    outputs, _ = run_program(device, program, {(Storage.DATA, f"x{i}"): a for i, a in enumerate(arrays)})
    return [outputs[name] for name in program.outputs]
