"""What happens when a process is killed: the window goes on without its worker, the worker not without its window."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.crash.page import CrashPage
from app.training import TrainState
from engine.graph.serialize import graph_to_json
from engine.worker.client import WorkerClient
from engine.worker.messages import Command, TrainJob
from tests.app.window.conftest import User
from tests.runner import ROOT

WINDOW = """
import sys
from PySide6.QtCore import QTimer
from app import main
from app.crash.page import CrashPage
from app.training import TrainState

def look():
    window = next(w for w in main.QApplication.topLevelWidgets() if isinstance(w, main.MainWindow))
    if window.training.state is TrainState.RUNNING:
        print(window.training.worker_pid, flush=True)
    elif window.training.state is TrainState.IDLE:
        window.workspace.run.train()

main.make_application()
timer = QTimer()
timer.timeout.connect(look)
timer.start(50)
main.run([])
"""
CLOSED_AGAIN = """
import sys
from PySide6.QtCore import QTimer
from app import main
from engine.formats.examples import examples

names = list(examples())[:4]

def look():
    window = next(w for w in main.QApplication.topLevelWidgets() if isinstance(w, main.MainWindow))
    if names:
        window.files.open_example(names.pop())
        window.workspace.run.train()
    elif window.training.state == "running":
        window.close()

if __name__ == "__main__":
    main.make_application()
    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(50)
    sys.exit(main.run([]))
"""
LEAVES_WITHIN = 60.0  # seconds, after its window is gone; a second where nothing else runs


def _run_until_snapshot(user: User) -> None:
    user.open_endless("spiral")
    user.click(user.window.top_bar.train)
    user.until(lambda: user.window.training.snapshot is not None)


def _kill_worker(user: User) -> None:
    pid = user.window.training.worker_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    user.until(lambda: user.state is TrainState.DIED)


def test_a_killed_worker_is_said_and_costs_nothing(user: User) -> None:
    _run_until_snapshot(user)
    before = graph_to_json(user.graph)
    _kill_worker(user)
    step = user.snapshot.step
    assert "ended unexpectedly" in user.message
    assert f"{step:,}" in user.message
    assert graph_to_json(user.graph) == before
    assert user.window.top_bar.train.text() == "Resume"
    assert user.window.top_bar.train.isEnabled()
    user.click(user.window.messages.details)
    (page,) = user.window.findChildren(CrashPage)
    assert page.isVisible()
    assert "SIGKILL" in page.report()
    assert "Traceback" not in page.report()


def _noting(sent: list[object]) -> Callable[[WorkerClient, Command], bool]:
    send = WorkerClient.send

    def note(worker: WorkerClient, command: Command) -> bool:
        sent.append(command)
        return send(worker, command)

    return note


def test_a_run_whose_worker_was_killed_goes_on_from_its_last_snapshot(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run_until_snapshot(user)
    _kill_worker(user)
    kept = user.snapshot
    assert any(np.any(state) for name, state in kept.states.items() if name.startswith("slot/"))
    curve = user.window.dock.curves.view.panel("loss").epochs()
    user.reports.clear()
    sent: list[object] = []
    monkeypatch.setattr(WorkerClient, "send", _noting(sent))
    user.click(user.window.top_bar.train)
    user.until_steps()
    (job,) = (command for command in sent if isinstance(command, TrainJob))
    assert job.resume is kept
    assert (
        kept.step < user.progress()[0].step < kept.step + 100_000
    )  # fast machines are far by their first report
    assert curve[0] in user.window.dock.curves.view.panel("loss").epochs()
    user.click(user.window.top_bar.stop)
    user.until(lambda: user.state is TrainState.IDLE)


def test_without_a_snapshot_a_new_run_begins(user: User) -> None:
    user.open_endless("spiral")
    user.click(user.window.top_bar.step)
    user.until_steps()
    assert user.window.training.snapshot is None
    _kill_worker(user)
    assert user.window.top_bar.train.text() == "Train"
    user.reports.clear()
    user.click(user.window.top_bar.step)
    user.until_steps()
    assert user.progress()[0].step == 1


def test_a_lost_run_is_forgotten_with_its_project(user: User) -> None:
    _run_until_snapshot(user)
    _kill_worker(user)
    user.open_endless("xor")
    assert user.state is TrainState.IDLE
    assert user.window.top_bar.train.text() == "Train"


def test_an_idle_worker_that_dies_is_replaced_without_a_word(user: User) -> None:
    user.until(lambda: user.window.top_bar.device.text() == "Ready")
    first = user.window.training.worker_pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    user.until(lambda: user.window.training.worker_pid not in (None, first))
    assert user.state is TrainState.IDLE
    assert not user.message


def test_the_worker_leaves_when_its_window_is_killed(tmp_path: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LAYERLOOM_DATA_DIR": str(tmp_path)}
    window = subprocess.Popen(
        [sys.executable, "-c", WINDOW], cwd=ROOT, env=environment, stdout=subprocess.PIPE
    )
    with window:
        assert window.stdout is not None
        worker = int(window.stdout.readline())
        assert Path(f"/proc/{worker}").exists()
        window.kill()
        deadline = time.monotonic() + LEAVES_WITHIN
        while _runs(worker) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not _runs(worker)


def _runs(pid: int) -> bool:
    """Whether the process is there and not a zombie that nobody collects."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_application_ends_cleanly_in_mid_training(tmp_path: Path) -> None:
    """Objects of Qt are deleted in the wrong order easily when the interpreter ends, and that is a crash."""
    script = tmp_path / "script.py"
    script.write_text(CLOSED_AGAIN)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]
    assert (done.returncode, said) == (0, [])
