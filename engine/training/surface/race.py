"""Optimizers that start from the same weights and see the same batches, side by side on one plane."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.compiler.lower import FROZEN, PARAMS, STATS
from engine.data.bundle import DataBundle
from engine.devices.base import Device
from engine.graph.document import ModelGraph
from engine.optimizers.base import AnyOptimizer
from engine.tensor.spec import Array
from engine.training.inference import GoOn, always
from engine.training.memory import TABLE
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.surface.plane import NoPlaneError, Plane, path_plane

HELD_BYTES = 128_000_000  # of weights that are remembered of a race
FEWEST = 4  # laps that have main directions


@dataclass(frozen=True)
class Raced:
    """Where all optimizers are after a step.

    Attributes:
        step: how many were taken.
        places: (x, y) on the plane, for each optimizer; not finite for one that has left all numbers behind.
        losses: of the batch before the step; NaN before the first.
    """

    step: int
    places: tuple[tuple[float, float], ...]
    losses: tuple[float, ...]


def beginning(states: Mapping[str, Array]) -> dict[str, Array]:
    """What of some states a race begins with: weights and what layers have learned of the data, but no momentum."""
    return {n: a for n, a in states.items() if n in (PARAMS, STATS, FROZEN) or n.startswith(TABLE)}


@dataclass(frozen=True, eq=False)
class Course:
    """What all optimizers of a race have in common.

    Attributes:
        graph: without errors.
        bundle: its data.
        settings: of the run; each races with its own optimizer in their place.
        states: that all of them start from.
        plane: on which their weights are told.
    """

    graph: ModelGraph
    bundle: DataBundle
    settings: TrainingSettings
    states: Mapping[str, Array]
    plane: Plane


def race(
    course: Course,
    optimizers: Sequence[AnyOptimizer],
    device: Device,
    steps: int,
    go_on: GoOn = always,
) -> Iterator[Raced]:
    """Let optimizers take so many steps, each as a run of its own would; `go_on` is asked before each step."""
    for lap in _run(course, optimizers, device, steps, go_on):
        yield _told(lap, course.plane)


def race_on_own_plane(
    course: Course,
    optimizers: Sequence[AnyOptimizer],
    device: Device,
    steps: int,
    go_on: GoOn = always,
) -> Iterator[tuple[Plane, list[Raced]]]:
    """The same on the plane that holds most of all their paths so far: its two principal components.

    It is another plane, on which all is told anew, each time the race has got twice as far, and at its end. Of a large
    network not every step is told, so that the weights take no more memory than `HELD_BYTES`.

    Raises:
        NoPlaneError: they all went the same straight way, or none at all.
    """
    size = max(1, course.states[PARAMS].nbytes * len(optimizers))
    stride = -(-(steps + 1) * size // HELD_BYTES)
    kept: list[_Lap] = []
    plane: Plane | None = None
    laps: list[Raced] = []
    for lap in _run(course, optimizers, device, steps, go_on):
        last = lap.step == steps
        if lap.step % stride and not last:
            continue
        kept.append(lap)
        if last or (len(kept) >= FEWEST and len(kept).bit_count() == 1):
            start = kept[0].weights[0]
            try:
                plane = path_plane([*(w for lap in kept[1:] for w in lap.weights), start])
            except NoPlaneError:
                if last:
                    raise
                continue
            laps = [_told(lap, plane) for lap in kept]
        elif plane is not None:
            laps.append(_told(lap, plane))
        if plane is not None:
            yield plane, laps


@dataclass(frozen=True, eq=False)
class _Lap:
    step: int
    weights: tuple[Array, ...]
    losses: tuple[float, ...]


def _run(
    course: Course, optimizers: Sequence[AnyOptimizer], device: Device, steps: int, go_on: GoOn
) -> Iterator[_Lap]:
    """The weights of all after each step, the start first."""
    start = beginning(course.states)
    runs: list[Session] = []
    try:
        for optimizer in optimizers:
            own = course.settings.model_copy(update={"optimizer": optimizer})
            runs.append(Session(course.graph, course.bundle, own, device, start))
        yield _Lap(0, tuple(run.memory.read(PARAMS) for run in runs), (math.nan,) * len(runs))
        for step in range(steps):
            losses = []
            for run in runs:
                if not go_on():
                    return
                run.advance(1)
                losses.append(run.report().get("loss", math.nan))
            yield _Lap(step + 1, tuple(run.memory.read(PARAMS) for run in runs), tuple(losses))
    finally:
        for run in runs:
            run.close()


def _told(lap: _Lap, plane: Plane) -> Raced:
    return Raced(lap.step, tuple(_place(weights, plane) for weights in lap.weights), lap.losses)


def _place(weights: Array, plane: Plane) -> tuple[float, float]:
    return plane.project(weights) if np.isfinite(weights).all() else (math.nan, math.nan)
