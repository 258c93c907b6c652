"""A network may give what it reads: its target is an input of the data, and its pictures stand beside those."""

import numpy as np

from engine.data.load import load
from engine.data.settings import DataSettings
from engine.graph.inference import infer
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.flatten import Flatten
from engine.layers.input import Input
from engine.layers.reshape import Reshape
from engine.layers.target import Target
from engine.training.control import Control
from engine.training.features import feature_specs
from engine.training.predictions.answers import answers_of
from engine.training.predictions.beside import makes_pictures, pairs
from engine.training.reports import Ended
from engine.training.trainer import Trainer
from tests.engine.training.networks import session, settings


def test_pictures_come_out_that_resemble_those_that_went_in() -> None:
    data = load(DataSettings(dataset="digits"))
    layers = (Flatten(), Dense(units=16, activation="relu"), Dense(units=64, activation="sigmoid"))
    graph = build_sequential([Input(), *layers, Reshape(target_shape=(8, 8, 1)), Target(target="x")])
    assert infer(graph, feature_specs(data.spec)).ok
    (answer,) = answers_of(graph, data.spec)
    assert makes_pictures(data.spec, answer)
    run = session(graph, data, settings(epochs=6))
    before = pairs(data, answer, data.validation, run.predict_rows(data.validation[:20])["y0"], 20)
    end = list(Trainer(run, Control(watch_validation=False, doctor=True)).run())[-1]
    assert isinstance(end, Ended)
    assert end.reason == "done"
    after = pairs(data, answer, data.validation, run.predict_rows(data.validation[:20])["y0"], 20)
    run.close()
    assert after.error.mean() < before.error.mean() / 3
    np.testing.assert_array_equal(after.given, after.wanted)
    assert after.made.shape == (20, 8, 8)
