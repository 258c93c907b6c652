"""What all optimizers have in common: clipping, decay, averages, accumulation, rates by weight, gaps in the arena."""

import math

import numpy as np
import pytest

from engine.optimizers.base import ACCUMULATOR, AVERAGE, OPTIMIZERS, Optimizer
from engine.program.program import Member
from engine.tensor.spec import Array, TensorSpec
from tests.engine.optimizers.running import Updates

PLACES = (
    Member("params", "a", 0, TensorSpec((2, 2))),
    Member("params", "b", 64, TensorSpec((3,))),
)
GRADIENT = np.concatenate([[3.0, 0.0, 0.0, 4.0], np.zeros(60), [0.1, 0.2, -0.2], np.zeros(61)])
WEIGHTS = np.where(GRADIENT != 0.0, 1.0, 0.0)
RNG = np.random.default_rng(3)
GRADIENTS = RNG.normal(size=(6, 128)) * WEIGHTS
all_optimizers = pytest.mark.parametrize("name", OPTIMIZERS.members)


def run(optimizer: Optimizer, grads: Array, factors: Array | None = None) -> Array:
    updates = Updates(optimizer, WEIGHTS, PLACES, factors)
    for gradient in grads:
        updates.step(gradient)
    return updates.params


@all_optimizers
def test_elements_between_weights_stay_zero(name: str) -> None:
    moved = run(OPTIMIZERS(name, weight_decay=0.1, use_ema=True), GRADIENTS)
    gaps = [i for i in range(128) if i not in (*range(4), *range(64, 67))]
    np.testing.assert_array_equal(moved[gaps], 0.0)
    assert (moved[[0, 3, 64, 65, 66]] != 1.0).all()


@all_optimizers
def test_slots_that_a_file_has_zeros_for_do_no_harm(name: str) -> None:
    updates = Updates(OPTIMIZERS(name), WEIGHTS, PLACES)
    updates.slots = {slot: np.zeros_like(value) for slot, value in updates.slots.items()}
    updates.step(np.zeros(128))
    updates.step(GRADIENT)
    assert np.isfinite(updates.params).all()


@all_optimizers
def test_weights_with_factors_learn_as_if_the_rate_were_another_one(name: str) -> None:
    factors = np.where(np.arange(128) < 64, 1.0, 0.25)
    both = run(OPTIMIZERS(name, weight_decay=0.01), GRADIENTS, factors)
    rate = OPTIMIZERS(name).learning_rate
    slow = run(OPTIMIZERS(name, weight_decay=0.01, learning_rate=rate / 4), GRADIENTS)
    full = run(OPTIMIZERS(name, weight_decay=0.01), GRADIENTS)
    np.testing.assert_allclose(both, np.where(np.arange(128) < 64, full, slow), rtol=1e-12, atol=1e-15)


@all_optimizers
def test_accumulated_gradients_are_one_step_with_their_mean(name: str) -> None:
    updates = Updates(OPTIMIZERS(name, gradient_accumulation_steps=3), WEIGHTS, PLACES)
    start = {slot: value.copy() for slot, value in updates.slots.items()}
    for gradient in GRADIENTS[:2]:
        np.testing.assert_array_equal(updates.step(gradient), WEIGHTS)
    np.testing.assert_allclose(updates.slots.pop(ACCUMULATOR), GRADIENTS[:2].sum(axis=0), rtol=1e-12)
    start.pop(ACCUMULATOR)
    for slot, value in updates.slots.items():
        np.testing.assert_array_equal(value, start[slot])
    updates.slots[ACCUMULATOR] = GRADIENTS[:2].sum(axis=0)
    updates.step(GRADIENTS[2])
    at_once = Updates(OPTIMIZERS(name), WEIGHTS, PLACES)
    at_once.step(GRADIENTS[:3].mean(axis=0))
    np.testing.assert_allclose(updates.params, at_once.params, rtol=1e-6, atol=1e-12)
    np.testing.assert_array_equal(updates.slots[ACCUMULATOR], 0.0)
    assert updates.slots.keys() - {ACCUMULATOR} == at_once.slots.keys()


def test_the_average_starts_with_the_first_weights() -> None:
    updates = Updates(OPTIMIZERS("SGD", use_ema=True, ema_momentum=0.5), WEIGHTS, PLACES)
    first = updates.step(GRADIENTS[0])
    np.testing.assert_array_equal(updates.slots[AVERAGE], first)
    second = updates.step(GRADIENTS[1])
    np.testing.assert_allclose(updates.slots[AVERAGE], (first + second) / 2, rtol=1e-12)


def test_averages_become_the_weights_when_they_are_due() -> None:
    updates = Updates(OPTIMIZERS("SGD", use_ema=True, ema_overwrite_frequency=2), WEIGHTS, PLACES)
    assert not np.array_equal(updates.step(GRADIENTS[0]) * 0.99, updates.slots[AVERAGE])
    np.testing.assert_array_equal(updates.step(GRADIENTS[1]), updates.slots[AVERAGE])
    assert not np.array_equal(updates.step(GRADIENTS[2]), updates.slots[AVERAGE])


def test_biases_can_be_spared_from_decay() -> None:
    settings = {"weight_decay": 0.5, "learning_rate": 0.1, "exclude_biases_from_weight_decay": True}
    still = np.zeros((1, 128))
    np.testing.assert_allclose(
        run(OPTIMIZERS("SGD", **settings), still), WEIGHTS * np.where(np.arange(128) < 64, 0.95, 1.0)
    )


def clip(**settings: float) -> Array:
    """What is left of `GRADIENT`: the way that plain gradient descent goes with a learning rate of 1."""
    return WEIGHTS - run(OPTIMIZERS("SGD", learning_rate=1.0, **settings), GRADIENT[None])


def test_clipping() -> None:
    np.testing.assert_allclose(clip(), GRADIENT, atol=1e-12)
    np.testing.assert_allclose(clip(clipvalue=0.15), GRADIENT.clip(-0.15, 0.15), rtol=1e-6)
    whole = math.sqrt((GRADIENT**2).sum())
    np.testing.assert_allclose(clip(global_clipnorm=1.0), GRADIENT / whole, rtol=1e-6)
    np.testing.assert_allclose(clip(global_clipnorm=6.0), GRADIENT, rtol=1e-6)
    # only the first weight's is longer than 1
    each = GRADIENT * np.where(np.arange(128) < 64, 1.0 / 5.0, 1.0)
    np.testing.assert_allclose(clip(clipnorm=1.0), each, rtol=1e-6)


@pytest.mark.parametrize("option", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_a_zero_gradient_is_clipped_to_zero(option: str) -> None:
    still = np.zeros((1, 128))
    np.testing.assert_array_equal(run(OPTIMIZERS("SGD", **{option: 1.0}), still), WEIGHTS)


def test_adafactor_keeps_rows_and_columns_only() -> None:
    updates = Updates(OPTIMIZERS("Adafactor"), WEIGHTS, PLACES)
    shapes = {name: value.shape for name, value in updates.slots.items()}
    assert shapes == {"row/a": (2,), "column/a": (2,), "velocity/b": (3,)}
