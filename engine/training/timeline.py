"""The memory of a run: states of moments that have been, dense near now and sparse far back, in so many bytes.

Training can be looked at, gone back to and taken up again from any of them. They lie in the host's memory of the
process that trains; the device keeps nothing of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.compiler.lower import FROZEN
from engine.tensor.spec import Array
from engine.training.memory import TABLE
from engine.training.moments import Moment, Remembered

SHORTEST = 0.1  # seconds between two moments
SHARE = 0.01  # of the run's time that keeping moments may take
CHEAP = 0.01  # seconds: what costs less is kept whenever the number of steps has doubled
MOST = 300  # moments; more could not be told apart on a slider
NEWS_INTERVAL = 0.25  # seconds between two reports of what is kept
MEGABYTE = 1_000_000
Layout = Mapping[str, tuple[str, int, tuple[int, ...]]]  # arena, offset and shape of each weight


@dataclass(frozen=True, eq=False)
class Kept:
    """A moment with all states that the next step depends on.

    Attributes:
        moment: what is told of it.
        states: as in a `Snapshot`.
        layout: where the weights lie in them.
        at: steps that were taken until then, all lines together.
    """

    moment: Moment
    states: Mapping[str, Array]
    layout: Layout
    at: int


class Timeline:
    """Moments of one run.

    Each new one may push out an older one: that between whose neighbours the gap is smallest beside its age. So the
    distances grow in proportion to the time that has passed, as on a logarithmic scale. The first and the newest stay.

    Args:
        budget: bytes that all states may take; 0 keeps nothing.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.line = 0
        self._from: dict[int, tuple[int, int]] = {}  # the line that each one left, and at which step
        self._kept: list[Kept] = []
        self._next = 0
        self._cost = 0.0  # seconds that the last one took
        self._last = -1.0  # when it was taken
        self._at = 0
        self._step = 0  # to which `_at` belongs
        self._added: list[Moment] = []
        self._dropped: list[int] = []
        self._told = -1.0
        self._too_large = 0  # bytes of a moment that did not fit
        self._complaint = ""  # what is still to be said of that

    @property
    def moments(self) -> tuple[Moment, ...]:
        """What is kept, in the order in which it happened."""
        return tuple(k.moment for k in self._kept)

    @property
    def kept(self) -> tuple[Kept, ...]:
        """The same with their states."""
        return tuple(self._kept)

    @property
    def nbytes(self) -> int:
        """Bytes of all states; what several moments have in common counts once."""
        return sum({id(a): a.nbytes for k in self._kept for a in k.states.values()}.values())

    def get(self, moment: int) -> Kept | None:
        """A moment by its id, if it is still there."""
        return next((k for k in self._kept if k.moment.id == moment), None)

    # -- growing ----------------------------------------------------------------------------------
    def wants(self, step: int, now: float, *, often: bool = False) -> bool:
        """Whether to keep the moment after `step` steps, at `now` seconds; `often`: wherever that is cheap."""
        newest = self._kept[-1].moment if self._kept else None
        if self.budget <= 0 or (newest is not None and (newest.step, newest.line) == (step, self.line)):
            return False
        if newest is None:
            return self._too_large == 0
        cheap = self._cost <= CHEAP
        if cheap and (often or step >= 2 * max(newest.step, 1)):
            return True
        return now - self._last >= max(SHORTEST, self._cost / SHARE)

    def add(
        self,
        place: Callable[[int, int], Moment],
        states: Mapping[str, Array],
        layout: Layout,
        now: float,
        cost: float = 0.0,
    ) -> bool:
        """Keep a moment; False where it alone takes more than there may be.

        Args:
            place: makes the moment of its id and line.
            states: copies that nobody writes to.
            layout: of the weights.
            now: seconds.
            cost: seconds that the copies took.
        """
        self._last = now
        self._cost = min(cost, 2.0 * self._cost) if self._cost else cost  # one that was held up says little
        moment = place(self._next, self.line)
        size = sum(a.nbytes for a in states.values())
        if size > self.budget:
            self._complaint = "" if self._too_large else _too_little(size, self.budget)
            self._too_large = size
            return False
        self._at += max(0, moment.step - self._step)
        self._step = moment.step
        self._next += 1
        self._kept.append(Kept(moment, self._shared(states), layout, self._at))
        self._added.append(moment)
        self._thin_out()
        return True

    def branch(self, kept: Kept | None, step: int | None = None) -> int:
        """Begin a line at a moment (or at a `step` of its line after it), or anew; its number."""
        line = len(self._from) + 1
        at = step if step is not None else kept.moment.step if kept else 0
        self._from[line] = (kept.moment.line if kept else line, at)
        self.line, self._step = line, at
        return line

    def path(self) -> Iterator[Kept]:
        """The moments that led to now."""
        line, limit = self.line, math.inf
        while True:
            yield from (k for k in self._kept if k.moment.line == line and k.moment.step <= limit)
            parent, at = self._from.get(line, (line, 0))
            if parent == line:
                return
            line, limit = parent, min(limit, at)

    def news(self, now: float, *, force: bool = False) -> Remembered | None:
        """What has changed since the last time, if enough time has passed."""
        something = self._added or self._dropped or self._complaint
        if not something or (now - self._told < NEWS_INTERVAL and not force):
            return None
        self._told = now
        gone = set(self._dropped)
        added = tuple(m for m in self._added if m.id not in gone)
        news = Remembered(added, tuple(self._dropped), self.nbytes, self.budget, self._complaint)
        self._added, self._dropped, self._complaint = [], [], ""
        return news

    def resize(self, budget: int) -> None:
        """Let it use so many bytes from now on."""
        if budget != self.budget:
            self.budget, self._too_large = budget, 0
            self._thin_out()

    def _shared(self, states: Mapping[str, Array]) -> dict[str, Array]:
        """The states, where one has not changed that of the moment before: training leaves some of them alone."""
        if not self._kept:
            return dict(states)
        before = self._kept[-1].states
        return {
            name: before[name] if _stays(name) and _equal(before.get(name), array) else array
            for name, array in states.items()
        }

    def _thin_out(self) -> None:
        while self._kept and (len(self._kept) > MOST or self.nbytes > self.budget):
            self._dropped.append(self._kept.pop(self._weakest()).moment.id)

    def _weakest(self) -> int:
        """The moment that is missed least."""
        inner = range(1, len(self._kept) - 1)
        if not inner:
            return 0
        at = [k.at for k in self._kept]
        return min(inner, key=lambda i: (at[i + 1] - at[i - 1]) / (at[-1] - at[i] + 1))


def _stays(name: str) -> bool:
    return name == FROZEN or name.startswith(TABLE)


def _equal(one: Array | None, other: Array) -> bool:
    return one is not None and (one is other or np.array_equal(one, other))


def _too_little(size: int, budget: int) -> str:
    return (
        f"A moment of this network takes {size / 1e6:,.1f} MB, and the time machine may use {budget / 1e6:,.1f} MB. "
        "Give it more memory in the training settings."
    )
