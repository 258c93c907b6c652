"""The columns of a form: what of a fitted recipe turns what somebody enters into the numbers that the network takes.

What a step of a recipe does to words is written as a table, made by running the step, so that a new step needs nothing
here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from engine.data.bundle import Curve, Scaling
from engine.data.recipe.fitted import FittedColumn
from engine.data.recipe.preparation import FittedFeature, Preparation
from engine.data.recipe.steps.base import NumberState
from engine.tensor.spec import Array, DType

BLOCK = 256  # words whose numbers are made at a time
_NO_WORD = "\uffff"
_DIGITS = 4  # of the value that a field begins with

Column = dict[str, Any]


def columns_of(feature: FittedFeature, preparation: Preparation) -> list[Column]:
    """The columns that a feature is made of, in order."""
    return [
        {"kind": "mark", "name": piece.column} if piece.mark else _column(preparation.column(piece.column))
        for piece in feature.pieces
    ]


def numbers(names: Sequence[str], scaling: Scaling | None) -> list[Column]:
    """Plain columns of numbers."""
    states = steps(scaling, len(names))
    return [_number(name, state, None) for name, state in zip(names, states, strict=True)]


def steps(scaling: Scaling | None, width: int) -> list[NumberState]:
    """How each of so many columns is scaled."""
    if scaling is None or len(scaling.mean) != width:
        return [NumberState()] * width
    curves = scaling.curves or (None,) * width
    return [
        NumberState(mean=m, scale=s, curve=c)
        for m, s, c in zip(scaling.mean, scaling.scale, curves, strict=True)
    ]


def step(state: NumberState) -> dict[str, Any]:
    """`(curve(value) - mean) / scale` as plain values."""
    return {"mean": state.mean, "scale": state.scale, "curve": _curve(state.curve)}


def choice(name: str, words: Sequence[str]) -> Column:
    """A word for which the network takes its number."""
    rows = [[[0, k]] if k else [] for k in range(len(words))]
    return {
        "kind": "words",
        "name": name,
        "words": list(words),
        "rows": rows,
        "unseen": [0],
        "fill": None,
        "refuses": True,
        "start": words[0] if words else "",
    }


def _column(column: FittedColumn) -> Column:
    fill = column.fill.fill if column.missing is not None else None
    if column.categories is not None:
        return _words(column, None if fill is None else str(fill))
    if column.dates is not None:
        return {
            "kind": "date",
            "name": column.name,
            "mean": list(column.time.mean),
            "scale": list(column.time.scale),
            "cycles": [list(cycle) for cycle in column.dates.cycles()],
            "fill": fill,
            "start": datetime.fromtimestamp(round(column.time.mean[0]), UTC).strftime("%Y-%m-%d"),
        }
    return _number(column.name, column.scale, fill)


def _number(name: str, state: NumberState, fill: float | str | None) -> Column:
    middle = np.array([state.mean])
    start = float((middle if state.curve is None else state.curve.invert(middle))[0])
    return {"kind": "number", "name": name, **step(state), "fill": fill, "start": f"{start:.{_DIGITS}g}"}


def _words(column: FittedColumn, fill: str | None) -> Column:
    """Words with what each becomes: where its numbers differ from those of a word that is not known."""
    assert column.categories is not None  # asked by the caller
    known = list(column.words.categories)
    unseen = _applied(column, [_NO_WORD])[0]
    rows: list[list[list[float]]] = []
    for first in range(0, len(known), BLOCK):
        for made in _applied(column, known[first : first + BLOCK]):
            places = np.flatnonzero(made != unseen).tolist()
            rows.append([[place, float(made[place])] for place in places])
    return {
        "kind": "words",
        "name": column.name,
        "words": known,
        "rows": rows,
        "unseen": unseen.astype(float).tolist(),
        "fill": fill,
        "refuses": column.categories.refuses,
        "start": known[0] if known else "",
    }


def _applied(column: FittedColumn, words: list[str]) -> Array:
    return column.apply(np.array(words, DType.STRING.numpy))


def _curve(curve: Curve | None) -> dict[str, Any] | None:
    return None if curve is None else {"kind": curve.kind, "shift": curve.shift}
