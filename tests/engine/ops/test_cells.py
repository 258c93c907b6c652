"""Cells of recurrent networks: what is recorded, what is derived from it, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compiler.differentiate import differentiate
from engine.ops.cells import Cell, CellInputs, Seen, cell, gru, lstm, simple
from engine.ops.elementwise import sigmoid, tanh
from engine.ops.op import Tensor
from engine.ops.recurrent import order, recurrent, specs_of
from engine.ops.reductions import sum_
from engine.ops.softmax import softmax
from engine.ops.tape import Product, Source, Tape
from engine.tensor.spec import Array, ShapeError, TensorSpec
from tests.engine.bench import Bench

LSTM = cell(lstm(tanh, sigmoid), lanes=4, states=2)


def inputs_of(kind: Cell, steps: int, batch: int, units: int, mask: Array | None = None) -> list[Array]:
    rng = np.random.default_rng(5)
    arrays = [rng.uniform(-1, 1, s.shape).astype(np.float32) for s in specs_of(kind, steps, batch, units)]
    if mask is not None:
        arrays[-1] = mask.astype(np.float32)
    return arrays


def test_an_lstm_keeps_its_gates_and_multiplies_once() -> None:
    assert len(LSTM.saved) == 5  # four gates and the activated cell
    assert sum(isinstance(a, Product) for a in LSTM.forward.actions) == 1
    (product,) = (a for a in LSTM.backward.actions if isinstance(a, Product))
    assert product.transposed
    assert LSTM.packs == ()  # the gradients of x serve the weights as well


def test_a_simple_cell_keeps_nothing_but_its_states() -> None:
    assert cell(simple(tanh), lanes=1, states=1).saved == ()


def test_the_reset_gate_before_the_product_takes_two_products() -> None:
    before = cell(gru(tanh, sigmoid, reset_after=False, use_bias=True), lanes=3, states=1)
    after = cell(gru(tanh, sigmoid, reset_after=True, use_bias=True), lanes=3, states=1)
    assert [w.count for w in before.products] == [2, 1]
    assert [w.count for w in after.products] == [3]
    assert (before.biased, after.biased) == ((), (0,))


def test_equal_formulas_are_one_cell() -> None:
    again = cell(lstm(tanh, sigmoid), lanes=4, states=2)
    assert again == LSTM
    assert hash(again) == hash(LSTM)


def test_what_is_worth_a_look_is_found_among_states_and_kept_values() -> None:
    found = dict(LSTM.named)
    assert found[Seen.CELL] == Source("after", 1)
    gates = (Seen.INPUT_GATE, Seen.FORGET_GATE, Seen.CANDIDATE, Seen.OUTPUT_GATE)
    assert len({found[g].index for g in gates}) == 4
    assert {found[g].name for g in gates} == {"saved"}
    masked = cell(lstm(tanh, sigmoid), lanes=4, states=2, masked=True)
    assert dict(masked.named)[Seen.CELL] == Source("after", 1)
    assert cell(simple(tanh), lanes=1, states=1).named == ()


def test_a_new_cell_is_one_formula() -> None:
    def leaky(inputs: CellInputs) -> list[Tensor]:
        (p,) = inputs.product(inputs.states[0], 1)
        return [inputs.states[0] * 0.75 + tanh(inputs.x[0] + p) * 0.25]

    kind = cell(leaky, lanes=1, states=1)
    x, h, u = inputs_of(kind, 3, 2, 4)
    sequence, last, _ = recurrent.evaluate(x, h, u, cell=kind, backwards=False, zero_start=False)
    for t in range(3):
        h = 0.75 * h + 0.25 * np.tanh(x[t] + h @ u)
        np.testing.assert_allclose(sequence[t], h, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(last, sequence[-1])


def test_an_activation_of_several_numbers_is_refused() -> None:
    with pytest.raises(ShapeError, match="look at one number at a time, received softmax"):
        cell(simple(softmax), lanes=1, states=1)
    with pytest.raises(ShapeError, match="one number at a time"):
        Tape().source("x").builder.emit(sum_, (), {})


def test_wrong_shapes_are_refused() -> None:
    specs = list(specs_of(LSTM, 3, 2, 5))
    specs[3] = TensorSpec((5, 19))
    attrs = {"cell": LSTM, "backwards": False, "zero_start": False, "keep": True}
    with pytest.raises(ShapeError, match=r"needs 5 × 20 float32, received 5 × 19"):
        recurrent.infer(tuple(specs), attrs)
    specs[0] = TensorSpec((2, 20))
    with pytest.raises(ShapeError, match="reads \\(time, batch, values\\)"):
        recurrent.infer(tuple(specs), attrs)


@pytest.mark.parametrize("backwards", [True, False])
def test_masked_steps_keep_the_states(backwards: bool) -> None:
    kind = cell(lstm(tanh, sigmoid), lanes=4, states=2, masked=True)
    mask = np.array([[1, 0, 0], [0, 0, 1], [1, 0, 1], [0, 0, 1]])
    arrays = inputs_of(kind, 4, 3, 2, mask)
    h, c, *finals, _ = recurrent.evaluate(*arrays, cell=kind, backwards=backwards, zero_start=False)
    before = arrays[1:3]
    for t in order(4, backwards=backwards):
        for new, old in zip((h[t], c[t]), before, strict=True):
            same = (new == old).all(axis=1)
            np.testing.assert_array_equal(same, mask[t] == 0)
        before = [h[t], c[t]]
    np.testing.assert_array_equal(finals, before)


@pytest.mark.parametrize("backwards", [True, False])
@pytest.mark.parametrize("zero_start", [True, False])
@pytest.mark.parametrize("steps", [1, 3])
def test_gradients_of_masked_sequences_are_slopes(backwards: bool, zero_start: bool, steps: int) -> None:
    kind = cell(
        gru(tanh, sigmoid, reset_after=True, use_bias=True),
        lanes=3,
        states=2,
        constants=1,
        masked=True,
        held=True,
    )
    mask = np.array([[1, 0, 1, 0], [0, 0, 1, 1], [1, 0, 1, 0]])[:steps]
    arrays = inputs_of(kind, steps, 4, 16, mask)
    if zero_start:
        arrays[1:3] = [np.zeros_like(a) for a in arrays[1:3]]
    bench = Bench()
    tensors = [bench.input(a) for a in arrays]
    outputs = recurrent.outputs(*tensors, cell=kind, backwards=backwards, zero_start=zero_start)
    wrt = [t for k, t in enumerate(tensors[:5]) if not (zero_start and k in (1, 2))]
    for output in (outputs[1], outputs[2], outputs[3]):
        bench.check_gradients(output, wrt, np.random.default_rng(1))


def test_only_what_is_used_has_gradients() -> None:
    kind = cell(simple(tanh), lanes=1, states=1, used=())
    bench = Bench()
    x, h, u = (bench.input(a) for a in inputs_of(kind, 3, 2, 4))
    outputs = recurrent.outputs(x, h, u, cell=kind, backwards=False, zero_start=False)
    (grad,) = differentiate(bench.builder, sum_(outputs[0], axes=(0, 1, 2)), [x])
    assert not bench.run(grad)[0].any()


def test_what_is_not_kept_is_computed_again_for_the_gradient() -> None:
    grads = []
    for keep in (True, False):
        bench = Bench()
        tensors = [bench.input(a) for a in inputs_of(LSTM, 3, 2, 4)]
        outputs = recurrent.outputs(*tensors, cell=LSTM, backwards=False, zero_start=False, keep=keep)
        assert outputs[-1].shape[1] == (5 if keep else 0)
        loss = sum_(outputs[0] * outputs[0], axes=(0, 1, 2))
        grads.append(bench.run(*differentiate(bench.builder, loss, tensors)))
    for one, other in zip(*grads, strict=True):
        np.testing.assert_array_equal(one, other)
