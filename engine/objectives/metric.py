"""What a metric is: a figure for people, summed over a data set on the device and finished on the host.

A metric sees flat rows: every position of every example is one. Sums of several batches are added, so that a figure over
a data set is exact and not a mean of figures over batches.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.families import Family, Member
from engine.objectives.loss import TASKS
from engine.ops.matmul import matmul
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import reshape
from engine.tensor.spec import Array, DType

Figure = float | Array


class Metric(Member):
    """Base of all metrics.

    Attributes:
        tasks: kinds of targets it can be used for.
        greater_is_better: which way is up.
        usual_for: kinds of targets that are reported with it where none is chosen.
        power_of_units: which power of the target's units it is measured in; 0: none, or no such power.
        is_share_right: whether it is the share of rows whose one class is found.
    """

    tasks: ClassVar[tuple[str, ...]] = TASKS
    greater_is_better: ClassVar[bool] = True
    usual_for: ClassVar[tuple[str, ...]] = ()
    power_of_units: ClassVar[int] = 0
    is_share_right: ClassVar[bool] = False

    def sums(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """What to add up over batches.

        Args:
            prediction: float32 (rows, k), after the link.
            target: int32 (rows,) class numbers, or float32 (rows, k).
            weight: float32 (rows,), how much each row counts; 0 for padding.

        Returns:
            float32 (size,); `size` may depend on k.

        Raises:
            ShapeError: one sentence: it has no meaning for such a prediction.
        """
        raise NotImplementedError

    def result(self, sums: Array, count: float) -> Figure:
        """The figure, one number or several, from the sums (float64) and the weight of all rows."""
        raise NotImplementedError


METRICS: Family[Metric] = Family(Metric, "engine.objectives", "metric")
AnyMetric = Annotated[Metric, METRICS]


class MeanMetric(Metric):
    """A figure of each row, averaged over the rows."""

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(rows,)."""
        raise NotImplementedError

    def sums(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """One sum."""
        return weighted_sum(reshape(self.values(prediction, target), shape=(prediction.shape[0], 1)), weight)

    def result(self, sums: Array, count: float) -> Figure:
        """The mean; 0 where there is nothing."""
        return float(sums[0] / count) if count else 0.0


def weighted_sum(values: Tensor, weight: Tensor) -> Tensor:
    """(rows, n), (rows,) -> (n,)."""
    column = reshape(weight, shape=(weight.shape[0], 1))
    return sum_(values * column, axes=(0,), keepdims=False)


def table(rows: Tensor, columns: Tensor, weight: Tensor) -> Tensor:
    """The sum over the rows of the products of each pair: (n, a), (n, b), (n,) -> (a * b,)."""
    weighted = rows * reshape(weight, shape=(weight.shape[0], 1))
    return reshape(matmul(weighted, columns, transpose_a=True), shape=(rows.shape[1] * columns.shape[1],))


def scalar(like: Tensor, value: float) -> Tensor:
    """A constant to compare with."""
    return like.builder.constant(value, DType.FLOAT32)
