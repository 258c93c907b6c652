"""Losses against their definitions, their stability, their gradients and what they refuse."""

import numpy as np
import pytest

from engine.objectives.loss import TASKS, Link
from engine.objectives.registry import default_loss, find_loss, losses
from engine.objectives.regression import huber_function
from engine.tensor.spec import Array, ShapeError
from tests.engine.bench import Bench

CLASSES = np.array([2, 0, 1], np.int32)
YES_NO = np.array([1, 0, 1], np.int32)


def compute(name: str, scores: Array, target: Array) -> Array:
    bench = Bench()
    loss = losses()[name].function(bench.input(scores), bench.input(target))
    assert loss.shape == (scores.shape[0],)
    return bench.run(loss)[0]


def numbers(*shape: int, seed: int = 3) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


def soft_max(x: Array) -> Array:
    shares: Array = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    return shares


def test_squares_and_absolute_values() -> None:
    p, y = numbers(3, 4), numbers(3, 4, seed=4)
    np.testing.assert_allclose(compute("mean_squared_error", p, y), ((p - y) ** 2).mean(1), rtol=1e-6)
    np.testing.assert_allclose(compute("mean_absolute_error", p, y), np.abs(p - y).mean(1), rtol=1e-6)


def test_any_shape_can_be_predicted() -> None:
    p, y = numbers(3, 4, 2), numbers(3, 4, 2, seed=4)
    np.testing.assert_allclose(compute("mean_squared_error", p, y), ((p - y) ** 2).mean((1, 2)), rtol=1e-6)


@pytest.mark.parametrize("delta", [0.5, 1.0])
def test_huber_by_its_definition(delta: float) -> None:
    p, y = numbers(3, 4) * 2, numbers(3, 4, seed=4)
    e = np.abs(p - y)
    expected = np.where(e <= delta, 0.5 * e**2, delta * e - 0.5 * delta**2).mean(1)
    bench = Bench()
    np.testing.assert_allclose(bench.run(huber_function(delta)(bench.input(p), bench.input(y)))[0], expected)


def test_binary_crossentropy_is_that_of_the_sigmoid() -> None:
    s = numbers(3, 1)
    p = 1.0 / (1.0 + np.exp(-s[:, 0]))
    expected = -np.log(np.where(YES_NO == 1, p, 1.0 - p))
    np.testing.assert_allclose(compute("binary_crossentropy", s, YES_NO), expected, rtol=1e-6)


def test_binary_crossentropy_takes_several_shares() -> None:
    s, y = numbers(3, 4), np.abs(numbers(3, 4, seed=4)) % 1.0
    p = 1.0 / (1.0 + np.exp(-s))
    expected = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(1)
    np.testing.assert_allclose(compute("binary_crossentropy", s, y), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_crossentropy_of_class_numbers(name: str) -> None:
    s = numbers(3, 4)
    expected = -np.log(soft_max(s)[np.arange(3), CLASSES])
    np.testing.assert_allclose(compute(name, s, CLASSES), expected, rtol=1e-6)


def test_crossentropy_of_shares() -> None:
    s, y = numbers(3, 4), soft_max(numbers(3, 4, seed=4))
    expected = -(y * np.log(soft_max(s))).sum(1)
    np.testing.assert_allclose(compute("categorical_crossentropy", s, y), expected, rtol=1e-6)


def test_large_scores_neither_overflow_nor_vanish() -> None:
    huge = np.array([[1000.0], [1000.0], [-1000.0]])
    np.testing.assert_allclose(compute("binary_crossentropy", huge, YES_NO), [0.0, 1000.0, 1000.0])
    scores = np.array([[-1000.0, 0.0, 1000.0]] * 3)
    np.testing.assert_allclose(
        compute("sparse_categorical_crossentropy", scores, CLASSES), [0.0, 2000.0, 1000.0], atol=1e-6
    )


@pytest.mark.parametrize("name", losses())
def test_gradients(name: str) -> None:
    loss = losses()[name]
    bench = Bench()
    width = 1 if loss.link is Link.SIGMOID else 4
    target = numbers(3, 4, seed=4) if loss.link is Link.NONE else YES_NO
    scores = bench.input(numbers(3, width if loss.link is not Link.NONE else 4) * 2)
    output = loss.function(scores, bench.input(target))
    bench.check_gradients(output, [scores], np.random.default_rng(0))


@pytest.mark.parametrize("name", losses())
def test_a_loss_is_declared_in_full(name: str) -> None:
    loss = losses()[name]
    assert loss.title
    assert loss.summary
    assert set(loss.tasks) <= set(TASKS)
    assert loss.tasks


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("binary", "binary_crossentropy"),
        ("multiclass", "sparse_categorical_crossentropy"),
        ("regression", "mean_squared_error"),
    ],
)
def test_the_usual_losses(task: str, name: str) -> None:
    assert default_loss(task).name == name
    assert find_loss("auto", task) is default_loss(task)
    assert find_loss(name, task) is losses()[name]


def test_losses_for_other_targets_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"'huber' is for other targets; for a binary target take auto, binary_cross"
    ):
        find_loss("huber", "binary")
    with pytest.raises(
        ValueError, match="'foo' does not exist; for a regression target take auto, huber, mean_abs"
    ):
        find_loss("foo", "regression")


@pytest.mark.parametrize(
    ("name", "scores", "target", "sentence"),
    [
        (
            "mean_squared_error",
            (3, 2),
            numbers(3, 1),
            "1 per example, received 2. Put a Dense with 1 unit before",
        ),
        ("binary_crossentropy", (3, 2), YES_NO, "needs one score per example, received 2 per example"),
        (
            "sparse_categorical_crossentropy",
            (3, 1),
            CLASSES,
            "a score for each class, received 1 per example",
        ),
        ("sparse_categorical_crossentropy", (3, 4, 4), CLASSES, "received 4 × 4 per example"),
        ("sparse_categorical_crossentropy", (3, 4), numbers(3, 4), "Take categorical cross-entropy instead"),
        ("categorical_crossentropy", (3, 4), numbers(3, 5), "Put a Dense with 5 units before"),
    ],
)
def test_wrong_shapes(name: str, scores: tuple[int, ...], target: Array, sentence: str) -> None:
    with pytest.raises(ShapeError, match=sentence):
        compute(name, numbers(*scores), target)
