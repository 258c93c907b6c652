"""Runs an optimizer's update by itself: through the NumPy references of its ops, in double precision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.optimizers.base import DUE, NUMBER, OVERWRITE, Optimizer, Place, Step
from engine.tensor.spec import Array, TensorSpec
from tests.engine.bench import Bench


class Updates:
    """Parameters and slots, and one update after the other."""

    def __init__(
        self,
        optimizer: Optimizer,
        params: Array,
        places: Sequence[Place],
        factors: Array | None = None,
    ) -> None:
        self.optimizer = optimizer
        self.places = tuple(places)
        self.params = params
        self.factors = factors
        self.number = 0
        declared = optimizer.slots(TensorSpec(params.shape), self.places)
        self.slots = {
            name: params.astype(np.float64)
            if slot.initial is None
            else np.full(slot.spec.shape, slot.initial)
            for name, slot in declared.items()
        }

    def step(self, grads: Array, learning_rate: float | None = None) -> Array:
        """The parameters after one more update."""
        bench = Bench()
        feeds = {
            name: bench.input(value[0])
            for name, value in self.optimizer.feeds(np.array([self.number])).items()
        }
        rate = bench.input(self.optimizer.learning_rate if learning_rate is None else learning_rate)
        params, slots = self.optimizer.update(
            Step(
                bench.input(self.params),
                bench.input(grads),
                {name: bench.input(value) for name, value in self.slots.items()},
                rate if self.factors is None else rate * bench.input(self.factors),
                feeds.get(NUMBER) or bench.input(np.array(self.number, np.int32)),
                self.places,
                feeds.get(DUE),
                feeds.get(OVERWRITE),
            )
        )
        assert set(slots) == set(self.slots)
        assert {n: t.shape for n, t in slots.items()} == {n: a.shape for n, a in self.slots.items()}
        self.params, *values = bench.run(params, *slots.values())
        self.slots = dict(zip(slots, values, strict=True))
        self.number += 1
        return self.params
