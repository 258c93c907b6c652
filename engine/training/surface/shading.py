"""How high a loss is drawn: on a scale on which the valley can be seen as well as the mountains around it."""

from __future__ import annotations

import numpy as np

from engine.tensor.spec import Array

STEEPNESS = 0.02  # of the loss's range: below that, the scale is linear, above it is logarithmic
OUTLIERS = 98.0  # percent: what is higher counts as that high


class Scale:
    """Heights from 0 to 1 for losses; made for a surface, used for paths on it, too."""

    def __init__(self, losses: Array) -> None:
        finite = losses[np.isfinite(losses)]
        self.low = float(finite.min()) if finite.size else 0.0
        self.high = float(np.percentile(finite, OUTLIERS)) if finite.size else 1.0
        self._unit = max(STEEPNESS * (self.high - self.low), 1e-12)
        self._top = float(np.log1p((self.high - self.low) / self._unit)) or 1.0

    def heights(self, losses: Array) -> Array:
        """For each loss; NaN where it is no number."""
        with np.errstate(invalid="ignore"):
            above = np.clip(losses - self.low, 0.0, self.high - self.low)
        found: Array = np.log1p(np.where(np.isfinite(losses), above, np.nan) / self._unit) / self._top
        return found

    def loss(self, height: float) -> float:
        """The loss of a height."""
        return self.low + self._unit * float(np.expm1(height * self._top))
