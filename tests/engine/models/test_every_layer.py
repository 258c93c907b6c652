"""Every layer in a script: drawn, run, saved, loaded and run again; what can't be built is refused in one sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.graph.facts import layer_facts
from engine.layers.base import Layer, LayerSample, Role
from engine.layers.host import HostLayer
from engine.layers.registry import layers
from engine.models import Input, Model, load_model
from engine.tensor.spec import Array, DType, Shape, TensorSpec

CASES = [
    (kind, sample)
    for kind in layers().values()
    if kind.declaration.role is Role.HIDDEN
    for sample in kind.declaration.samples
]
all_samples = pytest.mark.parametrize(("kind", "sample"), CASES, ids=lambda v: getattr(v, "title", str)())
WORDS = np.array(["so", "far", "so good", "The End!"])
SHAPES: tuple[Shape, ...] = ((), (1,), (3,), (1, 1), (4, 5), (4, 4, 3), (1, 1, 1, 1), (2, 3, 4, 5, 2))
ABSURD: tuple[Shape, ...] = ((0,), (5, 0), (4, 0, 3), (2**31,), (2**15, 2**15), (2**20, 2**20, 3))


def _arrays(sample: LayerSample) -> list[Array]:
    rng = np.random.default_rng(0)
    if sample.integers:
        return [rng.integers(0, 5, shape).astype(np.int32) for shape in sample.inputs]
    if sample.texts:
        return [WORDS[rng.integers(0, 4, shape)] for shape in sample.inputs]
    return [rng.normal(size=shape).astype(np.float32) for shape in sample.inputs]


def _dtype(sample: LayerSample) -> DType:
    return DType.STRING if sample.texts else DType.INT32 if sample.integers else DType.FLOAT32


def _listed(outputs: Any) -> list[Array]:
    return outputs if isinstance(outputs, list) else [outputs]


@all_samples
def test_a_layer_predicts_and_is_the_same_after_saving(
    kind: type[Layer], sample: LayerSample, tmp_path: Path
) -> None:
    layer = kind.model_validate(sample.settings)
    if isinstance(layer, HostLayer) and layer.adapts:
        pytest.skip("it learns from data what it looks up; tested with data")
    inputs = [Input(shape[1:], dtype=_dtype(sample).value) for shape in sample.inputs]
    outputs = layer(*inputs)
    model = Model(inputs, list(outputs) if isinstance(outputs, tuple) else outputs)
    arrays = _arrays(sample)
    before = _listed(model.predict(arrays))
    assert [b.shape[1:] for b in before] == [o.shape[1:] for o in model.outputs]
    model.save(tmp_path / "model.loom")
    for one, other in zip(before, _listed(load_model(tmp_path / "model.loom").predict(arrays)), strict=True):
        np.testing.assert_array_equal(one, other)


@all_samples
def test_inputs_of_any_shape_and_type_are_taken_or_refused_in_one_sentence(
    kind: type[Layer], sample: LayerSample
) -> None:
    layer = kind.model_validate(sample.settings)
    for shape in (*SHAPES, *ABSURD):
        for dtype in (DType.FLOAT32, DType.INT32, DType.STRING):
            facts = layer_facts(layer, (TensorSpec(shape, dtype),) * len(sample.inputs))
            assert "fault in it" not in facts.error, (shape, dtype)
            assert "\n" not in facts.error
            assert facts.error.endswith(".") or not facts.error
            if dtype is DType.FLOAT32 and shape in ABSURD:
                assert facts.error
