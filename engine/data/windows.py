"""Cuts a series into examples: some values that are known, and those that come next.

Examples overlap, so a random split would show training what it is asked for; `Outline.in_time` and `overlap` keep
every value that is to be predicted later than all values learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.data.bundle import INPUT, TARGET, Feature
from engine.data.dataset import Columns, Options, Outline, columns
from engine.settings import setting
from engine.tensor.spec import Array


class WindowOptions(Options):
    """Settings of a series."""

    window: int = setting(12, "Window", "how many values the network sees", prominent=True, ge=2, le=60)
    horizon: int = setting(
        1, "Horizon", "how many values after them it is to predict", prominent=True, ge=1, le=24
    )
    stride: int = setting(1, "Step", "how many values further the next example begins", ge=1, le=12)

    relative: Literal["no", "difference", "ratio"] = setting(
        "no",
        "Relative",
        "difference: from the last known value; ratio: to the mean of the known values (not for values around 0)",
    )

    def rows(self, length: int) -> int:
        """How many examples a series of that length gives."""
        return (length - self.window - self.horizon) // self.stride + 1

    @property
    def overlap(self) -> int:
        """How many examples before a point in time have a value to predict after it: ⌈horizon / stride⌉ - 1."""
        return -(-self.horizon // self.stride) - 1


def cut(values: Array, options: WindowOptions) -> tuple[Array, Array]:
    """A series (T,) as examples: what is known (N, window, 1) and what comes next (N, horizon), float32.

    What an example is relative to is known at its time: its own last value, or its own mean.
    """
    both = sliding_window_view(values, options.window + options.horizon)[:: options.stride]
    if options.relative == "difference":
        both = both - both[:, options.window - 1 : options.window]
    elif options.relative == "ratio":
        mean = both[:, : options.window].mean(axis=1, keepdims=True)
        both = both / np.where(mean == 0, 1.0, mean)
    x = np.ascontiguousarray(both[:, : options.window, np.newaxis], np.float32)
    return x, np.ascontiguousarray(both[:, options.window :], np.float32)


@dataclass(frozen=True)
class Series:
    """One column of `length` values, one a `unit` of time, with what a data set's declaration needs of it."""

    column: str
    unit: str
    length: int
    values: Callable[[], Sequence[float] | Array]

    def outline(self, options: WindowOptions) -> Outline:
        """Examples in the order of time."""
        steps = range(1, options.horizon + 1)
        ahead = tuple(f"{self.column}, {step} {self.unit}{'s' * (step > 1)} on" for step in steps)
        return Outline(
            (Feature(INPUT, "numeric", (options.window, 1), column_names=(self.column,)),),
            (Feature(TARGET, "numeric", (options.horizon,), column_names=ahead),),
            options.rows(self.length),
            in_time=True,
            overlap=options.overlap,
        )

    def load(self, options: WindowOptions, _rng: np.random.Generator) -> Columns:
        """The examples."""
        return columns(*cut(np.asarray(self.values(), np.float32), options))
