"""What commands mean to a running job."""

from __future__ import annotations

from engine.training.control import Control
from engine.training.moments import Look
from engine.worker.messages import (
    AboutPictures,
    Ask,
    Command,
    Pause,
    Resume,
    SetInsides,
    SetLearningRate,
    SetProbes,
    SetWishes,
    Step,
    Stop,
)


def obey(control: Control, command: Command) -> None:
    """Let a running job do what a command wants; a request to another job is let go."""
    if isinstance(command, Pause):
        control.paused = control.snapshot = True  # somebody may want to look at what it has learned
    elif isinstance(command, Resume):
        control.paused, control.steps = False, 0
    elif isinstance(command, Step):
        control.paused = True
        control.steps += command.steps
    elif isinstance(command, Stop):
        control.stopped = True
    elif isinstance(command, SetProbes):
        control.probes = {p.name: p for p in command.probes}
    elif isinstance(command, SetInsides):
        control.insides = {i.name: i for i in command.insides}
    elif isinstance(command, Ask) and command.job == control.job:
        control.requests.append(command.request)
    elif isinstance(command, SetLearningRate):
        control.learning_rate = command.learning_rate
    elif isinstance(command, SetWishes):
        control.wishes = {w.name: w for w in command.wishes}
        control.watch_validation = command.validation
    if isinstance(command, AboutPictures):
        control.news = True
    waiting = any(isinstance(request, Look) for request in control.requests)  # which is about another moment
    if isinstance(command, AboutPictures) and control.looked_at is not None and not waiting:
        control.requests.append(Look(control.looked_at))
