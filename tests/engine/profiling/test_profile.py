"""Profiles: whom the time of a step belongs to, what is said of it, and the file that a viewer opens."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.data.load import load
from engine.devices.base import Timing
from engine.devices.registry import open_device
from engine.profiling.advice import Advice, Hint, advise
from engine.profiling.peaks import Peaks
from engine.profiling.profile import Profile, median_step
from engine.profiling.trace import trace_events, write_trace
from engine.program.program import Phase
from engine.training.control import Control
from engine.training.profiles import profile_steps
from engine.training.reports import Profiled, Report
from engine.training.session import Session
from engine.training.timing import PROFILED_STEPS
from engine.training.trainer import Trainer
from tests.engine.training.networks import XOR, session, settings, two_layer, with_everything

FORWARD, BACKWARD, UPDATE = Phase


def timing(origin: str, phase: Phase, seconds: float, nbytes: int = 0, products: int = 0) -> Timing:
    return Timing("op", origin, phase, 0.0, seconds, 1, nbytes, products)


def profile(
    *timings: Timing, batch: int = 32, peaks: Peaks | None = None, steps_per_s: float = 0.0
) -> Profile:
    return Profile("Some GPU", "gl", batch, 3, steps_per_s, timings, peaks)


def test_time_is_added_up_by_layer_and_phase_and_the_slowest_comes_first() -> None:
    found = profile(
        timing("a", FORWARD, 1.0, 10, 100),
        timing("b", FORWARD, 2.0, 20, 200),
        timing("", FORWARD, 0.5),
        timing("b", BACKWARD, 4.0, 30, 300),
        timing("", UPDATE, 3.0),
    )
    assert [layer.node for layer in found.layers] == ["b", "", "a", ""]
    b = found.layers[0]
    assert b.seconds == {FORWARD: 2.0, BACKWARD: 4.0, UPDATE: 0.0}
    assert (b.launches, b.nbytes, b.multiply_adds) == (2, 50, 500)
    assert found.seconds == pytest.approx(10.5)
    assert sum(map(found.share, found.layers)) == pytest.approx(1.0)


def test_the_share_of_the_peak_is_that_of_what_limits_a_layer() -> None:
    peaks = Peaks(multiply_adds_per_s=1000.0, bytes_per_s=100.0)
    products, copies = timing("a", FORWARD, 1.0, 10, 500), timing("b", FORWARD, 1.0, 20, 0)
    found = profile(products, copies, peaks=peaks)
    shares = {layer.node: found.of_peak(layer) for layer in found.layers}
    assert shares == {"a": pytest.approx(0.5), "b": pytest.approx(0.2)}
    assert profile(products).of_peak(found.layers[0]) is None
    sums = profile(timing("", BACKWARD, 1.0), peaks=peaks)  # in registers: nothing to compare with
    assert sums.of_peak(sums.layers[0]) is None


def test_of_steps_timed_as_a_whole_and_in_parts_the_latest_kind_counts() -> None:
    whole, parts = [timing("", UPDATE, 1.0)], [timing("a", FORWARD, 0.4), timing("", UPDATE, 0.5)]
    assert [t.seconds for t in median_step([whole, parts, parts])] == [0.4, 0.5]
    assert [t.seconds for t in median_step([parts, whole])] == [1.0]


def test_where_timing_takes_most_of_the_time_nothing_else_is_said() -> None:
    parts = timing("a", FORWARD, 0.9), timing("b", FORWARD, 0.1)
    assert advise(profile(*parts, steps_per_s=0.9)) == Advice(Hint.LAYER, "a", 0.9)
    slowed = profile(*parts, steps_per_s=40.0)
    assert slowed.slowdown == pytest.approx(40.0)
    assert advise(slowed) == Advice(Hint.TIMED)


def test_a_step_that_is_one_program_has_its_layers_and_its_advice() -> None:
    parts = [timing("a", FORWARD, 0.4)._replace(launches=0), timing("b", FORWARD, 0.3)._replace(launches=0)]
    found = profile(timing("", FORWARD, 0.1), *parts)
    assert found.whole
    assert found.in_parts
    assert advise(found) == Advice(Hint.WHOLE)
    assert advise(profile(timing("", FORWARD, 0.1), *parts[:1])) == Advice(Hint.LAYER, "a", 0.8)
    assert not profile(timing("", UPDATE, 1.0)).in_parts


def test_the_median_step_is_free_of_one_that_was_disturbed() -> None:
    steps = [[timing("a", FORWARD, s), timing("b", FORWARD, 2 * s)] for s in (1.0, 1.1, 50.0)]
    found = median_step(steps)
    assert [t.seconds for t in found] == [1.1, 2.2]
    assert [t.begun for t in found] == [0.0, 1.1]


@pytest.mark.parametrize(
    ("timings", "batch", "hint"),
    [
        ([timing("", FORWARD, 1.0)], 32, Hint.WHOLE),
        ([timing("a", FORWARD, 1e-5)] * 20, 32, Hint.LAUNCHES),
        ([timing("a", FORWARD, 1e-5)] * 20, 4096, Hint.LAYER),
        ([timing("a", FORWARD, 1.0), timing("", UPDATE, 1.0)], 32, Hint.UPDATE),
        ([timing("a", FORWARD, 3.0), timing("b", FORWARD, 1.0)], 32, Hint.LAYER),
        ([timing("a", FORWARD, 1.0), timing("b", FORWARD, 1.0)], 32, None),
    ],
)
def test_advice_is_given_where_something_stands_out(
    timings: list[Timing], batch: int, hint: Hint | None
) -> None:
    found = advise(profile(*timings, batch=batch))
    assert (found.hint if found else None) is hint
    if hint is Hint.LAYER:
        assert found is not None
        assert found.node == "a"


def test_a_trace_is_what_viewers_read(tmp_path: Path) -> None:
    found = profile(timing("a", FORWARD, 0.001, 8, 5), timing("", UPDATE, 0.002))
    write_trace(tmp_path / "step.json", found, {"a": "Dense"})
    content = json.loads((tmp_path / "step.json").read_text())
    assert content["displayTimeUnit"] == "ms"
    bars = [e for e in content["traceEvents"] if e["ph"] == "X"]
    assert [bar["name"] for bar in bars] == ["Dense: op", "op"]
    assert bars[0]["dur"] == pytest.approx(1000.0)
    assert bars[0]["args"] == {"layer": "Dense", "op": "op", "launches": 1, "bytes": 8, "multiply_adds": 5}
    assert {bar["tid"] for bar in bars} == {1, 3}
    named = {e["tid"]: e["args"]["name"] for e in content["traceEvents"] if e["name"] == "thread_name"}
    assert named == {1: "forward", 2: "backward", 3: "update"}
    assert trace_events(found, {})[-1]["cat"] == "update"


# -- of real steps ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("device", ["cpu", "gl"])
def test_a_timed_step_learns_what_any_step_learns(device: str) -> None:
    opened = open_device(device)
    plain = Session(with_everything(), load(XOR), settings(), opened)
    plain.advance(6)
    expected = plain.report(), plain.states()
    timed = Session(with_everything(), load(XOR), settings(), opened)  # knows by now how steps run fastest
    timed.advance(2)
    for _ in range(3):
        timed.profile()
    timed.advance(1)
    assert timed.step == plain.step
    assert timed.report() == expected[0]
    for name, array in timed.states().items():
        assert expected[1][name].tobytes() == array.tobytes(), name
    plain.close()
    timed.close()
    opened.close()


@pytest.mark.parametrize("device", ["cpu", "gl"])
def test_the_profile_of_a_network_names_its_layers(device: str) -> None:
    graph = two_layer()
    measured = session(graph, device=device)
    found = profile_steps(measured)
    measured.close()
    measured.device.close()
    assert found.kind == device
    assert found.steps_per_s > 0
    assert {layer.node for layer in found.layers} <= {"", *graph.nodes}
    assert found.in_parts
    dense = [n.id for n in graph.nodes.values() if type(n.layer).__name__ == "Dense"]
    by_node = {layer.node: layer for layer in found.layers if layer.node}
    for node in dense:
        assert by_node[node].seconds[FORWARD] > 0.0
        assert by_node[node].seconds[BACKWARD] > 0.0
        assert by_node[node].multiply_adds > 0
    assert by_node[dense[0]].multiply_adds == 32 * 2 * 8 * 2  # forward and weights' gradient
    assert any(t.phase is UPDATE for t in found.timeline)
    assert all(np.diff([t.begun for t in found.timeline]) >= 0)


def test_a_running_training_is_timed_only_while_somebody_looks() -> None:
    def reports(*, profiling: bool) -> list[Report]:
        control = Control(profiling=profiling, watch_validation=False)
        return list(Trainer(session(two_layer(), training=settings(epochs=12)), control).run())

    found = [r.profile for r in reports(profiling=True) if isinstance(r, Profiled)]
    assert len(found) >= 1
    assert found[0].steps == PROFILED_STEPS
    assert found[0].steps_per_s > 0
    assert not [r for r in reports(profiling=False) if isinstance(r, Profiled)]
