"""Gradient descent, plain and with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import model_validator

from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer, Place, Slot, Step, TorchOptimizer, flat
from engine.settings import setting
from engine.tensor.spec import TensorSpec


class SGD(Optimizer):
    """Goes a step against the gradient.

    weight = weight - learning_rate · gradient. With momentum a step keeps a share of the one before, which
    carries it through narrow valleys; Nesterov's variant looks ahead along that direction first. Slower than
    Adam at the start, often as good or better in the end, and the easiest to understand.
    """

    summary: ClassVar[str] = "A step against the gradient, with momentum if wanted"
    formula: ClassVar[str] = (
        "v ← momentum · v - rate · g;  w ← w + v  (Nesterov: w + momentum · v - rate · g)"
    )
    source: ClassVar[str] = "Robbins and Monro, 1951; Nesterov, 1983; Sutskever et al., 2013"
    aliases: ClassVar[tuple[str, ...]] = ("gradient descent", "momentum")

    learning_rate: float = setting(
        0.01, "Learning rate", "how far one step goes", usual=(1e-6, 1.0), gt=0.0, le=100.0
    )
    momentum: float = setting(0.0, "Momentum", "share of the last step that is kept", ge=0.0, le=1.0)
    nesterov: bool = setting(False, "Nesterov", "look ahead along the momentum")

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and not self.momentum:
            raise ValueError("Nesterov needs a momentum above 0, received 0; set it to 0.9, for example.")
        return self

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """The last step, where there is momentum."""
        return flat(params, "momentum") if self.momentum else {}

    def torch_form(self) -> TorchOptimizer | None:
        """The same while the learning rate stays; there it multiplies the momentum, too."""
        note = "its momentum is multiplied by the learning rate of each step" if self.momentum else ""
        return TorchOptimizer("SGD", {"momentum": self.momentum, "nesterov": self.nesterov}, note)

    def descend(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """The last step fades, the new one is added; Nesterov takes the share of both once more."""
        scaled = at.grads * at.learning_rate
        if not self.momentum:
            return scaled, {}
        velocity = at.slots["momentum"] * self.momentum - scaled
        change = scaled - velocity * self.momentum if self.nesterov else -velocity
        return change, {"momentum": velocity}
