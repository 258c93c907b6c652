"""Gradient descent by signs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.ops.elementwise import sign
from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer, Place, Slot, Step, flat
from engine.settings import setting
from engine.tensor.spec import TensorSpec


class Lion(Optimizer):
    """Moves every weight by the same length, up or down as the mean gradient says.

    Keeps half of what Adam keeps beside the weights. Give it a learning rate three to ten times smaller than Adam's
    and a weight decay three to ten times larger.
    """

    summary: ClassVar[str] = "Moves every weight by the same length, by the sign of its mean gradient"
    formula: ClassVar[str] = "w ← w - rate · sign(β₁ · m + (1 - β₁) · g);  m ← β₂ · m + (1 - β₂) · g"
    source: ClassVar[str] = "Chen et al., Symbolic discovery of optimization algorithms, 2023"

    beta_1: float = setting(0.9, "Beta 1", "memory in the direction of a step", advanced=True, gt=0.0, le=1.0)
    beta_2: float = setting(0.99, "Beta 2", "memory of the gradient", advanced=True, ge=0.0, lt=1.0)

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """Mean gradient."""
        return flat(params, "momentum")

    def descend(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """As in the formula."""
        m = at.slots["momentum"]
        direction = sign(m * self.beta_1 + at.grads * (1.0 - self.beta_1))
        return direction * at.learning_rate, {"momentum": m * self.beta_2 + at.grads * (1.0 - self.beta_2)}
