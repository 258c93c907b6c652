"""Where weights start: initializers by their Keras names.

Random starts break the symmetry between units; their spread decides whether signals grow or fade from layer
to layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from engine.tensor.spec import Array, Shape

InitializerName = Literal[
    "zeros",
    "ones",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "random_uniform",
    "random_normal",
]
Sampler = Callable[[Shape, float, float, np.random.Generator], Array]

# standard deviation of the standard normal cut off at two of its own: Keras divides by it
_TRUNCATED_DEVIATION = 0.87962566103423978


@dataclass(frozen=True, slots=True)
class Initializer:
    """How a start is drawn: `sample(shape, fan_in, fan_out, generator)` gives float32 of that shape."""

    name: InitializerName
    title: str
    sample: Sampler


def fans(shape: Shape) -> tuple[int, int]:
    """Inputs and outputs of one unit of a weight: a matrix (in, out), or a convolution's (.., in, out).

    Source: keras/src/initializers/random_initializers.py, compute_fans.
    """
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


def initial(name: str, shape: Shape, generator: np.random.Generator) -> Array:
    """A fresh float32 weight of that shape by the initializer of that name."""
    return initializers()[name].sample(shape, *fans(shape), generator)


def _constant(value: float) -> Sampler:
    return lambda shape, fan_in, fan_out, generator: np.full(shape, value, np.float32)


def _uniform(limit: float) -> Sampler:
    return lambda shape, fan_in, fan_out, generator: generator.uniform(-limit, limit, shape).astype(
        np.float32
    )


def _normal(deviation: float) -> Sampler:
    return lambda shape, fan_in, fan_out, generator: generator.normal(0.0, deviation, shape).astype(
        np.float32
    )


def _truncated_normal(shape: Shape, deviation: float, generator: np.random.Generator) -> Array:
    values = generator.standard_normal(shape)
    while (outside := np.abs(values) > 2.0).any():
        values[outside] = generator.standard_normal(int(outside.sum()))
    return (values * deviation).astype(np.float32)


def _average(fan_in: float, fan_out: float) -> float:
    return (fan_in + fan_out) / 2.0


def _only_in(fan_in: float, fan_out: float) -> float:
    return fan_in


def _scaled_uniform(scale: float, fan: Callable[[float, float], float]) -> Sampler:
    def sample(shape: Shape, fan_in: float, fan_out: float, generator: np.random.Generator) -> Array:
        limit = math.sqrt(3.0 * scale / max(1.0, fan(fan_in, fan_out)))
        return generator.uniform(-limit, limit, shape).astype(np.float32)

    return sample


def _scaled_normal(scale: float, fan: Callable[[float, float], float]) -> Sampler:
    def sample(shape: Shape, fan_in: float, fan_out: float, generator: np.random.Generator) -> Array:
        deviation = math.sqrt(scale / max(1.0, fan(fan_in, fan_out))) / _TRUNCATED_DEVIATION
        return _truncated_normal(shape, deviation, generator)

    return sample


# Sources: Glorot and Bengio 2010 (glorot), He et al. 2015 (he), LeCun et al. 1998 (lecun); as in Keras.
_ALL = (
    Initializer("zeros", "Zeros", _constant(0.0)),
    Initializer("ones", "Ones", _constant(1.0)),
    Initializer("glorot_uniform", "Glorot, uniform", _scaled_uniform(1.0, _average)),
    Initializer("glorot_normal", "Glorot, normal", _scaled_normal(1.0, _average)),
    Initializer("he_uniform", "He, uniform", _scaled_uniform(2.0, _only_in)),
    Initializer("he_normal", "He, normal", _scaled_normal(2.0, _only_in)),
    Initializer("lecun_uniform", "LeCun, uniform", _scaled_uniform(1.0, _only_in)),
    Initializer("lecun_normal", "LeCun, normal", _scaled_normal(1.0, _only_in)),
    Initializer("random_uniform", "Uniform, ±0.05", _uniform(0.05)),
    Initializer("random_normal", "Normal, deviation 0.05", _normal(0.05)),
)
_BY_NAME: Mapping[str, Initializer] = MappingProxyType({i.name: i for i in _ALL})


def initializers() -> Mapping[str, Initializer]:
    """All initializers by name."""
    return _BY_NAME
