"""The fully connected layer."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activations import ActivationName, activate, followed_by
from engine.layers.base import (
    Category,
    Declaration,
    LayerBuilder,
    LayerSample,
    expect_numbers,
    per_example,
)
from engine.layers.penalties import penalize
from engine.layers.regularizers import AnyRegularizer
from engine.layers.torch_form import Kept, TorchForm, call_of
from engine.layers.weighted import BiasSettings, KernelSettings
from engine.ops.matmul import matmul
from engine.ops.op import Tensor
from engine.ops.views import reshape
from engine.settings import setting
from engine.tensor.spec import Shape, ShapeError, TensorSpec


class Dense(KernelSettings, BiasSettings):
    """Connects every input to every unit.

    Each unit multiplies all inputs by weights of its own, adds them up with a bias, and applies the
    activation: y = activation(x · weight + bias). Use it after Flatten to combine what other layers found, on
    tables of numbers, and as the last layer with as many units as there are answers. Of an input with several
    dimensions only the last one is connected; the others stay as they are.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.CORE,
        summary="Fully connected: every input to every unit",
        aliases=("fully connected", "linear", "perceptron", "fc", "mlp"),
        keras="Dense",
        torch="Linear",
        onnx="Gemm",
        masking=True,
        common=True,
        samples=(
            LayerSample({"units": 3}),
            LayerSample({"units": 5, "activation": "relu", "use_bias": False}, ((3, 4),)),
            LayerSample({"units": 2, "activation": "tanh", "kernel_initializer": "he_normal"}, ((2, 3, 4),)),
            LayerSample(
                {"units": 4, "activation": "softmax", "bias_initializer": "random_normal"}, ((2, 1),)
            ),
        ),
    )
    units: int = setting(64, "Units", "how many outputs it has", prominent=True, ge=1, le=1_000_000)
    activation: ActivationName = setting("linear", "Activation", "what is done with each sum", prominent=True)
    activity_regularizer: AnyRegularizer | None = setting(
        None, "Output penalty", "what is added to the loss for large outputs", advanced=True
    )

    def build(self, b: LayerBuilder, *inputs: Tensor) -> tuple[Tensor, ...]:
        """(batch, .., n) -> (batch, .., units)."""
        (x,) = inputs
        expect_numbers(x, "Dense")
        if x.spec.rank < 2:
            raise ShapeError(
                f"Dense needs at least one dimension beside the batch, received {per_example(x)} per "
                "example. Put a Reshape to (1,) before it."
            )
        features = x.shape[-1]
        rows = reshape(x, shape=(-1, features)) if x.spec.rank > 2 else x
        y = matmul(rows, self.kernel(b, (features, self.units)))
        if self.use_bias:
            y = y + self.bias(b, (self.units,))
        if x.spec.rank > 2:
            y = reshape(y, shape=(*x.shape[:-1], self.units))
        y = activate(y, self.activation)
        penalize(b, y, self.activity_regularizer)
        return (y,)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """A linear layer; PyTorch keeps the transpose of our weight."""
        features = inputs[0].shape[-1]
        weights = {"weight": Kept("weight", (1, 0))} | ({"bias": Kept("bias")} if self.use_bias else {})
        bias = None if self.use_bias else False
        return TorchForm(
            call_of("nn.Linear", features, self.units, bias=bias), weights, activation=self.activation
        )

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """How many units are connected to how many inputs."""
        count, then = inputs[0][-1], followed_by(self.activation)
        if self.units == 1:
            return f"1 unit, connected to all {count} inputs{then}"
        return f"{self.units} units, each connected to all {count} inputs{then}"
