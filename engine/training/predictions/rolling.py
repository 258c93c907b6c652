"""A series that is forecast many steps ahead: what followed an example, and a forecast that goes on from itself.

Examples are windows that overlap, so the series can be read from them, also where each window is told relative to its own
mean or last value: two windows that follow each other have all but one value in common.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from engine.data.bundle import DataBundle
from engine.tensor.spec import Array
from engine.training.predictions.answers import Answer
from engine.training.predictions.arrays import predicted_values, true_values
from engine.training.predictions.forecasts import is_series

MOST = 240  # steps ahead
CLOSE = 1e-3  # of the spread of the values: the rounding of float32, twice standardized
# a window as the network sees it, (1, window, 1), to its prediction (1, horizon)
Predict = Callable[[Array], Array]


class Relative(Enum):
    """What the values of a window are told relative to."""

    NOTHING = auto()
    LAST = auto()  # the last of them is 0
    MEAN = auto()  # their mean is 1

    def own(self, window: Array) -> tuple[float, float]:
        """The factor and the offset by which what is relative to this window becomes what the window is told in."""
        if self is Relative.LAST:
            return 1.0, float(window[-1])
        mean = float(window.mean())
        return (mean if self is Relative.MEAN and mean else 1.0), 0.0


@dataclass(frozen=True, eq=False)
class Course:
    """A series from the window of one example on; everything is told as in that window.

    Attributes:
        relative: how windows are told.
        known: (window,) values of the example.
        came: (n,) values that followed.
        factors, offsets: (n,) by which a prediction one step ahead, of the example that knows the values until then,
            becomes one that is told as in the first window.
    """

    relative: Relative
    known: Array
    came: Array
    factors: Array
    offsets: Array

    def one_step(self, bundle: DataBundle, answer: Answer, outputs: Array) -> Array:
        """Predictions (m, horizon) of the first m examples as (n,), each one step ahead; NaN behind them."""
        ahead = predicted_values(bundle, answer, outputs[: len(self.came)])[:, 0]
        told = np.full(len(self.came), np.nan)
        told[: len(ahead)] = ahead
        return told * self.factors + self.offsets


def course(bundle: DataBundle, answer: Answer, row: int, stop: int) -> Course | None:
    """The series from an example until row `stop` of the data, or until examples do not follow each other any more.

    None where they do not, or are not windows of one column that is forecast itself.
    """
    windows = _windows(bundle, answer, row, min(stop, row + MOST))
    if windows is None or len(windows) < 2:
        return None
    relative = _relation(windows)
    factors, offsets = np.ones(len(windows)), np.zeros(len(windows))
    if relative is Relative.MEAN:
        shared = windows[1:, :-1].sum(axis=1)
        factors[1:] = np.cumprod(windows[:-1, 1:].sum(axis=1) / np.where(shared == 0, 1.0, shared))
    elif relative is Relative.LAST:
        offsets[1:] = np.cumsum(windows[:-1, -1] - windows[1:, -2])
    told = windows * factors[:, np.newaxis] + offsets[:, np.newaxis]
    apart = np.abs(told[:-1, 1:] - told[1:, :-1]).max(axis=1) > CLOSE * max(float(np.ptp(told[0])), 1e-6)
    count = int(apart.argmax()) + 1 if apart.any() else len(windows)
    if count < 2:
        return None
    came = true_values(bundle, answer, range(row, row + count))[:, 0] * factors[:count] + offsets[:count]
    return Course(relative, windows[0], came, factors[:count], offsets[:count])


def _windows(bundle: DataBundle, answer: Answer, row: int, stop: int) -> Array | None:
    """What examples know, (n, window) in the data's units; None where that is more than the column that is forecast."""
    if len(bundle.inputs) != 1 or not is_series(bundle, answer):
        return None
    (name,) = bundle.inputs
    if bundle.features[name].shape[1] != 1:
        return None
    seen, scaling = np.asarray(bundle.inputs[name][row:stop]), bundle.scaling.get(name)
    found: Array = (seen if scaling is None else scaling.invert(seen))[..., 0].astype(np.float64)
    return found


def _relation(windows: Array) -> Relative:
    if np.abs(windows.mean(axis=1) - 1.0).max() < CLOSE:
        return Relative.MEAN
    if np.abs(windows[:, -1]).max() < CLOSE * max(float(np.ptp(windows)), 1e-6):
        return Relative.LAST
    return Relative.NOTHING


class Rolled:
    """A forecast that takes what it predicted for known, and predicts on."""

    def __init__(self, bundle: DataBundle, answer: Answer, start: Course) -> None:
        self._bundle, self._answer, self._relative = bundle, answer, start.relative
        self._window, self._steps = len(start.known), len(start.came)
        self._series = start.known.tolist()

    @property
    def is_done(self) -> bool:
        """Whether it is as long as what came."""
        return len(self._series) >= self._window + self._steps

    @property
    def values(self) -> Array:
        """(m,) so far, told as in the first window."""
        return np.array(self._series[self._window : self._window + self._steps])

    def go_on(self, predict: Predict) -> None:
        """Predict what comes next: as many values as the network gives at a time."""
        window = np.array(self._series[-self._window :])
        factor, offset = self._relative.own(window)
        seen = ((window - offset) / factor)[np.newaxis, :, np.newaxis].astype(np.float32)
        (name,) = self._bundle.inputs
        scaling = self._bundle.scaling.get(name)
        output = predict(seen if scaling is None else scaling.apply(seen))
        ahead = predicted_values(self._bundle, self._answer, output)[0]
        self._series += (ahead * factor + offset).tolist()
