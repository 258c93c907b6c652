"""The picture that excites a unit most, found by climbing its gradient from noise: what a filter looks for.

Source: D. Erhan, Y. Bengio, A. Courville, P. Vincent, Visualizing higher-layer features of a deep network, 2009.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.tensor.spec import Array
from engine.training.watching.wish import UnseenError, Wish, Work

if TYPE_CHECKING:  # the window, which only wishes, need not know how networks run
    from engine.training.watching.beside import Beside

STEP: Final = 0.04  # of the range of a pixel, for a gradient of usual size
DECAY: Final = 0.985  # of the distance from grey, in each step: what excites nothing fades
SMOOTHING: Final = 0.12  # share of the neighbours in a pixel: single bright pixels are no patterns
PIECES: Final = 2  # steps at a time
MOST_UNITS: Final = 8
GREY: Final = 0.5
PICTURES, VALUES, UNITS, DONE = "pictures", "values", "units", "done"
PREFIX: Final = "ascent"


@dataclass(frozen=True)
class Ascend(Wish):
    """Wants pictures that excite units of a node's first output.

    Attributes:
        units: which.
        steps: to climb; when the weights are others, it climbs on from where it is.
    """

    node: str = ""
    units: tuple[int, ...] = (0,)
    steps: int = 60
    seed: int = 0

    def begin(self) -> Work:
        """Climbs."""
        return Climbing(self)


class Climbing(Work):
    """Answers with `pictures` uint8 (units, height, width, channels), the units' `values` and `done`, the steps so far."""

    def __init__(self, wish: Ascend) -> None:
        self._wish = wish
        self._pictures: Array | None = None
        self._left = wish.steps
        self._done = 0
        self._width = 0  # of the layer, once known

    def renew(self) -> None:
        """Climb on for a while: the unit looks for something else now."""
        self._left = max(self._left, self._wish.steps // 4)

    @property
    def restless(self) -> bool:
        """Until it has climbed far enough."""
        return self._left > 0

    def advance(self, beside: Beside) -> Mapping[str, Array] | None:
        """Some steps."""
        compiler = beside.session.compiler
        name, shape = _picture_input(beside)
        units = np.array(self._wish.units[:MOST_UNITS], np.int64)
        tap = beside.tap_of(self._wish.node)
        if tap is None:
            raise UnseenError("This layer is no longer part of the network that trains. Choose another.")
        if self._left <= 0:
            return None
        beside.refresh()
        count = len(units)
        width = self._width = self._width or compiler.ascent_width(tap)
        if width <= int(units.max(initial=0)):
            raise UnseenError(f"The layer has {width} units; there is no unit {int(units.max()) + 1}.")
        key = (PREFIX, tap, count)
        made = beside.executable(key, lambda: compiler.ascend(PREFIX + str(count), tap, name, count))
        chosen = np.zeros((count, width), np.float32)
        chosen[np.arange(count), units] = 1.0
        x = self._begun((count, *shape))
        values = np.zeros(count)
        for _ in range(PIECES):
            others = {
                n: np.zeros((count, *f.shape), f.as_seen.dtype.numpy) for n, f in compiler.inputs.items()
            }
            beside.put(PREFIX + str(count), {**others, name: x})
            beside.run(made, count, chosen=chosen[None])
            values, x = made.output("value").copy(), self._step(x, made.output("gradient"))
        self._pictures, self._left, self._done = x, self._left - PIECES, self._done + PIECES
        return {
            PICTURES: np.rint(x * 255.0).astype(np.uint8),
            VALUES: values,
            UNITS: units,
            DONE: np.array(self._done),
        }

    def _step(self, x: Array, gradient: Array) -> Array:
        """Uphill; where it is level, as below a ReLU, from another place."""
        level = ~gradient.any(axis=(1, 2, 3))
        up = climbed(x, gradient)
        if level.any():
            draw = np.random.Generator(np.random.Philox(key=[self._wish.seed, self._done + 1]))
            up[level] = draw.uniform(0.0, 1.0, up[level].shape)
        return up

    def _begun(self, shape: tuple[int, ...]) -> Array:
        if self._pictures is None or self._pictures.shape != shape:
            draw = np.random.Generator(np.random.Philox(key=self._wish.seed))
            self._pictures = np.clip(draw.normal(GREY, 0.05, shape), 0.0, 1.0).astype(np.float32)
        return self._pictures


def climbed(x: Array, gradient: Array) -> Array:
    """One step up from pictures (n, h, w, c) of 0 to 1: along the gradient, smoothed, with what excites nothing faded."""
    size = np.sqrt(np.square(gradient, dtype=np.float64).mean(axis=(1, 2, 3), keepdims=True))
    up = x + STEP * np.nan_to_num(gradient / np.maximum(size, 1e-12))
    padded = np.pad(up, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    around = (padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]) / 4.0
    smooth = up + SMOOTHING * (around - up)
    kept: Array = np.clip(GREY + (smooth - GREY) * DECAY, 0.0, 1.0).astype(np.float32)
    return kept


def _picture_input(beside: Beside) -> tuple[str, tuple[int, ...]]:
    bundle = beside.session.bundle
    for name, feature in beside.session.compiler.inputs.items():
        if name in bundle.features and bundle.features[name].kind == "image" and len(feature.shape) == 3:
            return name, feature.shape
    raise UnseenError("The network sees no pictures; what excites a unit most is shown by examples instead.")
