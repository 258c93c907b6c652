"""An optimizer goes over all weights in one launch, with however many layers and however few buffers for a launch."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compiler.pipeline import finish
from engine.devices.registry import open_device
from engine.optimizers.base import OPTIMIZERS, Step
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Phase, Program, Storage
from engine.tensor.spec import Array, DType, TensorSpec
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from gl_kernels.context import ALIGNMENT
from gl_kernels.device import GlDevice
from gl_kernels.kernels.registry import limits_of
from gl_kernels.shader import Access
from tests.gl_kernels.running import compiled
from tests.gl_kernels.whole.running import classes, layer, network

FEWEST = 8  # buffers that every driver lets a compute shader use
ONE = (
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lion",
    "Nadam",
    "RMSprop",
    "SGD",
    "ScheduleFreeAdamW",
)


@pytest.mark.parametrize("name", ONE)
def test_an_update_of_all_weights_is_one_launch(name: str) -> None:
    graph = network(layer("Dense", units=8), layer("Dense", units=5), layer("Dense", units=3))
    settings = TrainingSettings(optimizer=OPTIMIZERS.members[name](), batch_size=12)
    cpu = open_device("cpu")
    session = Session(graph, classes(4), settings, cpu)
    for buffers in (FEWEST, 16):
        planned = finish(session.program, limits_of(buffers), ALIGNMENT)
        specs = {i: value.spec for i, value in planned.program.values.items()}
        launches = [node for node in planned.steps if node.phase is Phase.UPDATE]
        over_weights = [node for node in launches if any(specs[v].size > 1 for v in node.outputs)]
        assert len(over_weights) == 1
        assert len(launches) <= 2  # with one for the numbers of the step
    session.close()
    cpu.close()


def update_of(name: str, weights: int) -> Program:
    """One update of flat weights whose gradients are data."""
    builder = ProgramBuilder("update")
    flat = TensorSpec((weights,))
    optimizer = OPTIMIZERS.members[name](weight_decay=0.01)
    params, grads = builder.state("params", flat), builder.data("grads", flat)
    slots = {k: builder.state(k, slot.spec) for k, slot in optimizer.slots(flat, ()).items()}
    rate, number = builder.feed("rate", TensorSpec(())), builder.feed("step", TensorSpec((), DType.INT32))
    with builder.phase(Phase.UPDATE):
        new, changed = optimizer.update(Step(params, grads, slots, rate, number))
    builder.update(params, new)
    for k, value in changed.items():
        builder.update(slots[k], value)
    return builder.finish()


@pytest.mark.parametrize("weights", [36, 37])  # four at once, one by one
def test_new_weights_take_the_place_of_the_old_ones_where_buffers_are_few(
    tiled: GlDevice, weights: int
) -> None:
    program = update_of("Adam", weights)
    rng = np.random.default_rng(2)
    kept: dict[str, Array] = {
        k: rng.uniform(0.1, 1.0, v.spec.shape).astype(np.float32)
        for k, v in program.named(Storage.STATE).items()
    }
    data = {"grads": rng.standard_normal(weights).astype(np.float32)}
    feeds = {"rate": np.array(0.01, np.float32), "step": np.array(3, np.int32)}
    _, expected = interpret(program, feeds, data, kept)
    with compiled(tiled, program, {**kept, **data}) as (executable, memory):
        last = executable.launches[-1]
        assert last.access.count(Access.UPDATE) == len(kept)
        assert len(last.places) + len(kept) > FEWEST
        executable.run({name: array[np.newaxis] for name, array in feeds.items()})
        for k, array in expected.items():
            np.testing.assert_allclose(memory.read(k), array, rtol=1e-5, err_msg=k)
