"""The window's end of training, where no window is needed."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from pytestqt.qtbot import QtBot

from app.training import MOST_FALSE_STARTS, TrainingController
from engine.training.reports import Failed


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_a_worker_that_never_gets_ready_is_not_started_for_ever(qtbot: QtBot) -> None:
    controller = TrainingController()
    failed: list[Failed] = []
    controller.failed.connect(failed.append)
    killed: set[int] = set()

    def no_more_workers() -> bool:
        pid = controller.worker_pid
        if pid is not None and pid not in killed:
            killed.add(pid)
            os.kill(pid, signal.SIGKILL)
        return bool(failed)

    controller.start_worker()
    qtbot.waitUntil(no_more_workers, timeout=20_000)
    assert len(killed) == MOST_FALSE_STARTS
    assert controller.worker_pid is None
    assert "ends as soon as it starts" in failed[0].sentence
    controller.close()
