"""Which predictions are made while a network trains, and when: what somebody watches, as often as it is cheap."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol

from engine.compiler.lower import LoweringError
from engine.data.errors import DataError
from engine.devices.base import DeviceError
from engine.tensor.spec import Array, ShapeError
from engine.training.beat import REPORT_INTERVAL
from engine.training.inference import GoOn
from engine.training.inside.looking import Looking
from engine.training.inside.records import Inside, InsideSeen
from engine.training.moments import Request
from engine.training.reports import VALIDATION, Pictured, Probe, Report
from engine.training.session import Session
from engine.training.watching.beside import Beside
from engine.training.watching.wish import UnseenError, Wish, Work

ALL_ROWS = 10_000  # validation rows that are pictured at most
LIVE_ROWS = 1_000  # of them, while steps run
PICTURE_SHARE = 0.1  # of the time that pictures may take
INSIDE_SHARE = 0.07  # of the time that looking into layers may take
WISH_SHARE = 0.06  # of the time that each further wish may take
LARGE_SHARE = 0.035  # of the time that all predictions may take together while steps run
SMALL_SHARE = 0.03  # and all the rest
AFTER_FIRST = 8.0  # times as long as the first picture of a kind took, nothing follows
LEAST_ROWS = 250  # of validation, with which a run begins; more, where that takes no time
EXPECTED = (
    UnseenError,
    LoweringError,
    ShapeError,
    DeviceError,
    DataError,
)  # they carry a sentence for the user
# pictures come with reports: one that is up to so much sooner than it should be is not put off to the next
SOONER = REPORT_INTERVAL / 2
AT_ONCE = 0.05  # seconds that a picture may take to be made after every single step


Turn = tuple[float, float, Callable[[], Iterator[Report]]]  # when it came last, its share, and what it does


class Watcher(Protocol):
    """What of a trainer's control is about pictures."""

    probes: dict[str, Probe]
    insides: dict[str, Inside]
    wishes: dict[str, Wish]
    requests: list[Request]
    watch_validation: bool


class Picturing:
    """Makes the pictures of a session.

    Args:
        watcher: says what is watched.
        clock: seconds.
        go_on: asked in the middle of a picture; False leaves it out, and so does a request, which is not kept waiting.
    """

    def __init__(self, watcher: Watcher, clock: Callable[[], float], go_on: GoOn) -> None:
        self._watcher = watcher
        self._clock = clock
        self._wanted = go_on
        self._seen: dict[str, tuple[float, int, int]] = {}  # probe: when, at which step, how many rows
        self._versions: dict[str, int] = {}  # of probes
        self._costs: dict[str, float] = {}  # probe: seconds it took last
        self._live_rows = LEAST_ROWS
        self._rest_until = dict.fromkeys((LARGE_SHARE, SMALL_SHARE), -math.inf)
        self._works: dict[str, tuple[Wish, Work]] = {}
        self._refused: dict[str, str] = {}  # what can't be shown, and the sentence why
        self._beside: Beside | None = None
        self._looking: Looking | None = None

    def _go_on(self) -> bool:
        return self._wanted() and not self._watcher.requests

    def forget(self) -> None:
        """All of them are to be made anew: the weights are others."""
        self._seen.clear()
        self._refused.clear()
        if self._beside is not None:
            self._beside.forget()
        for _, work in self._works.values():
            work.renew()

    def rows_at_first(self, session: Session) -> int:
        """Validation rows that the first picture is of."""
        return len(self._watched(session)[:LEAST_ROWS]) if self._watcher.watch_validation else 0

    def take(self, session: Session, *, often: bool = False, full: bool = False) -> Iterator[Report]:
        """Predictions that somebody watches.

        Args:
            session: with the weights to predict with.
            often: after every step, where they are cheap.
            full: whatever they cost, and of all validation rows.
        """
        turns = self._turns(session, often=often, full=full)
        for when, share, turn in sorted(turns, key=lambda t: t[0]):  # who has waited longest comes first
            begun, first = self._clock(), when == -math.inf
            if not (often or full or first) and begun < self._rest_until[share]:
                continue
            yield from turn()
            now = self._clock()
            if now > begun:  # what is opened shows something at once, and much had to be made for it
                rest = AFTER_FIRST if first else 1.0 / share - 1.0
                self._rest_until[share] = max(self._rest_until[share], now + (now - begun) * rest)

    def _turns(self, session: Session, *, often: bool, full: bool) -> Iterator[Turn]:
        """All that may be shown now."""
        for probe in list(self._watcher.probes.values()):
            if self._versions.get(probe.name) != probe.version:
                self._versions[probe.name] = probe.version
                for seen in (self._seen, self._refused):
                    seen.pop(probe.name, None)
            rows = len(next(iter(probe.inputs.values()), ()))
            if self._due(session, probe.name, probe.every_s, rows, often=often, full=full):
                yield self._when(probe.name), LARGE_SHARE, partial(self._probe, session, probe, rows)
        for wish in list(self._watcher.insides.values()):
            key, every_s = _key(wish), wish.every_s
            if self._due(session, key, every_s, 1, often=often, full=full, share=INSIDE_SHARE):
                yield self._when(key), SMALL_SHARE, partial(self._look, session, wish)
        watched = self._watched(session)[: ALL_ROWS if full else self._live_rows]
        if self._watcher.watch_validation and self._due(
            session, VALIDATION, REPORT_INTERVAL, len(watched), often=often, full=full
        ):
            yield self._when(VALIDATION), LARGE_SHARE, partial(self._validation, session, watched)
        self._follow_wishes()
        for name, (_, work) in list(self._works.items()):
            yield self._when(name), SMALL_SHARE, partial(self._grant, session, name, work, full=full)

    def _when(self, name: str) -> float:
        return self._seen.get(name, (-math.inf, -1, 0))[0]

    def _probe(self, session: Session, probe: Probe, rows: int) -> Iterator[Report]:
        predict = partial(session.predict, probe.name, probe.inputs, probe.taps, self._go_on)
        for report in self._picture(session, probe.name, rows, predict):
            yield replace(report, version=probe.version)

    def _validation(self, session: Session, watched: range) -> Iterator[Report]:
        yield from self._picture(
            session, VALIDATION, len(watched), partial(session.predict_rows, watched, self._go_on)
        )
        cost = self._costs.get(VALIDATION, 0.0)
        if len(watched) <= LIVE_ROWS and cost > AT_ONCE:
            self._live_rows = max(LEAST_ROWS, self._live_rows // 2)
        elif cost < AT_ONCE / 4:
            self._live_rows = min(LIVE_ROWS, self._live_rows * 2)

    @property
    def restless(self) -> bool:
        """Whether there is more to come of some wish while the weights stay as they are."""
        return any(w.restless for n, (_, w) in self._works.items() if n not in self._refused)

    def finish(self, session: Session) -> Iterator[Report]:
        """All that there is to come of the wishes while the weights stay as they are, unless something is asked for."""
        while self.restless:
            if not self._go_on():
                return
            self._follow_wishes()
            for name, (_, work) in list(self._works.items()):
                yield from self._grant(session, name, work, full=True)

    # -- wishes -----------------------------------------------------------------------------------
    def _follow_wishes(self) -> None:
        """Begin what is wished for, and end what is not any more."""
        wishes = self._watcher.wishes
        for name in [n for n in self._works if n not in wishes]:
            del self._works[name]
        for name, wish in wishes.items():
            known = self._works.get(name)
            if known is None or known[0] != wish:
                self._works[name] = wish, wish.begin()
                for seen in (self._seen, self._refused, self._costs):
                    seen.pop(name, None)

    def _grant(self, session: Session, name: str, work: Work, *, full: bool) -> Iterator[Report]:
        when, step, _ = self._seen.get(name, (-math.inf, -1, 0))
        if name in self._refused or (step == session.step and not work.restless):
            return
        wait = max(SOONER, self._costs.get(name, 0.0) / WISH_SHARE)
        if (not full and self._clock() - when < wait) or not self._go_on():
            return
        if step != session.step and step >= 0:
            work.renew()
        begun = self._clock()
        outputs, sentence = self._advanced(session, work)
        now = self._clock()
        self._costs[name], self._seen[name] = now - begun, (now, session.step, 0)
        if sentence:
            self._refused[name] = sentence
        if outputs or sentence:
            yield Pictured(name, session.step, outputs or {}, sentence)

    def _advanced(self, session: Session, work: Work) -> tuple[Mapping[str, Array] | None, str]:
        """What a piece of work gave, or a sentence: whatever goes wrong with a picture, training goes on."""
        try:
            return work.advance(self._beside_of(session)), ""
        except Exception as error:  # noqa: BLE001 - a picture that can't be made must not end a run
            return None, _sentence(error)

    def _beside_of(self, session: Session) -> Beside:
        if self._beside is None or self._beside.session is not session:
            self.close()
            self._beside = Beside(session)
        return self._beside

    def close(self) -> None:
        """Let go of what was made for the wishes."""
        if self._beside is not None:
            self._beside.close()
        if self._looking is not None:
            self._looking.close()
        self._beside = self._looking = None

    # -- probes and layers ------------------------------------------------------------------------
    def _watched(self, session: Session) -> range:
        return session.bundle.validation or session.bundle.train

    def _picture(
        self, session: Session, name: str, rows: int, predict: Callable[[], dict[str, Array]]
    ) -> Iterator[Pictured]:
        if name in self._refused:
            return
        begun = self._clock()
        try:
            outputs = predict()
        except Exception as error:  # noqa: BLE001 - a picture that can't be made must not end a run
            self._refused[name] = _sentence(error)
            yield Pictured(name, session.step, {}, self._refused[name])
            return
        now = self._clock()
        self._costs[name] = now - begun
        if outputs:
            self._seen[name] = (now, session.step, rows)
            yield Pictured(name, session.step, outputs)

    def _look(self, session: Session, wish: Inside) -> Iterator[Report]:
        beside = self._beside_of(session)
        if self._looking is None:
            self._looking = Looking(session, beside)
        begun = self._clock()
        try:
            seen = self._looking.look(wish, self._go_on)
        except Exception as error:  # noqa: BLE001 - a picture that can't be made must not end a run
            seen = InsideSeen(wish.name, session.step, {}, _sentence(error))
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
        return self._clock() - when >= max(every_s - SOONER, cost / share)


def _sentence(error: Exception) -> str:
    if isinstance(error, EXPECTED):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is not enough memory to show this. Close other panels, or look at fewer examples."
    return f"This can't be shown for the data and network of now ({type(error).__name__}: {error}). Open it again."


def _key(wish: Inside) -> str:
    """Beside the names of probes; who looks at another example or layer is answered at once."""
    return f"inside/{wish.name}/{id(wish)}"
