"""Training and evaluation of a model; a module of its own, because a script that draws a network needs none of it."""

from __future__ import annotations

from engine.data.bundle import DataBundle
from engine.devices.registry import open_device
from engine.graph.document import ModelGraph
from engine.models.history import History
from engine.training.control import Control
from engine.training.memory import MEMORY, Memory
from engine.training.named import NamedStates
from engine.training.reports import Ended, Progress, Report, Snapshot
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.states import named_states, snapshot_of
from engine.training.trainer import Trainer


def fitted(
    graph: ModelGraph, data: DataBundle, run: TrainingSettings, states: NamedStates, *, verbose: bool
) -> tuple[History, NamedStates]:
    """Train from these states, or from new ones where there are none.

    Returns:
        The losses and metrics by epoch, and the states in the end.
    """
    known = snapshot_of(graph, data.spec, states) if states.weights else None
    opened = open_device("cpu" if run.device == "auto" else run.device)
    # a schedule that is part of a run begins with it; else the optimizer counts on, and the epochs begin anew
    step = known.step if known and run.schedule.counts_steps else 0
    given = {**known.states, MEMORY: Memory(origin=(step, 0)).written()} if known else None
    session = Session(graph, data, run, opened, given, step)
    history = History()
    try:
        for report in Trainer(session, Control(watch_validation=False)).run():
            _note(report, history, run.epochs, verbose=verbose)
            if isinstance(report, Snapshot):
                states = named_states(graph, data.spec, report)
    finally:
        session.close()
        opened.close()
    return history, states


def evaluated(
    graph: ModelGraph, data: DataBundle, run: TrainingSettings, states: NamedStates
) -> dict[str, float]:
    """Loss and metrics by name over all examples."""
    known = snapshot_of(graph, data.spec, states)
    opened = open_device("cpu")
    session = Session(graph, data, run, opened, known.states if known else None, 0)
    try:
        return session.evaluate(data.train)
    finally:
        session.close()
        opened.close()


def _note(report: Report, history: History, epochs: int, *, verbose: bool) -> None:
    if isinstance(report, Progress):
        for end in report.epochs:
            history.add(end.epoch, end.values)
            if verbose:
                figures = "  ".join(f"{name} {value:.4g}" for name, value in end.values.items())
                print(f"epoch {end.epoch}/{epochs}  {figures}")
    elif isinstance(report, Ended):
        history.reason, history.sentence = report.reason, report.sentence
