"""How many steps a second devices make of one network: measured against each other, and remembered in a file.

Whatever else a computer does only slows a block of steps down, so the best block of a device is what it can do. Devices
that are close to each other take turns, block by block, and no passing load can decide between them.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from engine.devices.base import DeviceError

BLOCK = 0.05  # seconds of steps
TURNS = 12  # blocks of each device that has not been left behind
CLEAR = 2.0  # times faster: no further block would change that
ENOUGH = 2.0  # seconds of turns
LONG_STEP = 0.5  # seconds
FAR_BEHIND = 10.0  # times slower than another device
FILE = "device-rates.json"
REMEMBERED = 500  # measurements kept
Rates = dict[str, float]
Clock = Callable[[], float]


class Trial(Protocol):
    """What is measured: a `Session`."""

    def advance(self, steps: int) -> None:
        """Run so many steps."""
        ...

    def report(self) -> object:
        """Wait until they are done."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


def race(
    entries: Mapping[str, Callable[[], Trial]],
    between: Callable[[], None] = lambda: None,
    clock: Clock = time.perf_counter,
    limit: Callable[[str], float] = lambda _name: math.inf,
) -> Rates:
    """Steps a second by name, of those that can be opened and have a chance.

    Args:
        entries: make what is measured; compiling is no part of the measurement. A `DeviceError` takes one out.
        between: called between blocks; what it raises ends the race.
        clock: seconds.
        limit: steps a second that one cannot exceed; it is not even opened where that is less than another's half.
    """
    runners: dict[str, _Runner] = {}
    try:
        for name, enter in entries.items():
            between()
            ahead = max((r.rate for r in runners.values()), default=0.0)
            try:
                if ahead and limit(name) * CLEAR < ahead:
                    continue
                runner = runners[name] = _Runner(enter(), clock)
                runner.warm_up(ahead / FAR_BEHIND)
            except DeviceError:  # a driver that fails here would fail in training, too
                if name in runners:
                    runners.pop(name).trial.close()
        begun = clock()
        for _ in range(TURNS):
            ahead = max((r.rate for r in runners.values()), default=0.0)
            left = [r for r in runners.values() if r.rate * CLEAR > ahead]
            if len(left) < 2 or clock() - begun > ENOUGH:
                break
            for runner in left:
                between()
                runner.block()
        return {name: runner.rate for name, runner in runners.items()}
    finally:
        for runner in runners.values():
            runner.trial.close()


class _Runner:
    """One device in the race; `rate` is the steps a second of its best block."""

    def __init__(self, trial: Trial, clock: Clock) -> None:
        self.trial = trial
        self.rate = 0.0
        self._clock = clock

    def warm_up(self, hopeless: float) -> None:
        """Fill caches and find how many steps a block has; one that is slow beyond hope is asked no further.

        The first step says nothing of the others: it also does what is done once.
        """
        self._run(1)
        took = self._run(1)
        self.rate = 1.0 / took
        if took > LONG_STEP and self.rate < hopeless:
            return
        steps, took = 1, 0.0
        while took < BLOCK:
            took = self._run(steps)
            self.rate = max(self.rate, steps / took)
            steps = max(steps + 1, min(8 * steps, int(self.rate * BLOCK * 1.2)))

    def block(self) -> None:
        """Measure once more."""
        steps = max(1, int(self.rate * BLOCK))
        self.rate = max(self.rate, steps / self._run(steps))

    def _run(self, steps: int) -> float:
        begun = self._clock()
        self.trial.advance(steps)
        self.trial.report()
        return max(self._clock() - begun, 1e-9)


class RateFile:
    """Measurements of before, the newest last; a folder that cannot be written costs the memory only."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / FILE if folder is not None else None

    def get(self, key: str) -> Rates | None:
        """What was measured under that key."""
        return self._read().get(key)

    def put(self, key: str, rates: Rates) -> None:
        """Remember a measurement."""
        if self._path is None:
            return
        known = self._read()
        known.pop(key, None)
        known[key] = rates
        kept = dict(list(known.items())[-REMEMBERED:])
        temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            temporary.write_text(json.dumps(kept))
            temporary.replace(self._path)
        except OSError:
            temporary.unlink(missing_ok=True)  # the next run measures again

    def _read(self) -> dict[str, Rates]:
        if self._path is None:
            return {}
        try:
            known = json.loads(self._path.read_text())
            return {k: {d: float(r) for d, r in rates.items()} for k, rates in known.items() if rates}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}
