"""What recurrent layers do beside what Keras can be asked: dropout, states, ports, wrong settings and inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from engine.layers.bidirectional import Bidirectional
from engine.layers.embedding import Embedding
from engine.layers.gru import GRU
from engine.layers.lstm import LSTM, ForgetBias
from engine.layers.masking import Masking
from engine.layers.recurrent import RECURRENT, Recurrent
from engine.layers.registry import layers
from engine.layers.simple_rnn import SimpleRNN
from engine.layers.time_distributed import TimeDistributed
from engine.ops.op import Tensor
from engine.settings import problems
from engine.tensor.spec import Array, Shape, ShapeError
from tests.engine.bench import LayerBench

KINDS = [SimpleRNN, LSTM, GRU]


def outputs(layer: Recurrent | Bidirectional, bench: LayerBench, x: Array, *states: Array) -> list[Array]:
    return bench.run(*layer.build(bench, bench.input(x), *map(bench.input, states)))


def without(bench: LayerBench, name: str) -> None:
    """Set a weight that was made to zero."""
    bench.values[bench.weights[name].id] *= 0.0


def test_all_recurrent_layers_are_a_family() -> None:
    assert set(RECURRENT.members) == {"SimpleRNN", "LSTM", "GRU"}
    assert Bidirectional().layer == LSTM()
    assert Bidirectional.model_validate({"layer": {"name": "GRU", "units": 3}}).layer == GRU(units=3)


def test_input_dropout_is_the_same_in_all_time_steps() -> None:
    bench = LayerBench(seed=3)
    layer = SimpleRNN(units=4, activation="linear", dropout=0.5, return_sequences=True, use_bias=False)
    x = bench.input(np.ones((6, 5, 3), np.float32))
    (y,) = layer.build(bench, x)
    without(bench, "recurrent_weight")
    (value,) = bench.run(y)
    np.testing.assert_allclose(value, value[:, :1].repeat(5, axis=1))
    weight = bench.values[bench.weights["weight"].id]
    kept = np.linalg.lstsq(weight.T, value[:, 0].T, rcond=None)[0].T
    np.testing.assert_allclose(kept, np.round(kept / 2) * 2, atol=1e-6)  # 0, or 1 / (1 - 0.5)
    assert {0, 2} == set(np.round(kept).astype(int).reshape(-1))


def test_recurrent_dropout_is_the_same_in_all_time_steps() -> None:
    bench = LayerBench(seed=4)
    layer = SimpleRNN(
        units=4, activation="linear", recurrent_dropout=0.5, return_sequences=True, use_bias=False
    )
    (y,) = layer.build(bench, bench.input(np.ones((6, 4, 3), np.float32)), bench.input(np.ones((6, 4))))
    without(bench, "weight")
    bench.values[bench.weights["recurrent_weight"].id] = np.eye(4)
    (value,) = bench.run(y)
    assert {0, 2} == set(value[:, 0].astype(int).reshape(-1))
    for t in range(1, 4):
        np.testing.assert_allclose(value[:, t], value[:, 0] ** (t + 1))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_dropped_in_use(kind: type[Recurrent]) -> None:
    values = []
    for settings in ({}, {"dropout": 0.5, "recurrent_dropout": 0.5}):
        bench = LayerBench(training=False, seed=5)
        values += outputs(kind(units=3, **settings), bench, np.ones((2, 3, 2), np.float32))
    np.testing.assert_array_equal(values[0], values[1])


def test_states_that_are_not_wired_are_zero() -> None:
    x, h = np.ones((2, 3, 2), np.float32), np.full((2, 4), 0.5, np.float32)
    both = outputs(LSTM(units=4), LayerBench(seed=6), x, h, np.zeros_like(h))
    np.testing.assert_array_equal(outputs(LSTM(units=4), LayerBench(seed=6), x, h), both)


def test_reading_backwards_is_reading_what_was_turned_round() -> None:
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
    layer = GRU(units=3, return_sequences=True)
    turned = outputs(layer, LayerBench(seed=7), x[:, ::-1].copy())
    backwards = outputs(layer.model_copy(update={"go_backwards": True}), LayerBench(seed=7), x)
    np.testing.assert_allclose(backwards, turned)


def test_ports_follow_the_settings() -> None:
    def names(layer: Any) -> tuple[list[str], list[str]]:
        return [p.name for p in layer.input_ports()], [p.name for p in layer.output_ports()]

    assert names(LSTM()) == (["input", "initial_state", "initial_cell"], ["output"])
    assert names(GRU(return_state=True)) == (["input", "initial_state"], ["output", "state"])
    both = Bidirectional(layer=LSTM(return_state=True), merge_mode=None)
    assert names(both)[0][1:3] == ["initial_forward_state", "initial_forward_cell"]
    assert names(both)[1][:3] == ["forward", "backward", "forward_state"]
    assert all(p.minimum == 0 for p in both.input_ports()[1:])


def test_the_forget_bias_starts_at_one() -> None:
    start = ForgetBias(others=RECURRENT("LSTM").bias_initializer)
    sample = start.sample((8,), np.random.default_rng(0))
    np.testing.assert_array_equal(sample, [0, 0, 1, 1, 0, 0, 0, 0])


def test_masks_of_padding() -> None:
    bench = LayerBench()
    x = bench.input(np.array([[[0, 0], [1, 0], [0, 0]], [[2, 2], [0, 3], [0, 0]]], np.float32))
    (y,) = Masking().build(bench, x)
    numbers = bench.input(np.array([[3, 0, 1]], np.int32))
    (embedded,) = Embedding(input_dim=4, mask_zero=True).build(bench, numbers)
    masks = [bench.mask(t) for t in (y, embedded)]
    assert all(isinstance(m, Tensor) for m in masks)
    one, two = bench.run(*(m for m in masks if m is not None))
    np.testing.assert_array_equal(one, [[0, 1, 0], [1, 1, 0]])
    np.testing.assert_array_equal(two, [[1, 0, 1]])
    assert bench.mask(Embedding(input_dim=4).build(bench, numbers)[0]) is None


def test_a_penalty_inside_is_that_of_all_steps() -> None:
    bench = LayerBench()
    x = np.random.default_rng(2).normal(size=(2, 3, 4)).astype(np.float32)
    inner = {"name": "ActivityRegularization", "l2": 0.5}
    TimeDistributed.model_validate({"layer": inner}).build(bench, bench.input(x))
    (penalty,) = bench.run(*bench.penalties)
    np.testing.assert_allclose(penalty, 0.5 * (x.astype(np.float64) ** 2).sum() / 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        ("LSTM", {"activation": "softmax"}, "must look at one number at a time, received softmax"),
        ("GRU", {"recurrent_activation": "log_softmax"}, "received log_softmax. Take tanh or sigmoid."),
        ("SimpleRNN", {"dropout": 1.0}, "Dropout must be below 1, received 1.0."),
        ("LSTM", {"units": 0}, "Units must be at least 1, received 0."),
        ("Bidirectional", {"layer": "Dense"}, "There is no recurrent layer named 'Dense'; take one of GRU"),
        ("Bidirectional", {"merge_mode": "max"}, "Merge must be one of"),
        (
            "Bidirectional",
            {"backward_layer": "GRU"},
            "one reads backwards, received two that read the same way",
        ),
        (
            "Bidirectional",
            {"backward_layer": {"name": "GRU", "units": 3, "go_backwards": True}},
            "received different units. Make them equal.",
        ),
    ],
)
def test_wrong_settings(name: str, settings: dict[str, Any], sentence: str) -> None:
    kind = layers()[name]
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(settings)
    assert sentence in " ".join(problems(kind, caught.value).values())


@pytest.mark.parametrize(
    ("name", "settings", "inputs", "sentence"),
    [
        ("LSTM", {}, ((2, 3),), "LSTM needs a sequence (time × features), received 3 per example."),
        (
            "GRU",
            {"units": 4},
            ((2, 3, 5), (2, 3)),
            "starts with states of 4 numbers each, as many as its units",
        ),
        ("Bidirectional", {}, ((2, 3, 4, 5),), "needs a sequence (time × features), received 3 × 4 × 5"),
        ("Masking", {}, ((2, 3),), "Masking needs a sequence (time × features), received 3 per example."),
        ("TimeDistributed", {}, ((2, 3),), "needs a sequence (time × ..), received 3 per example"),
        ("TimeDistributed", {"layer": "Target"}, ((2, 3, 4),), "one input and one output, received Target"),
        (
            "TimeDistributed",
            {"layer": {"name": "GRU", "return_state": True}},
            ((2, 3, 4, 5),),
            "one input and one output, received GRU. Choose another layer",
        ),
    ],
)
def test_wrong_inputs(name: str, settings: dict[str, Any], inputs: tuple[Shape, ...], sentence: str) -> None:
    bench = LayerBench()
    with pytest.raises(ShapeError) as caught:
        layers()[name].model_validate(settings).build(bench, *(bench.input(np.zeros(s)) for s in inputs))
    assert sentence in str(caught.value)
