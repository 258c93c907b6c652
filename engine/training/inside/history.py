"""How the numbers of a weight or gradient are spread, over the steps that were seen: a picture of time against size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.tensor.spec import Array
from engine.training.inside.views import BINS, Spread

MOST = 240  # spreads that are kept; when there are more, every second one goes
ROWS = 48


@dataclass(frozen=True, eq=False)
class Heat:
    """Spreads side by side.

    Attributes:
        shares: float32 (ROWS, times): of the numbers at each height, the greatest in a column is 1; row 0 is the lowest.
        low, high: of the heights.
        first, last: steps at the left and right end.
    """

    shares: Array
    low: float
    high: float
    first: int
    last: int


class SpreadHistory:
    """Spreads of one array by step, thinned where they become many."""

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._spreads: list[Spread] = []
        self._every = 1
        self._skipped = 0

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, step: int, spread: Spread) -> None:
        """The spread at a step; where somebody went back, what came after it is forgotten."""
        while self._steps and self._steps[-1] > step:
            self._steps.pop()
            self._spreads.pop()
        if self._steps and self._steps[-1] == step:
            self._spreads[-1] = spread
            return
        self._skipped += 1
        if self._skipped < self._every:
            return
        self._skipped = 0
        self._steps.append(step)
        self._spreads.append(spread)
        if len(self._steps) > MOST:
            self._steps, self._spreads = self._steps[::2], self._spreads[::2]
            self._every *= 2

    def heat(self) -> Heat | None:
        """All of them on common heights; None for less than two."""
        if len(self._steps) < 2:
            return None
        low = min(s.low for s in self._spreads)
        high = max(s.high for s in self._spreads)
        if not (np.isfinite(low) and np.isfinite(high)) or high <= low:
            return None
        shares = np.stack([_on(s, low, high) for s in self._spreads], axis=1)
        return Heat(shares.astype(np.float32), low, high, self._steps[0], self._steps[-1])


def _on(spread: Spread, low: float, high: float) -> Array:
    """The counts of a spread over ROWS equal heights from `low` to `high`, the greatest 1."""
    total = int(spread.counts.sum())
    if not total:
        return np.zeros(ROWS)
    edges = np.linspace(low, high, ROWS + 1)
    if spread.high <= spread.low:
        found = np.zeros(ROWS)
        found[min(ROWS - 1, int((spread.low - low) / (high - low) * ROWS))] = 1.0
        return found
    below = np.concatenate([[0.0], np.cumsum(spread.counts)])
    inside = np.interp(edges, np.linspace(spread.low, spread.high, BINS + 1), below)
    found = np.diff(inside)
    peak = float(found.max(initial=0.0))
    scaled: Array = found / peak if peak else found
    return scaled
