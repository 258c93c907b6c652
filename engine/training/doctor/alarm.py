"""Sees at the first chunk of steps that a run breaks, and finds the very step, the node that is to blame and what helps."""

from __future__ import annotations

import math

from engine.compiler.losses import COUNT, TOTAL
from engine.tensor.spec import Array
from engine.training.doctor.constant import constant_loss
from engine.training.doctor.cures import cures
from engine.training.doctor.observation import Observation
from engine.training.fault import Point, find_explosion, find_fault
from engine.training.inference import GoOn
from engine.training.session import Session

EXPLODED = 1e3  # times the loss of a network that knows nothing
LEAST = 1e-3  # the loss of such a network, if nobody knows it better


class Alarm:
    """Watches the loss of one session.

    Args:
        session: whose.
        before: of what the run was until now.
    """

    def __init__(self, session: Session, before: Alarm | None = None) -> None:
        self._session = session
        self.constant = constant_loss(session.compiler.objectives, session.bundle)
        self._first: float | None = before._first if before is not None else None
        self._exploded = False

    @property
    def limit(self) -> float:
        """A loss that no run comes back from."""
        if self._first is None:
            return math.inf
        return EXPLODED * max(abs(self._first), self.constant or 0.0, LEAST)

    def is_broken(self, sums: Array, *, explosions: bool) -> bool:
        """Whether what some steps reported is no number, or too large to come back from if `explosions` count."""
        self._exploded = False
        if not math.isfinite(sums[TOTAL]):
            return True
        if not explosions or sums[COUNT] <= 0:
            return False
        loss = float(sums[TOTAL] / sums[COUNT])
        if self._first is None:
            self._first = loss
        self._exploded = loss >= self.limit
        return self._exploded

    def stop_short(self, good: Point, go_on: GoOn) -> Observation:
        """What broke the run; leaves the session before the step that does.

        Args:
            good: a point of the run at which all was well.
            go_on: asked now and then; False ends the search with what is known.
        """
        session = self._session
        exploded = self._exploded
        fault = (
            find_explosion(session, good, self.limit, go_on) if exploded else find_fault(session, good, go_on)
        )
        point = fault.point or good
        session.restore(point.states, point.step)
        session.report()
        remedies = () if fault.row is not None else cures(session.graph, session.settings, fault.node)
        rows = () if fault.row is None else (fault.row,)
        return Observation(
            "exploded" if exploded else "broken",
            fault.sentence,
            f"The run waits after step {point.step}, where all was well.",
            fault.node,
            rows,
            remedies,
        )
