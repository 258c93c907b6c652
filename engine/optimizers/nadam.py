"""Adam that looks ahead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from engine.ops.elementwise import exp, sqrt
from engine.ops.op import Tensor
from engine.optimizers.adam import Moments
from engine.optimizers.base import Place, Slot, Step, TorchOptimizer, flat, one_minus_power
from engine.tensor.spec import TensorSpec

LOG_DECAY = math.log(0.96)  # of the momentum's schedule


class Nadam(Moments):
    """Adam with Nesterov's momentum: it goes where the momentum is about to lead.

    Often a little faster than Adam, with the same settings.
    """

    summary: ClassVar[str] = "Adam that looks ahead along its momentum"
    formula: ClassVar[str] = (
        "uₜ = β₁ · (1 - ½ · 0.96ᵗ);  m̂ = uₜ₊₁ · m / (1 - ∏ᵢ≤ₜ₊₁ uᵢ) + (1 - uₜ) · g / (1 - ∏ᵢ≤ₜ uᵢ);  "
        "w ← w - rate · m̂ / (√(v / (1 - β₂ᵗ)) + epsilon)"
    )
    source: ClassVar[str] = "Dozat, Incorporating Nesterov momentum into Adam, 2016"

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """Mean gradient, mean squared gradient, and the product of all momenta so far."""
        return {**flat(params, "momentum", "velocity"), "u_product": Slot(TensorSpec(()), 1.0)}

    def torch_form(self) -> TorchOptimizer | None:
        """The same, with a momentum that grows as fast as Keras lets it."""
        settings = {"betas": (self.beta_1, self.beta_2), "eps": self.epsilon, "momentum_decay": 1.0}
        return TorchOptimizer("NAdam", settings)

    def descend(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """As in the formula."""
        now, later = self._share(at.taken), self._share(at.taken + 1.0)
        product = at.slots["u_product"] * now
        new = {"momentum": self.momentum(at), "velocity": self.velocity(at), "u_product": product}
        ahead = new["momentum"] * (later / (1.0 - product * later)) + at.grads * (
            (1.0 - now) / (1.0 - product)
        )
        size = sqrt(new["velocity"] / one_minus_power(self.beta_2, at.taken))
        return ahead * at.learning_rate / (size + self.epsilon), new

    def _share(self, step: Tensor) -> Tensor:
        """The momentum in force in a step (counted from one), float32 scalar."""
        return (1.0 - exp(step * LOG_DECAY) * 0.5) * self.beta_1
