"""Which command goes first: without a worker, a device or a thread."""

from __future__ import annotations

import pytest

from engine.data.settings import DataSettings
from engine.devices.base import Interrupted
from engine.training.control import Control
from engine.training.reports import Cancelled, Report
from engine.training.settings import TrainingSettings
from engine.worker.inbox import Audience, Inbox
from engine.worker.messages import (
    Pause,
    ProfileJob,
    Resume,
    SetProbes,
    SetProfiling,
    Stop,
    Take,
    TrainJob,
    Warm,
)

TRAIN = TrainJob(2, (), (), DataSettings(), TrainingSettings())
PROFILE = ProfileJob(3, (), (), DataSettings(), TrainingSettings())
WARM = Warm((), (), DataSettings(), TrainingSettings())


@pytest.fixture
def reports() -> list[tuple[int, Report]]:
    return []


@pytest.fixture
def inbox(reports: list[tuple[int, Report]]) -> Inbox:
    return Inbox(lambda job, report: reports.append((job, report)))


def _put(inbox: Inbox, *commands: TrainJob | ProfileJob | Warm | Pause | Resume | Stop | Take) -> None:
    for command in commands:
        inbox.put(command)


def test_a_new_job_stops_the_running_one_and_keeps_what_follows_it(inbox: Inbox) -> None:
    control = Control(job=1)
    _put(inbox, Pause(), TRAIN, Resume())
    inbox.poll(control, 0.0)
    assert control.stopped
    assert control.paused
    assert inbox.next(lambda: False) is TRAIN
    inbox.poll(control, 0.0)
    assert not control.paused


def test_a_running_job_puts_a_measurement_off_and_declines_to_be_profiled_beside(
    inbox: Inbox, reports: list[tuple[int, Report]]
) -> None:
    control = Control(job=1)
    inbox.put(SetProfiling(on=True))
    _put(inbox, WARM, PROFILE)
    inbox.poll(control, 0.0)
    assert control.profiling
    assert inbox.profiling
    assert reports == [(3, Cancelled())]
    assert not control.stopped
    assert inbox.next(lambda: True) is WARM


def test_commands_go_before_what_was_put_off_and_that_before_what_is_left_to_show(inbox: Inbox) -> None:
    inbox.postponed = WARM
    inbox.put(TRAIN)
    assert inbox.next(lambda: True) is TRAIN
    assert inbox.next(lambda: True) is WARM
    assert inbox.next(lambda: True) is None


def test_only_a_kept_run_hears_of_pictures_while_something_is_measured(inbox: Inbox) -> None:
    pictures = SetProbes(())
    inbox.put(pictures)
    assert inbox.nothing_waits(kept=False)
    inbox.put(pictures)
    assert not inbox.nothing_waits(kept=True)
    assert inbox.next(lambda: False) is pictures


def test_one_stop_ends_a_study_and_a_second_one_lets_its_variants_go(inbox: Inbox) -> None:
    audience = Audience(inbox)
    _put(inbox, Take(5), Stop())
    assert audience.wanted() == [5]
    assert audience.wanted() == []
    assert audience.stays()
    assert not audience.wants_more()
    with pytest.raises(Interrupted):
        audience.unless_over(0, 0)
    inbox.put(Stop())
    assert not audience.stays()


def test_a_job_ends_a_study(inbox: Inbox) -> None:
    audience = Audience(inbox)
    inbox.put(TRAIN)
    assert not audience.stays()
    assert inbox.next(lambda: False) is TRAIN
