"""A real worker process: jobs from end to end, commands within 100 ms, crashes on either side, no trace left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from engine.data.settings import DataSettings
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target
from engine.training.memory import MEMORY
from engine.training.reports import Cancelled, Ended, Failed, Pictured, Probe, Progress, Snapshot, Started
from engine.training.session import Session
from engine.worker.client import WorkerClient
from engine.worker.messages import (
    Pause,
    Planned,
    Reported,
    Resume,
    SetLearningRate,
    SetProbes,
    Step,
    Stop,
    Warm,
)
from tests.engine.training.networks import XOR, session, settings, with_everything
from tests.engine.worker.conftest import PATIENCE, Watched, job
from tests.engine.worker.test_channel import assert_no_block_stays

ROOT = Path(__file__).parents[3]
REACTION = 0.1  # seconds that the issue allows
SLACK = 0.15  # more on a computer that is busy with other tests
TRIES = 40  # of which one has to be that quick: what makes the others slow may be other programs


def test_a_job_from_end_to_end(worker: Watched) -> None:
    assert worker.ready().devices[0].kind == "cpu"
    assert worker.client.send(job(4, training=settings(epochs=20)))
    started = worker.report(Started)
    assert (started.kind, started.epochs, started.steps_per_epoch) == ("cpu", 20, 5.0)
    assert started.parameters == session(with_everything()).parameters
    ended = worker.report(Ended, 4)
    assert (ended.reason, ended.step) == ("done", 100)
    ends = [e.epoch for p in worker.reports(Progress) for e in p.epochs]
    assert ends == list(range(1, 21))
    assert worker.reports(Snapshot)[-1].step == 100
    assert worker.reports(Failed) == []
    assert_no_block_stays()


def test_the_worker_computes_what_a_session_computes(worker: Watched) -> None:
    worker.client.send(job(training=settings(epochs=7)))
    worker.report(Ended)
    direct = session(with_everything())
    direct.advance(35)
    states = worker.reports(Snapshot)[-1].states
    assert states.keys() == {*direct.states(), MEMORY}
    for name, array in direct.states().items():
        assert states[name].tobytes() == array.tobytes(), name


def test_at_most_thirty_reports_a_second(worker: Watched) -> None:
    worker.client.send(job())
    worker.report(Progress, after=45)
    times = [t for t, m in worker.messages if isinstance(m, Reported) and isinstance(m.report, Progress)]
    gaps = range(
        len(times) - 1, 30, -1
    )  # to the last one; a busy machine may bring some late, but none early
    assert min(gap / (times[-1] - times[-1 - gap]) for gap in gaps) < 32


def test_a_second_job_uses_the_warm_worker(worker: Watched) -> None:
    first = job()
    worker.client.send(Warm(first.nodes, first.edges, first.data, first.training))
    for number in (1, 2):
        worker.client.send(job(number, training=settings(epochs=3)))
        worker.report(Ended, number)
    assert worker.deaths == []


def test_a_new_job_replaces_the_running_one(worker: Watched) -> None:
    worker.client.send(job(1))
    worker.report(Progress, 1)
    worker.client.send(job(2, training=settings(epochs=3)))
    assert worker.report(Ended, 1).reason == "stopped"
    assert worker.report(Ended, 2).reason == "done"


def test_commands_after_a_replacing_job_are_for_that_job(worker: Watched) -> None:
    worker.client.send(job(1))
    worker.report(Progress, 1)
    worker.client.send(job(2, paused=True))
    worker.client.send(Step(3))
    worker.client.send(Stop())
    worker.wait(lambda: bool(worker.reports(Cancelled, 2) or worker.reports(Ended, 2)), "the end")
    assert [ended.step for ended in worker.reports(Ended, 2)] in ([], [0], [1], [2], [3])
    assert worker.report(Ended, 1).reason == "stopped"


# -- Pause, Resume, Step, Stop -------------------------------------------------------------------------


def progress_step(worker: Watched) -> int:
    return worker.reports(Progress)[-1].step


def test_pause_holds_and_resume_goes_on(worker: Watched) -> None:
    worker.client.send(job())
    worker.report(Progress)
    held = min_of(_paused(worker, f"held{k}") for k in range(TRIES))
    before = len(worker.reports(Progress))
    worker.client.send(Step())
    assert worker.report(Progress, after=before).step == held + 1
    worker.client.send(Resume())
    worker.wait(lambda: progress_step(worker) > held + 100, "many steps")


def min_of(tries: Iterable[tuple[float, int]]) -> int:
    """Try until one reaction is quick enough; gives what came with it."""
    seconds = []
    for took, step in tries:
        seconds.append(took)
        if took < REACTION + SLACK:
            return step
    raise AssertionError(f"none of {len(seconds)} reactions took less than {min(seconds):.2f} s")


def _paused(worker: Watched, name: str) -> tuple[float, int]:
    """Seconds until a run holds, and at which step."""
    before = len(worker.reports(Progress))
    worker.client.send(Resume())
    worker.report(Progress, after=before)
    sent = time.monotonic()
    worker.client.send(Pause())
    worker.client.send(SetProbes((Probe(name, {"x": np.zeros((1, 2), np.float32)}),)))
    found = worker.wait(lambda: [p for p in worker.reports(Pictured) if p.probe == name], "the answer")
    return time.monotonic() - sent, found[0].step


def _stopped(worker: Watched, number: int) -> tuple[float, int]:
    """Seconds until a new run ends, and at which step."""
    worker.client.send(job(number))
    worker.report(Progress, number)
    sent = time.monotonic()
    worker.client.send(Stop())
    ended = worker.report(Ended, number)
    assert ended.reason == "stopped"
    return time.monotonic() - sent, ended.step


def test_a_paused_job_steps_one_batch_at_a_time(worker: Watched) -> None:
    worker.client.send(job(paused=True))
    worker.report(Started)
    for count in (1, 2, 3):
        worker.client.send(Step())
        assert worker.report(Progress, after=count - 1).step == count


def test_stop_ends_the_job_at_once(worker: Watched) -> None:
    step = min_of(_stopped(worker, number) for number in range(1, TRIES))
    assert worker.reports(Snapshot)[-1].step == step


def test_stop_before_the_first_step(worker: Watched) -> None:
    worker.client.send(job())
    worker.client.send(Stop())
    worker.wait(lambda: bool(worker.reports(Cancelled) or worker.reports(Ended)), "the end")
    assert [ended.reason for ended in worker.reports(Ended)] in ([], ["stopped"])


def test_the_learning_rate_and_the_probes_of_a_running_job(worker: Watched) -> None:
    probe = Probe("mine", {"x": np.zeros((40_000, 2), np.float32)}, every_s=0.05)
    worker.client.send(job())
    worker.client.send(SetLearningRate(0.0))
    worker.client.send(SetProbes((probe,)))
    found = worker.wait(lambda: [p for p in worker.reports(Pictured) if p.probe == "mine"], "the probe")
    assert found[0].outputs["y0"].shape == (40_000, 1)


# -- what goes wrong -----------------------------------------------------------------------------------


def test_a_killed_worker_is_noticed_and_the_run_goes_on_from_its_snapshot(worker: Watched) -> None:
    worker.client.send(job())
    snapshot = worker.report(Snapshot)
    assert snapshot.step > 0
    assert worker.client.pid is not None
    os.kill(worker.client.pid, signal.SIGKILL)
    assert worker.wait(lambda: worker.deaths, "the news of its death") == [-signal.SIGKILL]
    assert not worker.client.send(Stop())
    second = Watched()
    try:
        last = snapshot.step + 40
        epochs = -(-last * 32 // 160)
        second.client.send(job(2, training=settings(epochs=epochs), resume=snapshot))
        ended = second.report(Ended)
        resumed = second.reports(Snapshot)[-1].states
    finally:
        second.client.close()
    direct = _session_from(snapshot)
    direct.advance(ended.step - snapshot.step)
    for name, array in direct.states().items():
        assert resumed[name].tobytes() == array.tobytes(), name


def test_a_worker_whose_message_cannot_be_taken_is_ended_and_that_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Else its reader is gone, nothing more is heard of it, and whoever waits for the run waits for ever."""
    ended = threading.Event()
    codes: list[int | None] = []

    def refuse(_message: object) -> None:
        raise ValueError("no")

    def note(code: int | None) -> None:
        codes.append(code)
        ended.set()

    client = WorkerClient(refuse, note)
    assert ended.wait(PATIENCE)
    assert not client.alive
    assert codes == [-signal.SIGKILL] or sys.platform == "win32"
    assert "could not be taken" in caplog.text
    caplog.clear()
    client.close()


def _session_from(snapshot: Snapshot) -> Session:
    return session(with_everything(), states=dict(snapshot.states), step=snapshot.step)


@pytest.mark.parametrize(
    ("data", "units", "sentence"),
    [
        (DataSettings(dataset="nothing"), 1, "There is no data set named 'nothing'"),
        (DataSettings(path="/no/such/file.csv"), 1, "file.csv"),
        (XOR, 7, "7"),
    ],
)
def test_a_job_that_cannot_be_is_a_sentence_and_the_worker_lives(
    worker: Watched, data: DataSettings, units: int, sentence: str
) -> None:
    graph = build_sequential([Input(), Dense(units=units), Target()])
    worker.client.send(job(1, graph, data))
    failed = worker.report(Failed, 1)
    assert sentence in failed.sentence
    assert failed.detail == ""
    worker.client.send(job(2, training=settings(epochs=2)))
    assert worker.report(Ended, 2).reason == "done"


def test_a_fault_of_ours_is_reported_with_its_text(worker: Watched) -> None:
    broken = job(1)
    object.__setattr__(broken, "training", None)
    worker.client.send(broken)
    failed = worker.report(Failed, 1)
    assert "Traceback" in failed.detail
    worker.client.send(job(2, training=settings(epochs=2)))
    assert worker.report(Ended, 2).reason == "done"


def test_a_closed_client_leaves_no_process() -> None:
    watched = Watched()
    watched.ready()
    pid = watched.client.pid
    assert pid is not None
    watched.client.close()
    assert not _runs(pid)
    assert watched.deaths == []


PARENT = """
import sys
from engine.worker.client import WorkerClient
from tests.engine.worker.conftest import job

if __name__ == "__main__":
    client = WorkerClient(lambda message: print(type(message).__name__, client.pid, flush=True), print)
    client.send(job())
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_the_worker_leaves_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        env=environment,
    ) as parent:
        assert parent.stdout is not None
        line = parent.stdout.readline()
        while not line.startswith("Reported"):
            assert line
            line = parent.stdout.readline()
        pid = int(line.split()[1])
        assert _runs(pid)
        parent.kill()
        deadline = time.monotonic() + PATIENCE
        while _runs(pid):
            assert time.monotonic() < deadline, "the worker is still there"
            os.sched_yield()
    assert_no_block_stays()


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.timeout(300)
def test_100_000_steps_need_no_more_memory(worker: Watched) -> None:
    worker.client.send(job(training=settings(epochs=20_000)))
    worker.wait(lambda: worker.reports(Progress) and progress_step(worker) > 5_000, "5,000 steps")
    before = _resident(worker)
    (ended,) = worker.wait(lambda: worker.reports(Ended), "the end", patience=240)
    assert ended.step == 100_000
    # moments of the run are kept in between, a few megabytes; 200 bytes a step would be 19
    assert _resident(worker) < 1.05 * before


def _resident(worker: Watched) -> int:
    """Pages of the worker that are in memory."""
    return int(Path(f"/proc/{worker.client.pid}/statm").read_text().split()[1])


def test_a_plan_says_what_a_run_would_take_and_the_run_takes_that_memory(worker: Watched) -> None:
    first = job()
    worker.client.send(Warm(first.nodes, first.edges, first.data, first.training, id=7))
    worker.wait(lambda: any(isinstance(m, Planned) for _, m in worker.messages), "the plan")
    (plan,) = [m for _, m in worker.messages if isinstance(m, Planned)]
    assert plan.id == 7
    assert 0 < plan.seconds < 5
    worker.client.send(first)
    started = worker.report(Started)
    assert (plan.started.kind, plan.started.steps_per_epoch) == (started.kind, started.steps_per_epoch)
    assert plan.started.nbytes == started.nbytes
