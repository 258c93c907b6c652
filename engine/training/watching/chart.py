"""A map of what a layer makes of examples: those that it finds alike lie side by side, and move while it learns."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from engine.tensor.spec import Array
from engine.training.inside.example import rows_of, rows_to_show
from engine.training.predictions.components import principal_components, turned_like
from engine.training.predictions.neighbours import NeighbourMap, affinities
from engine.training.watching.wish import UnseenError, Wish, Work

if TYPE_CHECKING:  # the window, which only wishes, need not know how networks run
    from engine.training.watching.beside import Beside

AT_A_TIME: Final = 50  # examples
PIECE: Final = 0.012  # seconds of improving the map at a time
LONGEST: Final = 1_000  # steps of a map of weights that stay as they are
MOST_NUMBERS: Final = 1_024  # of an example; more are averaged over its places
PERPLEXITY: Final = 20.0
PLACES, SHARES, STEPS = "places", "shares", "steps"
Method = Literal["components", "neighbours"]


@dataclass(frozen=True)
class Chart(Wish):
    """Wants a map of the first output of a node, for the first `rows` rows that are shown.

    Attributes:
        method: `components` turns the cloud of points so that most is to be seen; `neighbours` keeps neighbours together.
    """

    node: str = ""
    rows: int = 300
    method: Method = "components"

    def begin(self) -> Work:
        """Draws and improves maps."""
        return Charting(self)


class Charting(Work):
    """Reads what the layer gives in turns, then places the points: `places` (n, 2), `shares` of variance, `steps`."""

    def __init__(self, wish: Chart) -> None:
        self._wish = wish
        self._found: list[Array] = []
        self._read = 0  # rows of the sweep under way
        self._fresh = True  # whether the weights are others since that sweep began
        self._before: Array | None = None
        self._map: NeighbourMap | None = None
        self._left = 0  # steps of the map until it rests

    def renew(self) -> None:
        """Look at the examples again."""
        self._fresh = True

    @property
    def restless(self) -> bool:
        """While a sweep is under way, or the map gets better."""
        return bool(self._read) or self._left > 0

    def advance(self, beside: Beside) -> Mapping[str, Array] | None:
        """Read some more examples, or place them."""
        rows = rows_to_show(beside.session.bundle)[: self._wish.rows]
        if self._fresh or self._read:
            self._fresh = self._fresh and bool(self._read)  # a sweep that is under way ends first
            self._sweep(beside, rows)
            if not self._read:
                return self._placed(np.concatenate(self._found))
        if self._map is None or self._left <= 0:
            return None
        return self._improved(self._map)

    def _sweep(self, beside: Beside, rows: range) -> None:
        if len(rows) < 3:
            raise UnseenError(f"A map takes three examples at least; there are {len(rows)}.")
        tap = beside.tap_of(self._wish.node)
        if tap is None:
            raise UnseenError("This layer is no longer part of the network that trains. Choose another.")
        if not self._read:
            self._found = []
        part = rows[self._read : self._read + AT_A_TIME]
        self._found.append(
            in_a_row(beside.predict(rows_of(beside.session.bundle, part), (tap,))["/".join(tap)])
        )
        self._read = self._read + len(part) if self._read + len(part) < len(rows) else 0

    def _placed(self, points: Array) -> Mapping[str, Array]:
        if not np.isfinite(points).all():
            raise UnseenError("This layer gives values that are no numbers; there is no map of them.")
        places, shares = principal_components(points)
        if self._wish.method == "neighbours":
            if self._map is None or len(self._map.places) != len(points):
                self._map = NeighbourMap(places)
            self._map.aim(affinities(points, PERPLEXITY))
            self._left = LONGEST
            return self._improved(self._map)
        if self._before is not None:
            places = turned_like(places, self._before)
        self._before = places
        return {PLACES: places.astype(np.float32), SHARES: shares}

    def _improved(self, chart: NeighbourMap) -> Mapping[str, Array]:
        begun = time.perf_counter()
        while self._left > 0 and time.perf_counter() - begun < PIECE:
            chart.step()
            self._left -= 1
        return {PLACES: chart.places.astype(np.float32), STEPS: np.array(chart.steps)}


def in_a_row(values: Array) -> Array:
    """What a layer gives (n, .., c) as points (n, d): all numbers, or their means over places where they are too many."""
    flat = np.asarray(values, np.float32).reshape(len(values), -1)
    if flat.shape[1] <= MOST_NUMBERS or values.ndim < 3:
        return flat[:, :: -(-flat.shape[1] // MOST_NUMBERS)] if flat.size else flat
    return np.asarray(
        values.reshape(len(values), -1, values.shape[-1]).mean(axis=1, dtype=np.float64), np.float32
    )
