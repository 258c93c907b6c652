"""What the loop around the steps knows beside the device's states, so that a resumed run goes on exactly.

It travels in a snapshot as one more array, JSON as bytes, and so reaches project files, too.
"""

from __future__ import annotations

from dataclasses import field

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from engine.schedules.base import Noticed
from engine.tensor.spec import Array

MEMORY = "memory"  # name of the array in a snapshot
BEST = "best/"  # prefix of the weights of the best epoch in a snapshot
TABLE = "table/"  # prefix of the tables that layers on the host learned


@dataclass(config=ConfigDict(ser_json_inf_nan="constants", defer_build=True))
class Memory:
    """The state of schedule, early stopping and running epoch.

    Attributes:
        rate_factor: by which somebody changed the learning rate while the network learned.
        fixed_rate: learning rate that somebody set where the schedule's was 0.
        noticed: what the schedule has seen.
        best: the best value of the watched figure, None before the first.
        best_step: the step it belongs to.
        wait: epochs since it got better.
        steps, sums: of the epoch that runs: steps so far, and what they reported.
        batch: examples of a step; 0 if that is not known.
        origin: from which step on, and how many rows the steps before that took (`BatchOrder`).
        before: epochs that were done when the run was last trained on after its end.
    """

    rate_factor: float = 1.0
    fixed_rate: float | None = None
    noticed: Noticed = Noticed()
    best: float | None = None
    best_step: int = 0
    wait: int = 0
    steps: int = 0
    sums: list[float] = field(default_factory=list)
    batch: int = 0
    origin: tuple[int, int] = (0, 0)
    before: int = 0

    def batches_of(self, step: int, batch: int) -> tuple[int, int]:
        """The origin of a run that goes on at `step` with batches of this size: no row is seen twice or left out."""
        if self.batch not in (0, batch):
            first, row = self.origin
            self.origin = step, row + (step - first) * self.batch
        self.batch = batch
        return self.origin

    def written(self) -> Array:
        """As an array for a snapshot."""
        return np.frombuffer(_ADAPTER.dump_json(self), np.uint8)


_ADAPTER = TypeAdapter(Memory)


def read_memory(array: Array | None) -> Memory:
    """What was written; a fresh one where there is nothing or nothing that makes sense."""
    if array is None:
        return Memory()
    try:
        return _ADAPTER.validate_json(array.astype(np.uint8).tobytes())
    except ValidationError:
        return Memory()
