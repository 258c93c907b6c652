"""Many models a launch: each variant learns what it learns alone."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compiler.model import GRADS
from engine.devices.base import DeviceError
from engine.devices.registry import open_device
from engine.optimizers.adam import Adam
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.sweep import Sweep, Variant, _Together
from gl_kernels import device as device_module
from gl_kernels.device import GlDevice
from gl_kernels.whole import executable
from tests.gl_kernels.whole.running import classes, layer, network

STEPS = 40


def variant(
    activation: str = "tanh", rate: float = 0.1, seed: int = 0, speed: float = 0.01, units: int = 3
) -> Variant:
    between = (
        layer("Dense", units=units, activation=activation),
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
    variant(units=5),
    variant("gelu", units=2, rate=0.3),
]


def test_each_variant_learns_what_it_learns_alone(gl: GlDevice) -> None:
    data, cpu = classes(2, count=2), open_device("cpu")
    sweep = Sweep(VARIANTS, data, gl)
    sweep.advance(STEPS // 2)
    sweep.advance(STEPS - STEPS // 2)
    states = [sweep.states(i) for i in range(len(VARIANTS))]
    reports = sweep.report()
    assert sweep.groups == [[0, 1, 2, 3, 6, 4, 5, 7]]  # one launch; those of one activation beside each other
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


def picture(seed: int, rate: float, filters: int = 3) -> Variant:
    between = (
        layer("Conv2D", filters=filters, kernel_size=3, activation="relu"),
        layer("MaxPooling2D", pool_size=2),
        layer("Flatten"),
        layer("Dense", units=3),
    )
    return Variant(
        network(*between), TrainingSettings(optimizer=Adam(learning_rate=rate), batch_size=12, seed=seed)
    )


def test_networks_on_pictures_train_together(gl: GlDevice) -> None:
    variants, data = [picture(k, 0.001 * (1 + k), 1 + k) for k in range(3)], classes(7, 8, 2)
    sweep, cpu = Sweep(variants, data, gl), open_device("cpu")
    assert isinstance(sweep._groups[0][1], _Together)
    sweep.advance(10)
    for i, each in enumerate(variants):
        session = Session(each.graph, data, each.settings, cpu)
        session.advance(10)
        states = sweep.states(i)
        for name, array in session.states().items():
            if name != GRADS:
                np.testing.assert_allclose(states[name], array, atol=2e-4, err_msg=f"{i} {name}")
        session.close()
    sweep.close()
    cpu.close()


def test_the_same_bits_in_short_launches(gl: GlDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    variants, data = [picture(k, 0.01) for k in range(3)], classes(7, 8, 2)
    trained = []
    for longest in (executable.LONGEST_LAUNCH, 1e-7):  # with the second, of one step of one model each
        monkeypatch.setattr(executable, "LONGEST_LAUNCH", longest)
        sweep = Sweep(variants, data, gl)
        sweep.advance(5)
        trained.append([sweep.states(i) for i in range(len(variants))])
        sweep.close()
    for whole, short in zip(*trained, strict=True):
        for name, array in whole.items():
            np.testing.assert_array_equal(short[name], array, err_msg=name)


def test_a_shader_that_the_driver_refuses_fits_nowhere(gl: GlDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise DeviceError("The OpenGL driver does not accept the shader whole.")

    monkeypatch.setattr(device_module, "ManyWhole", refuse)
    cpu, memory = open_device("cpu"), gl.memory()
    session = Session(VARIANTS[0].graph, classes(2, count=2), VARIANTS[0].settings, cpu)
    assert gl.compile_many(session.program, memory, 2) is None
    session.close()
    memory.close()
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
