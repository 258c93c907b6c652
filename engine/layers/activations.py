"""Activation functions by their Keras names, for layers that apply one and layers that are one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from engine.ops.elementwise import absolute, erf, exp, expm1, maximum, minimum, relu, sigmoid, softplus, tanh
from engine.ops.op import Tensor
from engine.ops.softmax import softmax
from engine.tensor.spec import DType

ActivationName = Literal[
    "linear",
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "sigmoid",
    "tanh",
    "softplus",
    "softsign",
    "exponential",
    "softmax",
]

# Source: Klambauer et al., Self-normalizing neural networks, 2017
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation: `function` keeps the shape."""

    name: ActivationName
    title: str
    function: Callable[[Tensor], Tensor]


def _limit(x: Tensor, value: float) -> Tensor:
    return x.builder.constant(value, DType.FLOAT32)


def leaky_relu(x: Tensor, negative_slope: float) -> Tensor:
    """X above zero, negative_slope · x below; the slope lies in [0, 1]."""
    return maximum(x, x * negative_slope)


def elu(x: Tensor, alpha: float) -> Tensor:
    """X above zero, alpha · (eˣ - 1) below."""
    return relu(x) + expm1(minimum(x, _limit(x, 0.0))) * alpha


def gelu(x: Tensor, *, approximate: bool) -> Tensor:
    """X · Φ(x) with the distribution function Φ of the standard normal.

    The approximation is ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))). Source: Hendrycks and Gimpel, 2016.
    """
    if approximate:
        return x * 0.5 * (tanh((x + x * x * x * 0.044715) * math.sqrt(2.0 / math.pi)) + 1.0)
    return x * 0.5 * (erf(x * math.sqrt(0.5)) + 1.0)


_ALL = (
    Activation("linear", "None (linear)", lambda x: x),
    Activation("relu", "ReLU", relu),
    Activation("leaky_relu", "Leaky ReLU, slope 0.2", lambda x: leaky_relu(x, 0.2)),
    Activation("elu", "ELU", lambda x: elu(x, 1.0)),
    Activation("selu", "SELU", lambda x: elu(x, _SELU_ALPHA) * _SELU_SCALE),
    Activation("gelu", "GELU", lambda x: gelu(x, approximate=False)),
    Activation("silu", "SiLU (swish)", lambda x: x * sigmoid(x)),
    Activation("sigmoid", "Sigmoid", sigmoid),
    Activation("tanh", "Tanh", tanh),
    Activation("softplus", "Softplus", softplus),
    Activation("softsign", "Softsign", lambda x: x / (absolute(x) + 1.0)),
    Activation("exponential", "Exponential", exp),
    Activation("softmax", "Soft-max", softmax),
)
_BY_NAME: Mapping[str, Activation] = MappingProxyType({a.name: a for a in _ALL})


def activations() -> Mapping[str, Activation]:
    """All activations by name."""
    return _BY_NAME


def activate(x: Tensor, name: ActivationName) -> Tensor:
    """`x` through the activation of that name."""
    return _BY_NAME[name].function(x)


def followed_by(name: ActivationName) -> str:
    """The end of a sentence on a layer: `, followed by ReLU`, or nothing."""
    return "" if name == "linear" else f", followed by {_BY_NAME[name].title}"
