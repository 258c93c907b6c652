"""What a loss is: one record that says how wrong a prediction is, written in ops.

Losses on probabilities work on the scores before the soft-max or sigmoid (`link`), because the two together
are both cheaper and free of the overflow and the log(0) that they have apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from engine.ops.op import Tensor
from engine.tensor.spec import ShapeError, format_shape

BINARY = "binary"  # one of two classes: int32 (batch,)
MULTICLASS = "multiclass"  # one of several classes: int32 (batch,)
REGRESSION = "regression"  # numbers: float32 (batch, k)
TASKS = (BINARY, MULTICLASS, REGRESSION)


class Link(StrEnum):
    """The function that turns the scores a loss works on into the prediction people see."""

    NONE = "none"
    SIGMOID = "sigmoid"
    SOFTMAX = "softmax"


@dataclass(frozen=True, slots=True)
class Loss:
    """The declaration of one loss.

    Attributes:
        name: unique, as in Keras.
        title: for people.
        summary: one sentence for the help.
        tasks: kinds of targets it can be used for.
        link: with one, `function` takes scores and the prediction is `link(scores)`.
        function: (scores, target) -> loss of each example, float32 (batch,); raises ShapeError.
    """

    name: str
    title: str
    summary: str
    tasks: tuple[str, ...]
    link: Link
    function: Callable[[Tensor, Tensor], Tensor]


def expect_equal_shapes(prediction: Tensor, target: Tensor) -> None:
    """Raise ShapeError unless the prediction has the shape of the target."""
    if prediction.shape != target.shape:
        wanted, received = format_shape(target.shape[1:]), format_shape(prediction.shape[1:])
        raise ShapeError(
            f"A prediction has the shape of its target, {wanted} per example, received {received}. "
            f"Put a Dense with {target.shape[-1]} {'unit' if target.shape[-1] == 1 else 'units'} before "
            "the target."
        )


def expect_scores(scores: Tensor, what: str, least: int, most: int | None = None) -> None:
    """Raise ShapeError unless there are between `least` and `most` scores per example; `what` is the rule."""
    if scores.spec.rank == 2 and least <= scores.shape[1] <= (most or scores.shape[1]):
        return
    raise ShapeError(
        f"{what}, received {format_shape(scores.shape[1:])} per example. "
        f"Put a Dense with {'1 unit' if most == 1 else 'a unit per class'} before the target."
    )
