"""An optimizer goes over all weights in one launch, however many layers there are. Needs no OpenGL."""

from __future__ import annotations

import pytest

from engine.compiler.pipeline import finish
from engine.devices.registry import open_device
from engine.optimizers.base import OPTIMIZERS
from engine.program.program import Phase
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from gl_kernels.context import ALIGNMENT
from gl_kernels.kernels.registry import limits_of
from tests.gl_kernels.whole.running import classes, layer, network

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
    planned = finish(session.program, limits_of(16), ALIGNMENT)
    specs = {i: value.spec for i, value in planned.program.values.items()}
    over_weights = [
        node
        for node in planned.steps
        if node.phase is Phase.UPDATE and any(specs[v].size > 1 for v in node.outputs)
    ]
    session.close()
    cpu.close()
    assert len(over_weights) == 1
