"""Follow the regularized leader: gradient descent that makes weights zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.ops.elementwise import clip, maximum, power, sqrt, square
from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer, Place, Slot, Step, flat
from engine.settings import setting
from engine.tensor.spec import DType, TensorSpec

SMALLEST = 1e-30  # divides where no gradient has been and nothing is assumed: the weight is 0 there


class Ftrl(Optimizer):
    """Chooses the weights that would have been best so far, with a penalty that keeps many at exactly zero.

    For wide linear models on sparse data, such as predicting clicks; not for deep networks.
    """

    label: ClassVar[str] = "FTRL"
    summary: ClassVar[str] = "For wide linear models: keeps many weights at exactly zero"
    formula: ClassVar[str] = (
        "z ← z + g + 2·shrinkage·w - (n'ᵖ - nᵖ) / rate · w, n' = n + g², p = -power;  "
        "w ← (clip(z, -l1, l1) - z) / ((beta + n'ᵖ) / rate + 2·l2)"
    )
    source: ClassVar[str] = "McMahan et al., Ad click prediction, 2013"

    learning_rate_power: float = setting(
        -0.5, "Learning rate power", "how the rate falls with the gradients so far", ge=-10.0, le=0.0
    )
    initial_accumulator_value: float = setting(
        0.1, "Start of the sum", "squared gradient that is assumed before the first", ge=0.0, le=1e6
    )
    l1_regularization_strength: float = setting(
        0.0, "L1 penalty", "makes small weights exactly zero", ge=0.0, le=1e6
    )
    l2_regularization_strength: float = setting(0.0, "L2 penalty", "keeps weights small", ge=0.0, le=1e6)
    l2_shrinkage_regularization_strength: float = setting(
        0.0, "Shrinkage", "L2 penalty on the loss alone", advanced=True, ge=0.0, le=1e6
    )
    beta: float = setting(0.0, "Beta", "makes the first steps shorter", advanced=True, ge=0.0, le=1e6)

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """Sum of the squared gradients, and the linear part of what is minimized."""
        return {
            **flat(params, "accumulator", initial=self.initial_accumulator_value),
            **flat(params, "linear"),
        }

    def move(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """As in the formula."""
        rate, before = at.learning_rate, at.slots["accumulator"]
        after = before + square(at.grads)
        grads = at.grads
        if self.l2_shrinkage_regularization_strength:
            grads = grads + at.params * (2.0 * self.l2_shrinkage_regularization_strength)
        strength = self._strength(after)
        linear = at.slots["linear"] + grads - (strength - self._strength(before)) / rate * at.params
        quadratic = (strength + self.beta) / rate + 2.0 * self.l2_regularization_strength
        most = self.l1_regularization_strength
        pull = clip(linear, -most, most) - linear if most else -linear
        smallest = at.params.builder.constant(SMALLEST, DType.FLOAT32)
        return pull / maximum(quadratic, smallest), {"accumulator": after, "linear": linear}

    def _strength(self, accumulator: Tensor) -> Tensor:
        if self.learning_rate_power == -0.5:
            return sqrt(accumulator)
        exponent = accumulator.builder.constant(-self.learning_rate_power, DType.FLOAT32)
        return power(accumulator, exponent)
