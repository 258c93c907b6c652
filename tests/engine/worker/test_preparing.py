"""Before the first step: progress while shaders compile, a Cancel that is heard at once, and no wait the second time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.paths import CACHE_DIR_VARIABLE
from engine.training.rates import FILE
from engine.training.reports import Cancelled, Ended, Preparing, Progress, Started
from engine.worker.messages import Stop, TrainJob, Warm
from tests.engine.training.networks import settings, with_everything
from tests.engine.worker.conftest import PATIENCE, Watched, job


def on_gl(number: int = 1, **changes: object) -> TrainJob:
    return job(number, with_everything(), training=settings(device="gl", epochs=1_000_000, **changes))


@pytest.fixture
def cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """A worker on a computer with OpenGL that has never compiled a shader."""
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path))
    monkeypatch.setenv("MESA_SHADER_CACHE_DIR", str(tmp_path / "mesa"))
    fresh = Watched()
    try:
        if all(info.kind != "gl" for info in fresh.ready().devices):
            pytest.skip("no OpenGL here")
        yield fresh
    finally:
        fresh.client.close()


def test_progress_is_told_until_the_first_step(cold: Watched) -> None:
    cold.client.send(on_gl())
    cold.report(Progress)
    told = cold.reports(Preparing)
    assert told
    assert max(p.total for p in told) > 3
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert cold.reports(Started)[0].kind == "gl"
    before = cold.kinds().index("Started")
    assert "Preparing" not in cold.kinds()[before:]


def test_that_data_is_read_is_said_before(worker: Watched) -> None:
    worker.client.send(job(1))
    worker.report(Started, 1)
    assert [r.reading for r in worker.reports(Preparing, 1)][:1] == [True]
    worker.client.send(job(2, training=settings(epochs=1, seed=3)))
    worker.report(Started, 2)
    assert not any(r.reading for r in worker.reports(Preparing, 2))


def test_stop_while_shaders_compile_is_heard_at_once(cold: Watched) -> None:
    cold.client.send(on_gl())
    cold.wait(lambda: [r for r in cold.reports(Preparing) if r.total], "a shader")
    cold.client.send(Stop())
    cold.report(Cancelled)
    last = cold.reports(Preparing)[-1]
    assert last.done < last.total  # it did not wait for the rest, however long that takes here
    assert cold.reports(Started) == []
    cold.client.send(job(2, training=settings(epochs=2)))
    assert cold.report(Ended, 2).reason == "done"


def test_a_job_goes_before_a_measurement(cold: Watched, tmp_path: Path) -> None:
    first = job(1, training=settings(device="auto", epochs=1_000_000))
    cold.client.send(Warm(first.nodes, first.edges, first.data, first.training))
    cold.client.send(first)
    started = cold.report(Started, 1)
    if "Measured" not in started.why:  # else there is a GPU, which is worth the wait
        assert started.kind == "cpu"
        assert not (tmp_path / FILE).exists()  # nobody has measured before it began
    cold.report(Progress, 1)
    cold.client.send(Stop())
    assert cold.report(Ended, 1).reason == "stopped"


@pytest.mark.slow
def test_what_was_not_measured_is_measured_when_nobody_waits(cold: Watched, tmp_path: Path) -> None:
    """Whoever trains before the measurement gets the processor; the next run is the measured one."""
    auto = settings(device="auto", epochs=2)
    cold.client.send(job(1, training=auto))
    cold.report(Ended, 1)
    if "Measured" not in cold.reports(Started, 1)[0].why:  # else there is a GPU, which is worth the wait
        deadline = time.monotonic() + PATIENCE
        while not (tmp_path / FILE).exists():
            assert time.monotonic() < deadline, "nothing was measured"
            time.sleep(0.01)
    cold.client.send(job(2, training=auto))
    assert "Measured" in cold.report(Started, 2).why


@pytest.mark.slow
def test_a_network_seen_before_starts_at_once_in_a_new_process(cold: Watched) -> None:
    cold.client.send(on_gl())
    cold.report(Progress)
    second = Watched()
    try:
        second.ready()
        second.client.send(job(1, training=settings(device="gl", epochs=1)))  # opens the device
        second.report(Ended, 1)
        second.client.send(on_gl(2, seed=8))
        second.report(Progress, 2)
        assert second.reports(Preparing, 2) == []  # nothing is compiled
    finally:
        second.client.close()
