"""Whether a device computes what the definition of a layer says: forward, gradients, statistics, in any shape.

The layer is built on a bench, which knows all results in double precision; the same program then runs on the device,
fused and planned, in single precision. Random numbers are inputs of that program, so that both sides have the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.compiler.differentiate import differentiate
from engine.devices.base import Device
from engine.layers.registry import layers
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.tensor.spec import Array, DType, Shape
from tests.engine.bench import LayerBench

FORWARD, GRADIENT = 1e-5, 1e-4


def agree(
    device: Device,
    name: str,
    settings: Mapping[str, Any],
    shapes: Sequence[Shape],
    *,
    training: bool = True,
    seed: int = 0,
) -> None:
    """Assert that the device computes what the bench computes.

    Args:
        device: where it runs.
        name: of the layer.
        settings: of the layer.
        shapes: of its inputs (normal numbers, kept away from zero), batch included.
        training: as in a training step.
        seed: of inputs and weights.
    """
    bench = LayerBench(training=training, seed=seed)
    inputs = [bench.input(_away_from_zero(bench.generator.normal(size=s))) for s in shapes]
    outputs = layers()[name].model_validate(settings).build(bench, *inputs)
    floats = [t for t in (*inputs, *bench.trainable()) if t.dtype is DType.FLOAT32]
    wanted = [*outputs, *bench.updates.values()]
    grads = differentiate(bench.builder, _projected(bench, outputs), floats)
    known = bench.run(*wanted, *grads)
    for i, (received, expected) in enumerate(zip(run(device, bench, [*wanted, *grads]), known, strict=True)):
        tolerance = FORWARD if i < len(wanted) else GRADIENT
        scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
        np.testing.assert_allclose(
            received,
            expected,
            rtol=tolerance,
            atol=tolerance * scale,
            err_msg=f"{name} {settings} {shapes} {i}",
        )


def run(device: Device, bench: LayerBench, wanted: Sequence[Tensor]) -> list[Array]:
    """The values of tensors of the bench's program, computed by the device."""
    for i, tensor in enumerate(wanted):
        bench.builder.output(str(i), tensor)
    program = bench.builder.finish()
    memory = device.memory()
    try:
        for i, value in bench.values.items():
            memory.write(program.values[i].name, value.astype(program.values[i].spec.dtype.numpy))
        executable = device.compile(program, memory)
        executable.run({})
        found = [executable.output(str(i)) for i in range(len(wanted))]
        executable.close()
        return found
    finally:
        memory.close()


def _away_from_zero(x: Array) -> Array:
    """Where a layer divides by the size of its input, single precision has nothing left near zero."""
    return np.asarray(x + np.copysign(0.2, x), np.float32)


def _projected(bench: LayerBench, outputs: Sequence[Tensor]) -> Tensor:
    total = bench.builder.constant(0.0)
    for y in outputs:
        weights = bench.input(np.asarray(bench.generator.normal(size=y.shape), np.float32))
        total = total + sum_(y * weights, axes=tuple(range(y.spec.rank)))
    for penalty in bench.penalties:
        total = total + penalty
    return total
