"""The rectifier that learns how much to let through."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import (
    Category,
    Declaration,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    per_example,
)
from engine.layers.constraints import AnyConstraint
from engine.layers.initializers import AnyInitializer
from engine.layers.regularizers import AnyRegularizer
from engine.layers.shapes import SharedAxes, inner_axis
from engine.layers.weighted import Weighted
from engine.ops.elementwise import minimum, relu
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import DType, Shape, ShapeError


class PReLU(Weighted):
    """Keeps numbers above zero and multiplies those below by factors it learns.

    y = x for x ≥ 0, alpha · x otherwise, with an alpha of its own for each number of an example. Behind a convolution
    share the axes of height and width, (1, 2), so that each channel has one alpha.
    Source: He et al., Delving deep into rectifiers, 2015.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="Keeps what is above zero, learns how much of the rest to keep",
        aliases=("parametric", "rectifier", "leaky", "nonlinearity"),
        keras="PReLU",
        torch="PReLU",
        onnx="PRelu",
        masking=True,
        samples=(LayerSample(), LayerSample({"shared_axes": (1, 2)}, ((2, 3, 2, 4),))),
    )
    alpha_initializer: AnyInitializer = setting(
        "zeros", "Alpha starts", "how the factors start", advanced=True
    )
    alpha_regularizer: AnyRegularizer | None = setting(
        None, "Alpha penalty", "what is added to the loss for large factors", advanced=True
    )
    alpha_constraint: AnyConstraint | None = setting(
        None, "Alpha rule", "what the factors obey after every step", advanced=True
    )
    shared_axes: SharedAxes = setting(
        (), "Shared axes", "dimensions along which one factor serves all; 1 is the first beside the batch"
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The shape stays."""
        (x,) = inputs
        expect_numbers(x, "PReLU")
        if x.spec.rank < 2:
            raise ShapeError(
                f"PReLU needs at least one dimension beside the batch, received {per_example(x)} per example. "
                "Put a Reshape to (1,) before it."
            )
        shared = {inner_axis(a, x, "PReLU") for a in self.shared_axes}
        shape = tuple(1 if i in shared else n for i, n in enumerate(x.shape[1:], start=1))
        alpha = b.weight(
            "alpha",
            shape,
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        return (relu(x) + alpha * minimum(x, b.ops.constant(0.0, DType.FLOAT32)),)

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many factors it learns."""
        count = 1
        for axis, length in enumerate(inputs[0], start=1):
            count *= 1 if axis in self.shared_axes else length
        return f"Keeps what is above zero and learns {count} factors for the rest"
