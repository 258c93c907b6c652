"""Adam's step sizes from sums over rows and columns, for large networks in little memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.ops.elementwise import exp, log, maximum, minimum, sqrt, square
from engine.ops.op import Tensor
from engine.ops.reductions import mean
from engine.ops.views import pack, reshape
from engine.optimizers.base import Optimizer, Place, Slot, Step
from engine.settings import setting
from engine.tensor.spec import DType, Shape, TensorSpec

ROW, COLUMN, VELOCITY = "row", "column", "velocity"


class Adafactor(Optimizer):
    """Scales gradients as Adam does, but keeps only a number per row and column of each weight.

    A matrix of n × m needs n + m numbers beside it instead of 2 · n · m. Steps are measured against the size of the
    weights, and long ones are cut. Made for training large language models.
    """

    summary: ClassVar[str] = "Adam's step sizes from a number per row and column: little memory"
    formula: ClassVar[str] = (
        "r ← β r + (1 - β) · row means of g² + epsilon_1, c likewise of columns, β = 1 - t ^ beta_2_decay;  "
        "u = g / √(r · c / mean r);  "
        "w ← w - max(epsilon_2, rms w) · min(rate, 1/√t) · u / max(1, rms u / clip_threshold)"
    )
    source: ClassVar[str] = "Shazeer and Stern, Adafactor, 2018"

    beta_2_decay: float = setting(
        -0.8, "Beta 2 decay", "how the memory of the gradient's size grows", advanced=True, ge=-10.0, lt=0.0
    )
    epsilon_1: float = setting(
        1e-30, "Epsilon 1", "added to squared gradients", advanced=True, ge=1e-36, le=1.0
    )
    epsilon_2: float = setting(
        1e-3, "Epsilon 2", "size that weights are taken to have at least", advanced=True, gt=0.0, le=1.0
    )
    clip_threshold: float = setting(1.0, "Clip threshold", "longest relative step", gt=0.0, le=1e6)

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """Two of each matrix (over the last two dimensions), one of each vector."""
        found: dict[str, Slot] = {}
        for place in places:
            shape = place.spec.shape
            if len(shape) < 2:
                found[f"{VELOCITY}/{place.name}"] = Slot(place.spec)
            else:
                found[f"{ROW}/{place.name}"] = Slot(TensorSpec(shape[:-1]))
                found[f"{COLUMN}/{place.name}"] = Slot(TensorSpec((*shape[:-2], shape[-1])))
        return found

    def descend(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """Every weight for itself."""
        slots: dict[str, Tensor] = {}
        changes = [self._change(at, place, slots) for place in at.places]
        offsets = tuple(place.offset for place in at.places)
        return pack(*changes, offsets=offsets, size=at.params.spec.size), slots

    def _change(self, at: Step, place: Place, slots: dict[str, Tensor]) -> Tensor:
        one = at.params.builder.constant(1.0, DType.FLOAT32)
        fresh = exp(log(at.taken) * self.beta_2_decay)  # share of the new value in a memory
        grads, shape = at.part(at.grads, place), place.spec.shape
        size = square(grads) + self.epsilon_1

        def remember(kind: str, value: Tensor) -> Tensor:
            name = f"{kind}/{place.name}"
            old = at.slots[name]
            slots[name] = new = old + (value - old) * fresh
            return new

        if len(shape) < 2:
            velocity = remember(VELOCITY, size)
        else:
            row = remember(ROW, mean(size, axes=(len(shape) - 1,)))
            column = remember(COLUMN, mean(size, axes=(len(shape) - 2,)))
            share = row / _kept(mean(row, axes=(len(shape) - 2,)), (*shape[:-2], 1))
            velocity = _kept(share, (*shape[:-1], 1)) * _kept(column, (*shape[:-2], 1, shape[-1]))
        step = grads / sqrt(velocity)
        step = step / maximum(one, _rms(step) * (1.0 / self.clip_threshold))
        least = at.params.builder.constant(self.epsilon_2, DType.FLOAT32)
        length = maximum(least, _rms(at.part(at.params, place)))
        return step * (length * minimum(at.rate_of(place), 1.0 / sqrt(at.taken)))


def _kept(x: Tensor, shape: Shape) -> Tensor:
    return reshape(x, shape=shape)


def _rms(x: Tensor) -> Tensor:
    """The root of the mean square, float32 scalar."""
    return sqrt(mean(square(x), axes=tuple(range(x.spec.rank))))
