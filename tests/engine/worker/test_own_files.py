"""Own files in the worker: progress and Cancel while they are prepared, what is said when they change, predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.settings import DataSettings
from engine.graph.document import ModelGraph
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target
from engine.training.reports import Cancelled, Ended, Failed, Noticed, Preparing, Started
from engine.worker.messages import Stop
from tests.engine.worker.conftest import Watched, job


def written(path: Path, rows: int) -> DataSettings:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 2))
    lines = [f"{a:.4f},{b:.4f},{a - b:.4f}" for a, b in x.tolist()]
    path.write_text("\n".join(["a,b,y", *lines]) + "\n", encoding="utf-8")
    return DataSettings(path=str(path))


def line() -> ModelGraph:
    return build_sequential([Input(), Dense(units=1), Target()])


def test_a_file_that_changes_is_noticed_once_and_the_run_goes_on(worker: Watched, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    data = written(path, 200)
    worker.client.send(job(1, line(), data))
    assert worker.report(Started, 1).preparation is not None
    path.unlink()
    assert "no longer there" in worker.report(Noticed, 1).sentence
    worker.client.send(Stop())
    assert worker.report(Ended, 1).reason == "stopped"
    assert len(worker.reports(Noticed, 1)) == 1
    worker.client.send(job(2, line(), data))
    assert "data.csv" in worker.report(Failed, 2).sentence


def test_stop_ends_the_preparation_of_a_large_file(worker: Watched, tmp_path: Path) -> None:
    data = written(tmp_path / "large.csv", 300_000)
    worker.client.send(job(1, line(), data))
    assert worker.report(Preparing, 1).reading
    worker.client.send(Stop())
    worker.report(Cancelled, 1)
    assert worker.reports(Started, 1) == []
