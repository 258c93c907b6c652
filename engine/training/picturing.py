"""Which predictions are made while a network trains, and when: what somebody watches, as often as it is cheap."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from engine.tensor.spec import Array
from engine.training.inside.looking import Looking
from engine.training.inside.records import Inside
from engine.training.reports import Pictured, Probe, Report
from engine.training.session import GoOn, Session

REPORT_INTERVAL = 1 / 30  # seconds
VALIDATION = "validation"  # name of the pictures of the validation rows
ALL_ROWS = 10_000  # validation rows that are pictured at most
LIVE_ROWS = 1_000  # of them, while steps run
PICTURE_SHARE = 0.1  # of the time that pictures may take
INSIDE_SHARE = 0.07  # of the time that looking into layers may take
AT_ONCE = 0.05  # seconds that a picture may take to be made after every single step


class Watcher(Protocol):
    """What of a trainer's control is about pictures."""

    probes: dict[str, Probe]
    insides: dict[str, Inside]
    watch_validation: bool


class Picturing:
    """Makes the pictures of a session.

    Args:
        watcher: says what is watched.
        clock: seconds.
        go_on: asked in the middle of a picture; False leaves it out.
    """

    def __init__(self, watcher: Watcher, clock: Callable[[], float], go_on: GoOn) -> None:
        self._watcher = watcher
        self._clock = clock
        self._go_on = go_on
        self._seen: dict[str, tuple[float, int, int]] = {}  # probe: when, at which step, how many rows
        self._costs: dict[str, float] = {}  # probe: seconds it took last
        self._looking: Looking | None = None
        self._looked_into: Session | None = None

    def forget(self) -> None:
        """All of them are to be made anew: the weights are others."""
        self._seen.clear()

    def rows_at_first(self, session: Session) -> int:
        """Validation rows that the first picture is of."""
        return len(self._watched(session)[:LIVE_ROWS]) if self._watcher.watch_validation else 0

    def take(self, session: Session, *, often: bool = False, full: bool = False) -> Iterator[Report]:
        """Predictions that somebody watches.

        Args:
            session: with the weights to predict with.
            often: after every step, where they are cheap.
            full: whatever they cost, and of all validation rows.
        """
        for probe in list(self._watcher.probes.values()):
            rows = len(next(iter(probe.inputs.values()), ()))
            if self._due(session, probe.name, probe.every_s, rows, often=often, full=full):
                predict = partial(session.predict, probe.name, probe.inputs, probe.taps, self._go_on)
                yield from self._picture(session, probe.name, rows, predict)
        for wish in list(self._watcher.insides.values()):
            key, every_s = _key(wish), wish.every_s
            if self._due(session, key, every_s, 1, often=often, full=full, share=INSIDE_SHARE):
                yield from self._look(session, wish)
        watched = self._watched(session)[: ALL_ROWS if full else LIVE_ROWS]
        if self._watcher.watch_validation and self._due(
            session, VALIDATION, REPORT_INTERVAL, len(watched), often=often, full=full
        ):
            predict = partial(session.predict_rows, watched, self._go_on)
            yield from self._picture(session, VALIDATION, len(watched), predict)

    def _watched(self, session: Session) -> range:
        return session.bundle.validation or session.bundle.train

    def _picture(
        self, session: Session, name: str, rows: int, predict: Callable[[], dict[str, Array]]
    ) -> Iterator[Report]:
        begun = self._clock()
        outputs = predict()
        now = self._clock()
        self._costs[name] = now - begun
        if outputs:
            self._seen[name] = (now, session.step, rows)
            yield Pictured(name, session.step, outputs)

    def _look(self, session: Session, wish: Inside) -> Iterator[Report]:
        if self._looking is None or self._looked_into is not session:
            if self._looking is not None:
                self._looking.close()
            self._looking, self._looked_into = Looking(session), session
        begun = self._clock()
        seen = self._looking.look(wish, self._go_on)
        now = self._clock()
        self._costs[_key(wish)] = now - begun
        if seen is not None:
            self._seen[_key(wish)] = (now, session.step, 1)
            yield seen

    def _due(
        self,
        session: Session,
        name: str,
        every_s: float,
        rows: int,
        *,
        often: bool,
        full: bool,
        share: float = PICTURE_SHARE,
    ) -> bool:
        when, step, seen = self._seen.get(name, (-math.inf, -1, 0))
        if step == session.step and seen >= rows:
            return False
        cost = self._costs.get(name, 0.0)
        if full or (often and cost <= AT_ONCE):
            return True
        return self._clock() - when >= max(every_s, cost / share)


def _key(wish: Inside) -> str:
    """Beside the names of probes; who looks at another example or layer is answered at once."""
    return f"inside/{wish.name}/{id(wish)}"
