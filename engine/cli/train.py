"""`main.py train`: the window's training loop, in this process and without the window."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from engine.cli.beginning import HEAD, bind, first_weights, use_head
from engine.cli.changes import apply_changes, set_training, use_file, use_proposal
from engine.cli.errors import TrainingError, UsageError
from engine.cli.opened import Opened, open_project, require_sound
from engine.cli.progress import ForPeople, JsonLines, Listener
from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.formats.project import SUFFIX, Project, save_project
from engine.training.choose import DevicePool, choose
from engine.training.control import Control
from engine.training.measures import standards_of
from engine.training.memory import MEMORY, read_memory
from engine.training.order import BatchOrder
from engine.training.reports import Ended, Progress, Snapshot, Started
from engine.training.session import Session
from engine.training.states import named_states, snapshot_of
from engine.training.trainer import Trainer

PROPOSED = "proposed"  # a value of --network


def train(arguments: argparse.Namespace) -> int:
    """Train a project or example as the arguments say.

    A project that was saved in mid-training goes on where it was, unless something else than the length of the run is
    changed. Ctrl+C ends the run as Stop does in the window: the result is saved.
    """
    project = open_project(arguments.project)
    out = _checked_out(arguments.out)
    _apply(project, arguments)
    begins = bind(project) or arguments.network == HEAD
    bundle = load(project.data)
    for note in bundle.notes:
        print(f"note: {note}", file=sys.stderr)
    if arguments.network == PROPOSED:
        use_proposal(project, bundle)
        if arguments.data is not None:  # nothing is left of what it began with
            project = replace(project, name=Path(arguments.data).stem)
        _set_run(project, arguments)
    elif arguments.network == HEAD:
        use_head(project, bundle)
    _require_sound(project, bundle, arguments)
    start = first_weights(project, bundle) if begins else _start(project, bundle, arguments)
    pool = DevicePool()
    try:
        with JsonLines() if arguments.json else ForPeople() as listener, _stopping() as control:
            snapshot, end = _run(project, bundle, pool, control, listener, start)
    finally:
        pool.close()
    if out is not None and end.reason != "diverged":
        named = named_states(project.graph, bundle.spec, snapshot)
        saved = Project(
            project.graph,
            named.weights,
            named.optimizer,
            snapshot.step,
            preparation=bundle.preparation,
        )
        save_project(out, saved)
        if not arguments.json:
            print(f"{out.name}: saved.")
    if end.reason == "diverged":
        raise TrainingError(end.sentence)
    return 0


def _require_sound(project: Opened, bundle: DataBundle, arguments: argparse.Namespace) -> None:
    """Raise UsageError where the network does not fit the data; says how to get one that does."""
    try:
        require_sound(project.graph, bundle.spec)
    except UsageError as error:
        if arguments.data is None:
            raise
        raise UsageError(
            f"{error} Or add --network {PROPOSED}, which takes one that fits this data."
        ) from error


def _checked_out(out: str | None) -> Path | None:
    """Where to save; found out before the training, not after it."""
    if out is None:
        return None
    path = Path(out)
    if path.suffix != SUFFIX:
        raise UsageError(f"--out takes a name that ends in {SUFFIX}, received {out!r}.")
    if not path.parent.is_dir():
        raise UsageError(f"--out: there is no folder {str(path.parent)!r}.")
    return path


def _apply(project: Opened, arguments: argparse.Namespace) -> None:
    if arguments.data is not None:
        use_file(project, arguments.data)
    apply_changes(project, arguments.changes)
    _set_run(project, arguments)


def _set_run(project: Opened, arguments: argparse.Namespace) -> None:
    given: dict[str, Any] = {name: getattr(arguments, name) for name in ("device", "epochs", "seed")}
    for name, value in given.items():
        if value is not None:
            set_training(project, {name: value}, said=f"--{name}")


def _start(project: Opened, bundle: DataBundle, arguments: argparse.Namespace) -> Snapshot | None:
    """What to go on from: nothing, where the project has not begun, is through, or is no longer the same."""
    if not project.learned.weights or arguments.changes or arguments.data or arguments.seed is not None:
        return None
    snapshot = snapshot_of(project.graph, bundle.spec, project.learned)
    if snapshot is None:
        return None
    batch = min(project.training.batch_size, len(bundle.train))
    origin = read_memory(snapshot.states.get(MEMORY)).batches_of(snapshot.step, batch)
    order = BatchOrder(project.training.seed, bundle.train, batch, origin)
    return None if order.whole_epochs(snapshot.step) >= project.training.epochs else snapshot


def _run(
    project: Opened,
    bundle: DataBundle,
    pool: DevicePool,
    control: Control,
    listener: Listener,
    start: Snapshot | None,
) -> tuple[Snapshot, Ended]:
    settings = project.training
    device, why = choose(pool, project.graph, bundle, settings)
    step = start.step if start else 0
    session = Session(project.graph, bundle, settings, device, start.states if start else None, step)
    try:
        trainer = Trainer(session, control)
        listener.started(project.name, _started(session, why), step)
        snapshot, end = None, None
        for report in trainer.run():
            if isinstance(report, Progress):
                for epoch in report.epochs:
                    listener.epoch_ended(epoch, report.steps_per_s)
            elif isinstance(report, Snapshot):
                snapshot = report
            elif isinstance(report, Ended):
                end = report
                listener.ended(report)
        if snapshot is None or end is None:
            raise RuntimeError("A run ends with a snapshot and an end report.")
        return snapshot, end
    finally:
        session.close()


def _started(session: Session, why: str) -> Started:
    info, order = session.device.info, session.order
    return Started(
        info.name,
        info.kind,
        why,
        session.parameters,
        session.nbytes,
        order.steps_per_epoch,
        session.settings.epochs,
        standards=standards_of(session.compiler.layout, session.bundle),
    )


@contextmanager
def _stopping() -> Iterator[Control]:
    """Controls of a run that the first Ctrl+C stops; the second one interrupts as usual."""
    control = Control(watch_validation=False)

    def stop(number: int, frame: FrameType | None) -> None:
        control.stopped = True
        signal.signal(signal.SIGINT, before)

    before = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, stop)
    except ValueError:  # not on the main thread: whoever runs us there has no Ctrl+C for us
        yield control
        return
    try:
        yield control
    finally:
        signal.signal(signal.SIGINT, before)
