"""A worker that ends is never waited for, whoever had it and whenever it ended; no process is started here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from app import workers
from app.training import TrainingController, TrainState
from app.workers import WorkerPool
from engine.data.settings import DataSettings
from engine.training.reports import Cancelled
from engine.training.settings import TrainingSettings
from engine.worker.messages import ProfileJob, Ready, Reported
from tests.engine.training.networks import XOR, with_everything

EXIT_CODE = -9


class Process:
    """What a worker client does, without the process; `die` ends it."""

    made: list[Process]

    def __init__(self, on_message: Callable[[object], None], on_died: Callable[[int | None], None]) -> None:
        self._on_died = on_died
        self.say = on_message
        self.sent: list[object] = []
        self.pid = len(Process.made)
        self.alive = True
        Process.made.append(self)
        on_message(Ready(()))

    def die(self) -> None:
        """Its end is told before the system knows that it is gone."""
        self._on_died(EXIT_CODE)

    def send(self, command: object) -> bool:
        self.sent.append(command)
        return True

    def close(self) -> None:
        self.alive = False


@pytest.fixture
def controller(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> TrainingController:
    """With workers that are no processes."""
    Process.made = []
    monkeypatch.setattr(workers, "WorkerClient", Process)
    return TrainingController(workers=WorkerPool())


def _train(controller: TrainingController) -> None:
    controller.train(with_everything(), XOR, TrainingSettings(), ())


def test_a_worker_that_ended_while_nobody_had_it_is_not_lent(
    controller: TrainingController, qtbot: QtBot
) -> None:
    controller.start_worker()
    controller.rest()
    Process.made[0].die()
    controller.wake()
    _train(controller)
    assert controller.worker_pid == 1
    assert not Process.made[0].alive


def test_whoever_takes_a_worker_that_has_just_ended_hears_of_it(
    controller: TrainingController, qtbot: QtBot
) -> None:
    class Hasty(Process):
        def __init__(
            self, on_message: Callable[[object], None], on_died: Callable[[int | None], None]
        ) -> None:
            super().__init__(on_message, on_died)
            if len(Process.made) == 1:
                self.die()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "WorkerClient", Hasty)
        _train(controller)
        qtbot.waitUntil(lambda: controller.state is TrainState.DIED)
    assert (controller.exit_code, controller.worker_pid) == (EXIT_CODE, 1)


def test_the_end_of_a_worker_that_was_given_back_takes_nothing_from_the_next(
    controller: TrainingController, qtbot: QtBot
) -> None:
    controller.start_worker()
    Process.made[0].die()  # is told on a later turn
    controller.rest()
    controller.wake()
    _train(controller)
    qtbot.wait(0)
    qtbot.waitUntil(lambda: True)
    assert (controller.state, controller.worker_pid) == (TrainState.STARTING, 1)
    assert Process.made[1].alive


def test_a_profile_that_the_worker_did_not_live_to_make_is_said_to_fail(
    controller: TrainingController, qtbot: QtBot
) -> None:
    assert controller.profile(with_everything(), DataSettings(), TrainingSettings())
    with qtbot.waitSignal(controller.profile_failed) as failed:
        Process.made[0].die()
    assert "ended unexpectedly" in failed.args[0]
    controller.start_worker()
    with qtbot.assertNotEmitted(controller.profile_failed), qtbot.waitSignal(controller.forgotten):
        Process.made[1].die()


def test_a_profile_that_something_else_went_before_is_said_to_be_put_off(
    controller: TrainingController, qtbot: QtBot
) -> None:
    assert controller.profile(with_everything(), DataSettings(), TrainingSettings())
    job = Process.made[0].sent[-1]
    assert isinstance(job, ProfileJob)
    with qtbot.assertNotEmitted(controller.profile_failed), qtbot.waitSignal(controller.profile_put_off):
        Process.made[0].say(Reported(job.id, Cancelled()))
