"""Losses against their definitions, their stability, their gradients and what they refuse."""

from contextlib import suppress
from functools import partial

import numpy as np
import pytest

from engine.objectives.loss import CLASSES, LOSSES, TASKS, Link, Loss
from engine.objectives.registry import default_loss, find_loss, losses
from engine.ops.eager import grad
from engine.ops.functions import softmax, total
from engine.ops.op import Tensor
from engine.tensor.spec import Array, DType, ShapeError
from tests.engine.bench import Bench

GROUPS = np.array([2, 0, 1], np.int32)
YES_NO = np.array([1, 0, 1], np.int32)
COMPUTED = [name for name in losses() if name != "auto"]


def compute(
    name: str, scores: Array, target: Array, present: Array | None = None, **settings: object
) -> Array:
    bench = Bench()
    rows = None if present is None else bench.input(present)
    values = LOSSES(name, **settings).values(bench.input(scores), bench.input(target), rows)
    return bench.run(values)[0]


def numbers(*shape: int, seed: int = 3) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


def soft_max(x: Array) -> Array:
    shares: Array = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    return shares


@pytest.mark.parametrize("delta", [0.5, 1.0])
def test_huber_by_its_definition(delta: float) -> None:
    p, y = numbers(3, 4) * 2, numbers(3, 4, seed=4)
    e = np.abs(p - y)
    expected = np.where(e <= delta, 0.5 * e**2, delta * e - 0.5 * delta**2).mean(1)
    np.testing.assert_allclose(compute("huber", p, y, delta=delta), expected)


def test_every_position_of_a_picture_has_a_loss() -> None:
    p, y = numbers(2, 3, 4, 5), numbers(2, 3, 4, 5, seed=4)
    np.testing.assert_allclose(compute("mse", p, y), ((p - y) ** 2).mean(-1), rtol=1e-6)
    classes = np.random.default_rng(1).integers(0, 5, (2, 3, 4)).astype(np.int32)
    chosen = np.take_along_axis(soft_max(p), classes[..., None], -1)[..., 0]
    np.testing.assert_allclose(
        compute("sparse_categorical_crossentropy", p, classes), -np.log(chosen), rtol=1e-6
    )


@pytest.mark.parametrize("name", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_crossentropy_of_class_numbers(name: str) -> None:
    s = numbers(3, 4)
    np.testing.assert_allclose(
        compute(name, s, GROUPS), -np.log(soft_max(s)[np.arange(3), GROUPS]), rtol=1e-6
    )


@pytest.mark.parametrize("name", COMPUTED)
@pytest.mark.parametrize("score", [200.0, -200.0])
def test_a_sure_mistake_has_a_finite_slope(name: str, score: float) -> None:
    """In float32 the shares are 1 and 0, where roots and logarithms have none."""

    def of_shares(scores: Tensor, target: Array) -> Tensor:
        true = scores.builder.constant(target, DType(target.dtype.name))
        return total(LOSSES(name).values(softmax(scores), true))

    slopes = []
    for target in (np.array([1], np.int32), np.array([[0, 1]], np.float32)):
        with suppress(ShapeError):  # the loss is for targets of the other kind
            slopes.append(grad(partial(of_shares, target=target))(np.array([[score, 0.0]])))
    assert slopes
    assert np.isfinite(slopes).all()


@pytest.mark.parametrize("shape", [(3, 1), (3,)])
def test_yes_or_no_may_have_a_last_axis_or_none(shape: tuple[int, ...]) -> None:
    s = numbers(3)
    p = 1.0 / (1.0 + np.exp(-s))
    expected = -np.log(np.where(YES_NO == 1, p, 1.0 - p))
    np.testing.assert_allclose(compute("binary_crossentropy", s.reshape(shape), YES_NO), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["mse", "hinge", "dice", "huber", "poisson", "cosine_similarity", "kld"])
def test_classes_count_as_zeros_and_ones(name: str) -> None:
    p = soft_max(numbers(3, 4))
    np.testing.assert_allclose(compute(name, p, GROUPS), compute(name, p, np.eye(4)[GROUPS]))


def test_large_scores_neither_overflow_nor_vanish() -> None:
    huge = np.array([[1000.0], [1000.0], [-1000.0]])
    np.testing.assert_allclose(compute("binary_crossentropy", huge, YES_NO), [0.0, 1000.0, 1000.0])
    scores = np.array([[-1000.0, 0.0, 1000.0]] * 3)
    np.testing.assert_allclose(
        compute("sparse_categorical_crossentropy", scores, GROUPS), [0.0, 2000.0, 1000.0], atol=1e-6
    )


@pytest.mark.parametrize("name", COMPUTED)
def test_gradients(name: str) -> None:
    """Finite differences, of a prediction that such a loss is for."""
    loss = LOSSES(name)
    bench = Bench()
    classes = np.array([1, 0, 1, 1, 0, 0], np.int32)
    scores = (
        numbers(6, 4) * 2 if loss.link is Link.NONE else numbers(6, 1 if loss.link is Link.SIGMOID else 4)
    )
    target: Array = classes
    if name in {
        "poisson",
        "mean_squared_logarithmic_error",
        "kl_divergence",
        "categorical_generalized_cross_entropy",
    }:
        scores = soft_max(scores / 4)
    elif set(loss.tasks) == set(TASKS) and loss.link is Link.NONE:
        target = numbers(6, 4, seed=4)
    if name in {"contrastive", "hinge", "squared_hinge"}:
        scores, target = scores[:, :1], classes
    given = bench.input(scores)
    bench.check_gradients(loss.values(given, bench.input(target)), [given], np.random.default_rng(0))


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("squared", [False, True])
def test_gradients_of_triplets(soft: bool, squared: bool) -> None:
    for loss in (LOSSES("triplet_hard", soft=soft, squared=squared), LOSSES("triplet", squared=squared)):
        bench = Bench()
        points = bench.input(numbers(7, 3))
        target = bench.input(np.array([0, 0, 1, 1, 2, 2, 2], np.int32))
        bench.check_gradients(loss.values(points, target), [points], np.random.default_rng(0))


# -- distances -------------------------------------------------------------------------------------------
def distances(points: Array) -> Array:
    apart: Array = np.sqrt(((points[:, None] - points) ** 2).sum(-1))
    return apart


def semi_hard(points: Array, classes: Array, margin: float) -> float:
    """Schroff et al. 2015, one triplet after the other."""
    d, losses = distances(points), []
    for a in range(len(points)):
        for p in range(len(points)):
            if a == p or classes[a] != classes[p]:
                continue
            others = d[a][classes != classes[a]]
            farther = others[others > d[a, p]]
            negative = farther.min() if farther.size else others.max()
            losses.append(max(d[a, p] - negative + margin, 0.0))
    return float(np.mean(losses))


def hard(points: Array, classes: Array, margin: float) -> Array:
    """Hermans et al. 2017, one example after the other."""
    d, losses = distances(points), []
    for a in range(len(points)):
        alike = (classes == classes[a]) & (np.arange(len(points)) != a)
        losses.append(max(d[a][alike].max() - d[a][classes != classes[a]].min() + margin, 0.0))
    return np.array(losses)


@pytest.mark.parametrize("margin", [0.2, 1.0])
def test_triplets_by_their_definitions(margin: float) -> None:
    points, classes = numbers(12, 3), np.array([0, 1, 2] * 4, np.int32)
    found = compute("triplet_semi_hard", points, classes, margin=margin)
    np.testing.assert_allclose(found, semi_hard(points, classes, margin), rtol=1e-6)
    np.testing.assert_allclose(
        compute("triplet_hard", points, classes, margin=margin), hard(points, classes, margin), rtol=1e-6
    )


@pytest.mark.parametrize("name", ["triplet_semi_hard", "triplet_hard", "circle", "dice", "tversky"])
def test_rows_that_only_fill_the_batch_change_nothing(name: str) -> None:
    points, classes = np.abs(numbers(6, 3)), np.array([0, 1, 2, 0, 1, 2], np.int32)
    filled = np.concatenate([points, points[:1], points[:1]])
    present = np.array([1.0] * 6 + [0.0] * 2)
    found = compute(name, filled, np.append(classes, [0, 0]).astype(np.int32), present)
    alone = compute(name, points, classes)
    np.testing.assert_allclose(found[:6] if found.ndim else found, alone, rtol=1e-6)


def test_a_batch_without_pairs_has_no_triplets() -> None:
    for classes in (np.arange(4, dtype=np.int32), np.zeros(4, np.int32)):
        assert compute("triplet_semi_hard", numbers(4, 2), classes) == 0.0
        np.testing.assert_array_equal(compute("triplet_hard", numbers(4, 2), classes), 0.0)
        np.testing.assert_array_equal(compute("circle", numbers(4, 2), classes), 0.0)


def test_contrastive_by_its_definition() -> None:
    d = np.abs(numbers(3, 1))
    expected = np.where(YES_NO == 1, d[:, 0] ** 2, np.maximum(0.7 - d[:, 0], 0.0) ** 2)
    np.testing.assert_allclose(compute("contrastive", d, YES_NO, margin=0.7), expected)


# -- declarations ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", losses())
def test_a_loss_is_declared_in_full(name: str) -> None:
    kind = losses()[name]
    assert kind.title()
    assert kind.summary
    assert (kind.formula and kind.source) or name == "auto"
    assert set(kind.tasks) <= set(TASKS)
    assert kind.tasks


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("binary", "binary_crossentropy"),
        ("multiclass", "sparse_categorical_crossentropy"),
        ("regression", "mean_squared_error"),
    ],
)
def test_the_usual_losses(task: str, name: str) -> None:
    assert default_loss(task) == LOSSES(name)
    assert find_loss("auto", task) == find_loss(name, task) == LOSSES(name)


def test_auto_is_never_computed() -> None:
    with pytest.raises(RuntimeError, match="must be resolved"):
        compute("auto", numbers(3, 1), YES_NO)


@pytest.mark.parametrize("name", COMPUTED)
@pytest.mark.parametrize("classes", [2, 3])
def test_the_wanted_prediction_is_accepted(name: str, classes: int) -> None:
    loss: Loss = LOSSES(name)
    task = CLASSES[classes - 2]
    if task not in loss.tasks:
        return
    target = np.arange(4, dtype=np.int32) % classes
    for shape in loss.wanted((), classes) or ((5,),):
        bench = Bench()
        values = loss.values(bench.input(soft_max(numbers(4, *shape))), bench.input(target))
        assert values.shape in ((4,), ())


def test_losses_for_other_targets_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"'triplet_hard' is for other targets; for a regression target take auto, bin"
    ):
        find_loss("triplet_hard", "regression")
    with pytest.raises(
        ValueError, match="There is no loss named 'foo'; take one of auto, binary_crossentropy, "
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
            GROUPS,
            "a score for each class, received 1 per example",
        ),
        ("sparse_categorical_crossentropy", (3, 4, 4), GROUPS, "received 4 × 4 per example"),
        ("sparse_categorical_crossentropy", (3, 4), numbers(3, 4), "Take categorical cross-entropy instead"),
        ("categorical_crossentropy", (3, 4), numbers(3, 5), "Put a Dense with 5 units before"),
        ("huber", (3, 4, 4), GROUPS, "one score, or one for each class, per example, received 4 × 4"),
        ("triplet", (3, 4, 4), GROUPS, "needs a list of numbers per example and its class, received 4 × 4"),
    ],
)
def test_wrong_shapes(name: str, scores: tuple[int, ...], target: Array, sentence: str) -> None:
    with pytest.raises(ShapeError, match=sentence):
        compute(name, numbers(*scores), target)


def test_wrong_axes() -> None:
    with pytest.raises(
        ShapeError, match=r"axis of the cosine similarity is between 1 and 1, or -1 .*, received 0"
    ):
        compute("cosine_similarity", numbers(3, 2), numbers(3, 2), axis=0)
    with pytest.raises(ShapeError, match=r"axes of one area are between 1 and 1, received \[2\]"):
        compute("dice", numbers(3, 2), numbers(3, 2), axis=(2,))
