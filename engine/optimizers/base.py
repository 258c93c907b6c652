"""What an optimizer is: settings, the slots it keeps beside the parameters, and one update over a flat arena.

All parameters lie in one flat tensor, so an update is the same few ops whatever the network looks like.
Names, defaults and conventions (where epsilon stands, how bias is corrected, the order of clipping and decay)
are those of Keras 3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import model_validator

from engine.ops.elementwise import clip, expm1, maximum, sqrt, square
from engine.ops.movement import cast
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import pack, view
from engine.program.program import Member
from engine.settings import Settings, setting
from engine.tensor.spec import DType

Slots = Mapping[str, Tensor]


class Optimizer(Settings):
    """Base of all optimizers. The learning rate in force is a feed of the program."""

    learning_rate: float = setting(
        0.001,
        "Learning rate",
        "how far one step goes; the first thing to try when learning fails",
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

    @model_validator(mode="after")
    def _one_kind_of_clipping(self) -> Self:
        if sum(v is not None for v in (self.clipnorm, self.global_clipnorm, self.clipvalue)) > 1:
            raise ValueError(
                "Only one of clipnorm, global_clipnorm and clipvalue can be used; clear the others."
            )
        return self

    def slots(self) -> tuple[str, ...]:
        """Names of the flat tensors kept between steps, each as long as the parameters and zero at first."""
        return ()

    def update(
        self, params: Tensor, grads: Tensor, slots: Slots, learning_rate: Tensor, step: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """One step: decay of the weights, then `descend`.

        Args:
            params: (P,) parameters; elements between weights are zero and stay zero.
            grads: (P,) gradients, clipped already (`clipped`).
            slots: (P,) each, by the names of `slots()`.
            learning_rate: float32 scalar; the schedule may have changed it from the setting.
            step: int32 scalar, 0 in the first step.

        Returns:
            The new parameters and the new slots.
        """
        change, new_slots = self.descend(grads, slots, learning_rate, step)
        if self.weight_decay:
            params = params - params * (learning_rate * self.weight_decay)
        return params - change, new_slots

    def descend(
        self, grads: Tensor, slots: Slots, learning_rate: Tensor, step: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """What to subtract from the parameters, and the new slots."""
        raise NotImplementedError

    def clipped(self, grads: Tensor, members: Sequence[Member]) -> Tensor:
        """The flat gradient limited as the settings say; `members` are the weights in it."""
        if self.clipvalue is not None:
            return clip(grads, -self.clipvalue, self.clipvalue)
        if self.global_clipnorm is not None:
            return _shortened(grads, self.global_clipnorm)
        if self.clipnorm is not None:
            parts = [
                _shortened(view(grads, offset=m.offset, shape=(m.spec.size,)), self.clipnorm) for m in members
            ]
            return pack(*parts, offsets=tuple(m.offset for m in members), size=grads.spec.size)
        return grads


def _shortened(x: Tensor, longest: float) -> Tensor:
    """The vector `x` (n,) scaled so that it is no longer than `longest`."""
    length = sqrt(sum_(square(x), axes=(0,), keepdims=False))
    return x * (longest / maximum(length, x.builder.constant(longest, DType.FLOAT32)))


def steps_taken(step: Tensor) -> Tensor:
    """The number of this step counted from one, float32 scalar."""
    return cast(step, dtype=DType.FLOAT32) + 1.0


def one_minus_power(base: float, exponent: Tensor) -> Tensor:
    """1 - base ** exponent for a base in (0, 1), without the cancellation that eats its digits near one."""
    return -expm1(exponent * math.log(base))
