"""Adam: momentum and a step size for every weight."""

from __future__ import annotations

from typing import Literal

from engine.ops.elementwise import maximum, sqrt, square
from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer, Slots, one_minus_power, steps_taken
from engine.settings import setting


class AdamRule(Optimizer):
    """The update that Adam and AdamW share.

    Source: Kingma and Ba, Adam, 2014, with the bias correction folded into the step size and epsilon outside
    the root ("epsilon hat"), as Keras has it; AMSGrad after Reddi et al., 2018.
    """

    beta_1: float = setting(
        0.9, "Beta 1", "memory of the gradient's direction", advanced=True, gt=0.0, lt=1.0
    )
    beta_2: float = setting(0.999, "Beta 2", "memory of the gradient's size", advanced=True, gt=0.0, lt=1.0)
    epsilon: float = setting(1e-7, "Epsilon", "keeps the division from zero", advanced=True, gt=0.0, le=1.0)
    amsgrad: bool = setting(False, "AMSGrad", "never forget the largest size of a gradient", advanced=True)

    def slots(self) -> tuple[str, ...]:
        """Mean gradient and mean squared gradient; the largest of the latter with AMSGrad."""
        return ("momentum", "velocity", *(("velocity_hat",) if self.amsgrad else ()))

    def descend(
        self, grads: Tensor, slots: Slots, learning_rate: Tensor, step: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Rate · m / (√v + epsilon) with rate = learning_rate · √(1 - beta_2^t) / (1 - beta_1^t)."""
        taken = steps_taken(step)
        rate = learning_rate * sqrt(one_minus_power(self.beta_2, taken)) / one_minus_power(self.beta_1, taken)
        m, v = slots["momentum"], slots["velocity"]
        new = {
            "momentum": m + (grads - m) * (1.0 - self.beta_1),
            "velocity": v + (square(grads) - v) * (1.0 - self.beta_2),
        }
        size = new["velocity"]
        if self.amsgrad:
            new["velocity_hat"] = size = maximum(slots["velocity_hat"], size)
        return new["momentum"] * rate / (sqrt(size) + self.epsilon), new


class Adam(AdamRule):
    """Follows the mean of recent gradients, each weight at its own pace.

    Steps are long where gradients agree and short where they fluctuate. Works without much tuning on nearly
    everything: start here.
    """

    name: Literal["Adam"] = "Adam"
