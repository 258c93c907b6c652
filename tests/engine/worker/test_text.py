"""Text through the worker: learned words come back with a snapshot, and a run goes on with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.load import load
from engine.data.settings import DataSettings
from engine.graph.sequence import build_sequential
from engine.layers.base import Layer
from engine.layers.registry import layers
from engine.tensor.spec import DType
from engine.training.reports import Ended, Failed, Snapshot
from tests.engine.cli.test_text import reviews
from tests.engine.training.networks import session, settings
from tests.engine.worker.conftest import Watched, job


def layer(name: str, **given: object) -> Layer:
    return layers()[name].model_validate(given)


def test_what_a_text_job_has_learned_predicts(worker: Watched, tmp_path: Path) -> None:
    graph = build_sequential(
        [
            layer("Input"),
            layer("TextVectorization", output_mode="tf_idf", max_tokens=40),
            layer("Dense", units=1),
            layer("Target"),
        ]
    )
    data = DataSettings(path=str(reviews(tmp_path / "reviews.csv")))
    training = settings(epochs=6)
    worker.client.send(job(1, graph, data, training))
    assert worker.report(Ended, 1).reason == "done"
    first = worker.reports(Snapshot, 1)[-1]
    assert {n.rpartition("/")[2] for n in first.states if n.startswith("table/")} == {
        "vocabulary",
        "idf_weights",
    }
    further = settings(epochs=8)
    worker.client.send(job(2, graph, data, further, resume=first))
    assert worker.report(Ended, 2).reason == "done"
    last = worker.reports(Snapshot, 2)[-1]
    new = {"x": np.array([["a superb story"], ["dull music"]], DType.STRING.numpy)}
    outputs = session(graph, load(data), further, states=dict(last.states), step=last.step).predict("p", new)[
        "y0"
    ]
    assert outputs[0] > 0.5 > outputs[1]
    assert worker.reports(Failed) == []
