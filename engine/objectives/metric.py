"""What a metric is: a figure for people, summed over examples on the device and finished on the host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.ops.op import Tensor
from engine.tensor.spec import Array


@dataclass(frozen=True, slots=True)
class Metric:
    """The declaration of one metric.

    Attributes:
        name: unique, as in Keras; the key in reports.
        title: for people.
        summary: one sentence for the help.
        tasks: kinds of targets it can be used for.
        function: (prediction after the link, target) -> contributions of each example, float32 (batch, size);
            `size` may depend on the prediction's shape. Raises ShapeError.
        result: (sums of the contributions, float64 (size,); number of examples) -> the figure.
        greater_is_better: which way is up.
    """

    name: str
    title: str
    summary: str
    tasks: tuple[str, ...]
    function: Callable[[Tensor, Tensor], Tensor]
    result: Callable[[Array, float], float]
    greater_is_better: bool


def average(sums: Array, count: float) -> float:
    """The mean over the examples, of metrics that are one."""
    return float(sums[0] / count) if count else 0.0
