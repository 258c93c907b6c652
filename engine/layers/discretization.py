"""Measured numbers put into bins."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import ClassVar

import numpy as np
from pydantic import model_validator

from engine.layers.adapted import Adapted
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, expect_numbers
from engine.layers.encoding import OutputMode, encode
from engine.ops.elementwise import greater_equal
from engine.ops.movement import cast
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Array, DType, Shape, ShapeError

LAST = float(np.finfo(np.float32).max)  # a boundary that nothing reaches


class Discretization(Adapted):
    """Says into which bin each number falls: 0 below the first boundary, 1 from there on, and so on.

    The boundaries are given, or chosen from the training data when training starts, so that each bin holds equally many
    numbers. Use it where a number acts by steps, such as an age or a time of day, and put an Embedding behind it, or
    let it write the bins as 0 and 1.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Puts numbers into bins, given or measured on the data",
        aliases=("bins", "buckets", "quantile", "histogram", "digitize", "bucketize", "adapt"),
        keras="Discretization",
        samples=(
            LayerSample({"bin_boundaries": [-0.5, 0.0, 1.0]}, ((3, 2),)),
            LayerSample({"num_bins": 4, "output_mode": "one_hot"}, ((3, 1),)),
            LayerSample({"num_bins": 3, "output_mode": "multi_hot"}, ((2, 5),)),
            LayerSample({"bin_boundaries": [0.0], "output_mode": "count"}, ((2, 4),)),
        ),
    )
    bin_boundaries: tuple[float, ...] | None = setting(
        None, "Boundaries", "where bins begin, in ascending order; empty: measured on the training data"
    )
    num_bins: int | None = setting(
        10, "Bins", "how many, where no boundaries are given", prominent=True, ge=1, le=100_000
    )
    epsilon: float = setting(
        0.01, "Tolerance", "error of the measured quantiles", advanced=True, gt=0.0, le=1.0
    )
    output_mode: OutputMode = setting(
        "int", "Gives", "the number of the bin, or 0 and 1 for each bin", prominent=True
    )

    @model_validator(mode="after")
    def _bins_are_known(self) -> Discretization:
        if self.bin_boundaries is None and self.num_bins is None:
            raise ValueError(
                "Discretization needs the boundaries or the number of its bins, received neither. Give the number."
            )
        if any(high <= low for low, high in pairwise(self.bin_boundaries or ())):
            raise ValueError(
                f"Boundaries must ascend, received {', '.join(f'{b:g}' for b in self.bin_boundaries or ())}. Sort them."
            )
        return self

    @property
    def adapts(self) -> bool:
        """Unless the boundaries are given."""
        return self.bin_boundaries is None

    @property
    def depth(self) -> int:
        """Number of bins."""
        return (self.num_bins or 0) if self.bin_boundaries is None else len(self.bin_boundaries) + 1

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, ..) -> int32 (batch, ..), or float32 with a dimension for the bins."""
        (x,) = inputs
        expect_numbers(x, "Discretization")
        if self.adapts:
            b.adapted(self.adapt, x)
        if self.bin_boundaries is None:
            bounds = b.weight("bin_boundaries", (self.depth - 1,), "zeros", trainable=False)
        else:
            bounds = b.ops.constant(np.asarray(self.bin_boundaries, np.float32), DType.FLOAT32)
        reached = greater_equal(reshape(x, shape=(*x.shape, 1)), bounds)
        index = cast(sum_(reached, axes=(x.spec.rank,), keepdims=False), dtype=DType.INT32)
        return (encode(index, self.output_mode, self.depth, "Discretization"),)

    def adapt(self, batches: Iterable[Array]) -> dict[str, Array]:
        """Boundaries at the quantiles of all numbers together; bins that stay empty come last."""
        summary = np.zeros((2, 0), np.float32)
        for batch in batches:
            merged = np.concatenate((summarized(batch, self.epsilon), summary), axis=1)
            summary = compressed(merged[:, np.argsort(merged[0])], self.epsilon)
        if not summary.shape[1]:
            raise ShapeError("Discretization needs training rows to measure, received none.")
        found = compressed(summary, 1.0 / self.depth)[0, :-1][: self.depth - 1]
        bounds = np.full(self.depth - 1, LAST, np.float32)
        bounds[: len(found)] = found
        return {"bin_boundaries": bounds}

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many bins, and where they come from."""
        source = "of equally many training examples" if self.adapts else "with the given boundaries"
        return f"Puts every number into one of {self.depth} bins {source}"


def summarized(values: Array, epsilon: float) -> Array:
    """Every k-th of the sorted numbers, and how many numbers each stands for: float32 (2, at most about 1 / epsilon).

    Source: keras/src/layers/preprocessing/discretization.py.
    """
    ordered = np.sort(np.asarray(values, np.float32).reshape(-1))
    step = max(ordered.size * epsilon, 1.0)
    chosen = ordered[int(step - 1) :: int(step)]
    return np.stack([chosen, np.full_like(chosen, step)])


def compressed(summary: Array, epsilon: float) -> Array:
    """A summary with about 1 / epsilon numbers, by interpolation of the cumulated counts (same source)."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    counts = summary[1].cumsum()
    values = np.interp(shares, counts / counts[-1], summary[0])
    counted = np.interp(shares, counts / counts[-1], counts)
    weights = counted - np.concatenate((np.array([0]), counted[:-1]))
    return np.stack((values, weights)).astype(np.float32)
