"""What a project file says of the run that its weights are from: enough to find it among the runs, and how fast it was."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

LONGEST = 1e12  # seconds, steps a second


@dataclass(frozen=True)
class RunRecord:
    """A run.

    Attributes:
        begun: seconds since 1970, as the run store has it: no two runs of a store have the same.
        seconds: of training so far, pauses left out.
        steps_per_s: of stepping time, the last time it trained.
    """

    begun: float
    seconds: float = 0.0
    steps_per_s: float = 0.0

    def after(self, seconds: float, steps_per_s: float) -> RunRecord:
        """It trained for some seconds more."""
        return RunRecord(self.begun, self.seconds + seconds, steps_per_s)

    def record(self) -> dict[str, float]:
        """For a file."""
        return {"begun": self.begun, "seconds": self.seconds, "steps_per_s": self.steps_per_s}

    @classmethod
    def read(cls, data: Any) -> RunRecord | None:
        """What `record` gave; None where it is something else."""
        if not isinstance(data, dict):
            return None
        numbers: list[object] = [data.get(name) for name in ("begun", "seconds", "steps_per_s")]
        known = [float(n) for n in numbers if isinstance(n, int | float) and not isinstance(n, bool)]
        sane = len(known) == len(numbers) and all(math.isfinite(n) and 0 <= n <= LONGEST for n in known)
        return cls(*known) if sane else None
