"""Random networks of random layers: each builds, is saved, loaded and trained for two steps, or is refused in one sentence.

What layers do on their own is tested beside them; here they meet each other in ways that nobody thought of.
"""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.compiler.lower import LoweringError
from engine.layers.base import Layer, Role
from engine.layers.host import HostLayer
from engine.layers.registry import layers
from engine.models import Input, Model, Symbol, load_model
from engine.tensor.spec import Array, DType, Shape, ShapeError

ROWS = 6
MOST = 20_000  # numbers in one example on a wire: what is larger is slow, not more telling
SHAPES: tuple[Shape, ...] = ((1,), (5,), (3, 4), (7, 1), (6, 6, 2), (5, 4, 3), (3, 4, 4, 2))
CHOICES: list[Layer] = [
    kind.model_validate(sample.settings)
    for kind in layers().values()
    if kind.declaration.role is Role.HIDDEN and not issubclass(kind, HostLayer)
    for sample in kind.declaration.samples
]


def _draw(data: st.DataObject) -> tuple[list[Symbol], list[Symbol], list[str]]:
    """Inputs, the values that no layer reads, and the sentences that were said on the way."""
    shape = data.draw(st.sampled_from(SHAPES))
    start = Input(shape, dtype=data.draw(st.sampled_from(["float32", "float32", "float32", "int32"])))
    values, unread, refusals = [start], [start], []
    for layer in data.draw(st.lists(st.sampled_from(CHOICES), min_size=1, max_size=8)):
        ports = layer.input_ports()
        wires = 2 if ports[0].variadic else sum(port.minimum for port in ports)
        reads = data.draw(st.lists(st.sampled_from(values[-3:]), min_size=wires, max_size=wires))
        try:
            made = layer(*reads)
        except ShapeError as error:
            refusals.append(str(error))
            continue
        outputs = [o for o in (made if isinstance(made, tuple) else (made,)) if np.prod(o.spec.shape) <= MOST]
        values += outputs
        unread = [v for v in unread if all(v is not r for r in reads)] + outputs
    return [start], unread, refusals


def _rows(symbol: Symbol, rng: np.random.Generator) -> Array:
    shape = (ROWS, *symbol.spec.shape)
    if symbol.dtype is DType.INT32:
        return rng.integers(0, 5, shape).astype(np.int32)
    return rng.normal(size=shape).astype(np.float32)


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_random_network_trains_or_says_why_not(data: st.DataObject) -> None:
    inputs, ends, sentences = _draw(data)
    ends = [e for e in ends if e.call is not None and e.dtype is DType.FLOAT32][-2:]
    if ends:
        try:
            _use(inputs, ends)
        except (ShapeError, LoweringError) as error:
            sentences.append(str(error))
    for sentence in sentences:
        assert "fault in it" not in sentence
        assert "\n" not in sentence
        assert sentence.endswith(".")


def _use(inputs: list[Symbol], ends: list[Symbol]) -> None:
    rng = np.random.default_rng(0)
    x = [_rows(i, rng) for i in inputs]
    y = [_rows(e, rng) for e in ends]
    model = Model(inputs, ends)
    model.compile({"name": "SGD", "learning_rate": 1e-4}, loss="mean_squared_error")
    with np.errstate(all="ignore"):
        model.fit(x, y, epochs=2, batch_size=ROWS, verbose=False)
        before = model.predict(x)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.loom"
            model.save(path)
            after = load_model(path).predict(x)
    for one, other in zip(_listed(before), _listed(after), strict=True):
        np.testing.assert_array_equal(one, other)


def _listed(outputs: Array | list[Array]) -> list[Array]:
    return outputs if isinstance(outputs, list) else [outputs]
