"""What a loss is: settings, and how wrong a prediction is, written in ops.

Losses on probabilities work on the scores before the soft-max or sigmoid (`link`), because the two together
are both cheaper and free of the overflow and the log(0) that they have apart. Names, settings, defaults and values are
those of Keras 3; what is averaged over positions, masked and weighted is in `engine.compiler.losses`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from engine.families import Family, Member
from engine.ops.movement import cast, one_hot
from engine.ops.op import Tensor
from engine.ops.reductions import mean
from engine.ops.views import reshape
from engine.tensor.spec import DType, Shape, ShapeError, format_shape

BINARY = "binary"  # one of two classes: int32 (batch, ..)
MULTICLASS = "multiclass"  # one of several classes: int32 (batch, ..)
REGRESSION = "regression"  # numbers: float32 (batch, .., k); shares of classes and several labels, too
TASKS = (BINARY, MULTICLASS, REGRESSION)
CLASSES = (BINARY, MULTICLASS)
EPSILON = 1e-7  # keras.config.epsilon()


class Link(StrEnum):
    """The function that turns the scores a loss works on into the prediction people see."""

    NONE = "none"
    SIGMOID = "sigmoid"
    SOFTMAX = "softmax"


class Loss(Member):
    """Base of all losses.

    Attributes:
        brief: its name where there is little room; "" where its name is short.
        tasks: kinds of targets it can be used for.
        link: with one, `values` takes scores and the prediction is `link(scores)`.
        usual_for: kinds of targets for which `auto` means this loss.
        single: whether one number can stand for two classes.
        predicts: whether the prediction is of the same kind as the target, so that the usual metrics have a meaning.
    """

    brief: ClassVar[str] = ""
    tasks: ClassVar[tuple[str, ...]] = TASKS
    link: ClassVar[Link] = Link.NONE
    usual_for: ClassVar[tuple[str, ...]] = ()
    single: ClassVar[bool] = True
    predicts: ClassVar[bool] = True

    def values(self, scores: Tensor, target: Tensor, present: Tensor | None = None) -> Tensor:
        """How wrong each position is.

        Args:
            scores: (batch, .., k) what the network says, before the link.
            target: int32 class numbers (batch, ..), or float32 numbers of the shape of the scores.
            present: (batch,) 1 where a row is an example, 0 where it only fills the batch; only losses that compare
                examples with each other look at it.

        Returns:
            float32 (batch, ..): a loss for each position; or one number for the whole batch.

        Raises:
            ShapeError: one sentence: the prediction can't be compared with this target.
        """
        raise NotImplementedError

    def counted(self, target: Tensor, present: Tensor | None = None) -> Tensor | None:
        """1 for each position (batch, ..) that counts and 0 for others; None where all do."""
        return None

    def wanted(self, shape: Shape, classes: int | None) -> tuple[Shape, ...]:
        """The shapes, without the batch, of predictions that fit a target, the usual one first; none: any will do.

        Args:
            shape: of one example of the target.
            classes: how many, where the target is a class number.
        """
        if classes is None:
            return (shape,)
        one, each = (*shape, 1), (*shape, classes)
        if self.link is Link.SIGMOID:
            return (one, shape) if shape else (one,)
        if self.link is Link.SOFTMAX or classes > 2 or not self.single:
            return (each,)
        return (one, each)


LOSSES: Family[Loss] = Family(Loss, "engine.objectives", "loss")
AnyLoss = Annotated[Loss, LOSSES]


def per_position(errors: Tensor) -> Tensor:
    """The mean over the last axis: (batch, .., k) -> (batch, ..)."""
    return mean(errors, axes=(errors.spec.rank - 1,))


def as_numbers(scores: Tensor, target: Tensor) -> Tensor:
    """The target as float32 of the shape of the scores; classes become 0 and 1, one number or one for each class.

    Raises:
        ShapeError: they do not fit.
    """
    if target.dtype is DType.INT32:
        if scores.shape in (target.shape, (*target.shape, 1)):
            return reshape(cast(target, dtype=DType.FLOAT32), shape=scores.shape)
        if scores.shape[:-1] != target.shape:
            received = format_shape(scores.shape[1:])
            wanted = format_shape((*target.shape[1:], 1)) if target.spec.rank > 1 else "one"
            raise ShapeError(
                f"A target of classes needs {wanted} score, or one for each class, per example, received "
                f"{received}. Change the layer before the target."
            )
        return one_hot(target, depth=scores.shape[-1])
    if scores.shape == (*target.shape, 1):
        return reshape(target, shape=scores.shape)
    expect_equal_shapes(scores, target)
    return target


def expect_equal_shapes(prediction: Tensor, target: Tensor) -> None:
    """Raise ShapeError unless the prediction has the shape of the target."""
    if prediction.shape != target.shape:
        wanted, received = format_shape(target.shape[1:]), format_shape(prediction.shape[1:])
        raise ShapeError(
            f"A prediction has the shape of its target, {wanted} per example, received {received}. "
            f"Put a Dense with {target.shape[-1]} {'unit' if target.shape[-1] == 1 else 'units'} before "
            "the target."
        )


def expect_class_scores(scores: Tensor, target: Tensor, what: str) -> None:
    """Raise ShapeError unless there are scores of two classes or more at each position of the target.

    Args:
        scores: what arrives.
        target: class numbers (batch, ..), or anything else of the scores' shape.
        what: the loss, to begin the sentence with.
    """
    rank = target.spec.rank + (1 if target.dtype is DType.INT32 else 0)
    if scores.spec.rank == rank and scores.shape[-1] >= 2:
        return
    raise ShapeError(
        f"{what} needs a score for each class, received {format_shape(scores.shape[1:])} per example. "
        "Put a Dense with a unit per class before the target."
    )
