"""Gradient descent that finds its step size from the steps it took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.ops.elementwise import sqrt, square
from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer, Place, Slot, Step, TorchOptimizer, flat
from engine.settings import setting
from engine.tensor.spec import TensorSpec


class Adadelta(Optimizer):
    """Scales every gradient by the size of recent steps over the size of recent gradients.

    Was made to need no learning rate: with 1.0 it is the rule of the paper. The usual 0.001 is very slow.
    """

    summary: ClassVar[str] = "Scales gradients by recent steps over recent gradients"
    formula: ClassVar[str] = (
        "a ← rho · a + (1 - rho) · g²;  Δ = g · √(d + epsilon) / √(a + epsilon);  "
        "d ← rho · d + (1 - rho) · Δ²;  w ← w - rate · Δ"
    )
    source: ClassVar[str] = "Zeiler, ADADELTA, 2012"

    rho: float = setting(0.95, "Rho", "memory of gradients and steps", ge=0.0, lt=1.0)
    epsilon: float = setting(1e-7, "Epsilon", "keeps the division from zero", advanced=True, gt=0.0, le=1.0)

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """Mean squared gradient and mean squared step."""
        return flat(params, "accumulated_grad", "accumulated_delta_var")

    def torch_form(self) -> TorchOptimizer | None:
        """The same."""
        return TorchOptimizer("Adadelta", {"rho": self.rho, "eps": self.epsilon})

    def descend(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """As in the formula."""
        moved, fresh = at.slots["accumulated_delta_var"], 1.0 - self.rho
        size = at.slots["accumulated_grad"] * self.rho + square(at.grads) * fresh
        delta = sqrt(moved + self.epsilon) * at.grads / sqrt(size + self.epsilon)
        new = {"accumulated_grad": size, "accumulated_delta_var": moved * self.rho + square(delta) * fresh}
        return delta * at.learning_rate, new
