"""How fast steps go, and how many of them are run at once so that Stop is heard soon."""

from __future__ import annotations

import math

CHUNK_TIME = 0.02  # seconds a chunk of steps should take, so that Stop reacts at once


class Tempo:
    """Measures steps; `chunk` of them are to be run next."""

    def __init__(self) -> None:
        self.chunk = 1
        self.steps = 0  # in this run
        self._busy = 0.0  # seconds spent in them

    @property
    def steps_per_s(self) -> float:
        """Of stepping time; validation and pictures do not count."""
        return self.steps / self._busy if self._busy else 0.0

    @property
    def step_time(self) -> float:
        """Seconds; 0 before the first."""
        return self._busy / self.steps if self.steps else 0.0

    def chunk_within(self, seconds: float) -> int:
        """So many steps that some chunks, all alike, end when this time is over; a whole chunk where it is over already."""
        chunks = math.ceil(seconds / CHUNK_TIME)
        return max(1, round(self.chunk * seconds / chunks / CHUNK_TIME)) if chunks > 0 else self.chunk

    def took(self, steps: int, seconds: float) -> None:
        """Take in that so many steps were run in this time."""
        self._busy += seconds
        self.steps += steps
        if 2 * steps >= self.chunk:  # fewer say too little
            ideal = int(steps * CHUNK_TIME / max(seconds, 1e-6))
            self.chunk = max(1, min(ideal, 4 * self.chunk))
