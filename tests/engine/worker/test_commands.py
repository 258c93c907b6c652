"""What commands mean to a running job, where their order matters."""

from __future__ import annotations

from engine.training.control import Control
from engine.training.moments import Look
from engine.worker.messages import Ask, SetProbes
from engine.worker.server import _change


def test_new_pictures_do_not_lead_back_from_a_moment_that_was_just_asked_for() -> None:
    control = Control(looked_at=1, job=7)
    _change(control, Ask(7, Look(5)))
    _change(control, SetProbes(()))
    assert control.requests == [Look(5)]


def test_new_pictures_are_made_of_the_moment_that_is_looked_at() -> None:
    control = Control(looked_at=1, job=7)
    _change(control, SetProbes(()))
    assert control.requests == [Look(1)]
