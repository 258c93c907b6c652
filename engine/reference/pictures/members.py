"""The pictures of initializers, regularizers and constraints."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.layers.constraints import Constraint
from engine.layers.initializers import Initializer
from engine.layers.regularizers import Regularizer
from engine.ops.op import Tensor as Handle
from engine.reference.pictures.cells import Tensor, cells
from engine.reference.pictures.plot import Curve, Plot, plot
from engine.reference.pictures.svg import Ink, Svg
from engine.reference.running import function_of
from engine.tensor.spec import Array

_SHAPE = (64, 64)
_BINS = 29
_STRENGTH = 0.01
_WEIGHT = np.asarray([[0.9, -0.4, 0.2], [-1.6, 0.7, 0.1], [0.5, 1.9, -0.3], [1.2, -0.8, 2.4]], np.float32)


def initializer_picture(member: Initializer) -> Svg:
    """A histogram of a 64 by 64 weight."""
    values = member.sample(_SHAPE, np.random.default_rng(7)).ravel()
    spread = float(np.abs(values).max()) or 1.0
    counts, edges = np.histogram(values, _BINS, (-1.001 * spread, 1.001 * spread))
    shares = 100.0 * counts / counts.sum()
    made = Plot(
        "Where the numbers of a 64 \N{MULTIPLICATION SIGN} 64 weight lie",
        (float(edges[0]), float(edges[-1])),
        (0.0, 1.08 * float(shares.max())),
    )
    made.axes("weight", "% of the numbers")
    base = made.place(0.0, 0.0)[1]
    for share, left, right in zip(shares, edges, edges[1:], strict=False):
        (x, y), (end, _) = made.place(left, share), made.place(right, 0.0)
        if share > 0:
            made.svg.boxes([(x + 0.5, y)], end - x - 1, base - y, Ink.FIRST, 0.75)
    return made.svg


def regularizer_picture(member: Regularizer) -> Svg:
    """The penalty of a small matrix as one of its numbers changes; a strength of zero is shown at 0.01."""
    title = "The penalty on a 2 \N{MULTIPLICATION SIGN} 2 weight as one number in it changes"
    x = np.linspace(-2.0, 2.0, 81, dtype=np.float32)
    y = _penalties(member, x)
    if not y.any():
        settings = dict.fromkeys(type(member).model_fields, _STRENGTH)
        title += f", with {' and '.join(settings)} at {_STRENGTH}"
        y = _penalties(type(member).model_validate(settings), x)
    return plot(title, "that number", [Curve(x, y, "penalty")])


def _penalties(member: Regularizer, x: Array) -> Array:
    return np.asarray([_of(member.penalty, np.asarray([[1.0, w], [0.5, -1.0]], np.float32)) for w in x])


def constraint_picture(member: Constraint) -> Svg:
    """A weight before and after."""
    after = _of(member.project, _WEIGHT)
    return cells("A weight before and after the rule", [Tensor("weight", _WEIGHT)], [Tensor("weight", after)])


def _of(function: Callable[[Handle], Handle], x: Array) -> Array:
    return function_of(function, x)[0]
