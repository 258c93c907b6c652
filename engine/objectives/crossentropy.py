"""Losses for classes: minus the logarithm of the probability that the network gave to the right answer.

All of them work on scores (logits) and include the sigmoid or soft-max, in the stable form.
"""

from __future__ import annotations

from engine.objectives.loss import (
    BINARY,
    MULTICLASS,
    Link,
    Loss,
    expect_equal_shapes,
    expect_scores,
)
from engine.ops.elementwise import softplus
from engine.ops.movement import cast, one_hot
from engine.ops.op import Tensor
from engine.ops.reductions import mean, sum_
from engine.ops.softmax import log_softmax
from engine.ops.views import reshape
from engine.tensor.spec import DType, ShapeError


def _binary_crossentropy(scores: Tensor, target: Tensor) -> Tensor:
    """softplus(s) - s * y, which is -(y * log(p) + (1 - y) * log(1 - p)) with p = sigmoid(s)."""
    if target.dtype is DType.INT32:
        expect_scores(scores, "Binary cross-entropy needs one score per example", 1, 1)
        target = reshape(cast(target, dtype=DType.FLOAT32), shape=scores.shape)
    expect_equal_shapes(scores, target)
    return mean(softplus(scores) - scores * target, axes=tuple(range(1, scores.spec.rank)))


def _categorical_crossentropy(scores: Tensor, target: Tensor) -> Tensor:
    """-sum(y * log_softmax(s)); `target` is a class index (batch,) or shares of the classes (batch, k)."""
    expect_scores(scores, "Cross-entropy needs a score for each class", 2)
    if target.dtype is DType.INT32:
        target = one_hot(target, depth=scores.shape[1])
    expect_equal_shapes(scores, target)
    return -sum_(target * log_softmax(scores), axes=(1,), keepdims=False)


def _sparse_categorical_crossentropy(scores: Tensor, target: Tensor) -> Tensor:
    if target.dtype is not DType.INT32:
        raise ShapeError(
            "Sparse cross-entropy needs the number of the right class as target, received other numbers. "
            "Take categorical cross-entropy instead."
        )
    return _categorical_crossentropy(scores, target)


binary_crossentropy = Loss(
    "binary_crossentropy",
    "Binary cross-entropy",
    "For yes or no: minus the logarithm of the probability given to the right answer",
    (BINARY,),
    Link.SIGMOID,
    _binary_crossentropy,
)
categorical_crossentropy = Loss(
    "categorical_crossentropy",
    "Categorical cross-entropy",
    "For one of several classes: minus the logarithm of the probability given to the right one",
    (MULTICLASS, BINARY),
    Link.SOFTMAX,
    _categorical_crossentropy,
)
sparse_categorical_crossentropy = Loss(
    "sparse_categorical_crossentropy",
    "Sparse categorical cross-entropy",
    "Categorical cross-entropy for targets that are class numbers",
    (MULTICLASS, BINARY),
    Link.SOFTMAX,
    _sparse_categorical_crossentropy,
)
