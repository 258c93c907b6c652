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
from engine.training.adaptation import TABLE
from engine.training.session import GoOn, Session, always
from engine.training.settings import TrainingSettings
from engine.training.surface.plane import Plane


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
    start = beginning(course.states)
    runs: list[Session] = []
    try:
        for optimizer in optimizers:
            own = course.settings.model_copy(update={"optimizer": optimizer})
            runs.append(Session(course.graph, course.bundle, own, device, start))
        yield Raced(0, tuple(_place(run, course.plane) for run in runs), (math.nan,) * len(runs))
        for step in range(steps):
            losses = []
            for run in runs:
                if not go_on():
                    return
                run.advance(1)
                losses.append(run.report().get("loss", math.nan))
            yield Raced(step + 1, tuple(_place(run, course.plane) for run in runs), tuple(losses))
    finally:
        for run in runs:
            run.close()


def _place(run: Session, plane: Plane) -> tuple[float, float]:
    weights = run.memory.read(PARAMS)
    return plane.project(weights) if np.isfinite(weights).all() else (math.nan, math.nan)
