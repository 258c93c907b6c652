"""Losses, their gradients, and the sums of metrics are the same on the OpenGL device as by the references."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.compiler.differentiate import differentiate
from engine.devices.registry import open_device
from engine.objectives.loss import BINARY, LOSSES, MULTICLASS, REGRESSION, Link
from engine.objectives.metric import METRICS
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType, TensorSpec
from gl_kernels.device import GlDevice
from tests.gl_kernels.running import run_program

ROWS = 37
WIDTHS = {BINARY: 1, MULTICLASS: 5, REGRESSION: 3}


def arrays(task: str) -> dict[str, Array]:
    """Shares (of numbers: below one), a target and weights."""
    rng = np.random.default_rng(4)
    p = rng.uniform(0.05, 0.95, (ROWS, WIDTHS[task])).astype(np.float32)
    if task == MULTICLASS:
        p /= p.sum(1, keepdims=True)
    y: Array = rng.uniform(0.05, 0.95, p.shape).astype(np.float32)
    if task != REGRESSION:
        y = rng.integers(0, max(2, WIDTHS[task]), ROWS).astype(np.int32)
    return {"p": p, "y": y, "w": rng.uniform(0.0, 2.0, ROWS).astype(np.float32)}


def inputs(builder: ProgramBuilder, given: dict[str, Array]) -> tuple[Tensor, Tensor, Tensor]:
    p, y, w = (
        builder.data(name, TensorSpec(a.shape, DType(a.dtype.name)))
        for name, a in sorted(given.items(), key=_order)
    )
    return p, y, w


def _order(item: tuple[str, Array]) -> int:
    return "pyw".index(item[0])


def loss_program(task: str, given: dict[str, Array]) -> Program:
    builder = ProgramBuilder("losses")
    p, y, _ = inputs(builder, given)
    for name, kind in LOSSES.members.items():
        fits = not kind.wanted(LOSSES(name), (), 5) or kind.link is not Link.SIGMOID or task != MULTICLASS
        if task not in kind.tasks or name == "auto" or not fits or (task == BINARY and not _one(name)):
            continue
        values = LOSSES(name).values(p, y)
        total = sum_(values, axes=tuple(range(values.spec.rank)), keepdims=False)
        builder.output(name, values)
        builder.output(f"{name}/gradient", differentiate(builder, total, [p])[0])
    return builder.finish()


def _one(name: str) -> bool:
    """Whether one number stands for two classes."""
    loss = LOSSES(name)
    return loss.single and loss.link is not Link.SOFTMAX


def metric_program(task: str, given: dict[str, Array]) -> Program:
    builder = ProgramBuilder("metrics")
    p, y, w = inputs(builder, given)
    for name, kind in METRICS.members.items():
        if task in kind.tasks and not (task == BINARY and "categorical" in name) and name != "perplexity":
            builder.output(name, METRICS(name).sums(p, y, w))
    return builder.finish()


@pytest.mark.parametrize("task", [BINARY, MULTICLASS, REGRESSION])
@pytest.mark.parametrize("make", [loss_program, metric_program])
def test_same_as_the_references(
    gl: GlDevice, task: str, make: Callable[[str, dict[str, Array]], Program]
) -> None:
    given = arrays(task)
    program = make(task, given)
    expected, _ = interpret(program, {}, given, {})
    assert len(expected) > 10
    received, _ = run_program(gl, program, {(Storage.DATA, name): array for name, array in given.items()})
    for name, array in expected.items():
        np.testing.assert_allclose(received[name], array, rtol=1e-4, atol=1e-5, err_msg=name)
    cpu = open_device("cpu")
    memory = cpu.memory()
    for name, array in given.items():
        memory.write(name, array)
    executable = cpu.compile(program, memory)
    executable.run({}, 1)
    for name, array in expected.items():
        np.testing.assert_allclose(executable.output(name), array, rtol=1e-5, atol=1e-6, err_msg=name)
    executable.close()
    memory.close()
    cpu.close()
