"""A weight that connects any dimensions with any others, as an equation says."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field, field_validator

from engine.layers.activations import ActivationName, activate, followed_by
from engine.layers.base import Category, Declaration, LayerBuilder, LayerSample, expect_numbers, per_example
from engine.layers.initializers import Initializer, Scaling
from engine.layers.weighted import BiasSettings, KernelSettings
from engine.ops.contraction import einsum
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Array, Shape, ShapeError, format_shape

_FORMS = re.compile(r"(?:([a-zA-Z]+)|(\.\.\.)([a-zA-Z]+)|([a-zA-Z]+)(\.\.\.)),([a-zA-Z]+)->(.+)")
Length = Annotated[int, Field(ge=-1, le=1_000_000_000)]


def _lengths(value: Any) -> Any:
    """Keras takes a single number as well, and None for a length that comes from the input."""
    if isinstance(value, int):
        return (value,)
    return tuple(-1 if n is None else n for n in value) if isinstance(value, list | tuple) else value


class SpreadOver(Initializer):
    """A start whose spread counts what one output adds up, whatever the order of the dimensions.

    Source: keras/src/layers/core/einsum_dense.py, _update_kernel_initializer.
    """

    start: Initializer
    summed: tuple[int, ...]

    def sample(self, shape: Shape, generator: np.random.Generator) -> Array:
        """As of a matrix from all inputs of an output to all outputs."""
        if not isinstance(self.start, Scaling):
            return self.start.sample(shape, generator)
        inputs = math.prod(shape[i] for i in self.summed)
        return self.start.sample((inputs, math.prod(shape) // inputs), generator).reshape(shape)


@dataclass(frozen=True, slots=True)
class Projection:
    """An equation for one input.

    Attributes:
        equation: in letters, those for `...` put in.
        weight: shape of the weight.
        summed: its dimensions that are summed over.
        bias: shape of the bias, or None.
    """

    equation: str
    weight: Shape
    summed: tuple[int, ...]
    bias: Shape | None


class EinsumDense(KernelSettings, BiasSettings):
    """Multiplies by a weight over the dimensions that an equation names.

    y = einsum(equation, x, weight) + bias. Each letter is a dimension: what the input and the weight share and the
    result lacks is summed over; "abc,cd->abd" is a Dense over the last dimension, "abc,cde->abde" makes two dimensions of
    one. Letters that only the result and the weight have take their lengths from the output shape. Use it where a Dense
    works on the wrong dimension; the heads of attention are made with it.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CORE,
        summary="A weight over the dimensions that an equation names",
        aliases=("einstein", "einsum", "tensor product", "contraction"),
        keras="EinsumDense",
        onnx="Einsum",
        samples=(
            LayerSample({"equation": "ab,bc->ac", "output_shape": 3}),
            LayerSample(
                {"equation": "abc,cde->abde", "output_shape": (-1, 2, 3), "bias_axes": "de"}, ((2, 3, 4),)
            ),
            LayerSample({"output_shape": (3,), "activation": "tanh"}, ((2, 3, 2, 4),)),
            LayerSample({"equation": "ab...,bc->ac...", "output_shape": 3}, ((2, 4, 3),)),
        ),
    )
    equation: str = setting(
        "...x,xy->...y",
        "Equation",
        "a letter for each dimension: input,weight->result",
        prominent=True,
        max_length=80,
    )
    output_shape: Annotated[tuple[Length, ...], BeforeValidator(_lengths)] = setting(
        (64,),
        "Output shape",
        "lengths of the result without the batch and without '...'; -1: as in the input",
        prominent=True,
        max_length=8,
    )
    bias_axes: str | None = setting(
        None, "Bias over", "letters of the result that have a bias; empty: none", max_length=20
    )
    activation: ActivationName = setting("linear", "Activation", "what is done with each sum", prominent=True)
    use_bias: bool = setting(True, "Bias", "add a bias over the letters above", advanced=True)

    @field_validator("equation")
    @classmethod
    def _form(cls, value: str) -> str:
        """Keras knows these three forms."""
        if not _FORMS.fullmatch(value.replace(" ", "")):
            raise ValueError(
                f"An equation is like ab,bc->ac, ...a,ab->...b or ab...,bc->ac..., received {value!r}; "
                "write the letters of the input, of the weight and of the result."
            )
        return value

    def keras_config(self, config: dict[str, Any]) -> dict[str, Any]:
        """Lengths that stay are None there, and no letters with a bias mean that there is none."""
        shape = [None if n == -1 else n for n in self.output_shape]
        axes = self.bias_axes if self.use_bias else None
        return {
            **{k: v for k, v in config.items() if k != "use_bias"},
            "output_shape": shape,
            "bias_axes": axes,
        }

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, ..) -> (batch, ..) as the equation says."""
        (x,) = inputs
        expect_numbers(x, "EinsumDense")
        projection = self.projection(x)
        start = SpreadOver(start=self.kernel_initializer, summed=projection.summed)
        weight = b.weight(
            "weight",
            projection.weight,
            start,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        y = einsum(projection.equation, x, weight)
        if projection.bias is not None:
            y = y + self.bias(b, projection.bias)
        return (activate(y, self.activation),)

    def projection(self, x: Tensor) -> Projection:
        """The equation for this input, with the shapes of weight and bias.

        Raises:
            ShapeError: letters and dimensions do not fit.
        """
        left, weight, result = re.split(",|->", self.equation.replace(" ", ""))
        names = left.replace("...", "")
        further = x.spec.rank - len(names)
        if further < 0 or (further and "..." not in left):
            raise ShapeError(
                f"EinsumDense needs an input with a dimension for each letter of {left!r}, the batch included, received "
                f"{per_example(x)} per example. Change the equation, or put a Reshape before it."
            )
        free = "".join(c for c in "zyxwvutsrqponmlkjihgfedcbaZYXWVU" if c not in self.equation)[:further]
        left, result = left.replace("...", free), result.replace("...", free)
        lengths = dict(zip(left, x.shape, strict=True)) | self._made(x, left, result, free)
        unknown = [c for c in weight if c not in lengths]
        if unknown or any(c not in lengths for c in result):
            letters = "".join(unknown) or "".join(c for c in result if c not in lengths)
            raise ShapeError(
                f"EinsumDense needs each letter of the weight in the input or the result, and each of the result in "
                f"the input or the weight, received {self.equation!r} with {letters!r} in neither. Change the equation."
            )
        return Projection(
            f"{left},{weight}->{result}",
            tuple(lengths[c] for c in weight),
            tuple(i for i, c in enumerate(weight) if c not in result),
            self._bias_shape(result, lengths),
        )

    def _made(self, x: Tensor, left: str, result: str, free: str) -> dict[str, int]:
        """Lengths of the letters that the input lacks; those of the output shape have no batch and no `...`."""
        named = [c for c in result if c not in free]
        if named and named[0] == result[0]:
            named = named[1:]  # the batch
        given = dict(zip(named, self.output_shape, strict=False))
        known = dict(zip(left, x.shape, strict=True))
        wrong = [
            c for c, n in given.items() if n not in (-1, known.get(c, n)) or (n == -1 and c not in known)
        ]
        if len(named) != len(self.output_shape) or wrong:
            raise ShapeError(
                f"EinsumDense needs an output shape with a length for each letter of {''.join(named)!r} that fits the "
                f"input, received {format_shape(self.output_shape)} for {per_example(x)}. Give as many lengths, "
                "-1 for those that the input has."
            )
        return {c: n for c, n in given.items() if c not in known}

    def _bias_shape(self, result: str, lengths: dict[str, int]) -> Shape | None:
        axes = self.bias_axes if self.use_bias else None
        if not axes:
            return None
        missing = [c for c in axes if c not in result]
        if missing:
            raise ShapeError(
                f"EinsumDense needs bias letters that are in the result, received {axes!r} for {self.equation!r}. "
                "Take letters from the right side of the equation."
            )
        first = min(result.index(c) for c in axes)
        return tuple(lengths[c] if c in axes else 1 for c in result[first:])

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """From which shape to which."""
        made = f"By {self.equation} makes {format_shape(outputs[0])} of {format_shape(inputs[0])}"
        return f"{made}{followed_by(self.activation)}"
