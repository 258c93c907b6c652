"""When steps of a running job are timed op by op, for whoever looks at where the time goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from engine.devices.base import Timing
from engine.profiling.profile import Profile, median_step
from engine.training.reports import Profiled
from engine.training.session import Session

PROFILE_SHARE = 0.2  # of the time that profiles may take while somebody looks at them
PROFILE_INTERVAL = 1.0  # seconds between two profiles
PROFILED_STEPS = 5


class Profiling:
    """Collects timed steps until they make a profile."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._timed: list[list[Timing]] = []  # ops of steps, for the profile that comes next
        self._at, self._took = -math.inf, 0.0  # when, and seconds that it took

    def is_due(self, steps: int) -> bool:
        """Whether the next step is to be timed; the first of all `steps` also fill caches, and do not count."""
        if self._timed:
            return True
        wait = max(PROFILE_INTERVAL, self._took / PROFILE_SHARE)
        due = steps > 0 and self._clock() - self._at >= wait
        if due:
            self._took = 0.0
        return due

    def add(self, timings: list[Timing]) -> None:
        """A step was timed."""
        self._timed.append(timings)

    def spent(self, seconds: float) -> None:
        """So long did the step take."""
        self._took += seconds

    def profiles(self, session: Session, steps_per_s: float, *, wanted: bool) -> Iterator[Profiled]:
        """The profile, once there are enough steps for it; what there is of one is dropped if it is not `wanted`."""
        if not wanted:
            self._timed.clear()
        if len(self._timed) < PROFILED_STEPS:
            return
        timeline, steps = median_step(self._timed), len(self._timed)
        self._timed.clear()
        self._at = self._clock()
        info = session.device.info
        yield Profiled(Profile(info.name, info.kind, session.batch, steps, steps_per_s, timeline))
