"""Measuring devices against each other: on a clock of the test's own, so that no load of the machine decides a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.devices.base import DeviceError, Interrupted
from engine.training.rates import REMEMBERED, RateFile, race


class Bench:
    """A computer with a clock; `steps` tells how many steps each device was asked for."""

    def __init__(self, seed: int = 0, load: float = 0.0) -> None:
        self.now = 0.0
        self.steps: dict[str, int] = {}
        self.open: set[str] = set()
        self._random = np.random.default_rng(seed)
        self._load = load

    def clock(self) -> float:
        return self.now

    def entry(self, name: str, rate: float, first: float = 0.0) -> Callable[[], Runs]:
        return lambda: Runs(self, name, rate, first)

    def spend(self, seconds: float) -> None:
        """Time passes, now and then much more slowly for us than for the rest of the machine."""
        busy = self._random.random() < 0.5
        self.now += seconds * (1.0 + (self._load * self._random.random() if busy else 0.0))


class Runs:
    """A device that makes `rate` steps a second, the first of which takes `first` seconds more."""

    def __init__(self, bench: Bench, name: str, rate: float, first: float) -> None:
        self._bench, self._name, self._rate, self._first = bench, name, rate, first
        bench.open.add(name)
        bench.steps[name] = 0

    def advance(self, steps: int) -> None:
        self._bench.steps[self._name] += steps
        self._bench.spend(steps / self._rate + self._first)
        self._first = 0.0

    def report(self) -> None:
        return

    def close(self) -> None:
        self._bench.open.discard(self._name)


@pytest.mark.parametrize("ratio", [1.11, 1.3, 2.0, 30.0])
@pytest.mark.parametrize("faster", ["cpu", "gl"])
def test_the_chosen_device_is_never_much_slower_than_the_best(ratio: float, faster: str) -> None:
    for seed in range(100):  # half of all blocks are up to twice as slow as they should be
        rates = {"cpu": 1000.0, "gl": 1000.0}
        rates[faster] *= ratio
        bench = Bench(seed, load=1.0)
        found = race({n: bench.entry(n, r, first=0.3) for n, r in rates.items()}, clock=bench.clock)
        chosen = max(found, key=lambda name: found[name])
        assert max(rates.values()) / rates[chosen] <= 1.1, (seed, found)
        assert bench.open == set()


def test_a_long_first_step_does_not_count_against_what_follows() -> None:
    bench = Bench()
    found = race(
        {"cpu": bench.entry("cpu", 500.0), "gl": bench.entry("gl", 90_000.0, 0.4)}, clock=bench.clock
    )
    assert found["gl"] > 80_000


def test_what_is_slow_beyond_hope_is_asked_for_one_step_beside_the_first() -> None:
    bench = Bench()
    found = race({"cpu": bench.entry("cpu", 100.0), "gl": bench.entry("gl", 0.5)}, clock=bench.clock)
    assert bench.steps["gl"] == 2
    assert found["gl"] == pytest.approx(0.5)


def test_what_cannot_win_is_not_even_opened() -> None:
    bench = Bench()
    entries = {"cpu": bench.entry("cpu", 100.0), "gl": bench.entry("gl", 30.0)}
    limits = {"cpu": 1.0, "gl": 40.0}  # the first one has nobody to be slower than
    found = race(entries, clock=bench.clock, limit=lambda name: limits[name])
    assert found.keys() == {"cpu"}
    assert "gl" not in bench.steps
    assert race(entries, clock=bench.clock, limit=lambda _: 60.0).keys() == {"cpu", "gl"}


def test_a_race_with_a_clear_winner_is_short() -> None:
    bench = Bench()
    race({"cpu": bench.entry("cpu", 1000.0), "gl": bench.entry("gl", 10_000.0)}, clock=bench.clock)
    assert bench.now < 0.4


def test_a_device_that_fails_takes_no_part() -> None:
    bench = Bench()

    def broken() -> Runs:
        raise DeviceError("No.")

    assert race({"gl": broken, "cpu": bench.entry("cpu", 10.0)}, clock=bench.clock).keys() == {"cpu"}


def test_a_race_that_nobody_waits_for_ends_between_two_blocks() -> None:
    bench = Bench()
    calls = 0

    def between() -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise Interrupted

    with pytest.raises(Interrupted):
        race({n: bench.entry(n, 100.0) for n in ("cpu", "gl")}, between, bench.clock)
    assert bench.open == set()


def test_measurements_are_remembered(tmp_path: Path) -> None:
    RateFile(tmp_path).put("a", {"cpu": 1.0, "gl": 2.0})
    RateFile(tmp_path).put("b", {"cpu": 3.0})
    assert RateFile(tmp_path).get("a") == {"cpu": 1.0, "gl": 2.0}
    assert RateFile(tmp_path).get("c") is None
    assert RateFile(None).get("a") is None
    for k in range(REMEMBERED):
        RateFile(tmp_path).put(str(k), {"cpu": 1.0})
    assert RateFile(tmp_path).get("a") is None
    assert RateFile(tmp_path).get("0") is not None


@pytest.mark.parametrize("content", ["", "[]", '{"a": 3}', '{"a": {"cpu": "fast"}}', "\0", '{"a": {}}'])
def test_a_damaged_file_is_measured_anew(tmp_path: Path, content: str) -> None:
    RateFile(tmp_path).put("a", {"cpu": 1.0})
    next(tmp_path.iterdir()).write_text(content)
    assert RateFile(tmp_path).get("a") is None
    RateFile(tmp_path).put("a", {"cpu": 2.0})
    assert RateFile(tmp_path).get("a") == {"cpu": 2.0}


def test_a_folder_that_vanished_costs_the_memory_only(tmp_path: Path) -> None:
    RateFile(tmp_path / "gone").put("a", {"cpu": 1.0})
    assert RateFile(tmp_path / "gone").get("a") is None
