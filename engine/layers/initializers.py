"""Where weights start: the initializers of Keras.

Random starts break the symmetry between units; their spread decides whether signals grow or fade from layer
to layer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from engine.families import Family, Member
from engine.settings import setting
from engine.tensor.spec import Array, Shape, ShapeError, format_shape

# standard deviation of the standard normal cut off at two of its own: Keras divides by it
_TRUNCATED_DEVIATION = 0.87962566103423978
Mode = Literal["fan_in", "fan_out", "fan_avg"]
Distribution = Literal["truncated_normal", "untruncated_normal", "uniform"]


class Initializer(Member):
    """How a start is drawn."""

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """A fresh float32 weight of that shape; raises ShapeError where the initializer can't make one."""
        raise NotImplementedError


INITIALIZERS = Family(Initializer, "engine.layers.initializers", "initializer")
AnyInitializer = Annotated[Initializer, INITIALIZERS]


def initializers() -> Mapping[str, type[Initializer]]:
    """All initializers by name."""
    return INITIALIZERS.members


def fans(shape: Shape) -> tuple[int, int]:
    """Inputs and outputs of one unit of a weight: a matrix (in, out), or a convolution's (.., in, out).

    Source: keras/src/initializers/random_initializers.py, compute_fans.
    """
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


def initial(name: str | Initializer, shape: Shape, generator: np.random.Generator) -> Array:
    """A fresh float32 weight of that shape by an initializer or the one of that name."""
    return INITIALIZERS.read(name).sample(shape, generator)


class Zeros(Initializer):
    """All zero: the usual start of a bias."""

    summary: ClassVar[str] = "All numbers are zero"
    formula: ClassVar[str] = "w = 0"

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """Zeros."""
        return np.zeros(shape, np.float32)


class Ones(Initializer):
    """All one: the usual start of a factor."""

    summary: ClassVar[str] = "All numbers are one"
    formula: ClassVar[str] = "w = 1"

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """Ones."""
        return np.ones(shape, np.float32)


class Constant(Initializer):
    """All the same number."""

    summary: ClassVar[str] = "All numbers are the same"
    formula: ClassVar[str] = "w = value"
    value: float = setting(0.0, "Value", "what every number starts at", ge=-1e6, le=1e6)

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """The value everywhere."""
        return np.full(shape, self.value, np.float32)


class Identity(Initializer):
    """The identity matrix: at first the layer passes on what it gets."""

    summary: ClassVar[str] = "The identity matrix, times a factor"
    formula: ClassVar[str] = "W = gain · I"
    aliases: ClassVar[tuple[str, ...]] = ("IdentityInitializer", "eye")
    gain: float = setting(1.0, "Gain", "factor of the matrix", ge=-1e6, le=1e6)

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """The matrix; ones on the main diagonal also where it is not square."""
        if len(shape) != 2:
            raise ShapeError(
                f"The identity initializer makes matrices, received the shape {format_shape(shape)}. "
                "Take glorot_uniform instead."
            )
        return (np.eye(*shape) * self.gain).astype(np.float32)


class RandomUniform(Initializer):
    """Equally likely everywhere between two ends."""

    summary: ClassVar[str] = "Uniform between two ends"
    formula: ClassVar[str] = "w ~ U(minval, maxval)"
    minval: float = setting(-0.05, "Smallest", "lower end of the range", ge=-1e6, le=1e6)
    maxval: float = setting(0.05, "Largest", "upper end of the range", ge=-1e6, le=1e6)

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """Uniform numbers."""
        return generator.uniform(self.minval, max(self.minval, self.maxval), shape).astype(np.float32)


class RandomNormal(Initializer):
    """Normally distributed."""

    summary: ClassVar[str] = "Normal around a mean"
    formula: ClassVar[str] = "w ~ N(mean, stddev²)"
    mean: float = setting(0.0, "Mean", "centre of the distribution", ge=-1e6, le=1e6)
    stddev: float = setting(0.05, "Deviation", "standard deviation", ge=0.0, le=1e6)

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """Normal numbers."""
        return generator.normal(self.mean, self.stddev, shape).astype(np.float32)


class TruncatedNormal(Initializer):
    """Normally distributed, without numbers further than two deviations from the mean."""

    summary: ClassVar[str] = "Normal around a mean, cut off at two deviations"
    formula: ClassVar[str] = "w ~ N(mean, stddev²), |w - mean| < 2 · stddev"
    mean: float = setting(0.0, "Mean", "centre of the distribution", ge=-1e6, le=1e6)
    stddev: float = setting(0.05, "Deviation", "standard deviation before the cut", ge=0.0, le=1e6)

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """Normal numbers within the cut."""
        return _truncated_normal(shape, self.mean, self.stddev, generator)


class Scaling(Initializer):
    """Base of those whose spread depends on how many numbers a unit adds up."""

    def scaling(self) -> tuple[float, Mode, Distribution]:
        """Factor of the variance, what it is divided by, and the distribution."""
        raise NotImplementedError

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """Numbers with the variance scale / fan."""
        scale, mode, distribution = self.scaling()
        fan_in, fan_out = fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[mode]
        variance = scale / max(1.0, fan)
        if distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return generator.uniform(-limit, limit, shape).astype(np.float32)
        if distribution == "untruncated_normal":
            return generator.normal(0.0, math.sqrt(variance), shape).astype(np.float32)
        return _truncated_normal(shape, 0.0, math.sqrt(variance) / _TRUNCATED_DEVIATION, generator)


class VarianceScaling(Scaling):
    """Spread by the number of inputs or outputs of a unit."""

    summary: ClassVar[str] = "Spread by the number of inputs or outputs of a unit"
    formula: ClassVar[str] = "Var(w) = scale / fan"
    scale: float = setting(1.0, "Scale", "factor of the variance", gt=0.0, le=1e6)
    mode: Mode = setting("fan_in", "Divided by", "the inputs or outputs of a unit, or their mean")
    distribution: Distribution = setting("truncated_normal", "Distribution", "shape of the distribution")

    def scaling(self) -> tuple[float, Mode, Distribution]:
        """As set."""
        return self.scale, self.mode, self.distribution


class GlorotUniform(Scaling):
    """Keeps the size of signals and of gradients in balance; the usual start."""

    summary: ClassVar[str] = "Uniform, balanced between forward and backward; the usual start"
    formula: ClassVar[str] = "w ~ U(-l, l), l = √(6 / (fan_in + fan_out))"
    source: ClassVar[str] = "Glorot and Bengio, 2010"
    aliases: ClassVar[tuple[str, ...]] = ("xavier_uniform",)

    def scaling(self) -> tuple[float, Mode, Distribution]:
        """Variance 2 / (fan_in + fan_out)."""
        return 1.0, "fan_avg", "uniform"


class GlorotNormal(Scaling):
    """Keeps the size of signals and of gradients in balance."""

    summary: ClassVar[str] = "Normal, balanced between forward and backward"
    formula: ClassVar[str] = "w ~ N(0, 2 / (fan_in + fan_out)), cut off at two deviations"
    source: ClassVar[str] = "Glorot and Bengio, 2010"
    aliases: ClassVar[tuple[str, ...]] = ("xavier_normal",)

    def scaling(self) -> tuple[float, Mode, Distribution]:
        """Variance 2 / (fan_in + fan_out)."""
        return 1.0, "fan_avg", "truncated_normal"


class HeUniform(Scaling):
    """Keeps the size of signals through ReLU, which halves them."""

    summary: ClassVar[str] = "Uniform, for layers followed by ReLU"
    formula: ClassVar[str] = "w ~ U(-l, l), l = √(6 / fan_in)"
    source: ClassVar[str] = "He et al., 2015"
    aliases: ClassVar[tuple[str, ...]] = ("kaiming_uniform",)

    def scaling(self) -> tuple[float, Mode, Distribution]:
        """Variance 2 / fan_in."""
        return 2.0, "fan_in", "uniform"


class HeNormal(Scaling):
    """Keeps the size of signals through ReLU, which halves them."""

    summary: ClassVar[str] = "Normal, for layers followed by ReLU"
    formula: ClassVar[str] = "w ~ N(0, 2 / fan_in), cut off at two deviations"
    source: ClassVar[str] = "He et al., 2015"
    aliases: ClassVar[tuple[str, ...]] = ("kaiming_normal",)

    def scaling(self) -> tuple[float, Mode, Distribution]:
        """Variance 2 / fan_in."""
        return 2.0, "fan_in", "truncated_normal"


class LecunUniform(Scaling):
    """Keeps the size of signals; for SELU."""

    summary: ClassVar[str] = "Uniform, for layers followed by SELU"
    formula: ClassVar[str] = "w ~ U(-l, l), l = √(3 / fan_in)"
    source: ClassVar[str] = "LeCun et al., 1998"

    def scaling(self) -> tuple[float, Mode, Distribution]:
        """Variance 1 / fan_in."""
        return 1.0, "fan_in", "uniform"


class LecunNormal(Scaling):
    """Keeps the size of signals; for SELU."""

    summary: ClassVar[str] = "Normal, for layers followed by SELU"
    formula: ClassVar[str] = "w ~ N(0, 1 / fan_in), cut off at two deviations"
    source: ClassVar[str] = "LeCun et al., 1998; Klambauer et al., 2017"

    def scaling(self) -> tuple[float, Mode, Distribution]:
        """Variance 1 / fan_in."""
        return 1.0, "fan_in", "truncated_normal"


class Orthogonal(Initializer):
    """A matrix that turns signals without making them longer or shorter; the usual start inside recurrent layers."""

    summary: ClassVar[str] = "A random rotation, for recurrent layers"
    formula: ClassVar[str] = "Wᵀ W = gain² · I"
    source: ClassVar[str] = "Saxe et al., 2013"
    aliases: ClassVar[tuple[str, ...]] = ("OrthogonalInitializer",)
    gain: float = setting(1.0, "Gain", "factor of the matrix", gt=0.0, le=1e6)

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """Orthonormal columns, or rows where there are more columns; all dimensions but the last count as rows."""
        if len(shape) < 2:
            raise ShapeError(
                "The orthogonal initializer makes matrices, received the shape "
                f"{format_shape(shape)}. Take random_normal instead."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(generator.standard_normal((max(rows, columns), min(rows, columns))))
        q = q * np.where(np.diag(r) < 0.0, -1.0, 1.0)  # makes all rotations equally likely
        return (self.gain * (q if rows >= columns else q.T).reshape(shape)).astype(np.float32)


def _truncated_normal(shape: Shape, mean: float, deviation: float, generator: np.random.Generator) -> Array:
    values = generator.standard_normal(shape)
    while (outside := np.abs(values) > 2.0).any():
        values[outside] = generator.standard_normal(int(outside.sum()))
    return (values * deviation + mean).astype(np.float32)
