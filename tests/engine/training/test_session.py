"""A session: reproducible to the bit, resumable to the bit, the same across devices, for networks of every form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.compiler.lower import LoweringError
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.devices.base import DeviceError
from engine.devices.cpu.device import CpuDevice
from engine.devices.cpu.memory import CpuMemory
from engine.devices.registry import reason_for_absence
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.input import Input
from engine.layers.softmax import Softmax
from engine.layers.target import Target
from engine.optimizers.base import OPTIMIZERS
from engine.tensor.spec import Array
from engine.training.session import Session
from tests.engine.training.networks import (
    XOR,
    branched,
    classes_by_sign,
    session,
    settings,
    two_layer,
    two_of_each,
    with_everything,
)

DEVICES = [
    "cpu",
    pytest.param("gl", marks=pytest.mark.skipif(bool(reason_for_absence("gl")), reason="no OpenGL compute")),
]


def states_after(s: Session, steps: int, chunk: int = 10) -> dict[str, Array]:
    while s.step < steps:
        s.advance(min(chunk, steps - s.step))
    return s.states()


def assert_same_bits(one: dict[str, Array], other: dict[str, Array]) -> None:
    assert one.keys() == other.keys()
    for name in one:
        assert one[name].tobytes() == other[name].tobytes(), name


@pytest.mark.parametrize("device", DEVICES)
def test_same_seed_same_bits(device: str) -> None:
    one = states_after(session(with_everything(), device=device), 60)
    other = states_after(session(with_everything(), device=device), 60, chunk=7)
    assert_same_bits(one, other)


def test_another_seed_is_another_run() -> None:
    one, other = (session(training=settings(seed=s)) for s in (1, 2))
    assert not np.array_equal(states_after(one, 1)["params"], states_after(other, 1)["params"])


def test_dropout_depends_on_the_seed_alone() -> None:
    """Same weights and batches, another seed for the random numbers of the steps: another result."""
    first = session(with_everything())
    states = first.states()
    second = session(with_everything(), states=states)
    second.settings = settings(seed=8)  # the order of the batches was made with the seed before
    assert not np.array_equal(states_after(first, 1)["params"], states_after(second, 1)["params"])


@pytest.mark.usefixtures("launches")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", OPTIMIZERS.members)
def test_resumed_run_equals_an_uninterrupted_one(device: str, name: str) -> None:
    training = settings(optimizer={"name": name})
    whole = session(with_everything(), training=training, device=device)
    states = states_after(whole, 20)
    expected = states_after(whole, 45)
    resumed = session(with_everything(), training=training, states=states, step=20, device=device)
    assert_same_bits(states_after(resumed, 45), expected)


def test_restore_goes_back_in_time() -> None:
    s = session()
    states = states_after(s, 10)
    expected = states_after(s, 30)
    s.restore(states, 10)
    assert_same_bits(states_after(s, 30), expected)


def test_states_of_another_network_are_refused() -> None:
    states = session().states()
    with pytest.raises(LoweringError, match="do not fit"):
        session(two_layer(Dense(units=99)), states=states)


@pytest.mark.skipif(bool(reason_for_absence("gl")), reason="no OpenGL compute")
def test_curves_agree_across_devices() -> None:
    curves = []
    for device in ("cpu", "gl"):
        s = session(with_everything(), device=device)
        curve = []
        for _ in range(100):
            s.advance(1)
            curve.append(s.report()["loss"])
        curves.append(curve)
    np.testing.assert_allclose(curves[0], curves[1], atol=1e-4)


# -- networks of every form ----------------------------------------------------------------------------


@pytest.mark.parametrize("device", DEVICES)
def test_several_inputs_outputs_branches_and_shared_layers(device: str) -> None:
    s = session(branched(), two_of_each(), settings(epochs=100), device=device)
    before = s.evaluate(s.bundle.validation)
    states_after(s, 400)
    after = s.evaluate(s.bundle.validation)
    assert {"loss", "sum_loss", "difference_loss", "sum_r2", "difference_r2"} <= set(after)
    assert after["loss"] == pytest.approx(after["sum_loss"] + 0.5 * after["difference_loss"], rel=1e-5)
    assert after["loss"] < 0.15 * before["loss"]
    outputs = s.predict_rows(range(5))
    assert [outputs[f"y{k}"].shape for k in (0, 1)] == [(5, 1), (5, 1)]
    np.testing.assert_allclose(outputs["y0"], s.bundle.targets["sum"][:5], atol=2.0)


def test_shared_layers_have_their_weights_once() -> None:
    shared, single = (session(branched(shared=flag), two_of_each()) for flag in (True, False))
    assert single.parameters - shared.parameters == 3 * 16 + 16
    names = [name for name in shared.weights() if name.endswith("/weight")]
    assert len(names) == 3


def test_a_softmax_before_the_target_is_trained_from_its_scores() -> None:
    """With and without the soft-max as a layer: the very same run."""
    plain = build_sequential([Input(), Dense(units=3), Target()])
    explicit = build_sequential([Input(), Dense(units=3), Softmax(), Target()])
    one, other = (session(g, classes_by_sign()) for g in (plain, explicit))
    assert_same_bits(states_after(one, 30), states_after(other, 30))
    p = one.predict_rows(range(10))["y0"]
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(p, other.predict_rows(range(10))["y0"], rtol=1e-6)


def test_a_target_without_data_is_refused_in_a_sentence() -> None:
    graph = build_sequential([Input(), Dense(units=1), Target(target="price")])
    with pytest.raises(LoweringError, match="no target named price; it has y"):
        session(graph)


def test_a_network_without_target_is_refused_in_a_sentence() -> None:
    with pytest.raises(LoweringError, match="no target"):
        session(build_sequential([Input(), Dense(units=1)]))


# -- evaluating and predicting -------------------------------------------------------------------------


def test_evaluation_counts_every_row_once() -> None:
    """More rows than a batch, and not a multiple of it."""
    bundle = load(DataSettings(dataset="xor", options={"samples": 1800}))
    s = session(bundle=bundle)
    values = s.evaluate(bundle.train)
    p = s.predict_rows(bundle.train)["y0"][:, 0]
    y = bundle.targets["y"][: len(p)]
    assert len(p) == 1440
    assert values["accuracy"] == pytest.approx(float(((p > 0.5) == y).mean()))
    loss = -np.log(np.where(y == 1, p, 1 - p).astype(np.float64)).mean()
    assert values["loss"] == pytest.approx(float(loss), rel=1e-4)


def test_evaluation_changes_no_state() -> None:
    s = session(with_everything())
    before = states_after(s, 5)
    s.evaluate(s.bundle.validation)
    s.predict_rows(s.bundle.validation)
    assert_same_bits(s.states(), before)


def test_evaluation_of_no_rows_says_nothing() -> None:
    assert session().evaluate(range(0)) == {}


def test_predictions_follow_inputs_of_any_number() -> None:
    s = session()
    rows = np.asarray(s.bundle.inputs["x"])
    whole = s.predict_rows(range(150))["y0"]
    for count in (150, 3, 150, 1):
        found = s.predict("probe", {"x": rows[:count]})["y0"]
        np.testing.assert_allclose(found, whole[:count], rtol=1e-5, atol=1e-6)


def test_taps_show_what_a_layer_gives() -> None:
    graph = two_layer()
    hidden = list(graph.nodes)[1]
    outputs = session(graph).predict("p", {"x": np.zeros((4, 2), np.float32)}, [(hidden, "output")])
    assert outputs[f"{hidden}/output"].shape == (4, 8)


def test_pictures_are_scaled_once() -> None:
    """Stored as bytes on the device, given as floats to `predict`."""
    bundle = load(DataSettings(dataset="digits"))
    graph = build_sequential([Input(), Flatten(), Dense(units=10), Target()])
    s = session(graph, bundle)
    seen = np.asarray(bundle.inputs["x"][:6]).astype(np.float32) * np.float32(bundle.features["x"].scale)
    np.testing.assert_allclose(s.predict("p", {"x": seen})["y0"], s.predict_rows(range(6))["y0"], rtol=1e-5)


def test_a_batch_larger_than_the_data_is_the_data() -> None:
    bundle = load(XOR)
    s = session(bundle=bundle, training=settings(batch_size=4096))
    assert s.batch == len(bundle.train)
    s.advance(3)
    assert s.report()["loss"] > 0


def test_report_is_the_mean_since_the_last_one() -> None:
    s, t = session(), session()
    single = []
    for _ in range(6):
        s.advance(1)
        single.append(s.report()["loss"])
    t.advance(6)
    assert t.report()["loss"] == pytest.approx(float(np.mean(single)), rel=1e-5)
    assert t.report() == {}


def test_nbytes_counts_data_states_and_plans() -> None:
    s = session()
    small = s.nbytes
    big = session(bundle=load(XOR.model_copy(update={"options": {"samples": 2000}}))).nbytes
    assert small > sum(a.nbytes for a in s.bundle.inputs.values())
    assert big > small


def test_a_subset_of_the_rows_can_be_the_bundle() -> None:
    bundle = load(XOR)
    few = replace(bundle, train=range(40), validation=range(0), test=range(0))
    s = session(bundle=few)
    s.advance(5)
    assert s.order.steps_per_epoch == 40 / 32


@pytest.mark.parametrize("fails", ["write", "compile"])
def test_a_session_that_cannot_be_leaves_no_memory_on_the_device(
    fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[CpuMemory] = []

    def close(memory: CpuMemory) -> None:
        closed.append(memory)

    def run_out(*_args: object) -> None:
        raise DeviceError("The device has no memory left.")

    monkeypatch.setattr(CpuMemory, "close", close)
    monkeypatch.setattr(CpuMemory if fails == "write" else CpuDevice, fails, run_out)
    with pytest.raises(DeviceError, match="no memory left"):
        session()
    assert len(closed) == 1
