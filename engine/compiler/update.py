"""The end of a training step: gradients, their clipping, the optimizer's step, constraints and statistics."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from engine.compiler.differentiate import differentiate
from engine.compiler.lower import PARAMS, STATS, Forward, Weight
from engine.ops.op import Tensor
from engine.ops.views import pack, reshape, view
from engine.optimizers.base import DUE, NUMBER, OVERWRITE, Optimizer, Step
from engine.program.builder import ProgramBuilder
from engine.program.program import Phase, Program, Storage
from engine.tensor.spec import Array, DType, TensorSpec

GRADS = "grads"
SLOT = "slot/"  # prefix of the states that an optimizer keeps


def optimize(builder: ProgramBuilder, forward: Forward, loss: Tensor, optimizer: Optimizer) -> None:
    """One step of the optimizer on everything that is trained, down the gradient of the scalar `loss`."""
    trained = [w for w in forward.weights.values() if w.trainable]
    if not trained:
        return
    grads = differentiate(builder, loss, [forward.handles[w.member.name] for w in trained])
    with builder.phase(Phase.UPDATE):
        _apply(builder, trained, grads, optimizer)


def _apply(
    builder: ProgramBuilder, trained: list[Weight], grads: Sequence[Tensor], optimizer: Optimizer
) -> None:
    """The optimizer's step on all parameters as one flat tensor."""
    params = builder.seal(PARAMS)
    places = tuple(w.member for w in trained)
    flat = pack(*grads, offsets=tuple(p.offset for p in places), size=params.spec.size)
    builder.update(builder.state(GRADS, params.spec), flat)
    slots = {
        name: builder.state(SLOT + name, slot.spec)
        for name, slot in optimizer.slots(params.spec, places).items()
    }
    feeds = {
        name: builder.feed(name, TensorSpec((), DType(array.dtype.name)))
        for name, array in optimizer.feeds(np.arange(1)).items()
    }
    new_params, new_slots = optimizer.update(
        Step(
            params,
            flat,
            slots,
            _rates(builder.feed("learning_rate", TensorSpec(())), trained, params.spec.size),
            feeds.get(NUMBER) or builder.feed("step", TensorSpec((), DType.INT32)),
            places,
            feeds.get(DUE),
            feeds.get(OVERWRITE),
        )
    )
    builder.update(params, _constrained(new_params, trained))
    for name, value in new_slots.items():
        builder.update(slots[name], value)


def initial_slots(
    train: Program, optimizer: Optimizer, states: Mapping[str, Array], given: Collection[str] = ()
) -> dict[str, Array]:
    """The states of the optimizer before its first step, but for those that are `given` already.

    Args:
        train: the training program.
        optimizer: it was made with.
        states: parameters at that time, among others.
        given: names of states that are known.
    """
    params = train.named(Storage.STATE).get(PARAMS)
    if params is None:
        return {}
    places = [m for m in train.members if m.arena == PARAMS]
    return {
        SLOT + name: states[PARAMS].copy()
        if slot.initial is None
        else np.full(slot.spec.shape, slot.initial, slot.spec.dtype.numpy)
        for name, slot in optimizer.slots(params.spec, places).items()
        if SLOT + name not in given
    }


def _rates(rate: Tensor, weights: Sequence[Weight], size: int) -> Tensor:
    """The learning rate, or one for every parameter where layers learn at rates of their own."""
    if all(w.rate_factor == 1.0 for w in weights):
        return rate
    factors = np.ones(size, np.float32)
    for weight in weights:
        place = weight.member
        factors[place.offset : place.offset + place.spec.size] = weight.rate_factor
    return rate * rate.builder.constant(factors, DType.FLOAT32)


def _constrained(params: Tensor, weights: list[Weight]) -> Tensor:
    """The flat parameters with every weight made to obey its constraint."""
    if all(w.constraint is None for w in weights):
        return params
    parts = []
    for weight in weights:
        place = weight.member
        part = view(params, offset=place.offset, shape=place.spec.shape)
        parts.append(weight.constraint.project(part) if weight.constraint else part)
    flat = [reshape(p, shape=(-1,)) for p in parts]
    return pack(*flat, offsets=tuple(w.member.offset for w in weights), size=params.spec.size)


def update_statistics(builder: ProgramBuilder, forward: Forward) -> None:
    """Write the new values of weights that are not trained."""
    fixed = {name: w for name, w in forward.weights.items() if w.member.arena == STATS}
    if not forward.statistics:
        return
    values = [forward.statistics.get(name, forward.handles[name]) for name in fixed]
    with builder.phase(Phase.UPDATE):
        stats = builder.seal(STATS)
        offsets = tuple(w.member.offset for w in fixed.values())
        builder.update(stats, pack(*values, offsets=offsets, size=stats.spec.size))
