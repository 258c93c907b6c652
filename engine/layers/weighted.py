"""What layers with weights have in common: they can be frozen, learn at a rate of their own, and start as one likes."""

from __future__ import annotations

from engine.layers.base import Layer, LayerBuilder
from engine.layers.constraints import AnyConstraint
from engine.layers.initializers import AnyInitializer
from engine.layers.regularizers import AnyRegularizer
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape


class Weighted(Layer):
    """Base of layers with weights."""

    trainable: bool = setting(True, "Learns", "off: its weights stay as they are", advanced=True)
    learning_rate_factor: float = setting(
        1.0, "Learning rate factor", "how fast it learns beside the others", advanced=True, gt=0.0, le=1000.0
    )

    @property
    def freezes(self) -> bool:
        """As set."""
        return not self.trainable

    @property
    def rate_factor(self) -> float:
        """As set."""
        return self.learning_rate_factor


class KernelSettings(Weighted):
    """Settings of the weight that inputs are multiplied by ("kernel" in Keras), by their Keras names."""

    kernel_initializer: AnyInitializer = setting(
        "glorot_uniform", "Weight starts", "how the weights start", advanced=True
    )
    kernel_regularizer: AnyRegularizer | None = setting(
        None, "Weight penalty", "what is added to the loss for large weights", advanced=True
    )
    kernel_constraint: AnyConstraint | None = setting(
        None, "Weight rule", "what the weights obey after every step", advanced=True
    )

    def kernel(self, b: LayerBuilder, shape: Shape, name: str = "weight") -> Tensor:
        """The weight of that shape, as the settings say."""
        return b.weight(
            name,
            shape,
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )


class BiasSettings(Weighted):
    """Settings of the bias, by their Keras names."""

    use_bias: bool = setting(True, "Bias", "add a number of its own to each unit", advanced=True)
    bias_initializer: AnyInitializer = setting("zeros", "Bias starts", "how the biases start", advanced=True)
    bias_regularizer: AnyRegularizer | None = setting(
        None, "Bias penalty", "what is added to the loss for large biases", advanced=True
    )
    bias_constraint: AnyConstraint | None = setting(
        None, "Bias rule", "what the biases obey after every step", advanced=True
    )

    def bias(self, b: LayerBuilder, shape: Shape, name: str = "bias") -> Tensor:
        """The bias of that shape, as the settings say; ask only where `use_bias` is on."""
        return b.weight(
            name,
            shape,
            self.bias_initializer,
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
        )
