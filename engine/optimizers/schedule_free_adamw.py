"""Adam that needs no schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.ops.elementwise import minimum, sqrt, square
from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer, Place, Slot, Step, flat, one_minus_power
from engine.settings import setting
from engine.tensor.spec import DType, TensorSpec


class ScheduleFreeAdamW(Optimizer):
    """Adam that walks with one set of weights and learns with a mean of where it has been.

    The mean settles by itself, so that the learning rate need not fall: good where nobody knows how long training
    will take. Leave the schedule constant.
    """

    label: ClassVar[str] = "Schedule-free AdamW"
    summary: ClassVar[str] = "Adam that settles without a schedule"
    formula: ClassVar[str] = (
        "z ← z - rate · g / (√(v / (1 - β₂ᵗ)) + epsilon);  x ← (1 - 1/t) · x + z / t;  w = (1 - β₁) · z + β₁ · x"
    )
    source: ClassVar[str] = "Defazio et al., The road less scheduled, 2024"
    aliases: ClassVar[tuple[str, ...]] = ("schedule free",)

    learning_rate: float = setting(0.0025, "Learning rate", "how far one step goes", gt=0.0, le=100.0)
    beta_1: float = setting(0.9, "Beta 1", "share of the mean in the weights", advanced=True, gt=0.0, lt=1.0)
    beta_2: float = setting(0.999, "Beta 2", "memory of the gradient's size", advanced=True, gt=0.0, lt=1.0)
    epsilon: float = setting(1e-8, "Epsilon", "keeps the division from zero", advanced=True, gt=0.0, le=1.0)
    warmup_steps: int = setting(
        0, "Warm-up", "steps in which the rate rises from zero", advanced=True, ge=0, le=1_000_000_000
    )

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """The walking weights (Keras calls them momentum) and the mean squared gradient."""
        return {**flat(params, "momentum", initial=None), **flat(params, "velocity")}

    def move(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """As in the formula; the mean x follows from the weights w and the walking weights z."""
        rate = at.learning_rate
        if self.warmup_steps:
            one = at.params.builder.constant(1.0, DType.FLOAT32)
            rate = rate * minimum(at.taken * (1.0 / self.warmup_steps), one)
        walking, v = at.slots["momentum"], at.slots["velocity"]
        velocity = v + (square(at.grads) - v) * (1.0 - self.beta_2)
        size = sqrt(velocity / one_minus_power(self.beta_2, at.taken)) + self.epsilon
        walked = walking - at.grads * rate / size
        mean = (at.params - walking * (1.0 - self.beta_1)) * (1.0 / self.beta_1)
        share = 1.0 / at.taken
        mean = mean * (1.0 - share) + walked * share
        return walked * (1.0 - self.beta_1) + mean * self.beta_1, {"momentum": walked, "velocity": velocity}
