"""The end of a training step: gradients, their clipping, the optimizer's step, constraints and statistics."""

from __future__ import annotations

from engine.compiler.differentiate import differentiate
from engine.compiler.lower import PARAMS, STATS, Forward, Weight
from engine.ops.op import Tensor
from engine.ops.views import pack, reshape, view
from engine.optimizers.base import Optimizer
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import DType, TensorSpec

GRADS = "grads"


def optimize(builder: ProgramBuilder, forward: Forward, loss: Tensor, optimizer: Optimizer) -> None:
    """One step of the optimizer on everything that is trained, down the gradient of the scalar `loss`."""
    trained = {name: w for name, w in forward.weights.items() if w.trainable}
    if not trained:
        return
    grads = differentiate(builder, loss, [forward.handles[name] for name in trained])
    params = builder.seal(PARAMS)
    offsets = tuple(w.member.offset for w in trained.values())
    flat = pack(*grads, offsets=offsets, size=params.spec.size)
    builder.update(builder.state(GRADS, params.spec), flat)
    flat = optimizer.clipped(flat, [w.member for w in trained.values()])
    slots = {name: builder.state(f"slot/{name}", params.spec) for name in optimizer.slots()}
    rate = builder.feed("learning_rate", TensorSpec(()))
    step = builder.feed("step", TensorSpec((), DType.INT32))
    new_params, new_slots = optimizer.update(params, flat, slots, rate, step)
    builder.update(params, _constrained(new_params, list(trained.values())))
    for name, value in new_slots.items():
        builder.update(slots[name], value)


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
    stats = builder.seal(STATS)
    offsets = tuple(w.member.offset for w in fixed.values())
    builder.update(stats, pack(*values, offsets=offsets, size=stats.spec.size))
