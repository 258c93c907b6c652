"""Many models a launch: each variant learns what it learns alone."""

from __future__ import annotations

import numpy as np

from engine.compiler.model import GRADS
from engine.devices.registry import open_device
from engine.optimizers.adam import Adam
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.sweep import Sweep, Variant
from gl_kernels.device import GlDevice
from tests.gl_kernels.whole.running import classes, layer, network

STEPS = 40


def variant(activation: str = "tanh", rate: float = 0.1, seed: int = 0, speed: float = 0.01) -> Variant:
    between = (
        layer("Dense", units=3, activation=activation),
        layer("Dropout", rate=rate),
        layer("Dense", units=1),
    )
    settings = TrainingSettings(optimizer=Adam(learning_rate=speed), batch_size=12, seed=seed)
    return Variant(network(*between), settings)


VARIANTS = [
    variant(),
    variant(seed=3),
    variant(rate=0.4),
    variant(speed=0.03),
    variant("relu"),
    variant("relu", seed=1),
]


def test_each_variant_learns_what_it_learns_alone(gl: GlDevice) -> None:
    data, cpu = classes(2, count=2), open_device("cpu")
    sweep = Sweep(VARIANTS, data, gl)
    sweep.advance(STEPS // 2)
    sweep.advance(STEPS - STEPS // 2)
    states = [sweep.states(i) for i in range(len(VARIANTS))]
    reports = sweep.report()
    assert sweep.groups == [[0, 1, 2, 3], [4, 5]]
    assert all(not figures for figures in sweep.report())
    sweep.close()
    for i, each in enumerate(VARIANTS):
        session = Session(each.graph, data, each.settings, cpu)
        session.advance(STEPS)
        assert np.isclose(reports[i]["loss"], session.report()["loss"], rtol=1e-4)
        for name, array in session.states().items():
            if name != GRADS:
                np.testing.assert_allclose(states[i][name], array, atol=2e-4, err_msg=f"{i} {name}")
        session.close()
    cpu.close()


def test_one_after_the_other_on_other_devices() -> None:
    data, cpu = classes(2, count=2), open_device("cpu")
    sweep = Sweep(VARIANTS[:3], data, cpu)
    sweep.advance(10)
    session = Session(VARIANTS[2].graph, data, VARIANTS[2].settings, cpu)
    session.advance(10)
    for name, array in session.states().items():
        np.testing.assert_array_equal(sweep.states(2)[name], array)
    assert sweep.report()[2] == session.report()
    session.close()
    sweep.close()
    cpu.close()
