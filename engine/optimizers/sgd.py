"""Gradient descent, plain and with momentum."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer, Slots
from engine.settings import setting


class SGD(Optimizer):
    """Goes a step against the gradient.

    weight = weight - learning_rate · gradient. With momentum a step keeps a share of the one before, which
    carries it through narrow valleys; Nesterov's variant looks ahead along that direction first. Slower than
    Adam at the start, often as good or better in the end, and the easiest to understand.
    """

    name: Literal["SGD"] = "SGD"
    learning_rate: float = setting(0.01, "Learning rate", "how far one step goes", gt=0.0, le=100.0)
    momentum: float = setting(0.0, "Momentum", "share of the last step that is kept", ge=0.0, lt=1.0)
    nesterov: bool = setting(False, "Nesterov", "look ahead along the momentum")

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and not self.momentum:
            raise ValueError("Nesterov needs a momentum above 0, received 0; set it to 0.9, for example.")
        return self

    def slots(self) -> tuple[str, ...]:
        """The last step, where there is momentum."""
        return ("momentum",) if self.momentum else ()

    def descend(
        self, grads: Tensor, slots: Slots, learning_rate: Tensor, step: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The last step fades, the new one is added; Nesterov takes the share of both once more."""
        scaled = grads * learning_rate
        if not self.momentum:
            return scaled, {}
        velocity = slots["momentum"] * self.momentum - scaled
        change = scaled - velocity * self.momentum if self.nesterov else -velocity
        return change, {"momentum": velocity}
