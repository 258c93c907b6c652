"""Adam with the largest gradient in place of the mean squared one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.ops.elementwise import absolute, maximum
from engine.ops.op import Tensor
from engine.optimizers.adam import Moments
from engine.optimizers.base import Place, Slot, Step, TorchOptimizer, flat, one_minus_power
from engine.tensor.spec import TensorSpec


class Adamax(Moments):
    """Adam that measures a gradient by the largest size it recently had.

    Steadier than Adam where gradients are rare and large, as with embeddings.
    """

    summary: ClassVar[str] = "Adam that measures gradients by their largest recent size"
    formula: ClassVar[str] = (
        "m ← m + (1 - β₁)(g - m);  u ← max(β₂ · u, |g|);  w ← w - rate · m / ((1 - β₁ᵗ) · (u + epsilon))"
    )
    source: ClassVar[str] = "Kingma and Ba, Adam, 2014, section 7.1"

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """Mean gradient and its largest recent size."""
        return flat(params, "momentum", "norm")

    def torch_form(self) -> TorchOptimizer | None:
        """The same but for epsilon, which bounds the size from below there."""
        return TorchOptimizer("Adamax", {"betas": (self.beta_1, self.beta_2), "eps": self.epsilon})

    def descend(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """As in the formula."""
        new = {
            "momentum": self.momentum(at),
            "norm": maximum(at.slots["norm"] * self.beta_2, absolute(at.grads)),
        }
        rate = at.learning_rate / one_minus_power(self.beta_1, at.taken)
        return new["momentum"] * rate / (new["norm"] + self.epsilon), new
