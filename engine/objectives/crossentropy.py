"""Losses for classes: minus the logarithm of the probability that the network gave to the right answer.

All of them work on scores (logits) and include the sigmoid or soft-max, in the stable form. What arrives as
probabilities is turned into scores first (`engine.compiler.link`).
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from engine.objectives.loss import (
    BINARY,
    CLASSES,
    MULTICLASS,
    REGRESSION,
    Link,
    Loss,
    as_numbers,
    expect_class_scores,
    expect_equal_shapes,
    per_position,
)
from engine.ops.elementwise import equal, exp, maximum, power, sigmoid, softplus
from engine.ops.movement import cast, one_hot
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.softmax import log_softmax
from engine.settings import setting
from engine.tensor.spec import DType, ShapeError, format_shape

_KERAS = "keras.losses"
_LEAST = 1e-30  # share of a class whose powers, and those of its slope, are numbers of float32
FromLogits = Literal["auto", True, False]


class Linked(Loss):
    """A loss that goes with a sigmoid or soft-max.

    `from_logits` says what arrives: scores (True), probabilities (False), or, with "auto", probabilities exactly where
    the network ends in the link itself.
    """

    from_logits: FromLogits = setting(
        "auto",
        "What arrives",
        "true: scores; false: probabilities; auto: probabilities where the network ends in the soft-max or sigmoid",
        advanced=True,
    )


def smoothing() -> Any:
    """The setting of losses and metrics that spread the certainty."""
    return setting(
        0.0,
        "Label smoothing",
        "share of the certainty that is taken from the right class and spread over all",
        ge=0.0,
        le=1.0,
    )


def smoothed(target: Tensor, share: float, classes: int) -> Tensor:
    """`target` with a share of it spread evenly over the classes."""
    return target * (1.0 - share) + share / classes if share else target


class BinaryLoss(Linked):
    """A loss of each of the scores of a position on its own, through a sigmoid."""

    tasks: ClassVar[tuple[str, ...]] = (BINARY, REGRESSION)
    link: ClassVar[Link] = Link.SIGMOID
    label_smoothing: float = smoothing()

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """The mean over the scores of a position."""
        single = scores.shape in (target.shape, (*target.shape, 1))
        if target.dtype is DType.INT32 and not single:
            raise ShapeError(
                f"{self.title()} needs one score per example, received {format_shape(scores.shape[1:])} per "
                "example. Put a Dense with 1 unit before the target."
            )
        column = scores.spec.rank == 1 or (scores.shape == target.shape and target.dtype is DType.INT32)
        numbers = smoothed(as_numbers(scores, target), self.label_smoothing, 2)
        errors = self.of_elements(scores, numbers)
        return errors if column else per_position(errors)

    def of_elements(self, scores: Tensor, target: Tensor) -> Tensor:
        """The loss of each score; both of equal shape."""
        raise NotImplementedError


class BinaryCrossentropy(BinaryLoss):
    """Minus the logarithm of the probability given to the right one of two answers."""

    label: ClassVar[str] = "Binary cross-entropy"
    summary: ClassVar[str] = "For yes or no: minus the logarithm of the probability given to the right answer"
    formula: ClassVar[str] = "-mean(y · log p + (1 - y) · log(1 - p)), p = sigmoid(score)"
    source: ClassVar[str] = _KERAS
    aliases: ClassVar[tuple[str, ...]] = ("bce",)
    usual_for: ClassVar[tuple[str, ...]] = (BINARY,)

    def of_elements(self, scores: Tensor, target: Tensor) -> Tensor:
        """softplus(s) - s y, which is -(y log(p) + (1 - y) log(1 - p)) with p = sigmoid(s)."""
        return softplus(scores) - scores * target


class BinaryFocalCrossentropy(BinaryLoss):
    """Binary cross-entropy in which answers that are right already count little."""

    label: ClassVar[str] = "Binary focal cross-entropy"
    brief: ClassVar[str] = "Focal cross-entropy"
    summary: ClassVar[str] = "For rare yes among many no: answers that are right already count little"
    formula: ClassVar[str] = (
        "-mean(a · (1 - q)^gamma · log q); q = p, a = alpha where y = 1; q = 1 - p, a = 1 - alpha where y = 0"
    )
    source: ClassVar[str] = "Lin et al., Focal loss for dense object detection, 2017; as in Keras"
    apply_class_balancing: bool = setting(
        False, "Balance the classes", "weigh yes with alpha and no with 1 - alpha"
    )
    alpha: float = setting(0.25, "Alpha", "weight of yes where the classes are balanced", ge=0.0, le=1.0)
    gamma: float = setting(
        2.0, "Gamma", "how much less certain answers count; 0 is plain cross-entropy", ge=0.0, le=20.0
    )

    def of_elements(self, scores: Tensor, target: Tensor) -> Tensor:
        """(1 - q)^gamma times the cross-entropy, perhaps balanced."""
        p = sigmoid(scores)
        wrong = p + target - target * p * 2.0  # 1 - q
        errors = _focused(softplus(scores) - scores * target, wrong, self.gamma)
        if self.apply_class_balancing:
            errors = errors * (target * (2.0 * self.alpha - 1.0) + (1.0 - self.alpha))
        return errors


class CategoricalCrossentropy(Linked):
    """Minus the logarithm of the probability given to the right class."""

    label: ClassVar[str] = "Categorical cross-entropy"
    brief: ClassVar[str] = "Cross-entropy"
    summary: ClassVar[str] = (
        "For one of several classes: minus the logarithm of the probability given to the right one"
    )
    formula: ClassVar[str] = "-Σ y · log p, p = softmax(scores)"
    source: ClassVar[str] = _KERAS
    link: ClassVar[Link] = Link.SOFTMAX
    label_smoothing: float = smoothing()

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """-sum(y log_softmax(s)); the target is class numbers or shares of the classes."""
        true = shares(scores, target, "Cross-entropy", self.label_smoothing)
        return -sum_(true * log_softmax(scores), axes=(scores.spec.rank - 1,), keepdims=False)


class CategoricalFocalCrossentropy(Linked):
    """Categorical cross-entropy in which answers that are right already count little."""

    label: ClassVar[str] = "Categorical focal cross-entropy"
    brief: ClassVar[str] = "Focal cross-entropy"
    summary: ClassVar[str] = (
        "For classes of very different frequency: answers that are right already count little"
    )
    formula: ClassVar[str] = "-Σ alpha · (1 - p)^gamma · y · log p, p = softmax(scores)"
    source: ClassVar[str] = "Lin et al., Focal loss for dense object detection, 2017; as in Keras"
    link: ClassVar[Link] = Link.SOFTMAX
    label_smoothing: float = smoothing()
    alpha: float = setting(0.25, "Alpha", "weight of all classes", ge=0.0, le=1e3)
    gamma: float = setting(
        2.0, "Gamma", "how much less certain answers count; 0 is plain cross-entropy", ge=0.0, le=20.0
    )

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """-sum(alpha (1 - p)^gamma y log p)."""
        true = shares(scores, target, "Focal cross-entropy", self.label_smoothing)
        logs = log_softmax(scores)
        errors = _focused(true * logs, 1.0 - exp(logs), self.gamma)
        return sum_(errors, axes=(scores.spec.rank - 1,), keepdims=False) * -self.alpha


class SparseCategoricalCrossentropy(Linked):
    """Categorical cross-entropy for targets that are class numbers."""

    label: ClassVar[str] = "Sparse categorical cross-entropy"
    brief: ClassVar[str] = "Cross-entropy"
    summary: ClassVar[str] = "Categorical cross-entropy for targets that are class numbers"
    formula: ClassVar[str] = (
        "-log p[y], p = softmax(scores); mean over the positions whose class is not ignored"
    )
    source: ClassVar[str] = _KERAS
    tasks: ClassVar[tuple[str, ...]] = CLASSES
    link: ClassVar[Link] = Link.SOFTMAX
    usual_for: ClassVar[tuple[str, ...]] = (MULTICLASS,)
    ignore_class: int | None = setting(
        None,
        "Ignored class",
        "positions of this class do not count, such as the border in a picture of classes",
        advanced=True,
        ge=-(2**24),
        le=2**24,
    )

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """-log_softmax(s)[y]; 0 where the class is ignored."""
        expect_class_numbers(target, self.title())
        expect_class_scores(scores, target, "Cross-entropy")
        right = as_numbers(scores, target)
        counted = self.counted(target)
        logs = -sum_(right * log_softmax(scores), axes=(scores.spec.rank - 1,), keepdims=False)
        return logs if counted is None else logs * counted

    def counted(self, target: Tensor, present: Tensor | None = None) -> Tensor | None:
        """Where the class is not the ignored one."""
        if self.ignore_class is None:
            return None
        ignored = target.builder.constant(float(self.ignore_class), DType.FLOAT32)
        return 1.0 - equal(cast(target, dtype=DType.FLOAT32), ignored)


class CategoricalGeneralizedCrossEntropy(Loss):
    """Between cross-entropy and the absolute error, so that wrong labels do less harm."""

    label: ClassVar[str] = "Categorical generalized cross-entropy"
    brief: ClassVar[str] = "Generalized CE"
    summary: ClassVar[str] = "For labels of which some are wrong; the network ends in a soft-max"
    formula: ClassVar[str] = "(1 - p[y]^q) / q"
    source: ClassVar[str] = (
        "Zhang and Sabuncu, Generalized cross entropy loss for training deep networks with noisy labels, 2018"
    )
    tasks: ClassVar[tuple[str, ...]] = CLASSES
    single: ClassVar[bool] = False
    q: float = setting(0.5, "q", "near 0 cross-entropy, 1 absolute error", gt=0.0, lt=1.0)

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """(1 - p^q) / q of the right class."""
        expect_class_numbers(target, self.title())
        expect_class_scores(scores, target, "Cross-entropy")
        right = one_hot(target, depth=scores.shape[-1])
        given = sum_(right * scores, axes=(scores.spec.rank - 1,), keepdims=False)
        known = maximum(given, given.builder.constant(_LEAST, DType.FLOAT32))  # the slope at 0 is infinite
        return (1.0 - power(known, given.builder.constant(self.q, DType.FLOAT32))) * (1.0 / self.q)


def expect_class_numbers(target: Tensor, what: str) -> None:
    """Raise ShapeError unless the target is class numbers."""
    if target.dtype is not DType.INT32:
        raise ShapeError(
            f"{what} needs the number of the right class as target, received other numbers. "
            "Take categorical cross-entropy instead."
        )


def shares(scores: Tensor, target: Tensor, what: str, spread: float) -> Tensor:
    """The target as shares of the classes (batch, .., k)."""
    expect_class_scores(scores, target, what)
    if target.dtype is DType.INT32:
        target = one_hot(target, depth=scores.shape[-1])
    expect_equal_shapes(scores, target)
    return smoothed(target, spread, scores.shape[-1])


def _focused(errors: Tensor, wrong: Tensor, gamma: float) -> Tensor:
    """`errors` times `wrong` to the power of gamma; without a logarithm where gamma is 0, 1 or 2."""
    if gamma in (0.0, 1.0, 2.0):
        for _ in range(int(gamma)):
            errors = errors * wrong
        return errors
    return errors * power(wrong, wrong.builder.constant(gamma, DType.FLOAT32))
