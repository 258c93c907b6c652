"""Every optimizer against Keras' formulas, restated in NumPy, over twenty steps.

The restatements are those of keras/src/optimizers/{sgd,rmsprop,adam,adamw,base_optimizer}.py, one variable at a time.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.optimizers.base import Optimizer
from engine.optimizers.registry import optimizer_from, optimizers
from engine.program.program import Member
from engine.tensor.spec import Array, TensorSpec
from tests.engine.bench import Bench

SIZE, STEPS = 7, 20
Rule = Callable[[dict[str, Any], Array, Array, dict[str, Array], int], Array]


def sgd(o: dict[str, Any], x: Array, g: Array, s: dict[str, Array], t: int) -> Array:
    step: Array = -o["learning_rate"] * g
    if not o["momentum"]:
        return x + step
    s["m"] = s.get("m", np.zeros(SIZE)) * o["momentum"] + step
    return x + (s["m"] * o["momentum"] + step if o["nesterov"] else s["m"])


def rmsprop(o: dict[str, Any], x: Array, g: Array, s: dict[str, Array], t: int) -> Array:
    s["v"] = o["rho"] * s.get("v", np.zeros(SIZE)) + (1 - o["rho"]) * g**2
    denominator = s["v"] + o["epsilon"]
    if o["centered"]:
        s["a"] = o["rho"] * s.get("a", np.zeros(SIZE)) + (1 - o["rho"]) * g
        denominator = s["v"] - s["a"] ** 2 + o["epsilon"]
    increment = o["learning_rate"] * g / np.sqrt(denominator)
    s["m"] = o["momentum"] * s.get("m", np.zeros(SIZE)) + increment
    return x - s["m"]


def adam(o: dict[str, Any], x: Array, g: Array, s: dict[str, Array], t: int) -> Array:
    m, v = s.get("m", np.zeros(SIZE)), s.get("v", np.zeros(SIZE))
    s["m"], s["v"] = m + (g - m) * (1 - o["beta_1"]), v + (g**2 - v) * (1 - o["beta_2"])
    s["h"] = np.maximum(s.get("h", np.zeros(SIZE)), s["v"])
    alpha = o["learning_rate"] * math.sqrt(1 - o["beta_2"] ** t) / (1 - o["beta_1"] ** t)
    change: Array = s["m"] * alpha / (np.sqrt(s["h"] if o["amsgrad"] else s["v"]) + o["epsilon"])
    return x - change


RULES: dict[str, Rule] = {"SGD": sgd, "RMSprop": rmsprop, "Adam": adam, "AdamW": adam}


def gradient(t: int) -> Array:
    value: Array = np.random.default_rng(t).normal(size=SIZE) * (
        0.0 if t == 3 else 1.0
    )  # one step stands still
    return value


def run(optimizer: Optimizer, steps: int = STEPS) -> Array:
    """Parameters after `steps` updates by ops."""
    params = np.linspace(-1.0, 1.0, SIZE)
    slots = {name: np.zeros(SIZE) for name in optimizer.slots()}
    for step in range(steps):
        bench = Bench()
        new_params, new_slots = optimizer.update(
            bench.input(params),
            bench.input(gradient(step)),
            {name: bench.input(value) for name, value in slots.items()},
            bench.input(optimizer.learning_rate),
            bench.input(np.array(step, np.int32)),
        )
        assert set(new_slots) == set(optimizer.slots())
        params, *values = bench.run(new_params, *new_slots.values())
        slots = dict(zip(new_slots, values, strict=True))
    return params


@pytest.mark.parametrize(
    "settings",
    [
        {"name": "SGD"},
        {"name": "SGD", "momentum": 0.9},
        {"name": "SGD", "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        {"name": "RMSprop"},
        {"name": "RMSprop", "momentum": 0.8, "centered": True, "epsilon": 1e-3},
        {"name": "Adam"},
        {"name": "Adam", "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-2, "learning_rate": 0.1},
        {"name": "Adam", "beta_2": 0.5, "amsgrad": True},
        {"name": "AdamW"},
        {"name": "AdamW", "weight_decay": 0.5, "learning_rate": 0.01},
    ],
    ids=str,
)
def test_twenty_steps_are_those_of_keras(settings: dict[str, Any]) -> None:
    optimizer = optimizer_from(settings)
    options = optimizer.model_dump()
    expected, slots = np.linspace(-1.0, 1.0, SIZE), dict[str, Array]()
    for step in range(STEPS):
        if options["weight_decay"]:  # before the update, which does not look at the weights
            expected = expected - expected * options["weight_decay"] * options["learning_rate"]
        expected = RULES[options["name"]](options, expected, gradient(step), slots, step + 1)
    moved = np.abs(expected - np.linspace(-1.0, 1.0, SIZE)).max()
    np.testing.assert_allclose(run(optimizer), expected, rtol=2e-6, atol=2e-6 * moved)


def test_elements_between_weights_stay_zero() -> None:
    for kind in optimizers().values():
        optimizer = kind()
        bench = Bench()
        zero = np.zeros(SIZE)
        params, _ = optimizer.update(
            bench.input(zero),
            bench.input(zero),
            {name: bench.input(zero) for name in optimizer.slots()},
            bench.input(0.1),
            bench.input(np.array(0, np.int32)),
        )
        np.testing.assert_array_equal(bench.run(params)[0], zero)


MEMBERS = (
    Member("params", "a", 0, TensorSpec((2, 2))),
    Member("params", "b", 64, TensorSpec((3,))),
)
GRADIENT = np.concatenate([[3.0, 0.0, 0.0, 4.0], np.zeros(60), [0.1, 0.2, -0.2], np.zeros(61)])


def clip(**settings: float) -> Array:
    bench = Bench()
    (value,) = bench.run(optimizer_from({"name": "SGD", **settings}).clipped(bench.input(GRADIENT), MEMBERS))
    return value


def test_clipping() -> None:
    np.testing.assert_allclose(clip(), GRADIENT)
    np.testing.assert_allclose(clip(clipvalue=0.15), GRADIENT.clip(-0.15, 0.15), rtol=1e-6)
    whole = math.sqrt((GRADIENT**2).sum())
    np.testing.assert_allclose(clip(global_clipnorm=1.0), GRADIENT / whole, rtol=1e-6)
    np.testing.assert_allclose(clip(global_clipnorm=6.0), GRADIENT, rtol=1e-6)
    each = GRADIENT * np.where(
        np.arange(128) < 64, 1.0 / 5.0, 1.0
    )  # only the first weight's is longer than 1
    np.testing.assert_allclose(clip(clipnorm=1.0), each, rtol=1e-6)
    assert np.isfinite(clip(clipnorm=1.0)).all()


def test_a_zero_gradient_is_clipped_to_zero() -> None:
    for option in ("clipnorm", "global_clipnorm", "clipvalue"):
        bench = Bench()
        optimizer = optimizer_from({"name": "Adam", option: 1.0})
        (value,) = bench.run(optimizer.clipped(bench.input(np.zeros(128)), MEMBERS))
        np.testing.assert_array_equal(value, np.zeros(128))
