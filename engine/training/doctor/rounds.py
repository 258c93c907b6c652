"""When a running network is checked up on, and what comes of it: the doctor's part of the training loop.

A checkup costs about as much as two steps, so they are rare: one in a hundred and forty seconds of steps at most goes to
them, and half of that to labels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from engine.devices.base import Foresees
from engine.training.doctor.checkup import Checkups, layer_signs
from engine.training.doctor.constant import constant_loss
from engine.training.doctor.curves import LEAST, of_curves
from engine.training.doctor.labels import Labels
from engine.training.doctor.leaks import of_first_epoch, of_split
from engine.training.doctor.observation import Checked, Observation, Observed
from engine.training.doctor.vitals import Vitals
from engine.training.inference import GoOn, always
from engine.training.reports import EpochEnded
from engine.training.session import Session

SHARE = 0.007  # of the time of steps that checkups may take
LABELS_SHARE = 0.005  # of that time that looking at labels may take
INTERVAL = 0.5  # seconds between two checkups at least
FIRST = 2.0  # seconds after which it is worth while to prepare for them, at least, and
LATEST = 60.0  # at most, where steps are long
STEPS = 2.5  # that a checkup costs about as much as
MOST_EPOCHS = 2000  # remembered
GROWN = 0.02  # of all epochs so far that are new, before the curves are looked at again: their cost grows with them


class Rounds:
    """The doctor of one trainer.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._session: Session | None = None

    def adopt(self, session: Session) -> None:
        """Look after this session from now on."""
        self._session = session
        self._checkups: Checkups | None = None
        self._vitals = Vitals(session.compiler.graph, session.settings)
        self._constant = constant_loss(session.compiler.objectives, session.bundle)
        self._labels = Labels(session)
        self._labels_at, self._labels_took = self._clock(), 0.0
        self._checked: list[Checked] = []
        self._begun = self._clock()
        self._at, self._took = -math.inf, 0.0
        self._foreseen = False
        self._ends: list[EpochEnded] = []
        self._epochs = 0
        self._epochs_told = 0
        self._beginning_told = False
        self._now: dict[str, tuple[Observation, ...]] = {}
        self._told: tuple[Observation, ...] = ()

    def is_due(self, step_time: float = 0.0) -> bool:
        """Whether the next step is to be one with a checkup; prepares for the first one.

        Args:
            step_time: seconds that a step takes.
        """
        now = self._clock()
        first = min(LATEST, max(FIRST, STEPS * step_time / SHARE))
        if self._session is None or (self._checkups is None and now - self._begun < first):
            return False
        if not self._foreseen:
            self._foreseen = True
            device = self._session.device
            if isinstance(device, Foresees):
                device.foresee([self._session.compiler.checkup(self._session.rows, self._session.batch)[0]])
                self._at = now  # compiled beside the steps: not needed before some of them have passed
                self._took = INTERVAL * SHARE
                return False
        return now - self._at >= max(INTERVAL, self._took / SHARE)

    def step(self) -> None:
        """Take the next step with a checkup."""
        assert self._session is not None
        begun = self._clock()
        if self._checkups is None:
            self._checkups = Checkups(self._session)
            begun = self._clock()  # made once
        checkup = self._checkups.next_step()
        self._now["vitals"] = tuple(self._vitals.look_at(checkup))
        self._checked = [
            Checked(checkup.step, self._session.order.epochs(checkup.step), layer_signs(checkup))
        ]
        self._at = self._clock()
        self._took = self._at - begun

    def epoch_ended(self, end: EpochEnded) -> None:
        """Remember the figures of an epoch."""
        self._epochs += 1
        self._ends.append(end)
        del self._ends[:-MOST_EPOCHS]

    def news(self, go_on: GoOn = always) -> Iterator[Checked | Observed]:
        """What was measured since the last time, and what is not well, whenever that has become something else."""
        session = self._session
        if session is None:
            return
        yield from self._checked
        self._checked = []
        if self._epochs - self._epochs_told > GROWN * self._epochs_told:
            self._look_at_curves(session)
            if len(self._ends) >= LEAST and self._labels_due():
                self._look_at_labels(go_on)
        if self._ends and not self._beginning_told:
            self._beginning_told = True
            self._now["first"] = _any(of_first_epoch(self._ends, session.bundle))
            self._now["split"] = _any(of_split(session.bundle))
        found = tuple(seen for group in self._now.values() for seen in group)
        if [(s.kind, s.node) for s in found] != [(s.kind, s.node) for s in self._told]:
            self._told = found
            yield Observed(session.step, found)

    def last(self, go_on: GoOn = always) -> Iterator[Checked | Observed]:
        """The same when the run is over: nothing has to be saved any more."""
        if self._session is not None and self._ends:
            self._look_at_curves(self._session)
            if len(self._ends) >= LEAST:
                self._look_at_labels(go_on)
        yield from self.news(go_on)

    def _look_at_curves(self, session: Session) -> None:
        self._epochs_told = self._epochs
        self._now["curves"] = tuple(of_curves(self._ends, session.settings, self._constant))

    def _labels_due(self) -> bool:
        passed = self._clock() - self._labels_at
        return passed >= max(FIRST, self._labels_took / LABELS_SHARE)

    def _look_at_labels(self, go_on: GoOn) -> None:
        if not self._labels.asked:
            return
        begun = self._clock()
        self._now["labels"] = _any(self._labels.look(go_on))
        self._labels_at = self._clock()
        self._labels_took = self._labels_at - begun


def _any(seen: Observation | None) -> tuple[Observation, ...]:
    return (seen,) if seen is not None else ()
