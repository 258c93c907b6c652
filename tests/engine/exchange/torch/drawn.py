"""Networks to export, drawn in a few lines, and the samples of all layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.exchange.meaning import Meaning
from engine.exchange.outgoing import Outgoing, outgoing
from engine.graph.features import FeatureSpec
from engine.layers.base import LayerSample, Role
from engine.layers.host import HostLayer
from engine.layers.registry import layers
from engine.models import Input, Model
from engine.tensor.spec import Array, DType


def out_of(model: Model, title: str = "A network") -> Outgoing:
    """A model on its way into a file, with weights that are not all zeros and ones."""
    features = {
        n: FeatureSpec(s.spec.shape, s.spec.dtype)
        for n, s in zip(model.input_names, model.inputs, strict=True)
    }
    graph = model.graph
    graph.put_section("training", model.training)
    return outgoing(graph, features, model.weights, meaning=Meaning(title))


def shaken(model: Model, seed: int = 7) -> Model:
    """The model with other weights than it starts with, so that every one of them matters."""
    generator = np.random.default_rng(seed)
    model.set_weights(
        {
            name: array + generator.uniform(0.05, 0.3, array.shape).astype(np.float32)
            for name, array in model.weights.items()
        }
    )
    return model


def samples() -> Iterator[tuple[str, LayerSample, Model]]:
    """A model of one layer for every sample of every layer that takes numbers."""
    for name, kind in layers().items():
        if kind.declaration.role is not Role.HIDDEN or issubclass(kind, HostLayer):
            continue
        for number, sample in enumerate(kind.declaration.samples):
            layer = kind.model_validate(sample.settings)
            dtype = DType.INT32 if sample.integers else DType.FLOAT32
            inputs = [Input(shape[1:], dtype=dtype.value) for shape in sample.inputs]
            outputs = layer(*inputs)
            model = Model(inputs, list(outputs) if isinstance(outputs, tuple) else outputs)
            yield f"{name}_{number}", sample, model


def arrays(model: Model, rows: int = 3, seed: int = 1) -> list[Array]:
    """Random inputs for a model."""
    generator = np.random.default_rng(seed)
    return [
        generator.integers(0, 5, (rows, *s.spec.shape)).astype(np.int32)
        if s.dtype is DType.INT32
        else generator.normal(size=(rows, *s.spec.shape)).astype(np.float32)
        for s in model.inputs
    ]
