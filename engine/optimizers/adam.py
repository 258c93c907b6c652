"""Adam: momentum and a step size for every weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.ops.elementwise import maximum, sqrt, square
from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer, Place, Slot, Step, TorchOptimizer, flat, one_minus_power
from engine.settings import setting
from engine.tensor.spec import TensorSpec


class Moments(Optimizer):
    """What the relatives of Adam share: memories of the gradient's direction and of its size."""

    beta_1: float = setting(
        0.9, "Beta 1", "memory of the gradient's direction", advanced=True, gt=0.0, lt=1.0
    )
    beta_2: float = setting(0.999, "Beta 2", "memory of the gradient's size", advanced=True, gt=0.0, lt=1.0)
    epsilon: float = setting(1e-7, "Epsilon", "keeps the division from zero", advanced=True, gt=0.0, le=1.0)

    def momentum(self, at: Step) -> Tensor:
        """The new mean gradient (P,)."""
        m = at.slots["momentum"]
        return m + (at.grads - m) * (1.0 - self.beta_1)

    def velocity(self, at: Step) -> Tensor:
        """The new mean squared gradient (P,)."""
        v = at.slots["velocity"]
        return v + (square(at.grads) - v) * (1.0 - self.beta_2)


class AdamRule(Moments):
    """The update that Adam and AdamW share.

    The bias correction is folded into the step size and epsilon stands outside the root ("epsilon hat"), as Keras
    has it.
    """

    amsgrad: bool = setting(False, "AMSGrad", "never forget the largest size of a gradient", advanced=True)

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """Mean gradient and mean squared gradient; the largest of the latter with AMSGrad."""
        return flat(params, "momentum", "velocity", *(("velocity_hat",) if self.amsgrad else ()))

    def torch_form(self) -> TorchOptimizer | None:
        """The same with an epsilon that is moved behind the correction of the first steps."""
        betas = (self.beta_1, self.beta_2)
        settings = {"betas": betas, "eps": self.epsilon, "amsgrad": self.amsgrad}
        return TorchOptimizer("Adam", settings, epsilon=self.epsilon)

    def descend(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """Rate · m / (√v + epsilon) with rate = learning_rate · √(1 - beta_2^t) / (1 - beta_1^t)."""
        correction = sqrt(one_minus_power(self.beta_2, at.taken)) / one_minus_power(self.beta_1, at.taken)
        new = {"momentum": self.momentum(at), "velocity": self.velocity(at)}
        size = new["velocity"]
        if self.amsgrad:
            new["velocity_hat"] = size = maximum(at.slots["velocity_hat"], size)
        return new["momentum"] * (at.learning_rate * correction) / (sqrt(size) + self.epsilon), new


class Adam(AdamRule):
    """Follows the mean of recent gradients, each weight at its own pace.

    Steps are long where gradients agree and short where they fluctuate. Works without much tuning on nearly
    everything: start here.
    """

    summary: ClassVar[str] = "Follows the mean of recent gradients, each weight at its own pace"
    formula: ClassVar[str] = (
        "m ← m + (1 - β₁)(g - m);  v ← v + (1 - β₂)(g² - v);  "
        "w ← w - rate · √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + epsilon)"
    )
    source: ClassVar[str] = "Kingma and Ba, Adam, 2014; AMSGrad: Reddi et al., 2018"
