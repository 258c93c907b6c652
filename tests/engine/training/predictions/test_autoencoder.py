"""A network may give what it reads: its target is an input of the data, and its pictures stand beside those."""

import numpy as np

from engine.data.bundle import Feature
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
from engine.training.predictions.answers import Answer, answers_of
from engine.training.predictions.beside import made_of, makes_pictures, pairs
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


def test_what_is_made_of_one_example_is_a_picture_or_the_classes_of_its_places() -> None:
    copy = Answer("y0", Feature("x", "image", (2, 3, 1), scale=1 / 255))
    pixels = np.array([0.0, 0.5, 1.0, 2.0, -1.0, 0.2], np.float32).reshape(1, 2, 3, 1)
    np.testing.assert_array_equal(made_of(copy, pixels), [[0, 128, 255], [255, 0, 51]])
    places = Answer("y0", Feature("y", "category", (1, 2), class_names=("a", "b", "c")))
    scores = np.array([[[[0.1, 3.0, 0.2], [0.5, 0.1, 4.0]]]], np.float32)
    np.testing.assert_array_equal(made_of(places, scores), [[1, 2]])
