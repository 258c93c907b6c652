"""What the steps of a run have come to: sums since the last report and since the last epoch, and the figures of both.

Kept apart from the loop, which says when, so that what is reported, what is remembered and what a run ends with come
from one place.
"""

from __future__ import annotations

from engine.tensor.spec import Array
from engine.training.reports import EpochEnded
from engine.training.session import Session
from engine.training.sums import Figures, Sums
from engine.training.validation import of_validation


class Tally:
    """Begins with the unfinished epoch that a session's memory holds.

    Attributes:
        values, arrays: figures of the last epoch, those of validation among them.
        latest: figures by name that were reported last, of steps and of epochs.
    """

    def __init__(self, session: Session) -> None:
        memory, layout = session.memory_of_run, session.compiler.layout
        self._recent, self._whole = Sums(layout), Sums(layout, memory.steps, memory.sums)
        self._ends: list[EpochEnded] = []
        self.values: dict[str, float] = {}
        self.arrays: dict[str, Array] = {}
        self.latest: dict[str, float] = {}

    def add(self, sums: Array, steps: int) -> None:
        """Take in what `steps` steps reported."""
        self._recent.add(sums, steps)
        self._whole.add(sums, steps)

    def take_epoch(self) -> Figures:
        """Figures of the steps since the last epoch."""
        return self._whole.take()

    def epoch_ended(self, end: EpochEnded) -> None:
        """Keep what an epoch gave, to be reported next."""
        self.values, self.arrays = dict(end.values), dict(end.arrays)
        self._ends.append(end)

    def judged(self, validation: Figures) -> None:
        """Other weights were validated than those of the last epoch."""
        self.values = self.values | of_validation(validation.values)
        self.arrays = self.arrays | of_validation(validation.arrays)

    def break_off(self) -> None:
        """The run ends within an epoch: its steps so far are all there is."""
        self.values = self._whole.take().values

    def forget(self) -> None:
        """Drop the sums of steps that are taken back."""
        self._recent.take()
        self._whole.take()
        self.values = {}

    def news(self) -> tuple[dict[str, float], tuple[EpochEnded, ...]]:
        """Figures of the steps, and the epochs, since the last call."""
        recent, ends = self._recent.take().values, tuple(self._ends)
        self.latest |= {**(ends[-1].values if ends else {}), **recent}
        self._ends.clear()
        return recent, ends

    def state(self) -> tuple[int, list[float]]:
        """Steps of the unfinished epoch and their sums, as a snapshot keeps them."""
        return self._whole.state()
