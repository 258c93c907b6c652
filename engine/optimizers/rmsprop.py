"""Gradient descent with a step size for every weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.ops.elementwise import sqrt, square
from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer, Place, Slot, Step, flat
from engine.settings import setting
from engine.tensor.spec import TensorSpec


class RMSprop(Optimizer):
    """Divides every gradient by its own recent size.

    v = rho · v + (1 - rho) · g², and a weight moves by learning_rate · g / √(v + epsilon), so weights with
    small and with large gradients move at the same pace. A good choice for recurrent networks.
    """

    summary: ClassVar[str] = "Divides every gradient by its own recent size"
    formula: ClassVar[str] = "v ← rho · v + (1 - rho) · g²;  w ← w - rate · g / √(v + epsilon)"
    source: ClassVar[str] = "Tieleman and Hinton, Lecture 6.5, 2012; centered: Graves, 2013"

    rho: float = setting(0.9, "Rho", "memory of the gradient's size", ge=0.0, lt=1.0)
    momentum: float = setting(0.0, "Momentum", "share of the last step that is kept", ge=0.0, lt=1.0)
    epsilon: float = setting(1e-7, "Epsilon", "keeps the division from zero", advanced=True, gt=0.0, le=1.0)
    centered: bool = setting(
        False, "Centered", "divide by the variation of the gradient instead of its size", advanced=True
    )

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """Mean squared gradient; last step and mean gradient where they are used."""
        momentum = ("momentum",) if self.momentum else ()
        return flat(params, "velocity", *momentum, *(("average_gradient",) if self.centered else ()))

    def descend(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """As in the class's description."""
        new = {"velocity": at.slots["velocity"] * self.rho + square(at.grads) * (1.0 - self.rho)}
        denominator = new["velocity"] + self.epsilon
        if self.centered:
            new["average_gradient"] = at.slots["average_gradient"] * self.rho + at.grads * (1.0 - self.rho)
            denominator = new["velocity"] - square(new["average_gradient"]) + self.epsilon
        change = at.grads * at.learning_rate / sqrt(denominator)
        if self.momentum:
            new["momentum"] = change = at.slots["momentum"] * self.momentum + change
        return change, new
