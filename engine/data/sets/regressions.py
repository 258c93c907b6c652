"""More numbers predicted from numbers: a wave, a plane in space, and nothing at all."""

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
from engine.data.sets.polynomials import HALF_WIDTH, CurveOptions
from engine.settings import setting


class SineOptions(CurveOptions):
    """Settings of the wave."""

    waves: float = setting(1.5, "Waves", "from end to end", prominent=True, ge=0.25, le=10.0)
    amplitude: float = setting(2.0, "Amplitude", "half of its height", ge=0.1, le=10.0)


class SurfaceOptions(CurveOptions):
    """Settings of the plane."""

    a: float = setting(2.0, "a", "how much y rises with x1", ge=-10.0, le=10.0)
    b: float = setting(-1.0, "b", "how much y rises with x2", ge=-10.0, le=10.0)
    c: float = setting(0.5, "c", "constant: y where both are 0", ge=-10.0, le=10.0)


class NoiseOptions(Options):
    """Settings of the noise."""

    samples: int = setting(200, "Samples", "number of points", prominent=True, ge=50, le=20_000)
    inputs: int = setting(
        1, "Inputs", "columns of numbers, none of which means anything", prominent=True, ge=1, le=50
    )


def _outline_sine(options: SineOptions) -> Outline:
    return Outline((table_feature(("x",)),), (number_feature("y"),), options.samples)


def _load_sine(options: SineOptions, rng: np.random.Generator) -> Columns:
    x = rng.uniform(-HALF_WIDTH, HALF_WIDTH, (options.samples, 1))
    y = options.amplitude * np.sin(np.pi * options.waves * x / HALF_WIDTH)
    y += rng.normal(0.0, options.noise, x.shape)
    return columns(x.astype(np.float32), y.astype(np.float32))


def _outline_plane(options: SurfaceOptions) -> Outline:
    return Outline((table_feature(("x1", "x2")),), (number_feature("y"),), options.samples)


def _load_plane(options: SurfaceOptions, rng: np.random.Generator) -> Columns:
    x = rng.uniform(-HALF_WIDTH, HALF_WIDTH, (options.samples, 2))
    y = x @ np.array([[options.a], [options.b]]) + options.c
    y += rng.normal(0.0, options.noise, y.shape)
    return columns(x.astype(np.float32), y.astype(np.float32))


def _outline_noise(options: NoiseOptions) -> Outline:
    names = ("x",) if options.inputs == 1 else tuple(f"x{i}" for i in range(1, options.inputs + 1))
    return Outline((table_feature(names),), (number_feature("y"),), options.samples)


def _load_noise(options: NoiseOptions, rng: np.random.Generator) -> Columns:
    x = rng.normal(0.0, 1.0, (options.samples, options.inputs))
    y = rng.normal(0.0, 1.0, (options.samples, 1))
    return columns(x.astype(np.float32), y.astype(np.float32))


SINE = DataSet(
    name="sine",
    title="Sine",
    summary="Points along a wave",
    description="y = amplitude · sin(..), plus noise, from -3 to 3. A few hidden units follow the first bends; the more "
    "waves, the more of them are needed. Outside the points the network knows nothing of waves: it goes on straight.",
    source="Generated.",
    licence="MIT (generated)",
    task=TaskKind.REGRESSION,
    group=DataGroup.GENERATED,
    settings=SineOptions,
    outline=_outline_sine,
    load=_load_sine,
)
SURFACE = DataSet(
    name="plane",
    title="Plane",
    summary="One number from two: a plane in space",
    description="y = a · x1 + b · x2 + c, plus noise. A single unit without activation finds a, b and c: its two weights "
    "and its bias, if the data is not normalized.",
    source="Generated.",
    licence="MIT (generated)",
    task=TaskKind.REGRESSION,
    group=DataGroup.GENERATED,
    settings=SurfaceOptions,
    outline=_outline_plane,
    load=_load_plane,
)
NOISE = DataSet(
    name="noise",
    title="Noise",
    summary="Nothing to be learned: numbers that have nothing to do with each other",
    description="Inputs and target are drawn independently, so the best prediction is 0 and its validation loss 1. What a "
    "network learns here it has learned by heart: the training loss falls, the validation loss rises. Good to see what "
    "overfitting looks like, and what early stopping, dropout and weight decay do about it.",
    source="Generated.",
    licence="MIT (generated)",
    task=TaskKind.REGRESSION,
    group=DataGroup.GENERATED,
    settings=NoiseOptions,
    outline=_outline_noise,
    load=_load_noise,
)
