"""What a training run says while it runs and at its end: for people, or one JSON object a line for programs."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from textwrap import indent
from types import TracebackType
from typing import Any, Protocol

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from engine.tensor.spec import Array
from engine.training.reports import Ended, EpochEnded, Started
from engine.training.standards import Standards

PLAIN_INTERVAL = 1.0  # seconds between two lines where stderr is no terminal


class Listener(AbstractContextManager["Listener"], Protocol):
    """Is told of a run as it goes on."""

    def started(self, project: str, report: Started, step: int) -> None:
        """The first step is about to run."""

    def epoch_ended(self, report: EpochEnded, steps_per_s: float) -> None:
        """An epoch was validated."""

    def ended(self, report: Ended) -> None:
        """The run is over."""


class JsonLines(Listener):
    """`start`, `epoch` and `end` events on stdout, one JSON object a line."""

    def __init__(self) -> None:
        self._device = ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to tidy."""

    def started(self, project: str, report: Started, step: int) -> None:
        """The `start` event."""
        self._device = report.kind
        say(
            event="start",
            project=project,
            device=report.kind,
            device_name=report.device,
            why=report.why,
            parameters=report.parameters,
            bytes=report.nbytes,
            steps_per_epoch=report.steps_per_epoch,
            epochs=report.epochs,
            step=step,
        )

    def epoch_ended(self, report: EpochEnded, steps_per_s: float) -> None:
        """An `epoch` event."""
        say(
            event="epoch",
            epoch=report.epoch,
            step=report.step,
            best=report.best,
            learning_rate=report.learning_rate,
            **report.values,
            **_lists(report.arrays),
        )

    def ended(self, report: Ended) -> None:
        """The `end` event."""
        say(
            event="end",
            reason=report.reason,
            epoch=report.epoch,
            step=report.step,
            **report.values,
            **_lists(report.arrays),
            steps_per_s=report.steps_per_s,
            device=self._device,
            seconds=report.seconds,
            message=report.sentence,
        )


def _lists(arrays: Mapping[str, Array]) -> dict[str, Any]:
    """Nested lists, with null for what JSON has no number for."""
    return {
        name: np.where(np.isfinite(a), a.astype(object), np.array(None, object)).tolist()
        for name, a in arrays.items()
    }


def say(**facts: Any) -> None:
    """One JSON object on stdout; JSON has no NaN and no infinity, so those become null."""
    clean = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in facts.items()}
    print(json.dumps(clean), flush=True)


class ForPeople(Listener):
    """A bar (or, without a terminal, a line a second) on stderr; a summary on stdout."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("epoch {task.completed}/{task.total}  {task.fields[values]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._plain = not console.is_terminal
        self._said = -math.inf
        self._project, self._device = "", ""
        self._epochs = 0
        self._standards = Standards()
        self._task = self._bar.add_task("", total=None, values="")

    def __enter__(self) -> ForPeople:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear the bar."""
        self._bar.stop()

    def started(self, project: str, report: Started, step: int) -> None:
        """What is trained where, and why there."""
        self._project, self._device, self._epochs = project, report.kind, report.epochs
        self._standards = report.standards
        self._bar.update(self._task, description=project, total=report.epochs)
        resumed = f", going on from step {step:,}" if step else ""
        what = f"{project}: {report.parameters:,} parameters on {report.device} ({report.kind}){resumed}."
        print(f"{what} {report.why}", file=sys.stderr)

    def epoch_ended(self, report: EpochEnded, steps_per_s: float) -> None:
        """Move the bar."""
        values = _listed(report.values)
        self._bar.update(self._task, completed=report.epoch, values=values)
        now = time.monotonic()
        last = report.epoch == self._epochs
        if self._plain and (last or now - self._said >= PLAIN_INTERVAL):
            self._said = now
            print(
                f"epoch {report.epoch}/{self._epochs}  {values}  {steps_per_s:,.0f} steps/s", file=sys.stderr
            )

    def ended(self, report: Ended) -> None:
        """The summary."""
        how = {
            "done": "trained for",
            "early": "stopped early after",
            "stopped": "stopped after",
            "diverged": "diverged after",
        }
        spent = f"{report.step:,} steps in {report.seconds:.2f} s, {report.steps_per_s:,.0f} a second"
        self._bar.stop()
        # the last step may reach into an epoch that nobody asked for
        epochs = f"{min(report.epoch, float(self._epochs)):.4g}"
        count = "1 epoch" if epochs == "1" else f"{epochs} epochs"
        print(f"{self._project}: {how[report.reason]} {count} on {self._device} ({spent}).")
        print(f"  {_listed(report.values)}")
        for sentence in _held_against(self._standards, report.values):
            print(f"  {sentence}")
        for name, array in report.arrays.items():
            print(f"  {name}\n{indent(np.array2string(array, precision=4, suppress_small=True), '    ')}")
        if report.sentence and report.reason != "diverged":
            print(f"  {report.sentence}")


def _held_against(standards: Standards, values: Mapping[str, float]) -> Iterator[str]:
    """What the figures of a run are worth: beside an answer that is always the same, and in units of the data."""
    for usual in standards.usual:
        if f"val_{usual.figure}" in values:
            yield f"always {usual.answer!r}: val_{usual.figure} {usual.share:.4g}"
    for scaled in standards.scaled:
        names = [name for name in (scaled.figure, f"val_{scaled.figure}") if name in values]
        if names and scaled.factor is None:
            yield f"{scaled.figure} is measured in the scaled values of {scaled.of}"
        elif names and scaled.factor is not None:
            squared = "" if scaled.factor == scaled.size else "squared "
            yield f"in {squared}units of {scaled.of}: {_listed({n: values[n] * scaled.factor for n in names})}"


def _listed(values: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.4g}" for name, value in values.items())


class RowsProgress(AbstractContextManager["RowsProgress"]):
    """How many rows are done, on stderr, where that is a terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} rows"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task("Reading", total=None)

    def __enter__(self) -> RowsProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def reading(self, done: int, total: int) -> None:
        """A `Watch` of the opening."""
        self._progress.update(self._task, description="Reading", completed=done, total=total or None)

    def watch(self, done: int, total: int) -> None:
        """A `Watch` of the answers."""
        known = total if total > done else None  # of a stream the end is not known
        self._progress.update(self._task, description="Predicting", completed=done, total=known)
