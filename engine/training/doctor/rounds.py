"""When a running network is checked up on, and what comes of it: the doctor's part of the training loop.

A checkup costs about as much as two steps, so they are rare: one in fifty seconds of steps at most is spent on them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from engine.devices.base import Foresees
from engine.training.doctor.checkup import Checkups
from engine.training.doctor.curves import of_curves
from engine.training.doctor.leaks import of_first_epoch, of_split
from engine.training.doctor.observation import Observation, Observed
from engine.training.doctor.vitals import Vitals
from engine.training.reports import EpochEnded
from engine.training.session import Session

SHARE = 0.02  # of the time of steps that checkups may take
INTERVAL = 0.5  # seconds between two checkups at least
FIRST = 2.0  # seconds after which it is worth while to prepare for them
MOST_EPOCHS = 2000  # remembered


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
        self._begun = self._clock()
        self._at, self._took = -math.inf, 0.0
        self._foreseen = False
        self._ends: list[EpochEnded] = []
        self._epochs_told = 0
        self._split_told = False
        self._now: dict[str, tuple[Observation, ...]] = {}
        self._told: tuple[Observation, ...] = ()

    def is_due(self) -> bool:
        """Whether the next step is to be one with a checkup; prepares for the first one."""
        now = self._clock()
        if now - self._begun < FIRST or self._session is None:
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
        found = self._vitals.look_at(self._checkups.next_step())
        self._now["vitals"] = tuple(found)
        self._at = self._clock()
        self._took = self._at - begun

    def epoch_ended(self, end: EpochEnded) -> None:
        """Remember the figures of an epoch."""
        self._ends = [*self._ends[-MOST_EPOCHS:], end]

    def news(self) -> Iterator[Observed]:
        """What is not well, whenever that has become something else."""
        session = self._session
        if session is None:
            return
        if len(self._ends) > self._epochs_told:
            self._epochs_told = len(self._ends)
            self._now["curves"] = tuple(of_curves(self._ends, session.settings))
            first = of_first_epoch(self._ends, session.bundle)
            self._now["first"] = (first,) if first is not None else ()
        if self._ends and not self._split_told:
            self._split_told = True
            split = of_split(session.bundle)
            self._now["split"] = (split,) if split is not None else ()
        found = tuple(seen for group in self._now.values() for seen in group)
        if [(s.kind, s.node) for s in found] != [(s.kind, s.node) for s in self._told]:
            self._told = found
            yield Observed(session.step, found)
