"""Forecasts beside the series they are of: what was known, what came, and what was expected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.bundle import DataBundle
from engine.tensor.spec import Array
from engine.training.predictions.answers import Answer
from engine.training.predictions.arrays import predicted_values, true_values


@dataclass(frozen=True, eq=False)
class Forecast:
    """One example of a series.

    Attributes:
        known: (window,) numbers that were read, of the column that is forecast.
        came: (horizon,) what followed, and `expected` what was predicted.
    """

    known: Array
    came: Array
    expected: Array


def is_series(bundle: DataBundle, answer: Answer) -> bool:
    """Whether examples are windows of a series whose next values are predicted."""
    first = bundle.features[next(iter(bundle.inputs))]
    return (
        first.kind == "numeric"
        and len(first.shape) == 2
        and answer.feature.kind == "numeric"
        and len(answer.feature.shape) == 1
    )


def forecast(bundle: DataBundle, answer: Answer, row: int, output: Array) -> Forecast:
    """The example of a row from its prediction (1, horizon), in the data's units."""
    name = next(iter(bundle.inputs))
    window = np.asarray(bundle.inputs[name][row : row + 1])
    scaling = bundle.scaling.get(name)
    known = (window if scaling is None else scaling.invert(window))[0]
    place = _column(bundle, answer)
    came = true_values(bundle, answer, range(row, row + 1))[0]
    return Forecast(known[:, place], came, predicted_values(bundle, answer, output)[0])


def _column(bundle: DataBundle, answer: Answer) -> int:
    """Which column of the window is forecast, by its name; the first where no name says."""
    names = bundle.features[next(iter(bundle.inputs))].column_names
    for place, name in enumerate(names):
        if any(title.startswith(name) for title in answer.feature.column_names):
            return place
    return 0
