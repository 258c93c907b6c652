"""One number predicted from one number: curves that can be drawn, with coefficients that can be recovered."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

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
from engine.tensor.spec import Array

HALF_WIDTH = 3.0  # x is drawn evenly from -3 to 3

Samples = Annotated[int, Field(ge=50, le=20_000, title="Samples", description="Number of points.")]
Noise = Annotated[
    float,
    Field(
        ge=0,
        le=5,
        title="Noise",
        description="Standard deviation of the normal noise added to y, in units of y.",
    ),
]


class LineOptions(Options):
    """Settings of the line."""

    samples: Samples = 500
    noise: Noise = 0.3
    slope: Annotated[
        float, Field(ge=-10, le=10, title="Slope", description="How much y rises when x rises by 1.")
    ] = 2.0
    intercept: Annotated[float, Field(ge=-10, le=10, title="Intercept", description="y where x is 0.")] = -1.0


class QuadraticOptions(Options):
    """Settings of the parabola."""

    samples: Samples = 500
    noise: Noise = 0.3
    a: Annotated[float, Field(ge=-10, le=10, title="a", description="Coefficient of x².")] = 1.0
    b: Annotated[float, Field(ge=-10, le=10, title="b", description="Coefficient of x.")] = -2.0
    c: Annotated[float, Field(ge=-10, le=10, title="c", description="Constant: y where x is 0.")] = 1.5


def _outline(options: LineOptions | QuadraticOptions) -> Outline:
    return Outline((table_feature(("x",)),), (number_feature("y"),), options.samples)


def _curve(
    options: LineOptions | QuadraticOptions, coefficients: tuple[float, ...], rng: np.random.Generator
) -> Columns:
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
