"""Numbers brought to mean 0 and variance 1, as measured on the training data."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from engine.layers.adapted import Adapted
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, expect_numbers
from engine.ops.elementwise import maximum
from engine.ops.elementwise import sqrt as square_root
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Array, DType, Shape, ShapeError, format_shape, normalize_axis

EPSILON = 1e-7  # of a deviation: Keras's backend epsilon


def _as_tuple(value: Any) -> Any:
    """One number is a list of one."""
    return (value,) if isinstance(value, int | float) and not isinstance(value, bool) else value


Axes = Annotated[tuple[int, ...] | None, BeforeValidator(_as_tuple)]
Numbers = Annotated[Annotated[tuple[float, ...], Field(min_length=1)] | None, BeforeValidator(_as_tuple)]


class Normalization(Adapted):
    """Brings numbers to mean 0 and variance 1.

    y = (x - mean) / √variance. Mean and variance are measured on the training data when training starts, separately for
    each index of the chosen dimensions (each column of a table), and kept with the weights; or they are given. With
    `invert` it turns such numbers back: y = mean + x · √variance. Use it first, on tables whose columns have different
    units.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.PREPROCESSING,
        summary="Brings numbers to mean 0 and variance 1, as measured on the data",
        aliases=("standardize", "z-score", "mean", "variance", "scale", "adapt"),
        keras="Normalization",
        masking=True,
        common=True,
        samples=(
            LayerSample({}, ((3, 5),)),
            LayerSample({"axis": None}, ((2, 3, 4),)),
            LayerSample({"axis": [1, -1], "invert": True}, ((2, 3, 4),)),
            LayerSample({"mean": 3.0, "variance": 2.0}, ((2, 1),)),
            LayerSample({"mean": [1.0, 2.0, 3.0], "variance": [1.0, 0.5, 0.0]}, ((2, 3),)),
        ),
    )
    axis: Axes = setting(
        (-1,),
        "Axis",
        "dimensions with a mean of their own for each index (-1: the last); empty: one mean for all numbers",
    )
    mean: Numbers = setting(None, "Mean", "given instead of measured; one number, or one for each index")
    variance: Numbers = setting(None, "Variance", "given instead of measured, together with the mean")
    invert: bool = setting(False, "Invert", "turn normalized numbers back")

    @model_validator(mode="after")
    def _given_together(self) -> Normalization:
        if (self.mean is None) != (self.variance is None):
            given, missing = ("mean", "variance") if self.variance is None else ("variance", "mean")
            raise ValueError(
                f"Mean and variance must be given together, received a {given} alone. Give the {missing}, or neither."
            )
        if self.mean is not None and self.variance is not None and len(self.mean) != len(self.variance):
            raise ValueError(
                f"Mean and variance must be of equal length, received {len(self.mean)} and {len(self.variance)}."
            )
        if min(self.variance or (0.0,)) < 0.0:
            raise ValueError(f"A variance is at least 0, received {min(self.variance or ())}.")
        return self

    @property
    def adapts(self) -> bool:
        """Unless mean and variance are given."""
        return self.mean is None

    def keras_counters(self) -> int:
        """The rows that were measured."""
        return int(self.adapts)

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_numbers(x, "Normalization")
        if self.adapts:
            b.adapted(self.adapt, x)
        kept = self._kept(x.spec.rank)
        shape = tuple(x.shape[i] for i in kept)
        broad = tuple(n if i in kept else 1 for i, n in enumerate(x.shape))
        if self.mean is None or self.variance is None:
            mean = b.weight("mean", shape, "zeros", trainable=False)
            variance = b.weight("variance", shape, "ones", trainable=False)
        else:
            mean = self._constant(b, self.mean, shape)
            variance = self._constant(b, self.variance, shape)
        mean, variance = reshape(mean, shape=broad), reshape(variance, shape=broad)
        deviation = maximum(square_root(variance), b.ops.constant(EPSILON, DType.FLOAT32))
        if self.invert:
            return (mean + x * deviation,)
        return ((x - mean) / deviation,)

    def adapt(self, batches: Iterable[Array]) -> dict[str, Array]:
        """Mean and variance (not the sample's: divided by n) over all batches."""
        count = 0
        mean: Array | float = 0.0
        spread: Array | float = 0.0  # sum of squared differences from the mean
        for batch in batches:
            values = batch.astype(np.float64)
            kept = self._kept(values.ndim)
            reduced = tuple(i for i in range(values.ndim) if i not in kept)
            more = int(np.prod([values.shape[i] for i in reduced]))
            own = values.mean(axis=reduced)
            squares = ((values - np.expand_dims(own, reduced)) ** 2).sum(axis=reduced)
            # Chan, Golub, LeVeque 1979: means and squares of two parts put together
            difference = own - mean
            spread = spread + squares + difference**2 * (count * more / (count + more))
            mean = mean + difference * (more / (count + more))
            count += more
        if not count:
            raise ShapeError("Normalization needs training rows to measure, received none.")
        return {
            "mean": np.asarray(mean, np.float32),
            "variance": np.asarray(np.asarray(spread) / count, np.float32),
        }

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Where mean and variance come from."""
        source = "as measured on the training data" if self.adapts else "as given in its settings"
        if self.invert:
            return f"Turns normalized numbers back with mean and variance {source}"
        return f"Brings numbers to mean 0 and variance 1, {source}"

    def _kept(self, rank: int) -> tuple[int, ...]:
        """The dimensions with a mean for each index, batch included in `rank`."""
        axes = sorted({normalize_axis(axis, rank) for axis in self.axis or ()})
        if 0 in axes:
            raise ShapeError(
                f"Normalization measures over the examples, so axis 0 can't be kept, received axis {self.axis} for "
                f"{rank - 1} dimensions per example. Choose another, or none for one mean."
            )
        return tuple(axes)

    def _constant(self, b: LayerBuilder, values: tuple[float, ...], shape: Shape) -> Tensor:
        if len(values) not in (1, math.prod(shape)):
            raise ShapeError(
                f"Normalization needs one mean and variance, or one for each index ({format_shape(shape)}), received "
                f"{len(values)}. Correct them, or leave them empty to have them measured."
            )
        array = np.asarray(values, np.float32)
        shaped = np.full(shape, array[0]) if len(values) == 1 else array.reshape(shape)
        return b.ops.constant(shaped, DType.FLOAT32)
