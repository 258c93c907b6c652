"""Gradient descent with steps that become shorter with all that a weight has moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.ops.elementwise import sqrt, square
from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer, Place, Slot, Step, TorchOptimizer, flat
from engine.settings import setting
from engine.tensor.spec import TensorSpec


class Adagrad(Optimizer):
    """Divides every gradient by the size of all gradients so far.

    Rare features keep long steps while common ones settle: good for words and other sparse data. Steps only ever
    become shorter; give it a larger learning rate than Adam, such as 0.1.
    """

    summary: ClassVar[str] = "Divides every gradient by the size of all gradients so far"
    formula: ClassVar[str] = "a ← a + g²;  w ← w - rate · g / √(a + epsilon)"
    source: ClassVar[str] = "Duchi et al., Adaptive subgradient methods, 2011"

    initial_accumulator_value: float = setting(
        0.1, "Start of the sum", "squared gradient that is assumed before the first", ge=0.0, le=1e6
    )
    epsilon: float = setting(1e-7, "Epsilon", "keeps the division from zero", advanced=True, gt=0.0, le=1.0)

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """Sum of the squared gradients."""
        return flat(params, "accumulator", initial=self.initial_accumulator_value)

    def torch_form(self) -> TorchOptimizer | None:
        """The same but for epsilon, which stands outside of the root there; that matters where the sum starts small."""
        if self.initial_accumulator_value < 1e-3:
            return None
        start = {"initial_accumulator_value": self.initial_accumulator_value, "eps": self.epsilon}
        return TorchOptimizer("Adagrad", start, "its epsilon stands outside of the root")

    def descend(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """As in the formula."""
        total = at.slots["accumulator"] + square(at.grads)
        return at.grads * at.learning_rate / sqrt(total + self.epsilon), {"accumulator": total}
