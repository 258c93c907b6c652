"""Networks without data: what they are compared with, and data that is bound to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import layers
from engine.data.load import describe
from engine.data.pictures.ranges import Pixels
from engine.data.settings import DataSettings
from engine.formats.dataless import bound, fitted, given_inputs, head_width, supposed_features
from engine.formats.sections import ANSWERS, DATA, INPUTS, AnswerWords, InputShape, InputShapes
from engine.graph.document import ModelGraph
from engine.graph.inference import infer
from engine.models import Input, Model, Sequential
from engine.training.features import feature_specs


def graph_of(model: Model) -> ModelGraph:
    graph = model.graph
    shapes = {
        name: InputShape(shape=s.spec.shape) for name, s in zip(model.input_names, model.inputs, strict=True)
    }
    graph.put_section(INPUTS, InputShapes(shapes=shapes))
    return graph


def supposed(model: Model, name: str = "y") -> tuple[tuple[int, ...], int | None]:
    graph = graph_of(model)
    found = supposed_features(graph, infer(graph, given_inputs(graph) or {}))[name]
    return found.shape, found.classes


@pytest.mark.parametrize(
    ("activation", "units", "expected"),
    [
        ("softmax", 5, ((), 5)),
        ("sigmoid", 1, ((), 2)),
        ("linear", 5, ((5,), None)),
        ("relu", 1, ((1,), None)),
    ],
)
def test_an_end_says_what_it_is_compared_with(
    activation: str, units: int, expected: tuple[tuple[int, ...], int | None]
) -> None:
    assert supposed(Sequential([Input((3,)), layers.Dense(units=units, activation=activation)])) == expected


def test_a_loss_of_classes_says_it_of_plain_scores() -> None:
    model = Sequential([Input((3,)), layers.Dense(units=4)])
    model.compile(loss="sparse_categorical_crossentropy")
    assert supposed(model) == ((), 4)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "linear"])
def test_a_network_without_data_has_no_errors(activation: str) -> None:
    graph = graph_of(Sequential([Input((3,)), layers.Dense(units=2, activation=activation)]))
    features = supposed_features(graph, infer(graph, given_inputs(graph) or {}))
    assert infer(graph, features).ok


def test_a_project_with_data_is_not_without() -> None:
    graph = graph_of(Sequential([Input((4,)), layers.Dense(units=3)]))
    assert given_inputs(graph) is not None
    graph.put_section(DATA, DataSettings(dataset="iris"))
    assert given_inputs(graph) is None


def test_binding_renames_and_is_taken_back_exactly() -> None:
    graph = graph_of(Sequential([Input((4,), name="flower"), layers.Dense(units=3)]))
    before = graph.snapshot()
    settings = DataSettings(dataset="iris")
    spec = describe(settings)
    edit = bound(graph, spec, settings)
    assert not isinstance(edit, str)
    back = edit.apply(graph)
    assert INPUTS not in graph.sections
    assert infer(graph, feature_specs(spec)).ok
    back.apply(graph)
    assert graph.snapshot() == before


def test_data_of_another_shape_is_not_bound() -> None:
    graph = graph_of(Sequential([Input((5,), name="five"), layers.Dense(units=3)]))
    sentence = bound(graph, describe(DataSettings(dataset="iris")), DataSettings(dataset="iris"))
    assert isinstance(sentence, str)
    assert sentence.startswith("The network takes 5 as five; this data has ")


@pytest.mark.parametrize(("units", "expected"), [(7, (7, 3)), (3, None)])
def test_other_classes_are_noticed(units: int, expected: tuple[int, int] | None) -> None:
    graph = graph_of(Sequential([Input((4,), name="x"), layers.Dense(units=units)]))
    settings = DataSettings(dataset="iris")
    spec = describe(settings)
    edit = bound(graph, spec, settings)
    assert not isinstance(edit, str)
    edit.apply(graph)
    assert head_width(graph, spec, infer(graph, feature_specs(spec))) == expected


def folder_of_pictures(folder: Path) -> Path:
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for k in range(3):
            pixels = np.full((20, 30, 3), 40 * k, np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{k}.png")
    return folder


def test_pictures_get_the_size_that_the_network_takes(tmp_path: Path) -> None:
    settings = DataSettings(path=str(folder_of_pictures(tmp_path / "pets")))
    taken = InputShapes(shapes={"image": InputShape(shape=(8, 12, 3))})
    made = fitted(settings, taken)
    spec = describe(made)
    assert [spec.features[name].shape for name in spec.inputs] == [(8, 12, 3)]
    assert fitted(made, taken) == made


@pytest.mark.parametrize("shape", [(8, 12), (8, 12, 5), (0, 12, 3)])
def test_what_is_no_picture_sets_no_size(tmp_path: Path, shape: tuple[int, ...]) -> None:
    settings = DataSettings(path=str(folder_of_pictures(tmp_path / "pets")))
    assert fitted(settings, InputShapes(shapes={"image": InputShape(shape=shape)})) is settings


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [(Pixels.UNIT, None), (Pixels.SYMMETRIC, (2.0, -1.0)), (Pixels.BYTES, (255.0, 0.0))],
)
def test_pictures_are_brought_to_the_range_that_the_network_takes(
    pixels: Pixels, expected: tuple[float, float] | None
) -> None:
    settings = DataSettings(dataset="digits")
    graph = graph_of(Sequential([Input((8, 8, 1)), layers.Flatten(), layers.Dense(units=10)]))
    graph.put_section(ANSWERS, AnswerWords(pixels=pixels))
    before, spec = graph.snapshot(), describe(settings)
    edit = bound(graph, spec, settings)
    assert not isinstance(edit, str)
    back = edit.apply(graph)
    found = [n.layer for n in graph.nodes.values() if isinstance(n.layer, layers.Rescaling)]
    assert [(layer.scale, layer.offset) for layer in found] == ([] if expected is None else [expected])
    assert infer(graph, feature_specs(spec)).ok
    back.apply(graph)
    assert graph.snapshot() == before
