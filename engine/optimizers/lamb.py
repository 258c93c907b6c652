"""Adam with steps in proportion to the weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.ops.elementwise import greater, sqrt, square, where
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import pack
from engine.optimizers.adam import Moments
from engine.optimizers.base import Place, Slot, Step, flat, one_minus_power
from engine.tensor.spec import DType, TensorSpec


class Lamb(Moments):
    """Adam whose step for each weight tensor is as long, in proportion, as the tensor itself.

    Made for very large batches, with which the steps of Adam become too long for some layers and too short for others.
    """

    label: ClassVar[str] = "LAMB"
    summary: ClassVar[str] = "Adam with steps in proportion to each layer's weights: for large batches"
    formula: ClassVar[str] = (
        "u = m̂ / (√v̂ + epsilon), m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ);  w ← w - rate · ‖w‖ / ‖u‖ · u"
    )
    source: ClassVar[str] = "You et al., Large batch optimization for deep learning, 2019"

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """Mean gradient and mean squared gradient."""
        return flat(params, "momentum", "velocity")

    def descend(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """As in the formula, the lengths weight by weight."""
        new = {"momentum": self.momentum(at), "velocity": self.velocity(at)}
        mean = new["momentum"] / one_minus_power(self.beta_1, at.taken)
        size = sqrt(new["velocity"] / one_minus_power(self.beta_2, at.taken)) + self.epsilon
        step = mean / size
        parts = [at.part(step, p) * _ratio(at.part(at.params, p), at.part(step, p)) for p in at.places]
        scaled = pack(*parts, offsets=tuple(p.offset for p in at.places), size=step.spec.size)
        return scaled * at.learning_rate, new


def _ratio(weight: Tensor, step: Tensor) -> Tensor:
    """How much longer the weight is than the step; 1 where either has no length."""
    zero, one = (weight.builder.constant(v, DType.FLOAT32) for v in (0.0, 1.0))
    of_weight, of_step = _length(weight), _length(step)
    known = greater(of_weight, zero) * greater(of_step, zero)
    return where(known, of_weight / where(known, of_step, one), one)


def _length(x: Tensor) -> Tensor:
    return sqrt(sum_(square(x), axes=tuple(range(x.spec.rank)), keepdims=False))
