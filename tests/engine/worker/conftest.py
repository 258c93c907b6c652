"""A worker whose messages a test can wait for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from engine.data.settings import DataSettings
from engine.graph.document import ModelGraph
from engine.paths import CACHE_DIR_VARIABLE
from engine.training.reports import Probe, Snapshot
from engine.training.settings import TrainingSettings
from engine.worker.client import WorkerClient
from engine.worker.messages import Ready, Reported, TrainJob
from tests.engine.training.networks import XOR, settings, with_everything

PATIENCE = 60.0  # seconds until a wait fails
T = TypeVar("T")


class Watched:
    """A worker client that keeps what comes, with the time it came."""

    def __init__(self) -> None:
        self.messages: list[tuple[float, object]] = []
        self.deaths: list[int | None] = []
        self._news = threading.Condition()
        self.client = WorkerClient(self._on_message, self._on_died)

    def _on_message(self, message: object) -> None:
        with self._news:
            self.messages.append((time.monotonic(), message))
            self._news.notify_all()

    def _on_died(self, exit_code: int | None) -> None:
        with self._news:
            self.deaths.append(exit_code)
            self._news.notify_all()

    def wait(self, condition: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
        """Wait until `condition` gives something."""
        deadline = time.monotonic() + patience
        with self._news:
            while not (found := condition()):
                assert self._news.wait(deadline - time.monotonic()), f"{what} did not come: {self.kinds()}"
        return found

    def reports(self, kind: type[T], job: int | None = None) -> list[T]:
        """The reports of one kind so far."""
        found = [m for _, m in self.messages if isinstance(m, Reported) and job in (None, m.job)]
        return [m.report for m in found if isinstance(m.report, kind)]

    def report(self, kind: type[T], job: int | None = None, after: int = 0) -> T:
        """The first report of that kind beyond the first `after` of them; waits for it."""
        return self.wait(lambda: self.reports(kind, job)[after:], kind.__name__)[0]

    def ready(self) -> Ready:
        """The worker's first message."""
        found = self.wait(lambda: [m for _, m in self.messages if isinstance(m, Ready)], "Ready")
        return found[0]

    def kinds(self) -> list[str]:
        """Names of what came, for messages."""
        return [type(m.report if isinstance(m, Reported) else m).__name__ for _, m in self.messages][-20:]


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setenv(CACHE_DIR_VARIABLE, str(tmp_path))
    watched = Watched()
    try:
        watched.ready()
        yield watched
    finally:
        watched.client.close()


def job(
    number: int = 1,
    graph: ModelGraph | None = None,
    data: DataSettings = XOR,
    training: TrainingSettings | None = None,
    *,
    probes: tuple[Probe, ...] = (),
    resume: Snapshot | None = None,
    paused: bool = False,
) -> TrainJob:
    """A job that would take hours unless told otherwise."""
    nodes, edges, _ = (graph or with_everything()).snapshot()
    training = training or settings(epochs=1_000_000)
    return TrainJob(number, nodes, edges, data, training, probes, resume, paused)
