"""Networks of layers in any order, with branches: what is put in another order on the way to a file comes out right."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from engine.exchange.flat import flat, run
from engine.exchange.net import End, Inlet, Net, Part
from engine.exchange.onnx.writing import onnx_model
from engine.exchange.outgoing import Outgoing
from engine.exchange.python.writing import python_file
from engine.graph.facts import layer_facts
from engine.layers.registry import layers
from engine.tensor.spec import Array, Shape, TensorSpec
from tests.engine.exchange.test_onnx_writing import said

Kinds = Sequence[tuple[str, dict[str, Any]]]
ANYWHERE: Kinds = (
    ("BatchNormalization", {}),
    ("LayerNormalization", {}),
    ("RMSNormalization", {}),
    ("Dense", {"units": 3}),
    ("ReLU", {}),
    ("GELU", {}),
    ("ELU", {}),
    ("PReLU", {}),
    ("Rescaling", {"scale": 0.5, "offset": 0.1}),
    ("Flatten", {}),
    ("Reshape", {"target_shape": [-1]}),
    *((name, {}) for name in ("Add", "Concatenate", "Multiply", "Average", "Maximum", "Subtract")),
)
PICTURES: Kinds = (
    *ANYWHERE,
    ("Softmax", {}),
    ("Conv2D", {"filters": 4, "kernel_size": [3, 3], "padding": "same"}),
    ("Conv2D", {"filters": 2, "kernel_size": [1, 1], "activation": "elu"}),
    ("DepthwiseConv2D", {"kernel_size": [2, 2], "padding": "same"}),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": [2, 2], "padding": "same"}),
    ("MaxPooling2D", {"pool_size": [2, 2], "strides": 1, "padding": "same"}),
    ("AveragePooling2D", {"pool_size": [3, 3], "strides": 1, "padding": "same"}),
    ("GroupNormalization", {"groups": 1}),
    ("UpSampling2D", {}),
    ("ZeroPadding2D", {}),
    ("Cropping2D", {"cropping": [[1, 0], [0, 1]]}),
    ("Permute", {"dims": [2, 1, 3]}),
    ("Permute", {"dims": [3, 1, 2]}),
    ("Resizing", {"height": 5, "width": 4}),
    ("AdaptiveAveragePooling2D", {"output_size": [3, 2]}),
    ("GlobalAveragePooling2D", {"keepdims": True}),
    ("ResidualBlock", {}),
)
SEQUENCES: Kinds = (
    *ANYWHERE,
    ("LSTM", {"units": 3, "return_sequences": True}),
    ("GRU", {"units": 2, "return_sequences": True, "go_backwards": True}),
    ("SimpleRNN", {"units": 2}),
    ("Bidirectional", {"layer": {"name": "LSTM", "units": 2, "return_sequences": True}}),
    ("Masking", {"mask_value": 0.0}),
    ("Conv1D", {"filters": 3, "kernel_size": 2, "padding": "causal"}),
    ("MaxPooling1D", {"pool_size": 2}),
    ("Permute", {"dims": [2, 1]}),
    ("RepeatVector", {"n": 3}),
    ("MultiHeadAttention", {}),
    ("TransformerBlock", {}),
    ("TimeDistributed", {"layer": {"name": "Dense", "units": 2}}),
)


def random_network(seed: int, kinds: Kinds, shape: Shape) -> Outgoing:
    """Up to nine layers, each on what there is by then; all that nobody reads is an output."""
    choose, generator = random.Random(seed), np.random.default_rng(seed)
    specs: dict[End, TensorSpec] = {("x", 0): TensorSpec(shape)}
    parts: list[Part] = []
    weights: dict[str, Array] = {}
    for k in range(9):
        name, settings = choose.choice(kinds)
        layer = layers()[name].model_validate(settings)
        several = layer.input_ports()[0].variadic or len(layer.input_ports()) > 1
        reads = tuple(choose.choice(list(specs)) for _ in range(2 if several else 1))
        facts = layer_facts(layer, tuple(specs[end] for end in reads))
        if facts.error or len(facts.outputs) != 1 or facts.outputs[0].size > 5_000:
            continue
        parts.append(Part(f"n{k}", layer, reads))
        weights |= {
            f"n{k}/{n}": generator.uniform(0.3, 0.9, w.shape).astype(np.float32)
            for n, w in facts.weights.items()
        }
        specs[f"n{k}", 0] = facts.outputs[0]
    read = {end for part in parts for end in part.inputs}
    ends = tuple(end for end in specs if end not in read)
    names = {p.id: type(p.what).__name__ for p in parts}
    return Outgoing(Net((Inlet("x", shape),), tuple(parts), ends, names=names), weights)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("kinds", "shape"), [(PICTURES, (5, 4, 2)), (SEQUENCES, (4, 3))], ids=["2d", "1d"])
def test_any_network_is_the_same_as_onnx_and_as_python(seed: int, kinds: Kinds, shape: Shape) -> None:
    out = random_network(seed, kinds, shape)
    x = np.random.default_rng(seed).normal(size=(3, *shape)).astype(np.float32)
    x[1, -1] = 0.0
    expected = run(flat(out), [x])
    space: dict[str, Any] = {"__name__": "m", "__file__": "m.py"}
    exec(compile(python_file(out, "m")[0], "m.py", "exec"), space)
    with np.errstate(all="ignore"):
        plain = space["network"](x)
    for found in (said(onnx_model(out), [x]), plain):
        for one, other in zip(found, expected, strict=True):
            assert one.shape == other.shape
            scale = max(1.0, float(np.abs(other).max(initial=0.0)))
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4 * scale)
