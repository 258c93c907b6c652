"""What commands mean to a running job, where their order matters."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from engine.devices.base import DeviceError
from engine.training.control import Control
from engine.training.moments import Change, Changed, Look
from engine.training.reports import Failed
from engine.training.settings import TrainingSettings
from engine.worker.commands import obey
from engine.worker.messages import Ask, Reported, SetProbes
from engine.worker.server import Server


def test_new_pictures_do_not_lead_back_from_a_moment_that_was_just_asked_for() -> None:
    control = Control(looked_at=1, job=7)
    obey(control, Ask(7, Look(5)))
    obey(control, SetProbes(()))
    assert control.requests == [Look(5)]


def test_new_pictures_are_made_of_the_moment_that_is_looked_at() -> None:
    control = Control(looked_at=1, job=7)
    obey(control, SetProbes(()))
    assert control.requests == [Look(1)]


class Pipe:
    """Keeps what a worker sends."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: object) -> None:
        self.sent.append(message)


def test_who_goes_on_with_a_run_that_is_gone_or_breaks_hears_of_it() -> None:
    pipe: Any = Pipe()
    nothing: Any = None
    server = Server(pipe, nothing)
    change = Change(-1, (), (), TrainingSettings(), 20)
    server._look_back(Ask(7, change))
    server._fail(Ask(7, change), "The device is gone.", "")
    server._fail(SetProbes(()), "Nobody asked.", "")
    answer, failed = pipe.sent
    assert isinstance(answer, Reported)
    assert isinstance(answer.report, Changed)
    assert (answer.job, answer.report.number) == (7, -1)
    assert "no longer kept" in answer.report.sentence
    assert failed == Reported(7, Failed("The device is gone.", ""))


class Breaks:
    """A trainer whose device is gone when there is something left to show."""

    def __init__(self) -> None:
        self.closed = False
        self.picturing = self.session = self

    def take(self, _session: object, *, full: bool) -> None:
        raise DeviceError("The device is gone.")

    def close(self) -> None:
        self.closed = True


def test_a_run_that_cannot_be_shown_any_more_is_let_go_instead_of_tried_for_ever() -> None:
    pipe: Any = Pipe()
    nothing: Any = None
    trainer = Breaks()
    server = Server(pipe, nothing)
    kept: Any = SimpleNamespace(job=7, trainer=trainer, control=Control(), is_restless=True)
    server._kept = kept
    with pytest.raises(DeviceError):
        server._work(None)
    assert trainer.closed
    assert not server._is_restless()
