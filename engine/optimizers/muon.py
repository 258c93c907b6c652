"""Steps that turn matrices as a whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from engine.ops.elementwise import sqrt, square
from engine.ops.matmul import matmul
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import pack
from engine.optimizers.base import Optimizer, Place, Slot, Step, flat, one_minus_power
from engine.settings import setting
from engine.tensor.spec import Array, TensorSpec

VELOCITY = "velocity"


class Muon(Optimizer):
    """Makes the step of every matrix orthogonal, so that all its directions move by the same length.

    Matrices are multiplied by themselves a few times for it, which costs more than a step of Adam and often saves
    many. Everything that is no matrix, and embeddings, learn by AdamW.
    """

    summary: ClassVar[str] = "Orthogonal steps for matrices, AdamW for the rest"
    formula: ClassVar[str] = (
        "m ← momentum · m + g;  O = orthogonal part of g + momentum · m;  w ← w - rate · rms_rate · √max(rows, columns) · O"
    )
    source: ClassVar[str] = "Jordan et al., Muon, 2024; Liu et al., Muon is scalable for LLM training, 2025"

    weight_decay: float | None = setting(
        0.004, "Weight decay", "of matrices: share taken away per step, times the rate", ge=0.0, le=1.0
    )
    momentum: float = setting(0.95, "Momentum", "share of the last step that is kept", ge=0.0, le=1.0)
    nesterov: bool = setting(True, "Nesterov", "look ahead along the momentum")
    exclude_embeddings: bool = setting(True, "Spare embeddings", "they learn by AdamW", advanced=True)
    ns_steps: int = setting(5, "Iterations", "towards the orthogonal matrix", advanced=True, ge=1, le=50)
    muon_a: float = setting(3.4445, "Factor a", "of the iteration", advanced=True, ge=-100.0, le=100.0)
    muon_b: float = setting(-4.7750, "Factor b", "of the iteration", advanced=True, ge=-100.0, le=100.0)
    muon_c: float = setting(2.0315, "Factor c", "of the iteration", advanced=True, ge=-100.0, le=100.0)
    rms_rate: float | None = setting(
        0.2, "Size of a step", "as that of Adam; empty: not scaled", advanced=True, gt=0.0, le=100.0
    )
    adam_lr_ratio: float = setting(
        1.0, "Rate of AdamW", "times the learning rate", advanced=True, gt=0.0, le=1000.0
    )
    adam_beta_1: float = setting(
        0.9, "Beta 1 of AdamW", "memory of the direction", advanced=True, gt=0.0, lt=1.0
    )
    adam_beta_2: float = setting(
        0.999, "Beta 2 of AdamW", "memory of the size", advanced=True, gt=0.0, lt=1.0
    )
    adam_weight_decay: float | None = setting(
        0.004, "Weight decay of AdamW", "of all that is no matrix", advanced=True, ge=0.0, le=1.0
    )
    epsilon: float = setting(1e-7, "Epsilon", "keeps the division from zero", advanced=True, gt=0.0, le=1.0)

    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """The momentum of all, the mean squared gradient of what learns by AdamW."""
        rest = [p for p in places if not self._turns(p)]
        return {**flat(params, "momentum"), **{f"{VELOCITY}/{p.name}": Slot(p.spec) for p in rest}}

    def decay(self, at: Step) -> float | Array:
        """Matrices and the rest each have their own."""
        shares = np.zeros(at.params.shape, np.float32)
        for place in at.places:
            share = self.weight_decay if self._turns(place) else self.adam_weight_decay
            shares[place.offset : place.offset + place.spec.size] = share or 0.0
        return shares if shares.any() else 0.0

    def descend(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """Every weight for itself."""
        new: dict[str, Tensor] = {}
        changes, momenta = zip(
            *((self._turn if self._turns(p) else self._adam)(at, p, new) for p in at.places), strict=True
        )
        offsets, size = tuple(p.offset for p in at.places), at.params.spec.size
        new["momentum"] = pack(*momenta, offsets=offsets, size=size)
        return pack(*changes, offsets=offsets, size=size), new

    def _turns(self, place: Place) -> bool:
        embedding = "embedding" in place.name.rpartition("/")[2]
        return place.spec.rank == 2 and not (embedding and self.exclude_embeddings)

    def _turn(self, at: Step, place: Place, new: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        grads, momentum = at.part(at.grads, place), at.part(at.slots["momentum"], place)
        momentum = momentum * self.momentum + grads
        step = self._orthogonal(grads + momentum * self.momentum if self.nesterov else momentum)
        scale = 1.0 if self.rms_rate is None else math.sqrt(max(place.spec.shape)) * self.rms_rate
        return step * (at.rate_of(place) * scale), momentum

    def _orthogonal(self, x: Tensor) -> Tensor:
        """Nearly the orthogonal matrix next to `x`, by an iteration of Newton and Schulz on its shorter side."""
        x = x / (sqrt(sum_(square(x), axes=(0, 1))) + 1e-7)
        tall = x.shape[0] > x.shape[1]
        for _ in range(self.ns_steps):
            a = matmul(x, x, transpose_a=tall, transpose_b=not tall)
            b = a * self.muon_b + matmul(a, a) * self.muon_c
            x = x * self.muon_a + (matmul(x, b) if tall else matmul(b, x))
        return x

    def _adam(self, at: Step, place: Place, new: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        grads, name = at.part(at.grads, place), f"{VELOCITY}/{place.name}"
        m, v = at.part(at.slots["momentum"], place), at.slots[name]
        m = m + (grads - m) * (1.0 - self.adam_beta_1)
        new[name] = v = v + (square(grads) - v) * (1.0 - self.adam_beta_2)
        correction = sqrt(one_minus_power(self.adam_beta_2, at.taken)) / one_minus_power(
            self.adam_beta_1, at.taken
        )
        return m * (at.rate_of(place) * self.adam_lr_ratio * correction) / (sqrt(v) + self.epsilon), m
