"""One number predicted from one number: curves that can be drawn, with coefficients that can be recovered."""

from __future__ import annotations

import numpy as np

from engine.data.bundle import TaskKind
from engine.data.dataset import (
    Columns,
    DataGroup,
    DataSet,
    Options,
    Outline,
    columns,
    number_feature,
    table_feature,
)
from engine.settings import setting
from engine.tensor.spec import Array

HALF_WIDTH = 3.0  # x is drawn evenly from -3 to 3


class CurveOptions(Options):
    """Settings of both curves."""

    samples: int = setting(500, "Samples", "number of points", prominent=True, ge=50, le=20_000)
    noise: float = setting(
        0.3,
        "Noise",
        "standard deviation of what is added to y, in units of y",
        prominent=True,
        ge=0.0,
        le=5.0,
    )


class LineOptions(CurveOptions):
    """Settings of the line."""

    slope: float = setting(2.0, "Slope", "how much y rises when x rises by 1", ge=-10.0, le=10.0)
    intercept: float = setting(-1.0, "Intercept", "y where x is 0", ge=-10.0, le=10.0)


class QuadraticOptions(CurveOptions):
    """Settings of the parabola."""

    a: float = setting(1.0, "a", "coefficient of x²", ge=-10.0, le=10.0)
    b: float = setting(-2.0, "b", "coefficient of x", ge=-10.0, le=10.0)
    c: float = setting(1.5, "c", "constant: y where x is 0", ge=-10.0, le=10.0)


def _outline(options: CurveOptions) -> Outline:
    return Outline((table_feature(("x",)),), (number_feature("y"),), options.samples)


def _curve(options: CurveOptions, coefficients: tuple[float, ...], rng: np.random.Generator) -> Columns:
    """Points of the polynomial with `coefficients`, highest power first, plus noise."""
    x = rng.uniform(-HALF_WIDTH, HALF_WIDTH, (options.samples, 1))
    y: Array = np.polyval(coefficients, x) + rng.normal(0.0, options.noise, x.shape)
    return columns(x.astype(np.float32), y.astype(np.float32))


def _load_line(options: LineOptions, rng: np.random.Generator) -> Columns:
    return _curve(options, (options.slope, options.intercept), rng)


def _load_quadratic(options: QuadraticOptions, rng: np.random.Generator) -> Columns:
    return _curve(options, (options.a, options.b, options.c), rng)


LINE = DataSet(
    name="line",
    title="Line",
    summary="Points along a straight line",
    description="y = slope · x + intercept, plus noise. A single unit without activation finds slope and "
    "intercept: its weight and its bias, if the data is not normalized.",
    source="Generated.",
    licence="MIT (generated)",
    task=TaskKind.REGRESSION,
    group=DataGroup.GENERATED,
    settings=LineOptions,
    outline=_outline,
    load=_load_line,
)
QUADRATIC = DataSet(
    name="quadratic",
    title="Quadratic",
    summary="Points along a parabola, with coefficients to be recovered",
    description="y = a · x² + b · x + c, plus noise. A hidden layer approximates the curve; a unit that is "
    "given both x and x · x recovers a, b and c as its weights and bias, if the data is not normalized.",
    source="Generated.",
    licence="MIT (generated)",
    task=TaskKind.REGRESSION,
    group=DataGroup.GENERATED,
    settings=QuadraticOptions,
    outline=_outline,
    load=_load_quadratic,
)
