"""Activation functions by their Keras names, for the settings of layers that apply one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from engine.layers import activation_functions as functions
from engine.ops.elementwise import exp, relu, sigmoid, softplus, tanh
from engine.ops.op import Tensor

PlainActivationName = Literal[
    "linear",
    "relu",
    "leaky_relu",
    "relu6",
    "elu",
    "selu",
    "celu",
    "gelu",
    "silu",
    "mish",
    "sigmoid",
    "tanh",
    "softmax",
    "log_softmax",
    "sparsemax",
    "softplus",
    "softsign",
    "exponential",
    "hard_sigmoid",
    "hard_sigmoid_02",
    "hard_silu",
    "hard_tanh",
    "log_sigmoid",
    "squareplus",
    "sparse_plus",
    "sparse_sigmoid",
    "soft_shrink",
    "hard_shrink",
    "tanh_shrink",
]
_ALIASES = {None: "linear", "swish": "silu", "hard_swish": "hard_silu"}


def _official(value: Any) -> Any:
    """The name that another name of Keras (or no activation) stands for."""
    return _ALIASES.get(value, value) if value is None or isinstance(value, str) else value


ActivationName = Annotated[PlainActivationName, BeforeValidator(_official)]


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation: `function` keeps the shape.

    `torch` is the expression of PyTorch for `{x}`, with `{c}` for the axis of the channels; "" where it has none.
    """

    name: PlainActivationName
    title: str
    function: Callable[[Tensor], Tensor]
    torch: str = ""


_ALL = (
    Activation("linear", "None (linear)", lambda x: x, "{x}"),
    Activation("relu", "ReLU", relu, "F.relu({x})"),
    Activation(
        "leaky_relu",
        "Leaky ReLU, slope 0.2",
        lambda x: functions.leaky_relu(x, 0.2),
        "F.leaky_relu({x}, 0.2)",
    ),
    Activation("relu6", "ReLU up to 6", functions.relu6, "F.relu6({x})"),
    Activation("elu", "ELU", lambda x: functions.elu(x, 1.0), "F.elu({x})"),
    Activation("selu", "SELU", functions.selu, "F.selu({x})"),
    Activation("celu", "CELU", lambda x: functions.celu(x, 1.0), "F.celu({x})"),
    Activation("gelu", "GELU", lambda x: functions.gelu(x, approximate=False), "F.gelu({x})"),
    Activation("silu", "SiLU (swish)", functions.silu, "F.silu({x})"),
    Activation("mish", "Mish", functions.mish, "F.mish({x})"),
    Activation("sigmoid", "Sigmoid", sigmoid, "torch.sigmoid({x})"),
    Activation("tanh", "Tanh", tanh, "torch.tanh({x})"),
    Activation("softmax", "Soft-max", functions.softmax, "torch.softmax({x}, dim={c})"),
    Activation("log_softmax", "Log soft-max", functions.log_softmax, "torch.log_softmax({x}, dim={c})"),
    Activation("sparsemax", "Sparse-max", functions.sparsemax),
    Activation("softplus", "Softplus", softplus, "F.softplus({x})"),
    Activation("softsign", "Softsign", functions.softsign, "F.softsign({x})"),
    Activation("exponential", "Exponential", exp, "torch.exp({x})"),
    Activation("hard_sigmoid", "Hard sigmoid", functions.hard_sigmoid, "F.hardsigmoid({x})"),
    Activation(
        "hard_sigmoid_02",
        "Hard sigmoid, slope 0.2",
        functions.hard_sigmoid_02,
        "F.hardtanh(0.2 * {x} + 0.5, 0.0, 1.0)",
    ),
    Activation("hard_silu", "Hard SiLU (hard swish)", functions.hard_silu, "F.hardswish({x})"),
    Activation("hard_tanh", "Hard tanh", functions.hard_tanh, "F.hardtanh({x})"),
    Activation("log_sigmoid", "Log sigmoid", functions.log_sigmoid, "F.logsigmoid({x})"),
    Activation("squareplus", "Squareplus", functions.squareplus),
    Activation("sparse_plus", "Sparse plus", functions.sparse_plus),
    Activation("sparse_sigmoid", "Sparse sigmoid", functions.sparse_sigmoid),
    Activation(
        "soft_shrink", "Soft shrink, 0.5", lambda x: functions.soft_shrink(x, 0.5), "F.softshrink({x})"
    ),
    Activation(
        "hard_shrink", "Hard shrink, 0.5", lambda x: functions.hard_shrink(x, 0.5), "F.hardshrink({x})"
    ),
    Activation("tanh_shrink", "Tanh shrink", functions.tanh_shrink, "F.tanhshrink({x})"),
)
_BY_NAME: Mapping[str, Activation] = MappingProxyType({a.name: a for a in _ALL})


def activations() -> Mapping[str, Activation]:
    """All activations by name."""
    return _BY_NAME


def activate(x: Tensor, name: PlainActivationName) -> Tensor:
    """`x` through the activation of that name."""
    return _BY_NAME[name].function(x)


def followed_by(name: PlainActivationName) -> str:
    """The end of a sentence on a layer: `, followed by ReLU`, or nothing."""
    return "" if name == "linear" else f", followed by {_BY_NAME[name].title}"
