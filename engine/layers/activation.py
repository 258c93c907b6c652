"""Any activation, chosen by name."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.activation_layer import ActivationLayer
from engine.layers.activations import ActivationName, activate, activations
from engine.layers.base import Category, Declaration, LayerSample
from engine.layers.torch_form import TorchForm
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape, TensorSpec


class Activation(ActivationLayer):
    """Applies the activation that is chosen by name.

    The same functions as the Activation setting of Dense and the convolutions, as a layer of its own. Use it where
    something stands between a layer and its activation, such as BatchNormalization; layers like ReLU or Softmax have
    settings of their own beside.
    """

    declaration: ClassVar[Declaration] = Declaration(
        category=Category.ACTIVATION,
        summary="The activation of your choice",
        aliases=("nonlinearity", "function", "swish", "sparse"),
        keras="Activation",
        masking=True,
        samples=(
            LayerSample({"activation": "tanh"}),
            LayerSample({"activation": "linear"}, ((3,),)),
            LayerSample({"activation": "softmax"}, ((2, 3, 2),)),
        ),
    )
    activation: ActivationName = setting("relu", "Activation", "the function", prominent=True)

    def apply(self, x: Tensor) -> Tensor:
        """The function of every number."""
        return activate(x, self.activation)

    def torch_form(self, inputs: tuple[TensorSpec, ...]) -> TorchForm | None:
        """The same function."""
        return TorchForm(call="{0}", activation=self.activation, layout="any")

    def explain(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> str:
        """Which function."""
        if self.activation == "linear":
            return "Leaves everything as it is"
        return f"Applies {activations()[self.activation].title}"
