"""What an optimizer is: settings, the slots it keeps beside the parameters, and one update over a flat arena.

All parameters lie in one flat tensor, so an update is the same few ops whatever the network looks like.
Names, defaults and conventions (where epsilon stands, how bias is corrected, the order of clipping and decay)
are those of Keras 3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Self

import numpy as np
from pydantic import model_validator

from engine.families import Family, Member
from engine.ops.elementwise import clip, expm1, maximum, minimum, sqrt, square, where
from engine.ops.movement import cast
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import pack, view
from engine.program.program import Member as WeightPlace
from engine.settings import setting
from engine.tensor.spec import Array, DType, TensorSpec

AVERAGE, ACCUMULATOR = "average", "gradient_accumulator"  # slots that any optimizer may have
Place = WeightPlace
"""Where a weight lies in the flat parameters."""
NUMBER, DUE, OVERWRITE = "update_number", "update_due", "overwrite_due"  # feeds, see `Step`


@dataclass(frozen=True, slots=True)
class Slot:
    """A tensor that an optimizer keeps between steps, and the value its elements start with; None: the parameters."""

    spec: TensorSpec
    initial: float | None = 0.0


@dataclass(frozen=True)
class Step:
    """What one update starts from.

    Attributes:
        params: (P,) parameters; elements between weights are zero and stay zero.
        grads: (P,) gradients.
        slots: by the names of `Optimizer.slots`.
        learning_rate: float32 scalar, or (P,) where layers learn at rates of their own; the schedule may have changed
            it from the setting.
        number: int32 scalar, 0 in the first update (feed `step`, or `update_number` where gradients accumulate).
        places: of the weights in the arena.
        due: float32 scalar, 0 in steps that only accumulate gradients (feed `update_due`).
        overwrite: float32 scalar, 1 in steps after which the averages become the weights (feed `overwrite_due`).
    """

    params: Tensor
    grads: Tensor
    slots: Mapping[str, Tensor]
    learning_rate: Tensor
    number: Tensor
    places: Sequence[Place] = ()
    due: Tensor | None = None
    overwrite: Tensor | None = None

    @property
    def taken(self) -> Tensor:
        """The number of this update counted from one, float32 scalar."""
        return cast(self.number, dtype=DType.FLOAT32) + 1.0

    def part(self, flat: Tensor, place: Place) -> Tensor:
        """The weight at a place of a flat tensor, in its shape."""
        return view(flat, offset=place.offset, shape=place.spec.shape)

    def rate_of(self, place: Place) -> Tensor:
        """The learning rate of one weight, float32 scalar."""
        if self.learning_rate.spec.rank == 0:
            return self.learning_rate
        return view(self.learning_rate, offset=place.offset, shape=())


@dataclass(frozen=True)
class TorchOptimizer:
    """An optimizer of PyTorch.

    Attributes:
        name: in `torch.optim`.
        settings: beside the learning rate.
        note: how it differs.
        epsilon: to be divided by √(1 - β₂ᵗ) in every step, where ours stands before the correction of the first steps.
    """

    name: str
    settings: Mapping[str, object]
    note: str = ""
    epsilon: float | None = None


class Optimizer(Member):
    """Base of all optimizers. The learning rate in force is a feed of the program."""

    learning_rate: float = setting(
        0.001,
        "Learning rate",
        "how far one step goes; the first thing to try when learning fails",
        usual=(1e-7, 0.1),
        gt=0.0,
        le=100.0,
    )
    weight_decay: float | None = setting(
        None,
        "Weight decay",
        "share of every weight taken away per step, times the learning rate",
        ge=0.0,
        le=1.0,
    )
    exclude_biases_from_weight_decay: bool = setting(
        False,
        "Spare biases",
        "decay only weights of two dimensions or more, not biases and scales",
        advanced=True,
    )
    clipnorm: float | None = setting(
        None,
        "Clip each weight's gradient",
        "longest gradient of one weight tensor",
        advanced=True,
        gt=0.0,
        le=1e6,
    )
    global_clipnorm: float | None = setting(
        None,
        "Clip the whole gradient",
        "longest gradient of all weights together",
        advanced=True,
        gt=0.0,
        le=1e6,
    )
    clipvalue: float | None = setting(
        None,
        "Clip every number",
        "largest size of a single number in the gradient",
        advanced=True,
        gt=0.0,
        le=1e6,
    )
    use_ema: bool = setting(
        False, "Average the weights", "end with the moving average of all steps' weights", advanced=True
    )
    ema_momentum: float = setting(
        0.99, "Memory of the average", "share of the average that a step keeps", advanced=True, ge=0.0, le=1.0
    )
    ema_overwrite_frequency: int | None = setting(
        None,
        "Go on from the average every",
        "steps after which the average becomes the weights; empty: only at the end",
        advanced=True,
        ge=1,
        le=1_000_000_000,
    )
    gradient_accumulation_steps: int | None = setting(
        None,
        "Batches per step",
        "mean gradient of so many batches makes one step; as if the batch were larger",
        advanced=True,
        ge=2,
        le=1_000_000,
    )

    @model_validator(mode="after")
    def _one_kind_of_clipping(self) -> Self:
        if sum(v is not None for v in (self.clipnorm, self.global_clipnorm, self.clipvalue)) > 1:
            raise ValueError(
                "Only one of clipnorm, global_clipnorm and clipvalue can be used; clear the others."
            )
        return self

    @classmethod
    def key(cls) -> str:
        """The class name, as Keras writes it in files."""
        return cls.__name__

    # -- what a kind of optimizer declares --------------------------------------------------------
    def own_slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """The tensors kept between steps: usually some as long as the parameters, `params`."""
        return {}

    def descend(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """What to subtract from the parameters (P,), and the new slots."""
        raise NotImplementedError

    def move(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """The new parameters (P,) and slots."""
        change, slots = self.descend(at)
        return at.params - change, slots

    def torch_form(self) -> TorchOptimizer | None:
        """What does the same in PyTorch, decay and clipping apart; None: nothing there does."""
        return None

    # -- what a program asks for ------------------------------------------------------------------
    def slots(self, params: TensorSpec, places: Sequence[Place]) -> dict[str, Slot]:
        """All tensors kept between steps, by name: own ones, averages, accumulated gradients."""
        found = self.own_slots(params, places)
        if self.use_ema:
            found[AVERAGE] = Slot(params)
        if self.gradient_accumulation_steps:
            found[ACCUMULATOR] = Slot(params)
        return found

    def feeds(self, steps: Array) -> dict[str, Array]:
        """What some optimizers want to know of each step beside its number, of the shape of `steps`."""
        found: dict[str, Array] = {}
        count = self.gradient_accumulation_steps or 1
        if count > 1:
            found[NUMBER] = (steps // count).astype(np.int32)
            found[DUE] = ((steps + 1) % count == 0).astype(np.float32)
        if self.use_ema and self.ema_overwrite_frequency:
            found[OVERWRITE] = ((steps // count + 1) % self.ema_overwrite_frequency == 0).astype(np.float32)
        return found

    def update(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        """One step: accumulate, clip, decay, move, average, in the order of Keras.

        Returns:
            The new parameters and all new slots.
        """
        if at.due is None or not self.gradient_accumulation_steps:
            params, slots = self._step(at)
        else:
            params, slots = self._accumulated(at, at.due, self.gradient_accumulation_steps)
        if self.use_ema:
            # the first step's weights are the first average: its momentum is 0
            share = minimum(cast(at.number, dtype=DType.FLOAT32), _number(at, 1.0)) * self.ema_momentum
            slots[AVERAGE] = at.slots[AVERAGE] * share + params * (1.0 - share)
            if at.overwrite is not None:
                params = where(at.overwrite, slots[AVERAGE], params)
        return params, slots

    def _accumulated(self, at: Step, due: Tensor, count: int) -> tuple[Tensor, dict[str, Tensor]]:
        """A step with the mean of `count` gradients where it is due; else the sum grows and nothing else changes."""
        total = at.grads + at.slots[ACCUMULATOR]
        params, slots = self._step(replace(at, grads=total * (1.0 / count)))
        kept = {name: where(due, value, at.slots[name]) for name, value in slots.items()}
        kept[ACCUMULATOR] = where(due, _number(at, 0.0), total)
        return where(due, params, at.params), kept

    def _step(self, at: Step) -> tuple[Tensor, dict[str, Tensor]]:
        return self.move(replace(at, grads=self._clipped(at), params=self._decayed(at)))

    def decay(self, at: Step) -> float | Array:
        """Share of the parameters, times the learning rate, taken away per step; (P,) where they differ."""
        if self.weight_decay and self.exclude_biases_from_weight_decay:
            return _matrices(at) * np.float32(self.weight_decay)
        return self.weight_decay or 0.0

    def _decayed(self, at: Step) -> Tensor:
        share = self.decay(at)
        if isinstance(share, np.ndarray):
            return at.params - at.params * (
                at.learning_rate * at.params.builder.constant(share, DType.FLOAT32)
            )
        return at.params - at.params * (at.learning_rate * share) if share else at.params

    def _clipped(self, at: Step) -> Tensor:
        grads = at.grads
        if self.clipvalue is not None:
            return clip(grads, -self.clipvalue, self.clipvalue)
        if self.global_clipnorm is not None:
            return _shortened(grads, self.global_clipnorm)
        if self.clipnorm is not None:
            parts = [
                _shortened(view(grads, offset=p.offset, shape=(p.spec.size,)), self.clipnorm)
                for p in at.places
            ]
            return pack(*parts, offsets=tuple(p.offset for p in at.places), size=grads.spec.size)
        return grads


OPTIMIZERS = Family(Optimizer, "engine.optimizers", "optimizer")
AnyOptimizer = Annotated[Optimizer, OPTIMIZERS]
"""The type of a setting that chooses an optimizer."""


def flat(params: TensorSpec, *names: str, initial: float | None = 0.0) -> dict[str, Slot]:
    """Slots as long as the parameters."""
    return {name: Slot(params, initial) for name in names}


def one_minus_power(base: float, exponent: Tensor) -> Tensor:
    """1 - base ** exponent for a base in (0, 1), without the cancellation that eats its digits near one."""
    return -expm1(exponent * math.log(base))


def _matrices(at: Step) -> Array:
    """(P,): 1.0 in weights of two dimensions or more, else 0.0."""
    mask = np.zeros(at.params.shape, np.float32)
    for place in at.places:
        mask[place.offset : place.offset + place.spec.size] = float(place.spec.rank > 1)
    return mask


def _number(at: Step, value: float) -> Tensor:
    return at.params.builder.constant(value, DType.FLOAT32)


def _shortened(x: Tensor, longest: float) -> Tensor:
    """The vector `x` (n,) scaled so that it is no longer than `longest`."""
    length = sqrt(sum_(square(x), axes=(0,), keepdims=False))
    return x * (longest / maximum(length, x.builder.constant(longest, DType.FLOAT32)))
