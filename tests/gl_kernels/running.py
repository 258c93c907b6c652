"""Runs one op on a device, for the tests that compare it with NumPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.ops.op import Attrs, Op, Sample
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import Array, DType, TensorSpec
from gl_kernels.device import GlDevice


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
    return [np.asarray(a) for a in arrays]


def run_op(device: GlDevice, op: Op, arrays: Sequence[Array], attrs: Attrs) -> list[Array]:
    """All outputs of one op, with its inputs as data on the device."""
    builder = ProgramBuilder("op")
    inputs = [builder.data(f"x{i}", TensorSpec(a.shape, DType(a.dtype.name))) for i, a in enumerate(arrays)]
    full = {**op.defaults, **attrs}
    for i, output in enumerate(op.outputs(*inputs, **full)):
        builder.output(f"y{i}", output)
    program = builder.finish()
    memory = device.memory()
    executable = None
    try:
        for i, a in enumerate(arrays):
            memory.write(f"x{i}", a)
        executable = device.compile(program, memory)
        executable.run({})
        return [executable.output(name) for name in program.outputs]
    finally:
        if executable is not None:
            executable.close()
        memory.close()
