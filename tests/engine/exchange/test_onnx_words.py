"""ONNX files say of their values what they are: scores or probabilities, of which classes, in which units."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import onnx
import onnxruntime
import pytest

from engine.data.bundle import Feature, FeatureKind, Scaling
from engine.exchange.meaning import Meaning
from engine.exchange.onnx.writing import onnx_model
from engine.exchange.units import units_of
from engine.layers.base import Layer
from engine.layers.dense import Dense
from engine.layers.sigmoid import Sigmoid
from engine.layers.softmax import Softmax
from engine.objectives.loss import Link
from tests.engine.exchange.test_onnx_writing import drawn

ANIMALS = ("cat", "dog", "fox")
SCALING = Scaling((10.0,), (4.0,))


@pytest.mark.parametrize(
    ("chain", "feature", "link", "scaling", "words"),
    [
        (
            [Dense(units=3)],
            ANIMALS,
            Link.SOFTMAX,
            None,
            "Scores, no probabilities: a softmax over the last axis",
        ),
        (
            [Dense(units=3), Softmax()],
            ANIMALS,
            Link.NONE,
            None,
            "The probability of each class (cat, dog, fox).",
        ),
        (
            [Dense(units=1)],
            ANIMALS[:2],
            Link.SIGMOID,
            None,
            "A score, no probability: its sigmoid is the probability of dog",
        ),
        (
            [Dense(units=1), Sigmoid()],
            ANIMALS[:2],
            Link.NONE,
            None,
            "The probability of dog; the rest is that of cat.",
        ),
        ([Dense(units=3), Sigmoid()], ANIMALS, Link.NONE, None, "The probability of each class on its own"),
        ([Dense(units=3)], ANIMALS, Link.SIGMOID, None, "Scores, no probabilities: the sigmoid of each"),
        (
            [Dense(units=3)],
            ANIMALS,
            Link.NONE,
            None,
            "A number for each class (cat, dog, fox), no probabilities",
        ),
        ([Dense(units=1)], (), Link.NONE, None, "Numbers in the units of the data: price."),
        (
            [Dense(units=1)],
            (),
            Link.NONE,
            SCALING,
            "Scaled numbers: price. number * scale + mean; mean 10; scale 4.",
        ),
    ],
)
def test_outputs_say_whether_they_are_scores_or_probabilities(
    chain: list[Layer],
    feature: tuple[str, ...],
    link: Link,
    scaling: Scaling | None,
    words: str,
    tmp_path: Path,
) -> None:
    kind: FeatureKind = "category" if feature else "numeric"
    features = {
        "x": Feature("x", "numeric", (3,), column_names=("a", "b", "c")),
        "y": Feature(
            "y",
            kind,
            () if feature else (1,),
            column_names=() if feature else ("price",),
            class_names=feature,
        ),
    }
    meaning = Meaning("Pets", features, {"y": scaling} if scaling else {}, {"y": link})
    out = drawn(*chain, shape=(3,))
    out = replace(out, net=replace(out.net, names={"x": "x"}), targets=("y",), meaning=meaning)
    model = onnx_model(out)
    onnx.checker.check_model(model)
    (output,) = model.graph.output
    assert output.doc_string.startswith(words)
    assert model.graph.input[0].doc_string == "Numbers in the units of the data: a, b, c."
    assert f"output y: {output.doc_string}" in model.doc_string.splitlines()
    path = tmp_path / "pets.onnx"
    path.write_bytes(model.SerializeToString())
    found = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_modelmeta()
    assert found.custom_metadata_map["meaning of output y"] == output.doc_string
    assert found.description.startswith("Pets")
    if scaling:
        in_units = onnx_model(out, units_of(out))
        assert in_units.graph.output[0].doc_string == "Numbers in the units of the data: price."
