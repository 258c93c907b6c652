"""Trains variants side by side and tells of all of them at display rate."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np

from engine.compiler.model import GRADS, REPORT
from engine.data.bundle import DataBundle
from engine.devices.base import Device, Interrupted
from engine.devices.registry import open_device
from engine.objectives.registry import metrics
from engine.tensor.spec import Array
from engine.training.inference import GoOn, always
from engine.training.many.looks import SIDE, looks_for, plane_of
from engine.training.many.reports import ManyEnded, ManyProgress, ManyReport, ManyStarted, ManyTaken
from engine.training.reports import Snapshot
from engine.training.sweep import Sweep, Variant
from engine.training.tempo import Tempo

INTERVAL = 1 / 20  # seconds between two reports
LOOK_SHARE = 0.4  # of the time that looking at all of them may take
CPU = "cpu"
PATIENCE = 0.03  # seconds between two looks at what is asked for, once they are done


class Wanted(Protocol):
    """Says which variants somebody asked for since the last time."""

    def __call__(self) -> Sequence[int]:
        """Their numbers."""
        ...


def never() -> bool:
    """Nobody stays."""
    return False


def nobody() -> Sequence[int]:
    """Nobody asks."""
    return ()


class Many:
    """Variants of one network in training.

    Args:
        variants: at least one; all learn from the same data.
        bundle: the data.
        device: that trains them.
        go_on: asked now and then; False ends it.
        wanted: variants that somebody asks for.
        stays: asked once they are done or stopped; True while somebody may still ask for variants.
        clock: seconds.
    """

    def __init__(
        self,
        variants: Sequence[Variant],
        bundle: DataBundle,
        device: Device,
        go_on: GoOn = always,
        wanted: Wanted = nobody,
        stays: GoOn = never,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._device, self._bundle = device, bundle
        self._go_on, self._wanted, self._stays, self._clock = go_on, wanted, stays, clock
        self.sweep = Sweep(variants, bundle, device, None if go_on is always else self._watch)
        self._processor = open_device(CPU)
        self._looks = looks_for(self.sweep.members, bundle, self._processor)
        self._members = self.sweep.members
        self.steps = max(m.order.last_step(m.settings.epochs) for m in self._members)
        self._metric = self._told_metric()
        self._tempo = Tempo()
        self._looked, self._look_cost = -1.0, 0.0

    def _watch(self, _done: int, _total: int) -> None:
        """Ends the preparation of the steps where nobody waits for them any more."""
        if not self._go_on():
            raise Interrupted

    def run(self) -> Iterator[ManyReport]:
        """Train; the last report but for variants that are asked for then is `ManyEnded`. Frees everything."""
        begun = self._clock()
        try:
            yield self._started()
            busy = 0.0
            while self.sweep.step < self.steps and self._go_on():
                busy += self._advance()
                yield from self._taken()
                if self._is_due() or self.sweep.step >= self.steps:
                    yield self._progress(busy)
            yield from self._taken()
            reason = "done" if self.sweep.step >= self.steps else "stopped"
            yield ManyEnded(reason, self.sweep.step, self._clock() - begun)
            while self._stays():
                yield from self._taken()
                time.sleep(PATIENCE)
        finally:
            self.close()

    def _started(self) -> ManyStarted:
        side = SIDE if plane_of(self._bundle) is not None else 0
        groups = self.sweep.groups
        launches = len(groups) if self.sweep.together else len(self._members)
        return ManyStarted(
            self._device.info.name, len(self._members), launches, self.steps, side, self._metric
        )

    def _told_metric(self) -> str:
        """The first metric that is one number, where greater is better."""
        known = metrics()
        self._looks[0].wear(self.sweep.weights()[0])
        figures = self._looks[0].figures()
        return next((n for n in figures if n in known and known[n].greater_is_better), "")

    def _advance(self) -> float:
        before = self._clock()
        steps = min(self._tempo.chunk, self.steps - self.sweep.step)
        self.sweep.advance(steps)
        self.sweep.wait()
        took = self._clock() - before
        self._tempo.took(steps, took)
        return took

    def _is_due(self) -> bool:
        return self._clock() - self._looked >= max(INTERVAL, self._look_cost / LOOK_SHARE)

    def _progress(self, busy: float) -> ManyProgress:
        begun = self._clock()
        step = self.sweep.step
        losses = np.array([f.get("loss", np.nan) for f in self.sweep.report()])
        figures, planes = [], []
        for look, weights in zip(self._looks, self.sweep.weights(), strict=True):
            look.wear(weights)
            figures.append(look.figures())
            plane = look.plane()
            if plane is not None:
                planes.append(plane)
        judged = any(figures)
        validation = np.array([f.get("loss", np.nan) for f in figures]) if judged else np.empty(0)
        metric = np.array([f.get(self._metric, np.nan) for f in figures]) if self._metric else np.empty(0)
        epochs = np.array([m.order.epochs(step) for m in self._members])
        self._looked = self._clock()
        self._look_cost = self._looked - begun
        speed = step / busy if busy else 0.0
        stacked: Array | None = np.stack(planes) if planes else None
        return ManyProgress(step, epochs, losses, validation, metric, stacked, speed)

    def _taken(self) -> Iterator[ManyTaken]:
        for variant in self._wanted():
            if 0 <= variant < len(self._members):
                yield self.take(variant)

    def take(self, variant: int) -> ManyTaken:
        """All that a run needs to go on with a variant."""
        states = self.sweep.states(variant)
        kept = {name: array for name, array in states.items() if name not in (GRADS, REPORT)}
        return ManyTaken(variant, Snapshot(self.sweep.step, kept))

    def close(self) -> None:
        """Free everything on the devices."""
        for look in set(self._looks):
            look.close()
        self._looks = []
        self.sweep.close()
        self._processor.close()
