"""What holds for every layer, whatever it computes: tests made from the declarations."""

import json
from typing import get_args

import numpy as np
import pytest

from engine.layers.activations import PlainActivationName, activations, followed_by
from engine.layers.base import Layer, LayerSample, Role
from engine.layers.registry import layers
from engine.ops.op import Tensor
from engine.tensor.spec import DType
from tests.engine.bench import SINGLE, LayerBench

ISSUE = {
    "Input",
    "Dense",
    "Conv2D",
    "MaxPooling2D",
    "AveragePooling2D",
    "GlobalAveragePooling2D",
    "Flatten",
    "Reshape",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "GELU",
    "Sigmoid",
    "Tanh",
    "Softmax",
    "Dropout",
    "BatchNormalization",
    "LayerNormalization",
    "Add",
    "Multiply",
    "Concatenate",
    "Embedding",
    "Target",
}
CASES = [(kind, sample) for kind in layers().values() for sample in kind.declaration.samples]
all_layers = pytest.mark.parametrize("kind", layers().values(), ids=lambda k: k.title())
all_samples = pytest.mark.parametrize(
    ("kind", "sample"), CASES, ids=lambda v: getattr(v, "title", lambda: "")()
)


def inputs_of(bench: LayerBench, sample: LayerSample) -> list[Tensor]:
    if sample.integers:
        return [bench.input(bench.generator.integers(0, 5, s, np.int32)) for s in sample.inputs]
    if sample.texts:
        words = np.array(["so", "far", "so good", "The End!"])
        return [bench.input(words[bench.generator.integers(0, 4, s)]) for s in sample.inputs]
    return [bench.input(bench.generator.normal(size=s).astype(SINGLE)) for s in sample.inputs]


def test_every_layer_of_the_first_version_is_there() -> None:
    assert set(layers()) >= ISSUE


@all_layers
def test_a_layer_explains_itself(kind: type[Layer]) -> None:
    declaration = kind.declaration
    assert kind.__doc__
    assert len(kind.__doc__.strip().splitlines()) >= 3, "the docstring is the help page"
    assert declaration.summary
    assert not declaration.summary.endswith(".")
    assert declaration.samples
    for name, info in kind.model_fields.items():
        assert info.title, name
        assert info.description, name
        assert isinstance(info.json_schema_extra, dict)


@all_layers
def test_a_new_node_has_valid_settings(kind: type[Layer]) -> None:
    assert kind.model_validate({}) == kind()
    properties = kind.model_json_schema()["properties"] if kind.model_fields else {}
    for name, schema in properties.items():
        for part in schema.get("anyOf", [schema]):
            if part.get("type") in {"integer", "number"}:
                bounds = (
                    {"minimum", "exclusiveMinimum"} & set(part),
                    {"maximum", "exclusiveMaximum"} & set(part),
                )
                assert all(bounds), f"{name} needs bounds"


@all_samples
def test_settings_survive_json(kind: type[Layer], sample: LayerSample) -> None:
    layer = kind.model_validate(sample.settings)
    assert kind.model_validate(json.loads(layer.model_dump_json())) == layer
    assert kind.model_validate(layer.model_dump()) == layer


@all_samples
def test_a_layer_builds_and_says_what_it_does(kind: type[Layer], sample: LayerSample) -> None:
    layer = kind.model_validate(sample.settings)
    bench = LayerBench()
    inputs = inputs_of(bench, sample)
    outputs = layer.build(bench, *inputs)
    assert len(outputs) == len(layer.output_ports())
    for tensor, value in zip(outputs, bench.run(*outputs), strict=True):
        assert value.shape == tensor.shape
        assert tensor.dtype is DType.STRING or np.isfinite(value).all()
        assert tensor.shape[0] == (sample.inputs[0][0] if sample.inputs else 2), "the batch stays"
    sentence = layer.explain(tuple(t.shape[1:] for t in inputs), tuple(t.shape[1:] for t in outputs))
    assert sentence
    assert not sentence.endswith(".")
    layer.subtitle()


@all_samples
@pytest.mark.parametrize("training", [True, False])
def test_gradients_are_those_of_finite_differences(
    kind: type[Layer], sample: LayerSample, training: bool
) -> None:
    bench = LayerBench(training=training, seed=1)
    inputs = inputs_of(bench, sample)
    for output in kind.model_validate(sample.settings).build(bench, *inputs):
        wrt = [t for t in (*inputs, *bench.trainable()) if t.dtype is DType.FLOAT32]
        if kind.declaration.role is Role.HIDDEN and output.dtype is DType.FLOAT32:
            bench.check_gradients(output, wrt, bench.generator)


@pytest.mark.parametrize("name", activations())
def test_activations_have_the_right_gradients(name: PlainActivationName) -> None:
    bench = LayerBench(seed=2)
    x = bench.input(bench.generator.normal(size=(3, 5)) * 2.0)
    bench.check_gradients(activations()[name].function(x), [x], bench.generator)
    assert followed_by(name) == "" if name == "linear" else activations()[name].title in followed_by(name)


def test_choices_are_the_table() -> None:
    assert set(get_args(PlainActivationName)) == set(activations())
