"""The pictures of optimizers and schedules: the way one goes down a bowl, the rates the other gives."""

from __future__ import annotations

import numpy as np

from engine.ops.op import Tensor
from engine.optimizers.base import Optimizer, Place, Step
from engine.program.builder import ProgramBuilder
from engine.program.interpret import interpret
from engine.program.program import Program
from engine.reference.pictures.plot import Curve, Plot, plot
from engine.reference.pictures.svg import Ink, Svg
from engine.schedules.base import Noticed, Run, Schedule
from engine.tensor.spec import Array, DType, TensorSpec

_START = (-3.6, 1.5)
_STEEPNESS = np.asarray([1.0, 8.0], np.float32)  # the bowl: (x² + 8 y²) / 2
_RATE, _STEPS = 0.1, 60
_NOTICEABLE = 0.5  # a shorter path is drawn at a higher rate
_LEVELS = (0.25, 1.0, 2.5, 5.0, 9.0)
_RUN = Run(learning_rate=0.01, steps=1000)
_EPOCHS = 100


def optimizer_picture(member: Optimizer) -> Svg:
    """The path of two numbers down a bowl that is eight times as steep one way as the other."""
    rate, path = _RATE, _path(member, _RATE)
    while np.abs(path - path[0]).max() < _NOTICEABLE and rate < 10.0:
        rate *= 10.0
        path = _path(member, rate)
    title = f"{_STEPS} steps down a bowl, at a learning rate of {rate:g}"
    made = Plot(title, (-4.2, 4.2), (-2.1, 2.1))
    middle, origin = made.place(0.0, 0.0), made.place(1.0, 1.0)
    across, up = origin[0] - middle[0], middle[1] - origin[1]
    for level in _LEVELS:
        reach = np.sqrt(2.0 * level / _STEEPNESS)
        made.svg.ring(*middle, (float(reach[0]) * across, float(reach[1]) * up), Ink.LINE)
    made.svg.dot(*middle, Ink.DIM, 2.5)
    inside = [(float(x), float(y)) for x, y in np.clip(path, (-4.2, -2.1), (4.2, 2.1))]
    places = [made.place(x, y) for x, y in inside]
    made.svg.line(places, Ink.FIRST, 1.5)
    for place in places[:: _STEPS // 20]:
        made.svg.dot(*place, Ink.FIRST, 2)
    made.svg.dot(*places[0], Ink.SECOND, 4)
    return made.svg


def _path(member: Optimizer, rate: float) -> Array:
    """The numbers after each step at a learning rate, (steps + 1, 2)."""
    program, states = _program(member)
    path = [states["params"]]
    for number in range(_STEPS):
        steps = np.asarray(number)
        feeds: dict[str, Array] = {
            "rate": np.asarray(rate, np.float32),
            "number": steps.astype(np.int32),
            **member.feeds(steps),
        }
        _, states = interpret(program, feeds, {}, states)
        path.append(states["params"])
    return np.stack(path)


def _program(member: Optimizer) -> tuple[Program, dict[str, Array]]:
    """One step on the bowl, and the states it starts from."""
    builder, spec = ProgramBuilder("path"), TensorSpec((2,))
    places = (Place("params", "weight", 0, spec),)
    slots = member.slots(spec, places)
    params = builder.state("params", spec)
    kept: dict[str, Tensor] = {name: builder.state(name, slot.spec) for name, slot in slots.items()}
    step = Step(
        params,
        params * builder.constant(_STEEPNESS),
        kept,
        builder.feed("rate", TensorSpec(())),
        builder.feed("number", TensorSpec((), DType.INT32)),
        places,
    )
    after, new = member.update(step)
    builder.update(params, after)
    for name, value in new.items():
        builder.update(kept[name], value)
    start = np.asarray(_START, np.float32)
    states = {
        name: start if slot.initial is None else np.full(slot.spec.shape, slot.initial, np.float32)
        for name, slot in slots.items()
    }
    return builder.finish(), {"params": start, **states}


def schedule_picture(member: Schedule) -> Svg:
    """The rates of a run whose validation stops getting better after a third of it."""
    title = "The learning rate over a run of 1000 steps, starting from 0.01"
    if type(member).noticing is not Schedule.noticing:
        title += "; the validation stops getting better after a third"
    steps, seen = np.arange(_RUN.steps), Noticed()
    rates = np.asarray(member.rates(steps, _RUN), np.float64)
    length = _RUN.steps // _EPOCHS
    shown = []
    for epoch in range(_EPOCHS):
        part = rates[epoch * length : (epoch + 1) * length] * seen.factor
        shown.append(part)
        loss = max(1.0 - 3.0 * epoch / _EPOCHS, 0.0)
        seen = member.noticing(seen, {"loss": loss, "val_loss": loss}, float(part[-1]), epoch + 1, 1)
    return plot(title, "step", [Curve(steps, np.concatenate(shown))], "learning rate")
