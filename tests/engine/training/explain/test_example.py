"""Numbers of whole networks are explained for one example, as the run that trains them would compute them."""

from __future__ import annotations

import math

import numpy as np

from engine.compiler.lower import PARAMS
from engine.compiler.model import GRADS
from engine.data.load import load
from engine.optimizers.sgd import SGD
from engine.training.explain.example import Explainer
from engine.training.explain.formula import Apply
from engine.training.explain.names import Kind
from engine.training.explain.text import formula_text
from engine.training.explain.trace import Place
from tests.engine.training.networks import XOR, session, settings, two_layer


def test_slopes_are_those_of_the_run() -> None:
    run = session(training=settings(optimizer=SGD(), batch_size=1))
    states = run.states()
    (row,) = run.order.batches(0, 1)[0]
    explainer = Explainer(run.graph, run.bundle, states)
    layout = run.layout
    run.advance(1)
    gradients = run.memory.read(GRADS)
    run.close()
    weights = [t for t in explainer.tensors(int(row)) if t.is_weight]
    assert len(weights) == 4
    for tensor in weights:
        arena, offset, shape = layout[f"{tensor.node}/{tensor.name}"]
        assert arena == PARAMS
        for index in range(math.prod(shape)):
            explained = explainer.explain(Place(tensor.value, index), int(row))
            assert explained.slope is not None
            np.testing.assert_allclose(explained.slope, gradients[offset + index], rtol=1e-4, atol=1e-6)
            assert explained.value == states[PARAMS][offset + index]


def test_a_unit_is_a_function_of_what_its_layer_reads() -> None:
    explainer = Explainer(two_layer(), load(XOR), seed=7)
    unit = next(t for t in explainer.tensors(0) if t.node == "n2" and not t.is_weight)
    assert unit.shape == (8,)
    explained = explainer.explain(Place(unit.value, 2), 0)
    assert isinstance(explained.formula, Apply)
    assert formula_text(explained.formula).startswith("tanh(weight[")
    assert "bias[3]" in formula_text(explained.formula)
    assert explained.symbol.kind is Kind.OUTPUT
    assert explained.symbol.index == (3,)
    assert explained.maker is not None
    assert explained.maker.op.name == "tanh"
    assert explained.edges[-1].of_symbol.kind is Kind.LOSS
    assert math.prod(e.derivative for e in explained.edges) == np.float32(explained.slope) or np.isclose(
        math.prod(e.derivative for e in explained.edges), explained.slope or 0.0, rtol=1e-5
    )
    weight = next(t for t in explainer.tensors(0) if t.node == "n2" and t.is_weight)
    assert explainer.explain(Place(weight.value, 0), 0).maker is None


def test_fresh_weights_are_those_that_a_run_begins_with() -> None:
    run = session()
    weights = run.states()[PARAMS]
    explainer = Explainer(run.graph, run.bundle, seed=run.settings.seed)
    run.close()
    for tensor in explainer.tensors(0):
        if tensor.is_weight:
            _, offset, _ = run.layout[f"{tensor.node}/{tensor.name}"]
            number = explainer.explain(Place(tensor.value, 0), 0).value
            assert number == weights[offset]


def test_another_example_has_other_numbers() -> None:
    explainer = Explainer(two_layer(), load(XOR), seed=7)
    unit = next(t for t in explainer.tensors(0) if t.node == "n2")
    first, second = (explainer.explain(Place(unit.value, 0), row) for row in (0, 1))
    assert first.value != second.value
    assert first.loss != second.loss
