"""The factor and the shift that normalizing layers learn, by their Keras names."""

from __future__ import annotations

from engine.layers.base import LayerBuilder
from engine.layers.constraints import AnyConstraint
from engine.layers.initializers import AnyInitializer
from engine.layers.regularizers import AnyRegularizer
from engine.layers.shapes import shaped
from engine.layers.weighted import Weighted
from engine.ops.op import Tensor
from engine.settings import setting
from engine.tensor.spec import Shape


class CenterScale(Weighted):
    """Base of layers that end with y · gamma + beta."""

    center: bool = setting(True, "Center", "learn a shift (beta)")
    scale: bool = setting(True, "Scale", "learn a factor (gamma)")
    beta_initializer: AnyInitializer = setting("zeros", "Beta starts", "how the shifts start", advanced=True)
    gamma_initializer: AnyInitializer = setting(
        "ones", "Gamma starts", "how the factors start", advanced=True
    )
    beta_regularizer: AnyRegularizer | None = setting(
        None, "Beta penalty", "what is added to the loss for large shifts", advanced=True
    )
    gamma_regularizer: AnyRegularizer | None = setting(
        None, "Gamma penalty", "what is added to the loss for large factors", advanced=True
    )
    beta_constraint: AnyConstraint | None = setting(
        None, "Beta rule", "what the shifts obey after every step", advanced=True
    )
    gamma_constraint: AnyConstraint | None = setting(
        None, "Gamma rule", "what the factors obey after every step", advanced=True
    )

    def factor(self, b: LayerBuilder, shape: Shape, spread: Shape) -> Tensor | None:
        """Gamma of that shape, reshaped to `spread`; None without scale."""
        if not self.scale:
            return None
        gamma = b.weight(
            "gamma",
            shape,
            self.gamma_initializer,
            regularizer=self.gamma_regularizer,
            constraint=self.gamma_constraint,
        )
        return shaped(gamma, spread)

    def shift(self, b: LayerBuilder, shape: Shape, spread: Shape) -> Tensor | None:
        """Beta of that shape, reshaped to `spread`; None without center."""
        if not self.center:
            return None
        beta = b.weight(
            "beta",
            shape,
            self.beta_initializer,
            regularizer=self.beta_regularizer,
            constraint=self.beta_constraint,
        )
        return shaped(beta, spread)
