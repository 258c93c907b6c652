"""Where a number that is none came from: the first row, weight, layer or gradient of a run that is not finite.

Runs are repeatable to the bit. So the step at which the loss broke is found by going back to the last good states and
coming again, ever more closely, and that step is then computed on the processor with every value kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.compiler.lower import PARAMS
from engine.compiler.model import DATA, GRADS
from engine.devices.registry import open_device
from engine.tensor.spec import Array
from engine.training.session import Session

CPU = "cpu"
PIECES = 8  # that the steps in question are cut into each time
BROKEN = "The loss is no longer a number"
ADVICE = "Try a learning rate ten times smaller, or clip the gradients."
ANEW = "Train from fresh weights."


@dataclass(frozen=True)
class Point:
    """States of a run and the step they belong to."""

    step: int
    states: Mapping[str, Array]


@dataclass(frozen=True)
class Fault:
    """What broke a run.

    Attributes:
        sentence: one, for people.
        node: the canvas node it is about; "" if none.
        point: before the first step that broke something, where that was found.
        row: of the data, where that is to blame.
    """

    sentence: str
    node: str = ""
    point: Point | None = None
    row: int | None = None


def find_fault(session: Session, good: Point, go_on: Callable[[], bool]) -> Fault:
    """Why the loss of a session is no longer a number; leaves the session at an earlier step.

    Args:
        session: that has just diverged.
        good: an earlier point of the run at which all was well, as far as anybody knows.
        go_on: asked now and then; False ends the search with what is known.
    """
    last = session.step
    points = _last_points(session, good, go_on)
    for point in points:
        for fault in _faults(session, point, trained=point is not points[0]):
            return replace(fault, sentence=f"{BROKEN}: {fault.sentence}", point=point)
    return Fault(f"{BROKEN} at step {last}. {ADVICE}", point=points[0] if points else good)


def fault_of(session: Session, good: Point, go_on: Callable[[], bool]) -> Fault:
    """The same, for a run that ends with it: the session stays as it is."""
    end = Point(session.step, session.states())
    try:
        return find_fault(session, good, go_on)
    finally:
        session.restore(end.states, end.step)
        session.report()


def walk(session: Session, step: int, chunk: int, go_on: Callable[[], bool]) -> None:
    """Take the steps up to `step` again, so many at a time, as long as `go_on` says yes."""
    while session.step < step and go_on():
        session.advance(min(chunk, step - session.step))
        session.report_sums()


def find_explosion(session: Session, good: Point, limit: float, go_on: Callable[[], bool]) -> Fault:
    """At which step the loss of a session passed a limit, and by which node; leaves the session at an earlier step.

    Args:
        session: whose loss is beyond the limit.
        good: an earlier point of the run, where it was not.
        limit: of the loss.
        go_on: asked now and then; False ends the search with what is known.
    """
    points = _last_points(session, good, go_on, limit)
    point = points[-1] if points else good
    session.restore(point.states, point.step)
    session.report()
    session.advance(1)
    loss = session.report().get("loss", np.nan)
    node, gradient = _steepest(session)
    said = [f"The loss explodes: it is {loss:.3g} at step {point.step + 1}."]
    if node:
        said.append(f"The gradient of {_name(session, node)} is the largest ({gradient:.1e}).")
    return Fault(" ".join([*said, ADVICE]), node, point)


def _steepest(session: Session) -> tuple[str, float]:
    """The node with the largest gradient (root mean square of a weight's) in the last step."""
    gradients = session.memory.read(GRADS).astype(np.float64)
    node, greatest = "", 0.0
    for name, (arena, offset, shape) in session.layout.items():
        part = gradients[offset : offset + int(np.prod(shape))] if arena == PARAMS else gradients[:0]
        size = float(np.sqrt(np.mean(part**2))) if part.size else 0.0
        if size > greatest:
            node, greatest = name.partition("/")[0], size
    return node, greatest


def _last_points(
    session: Session, good: Point, go_on: Callable[[], bool], limit: float = math.inf
) -> list[Point]:
    """The points whose next step is to be looked at: that before the loss broke, where the weights had not yet.

    If they had, the step before made them so: its point comes first. A loss breaks where it is no number, or not
    below the limit.
    """
    last = session.step
    while True:
        size = max(1, (last - good.step) // PIECES)
        before, last, found = _narrowed(session, good, last, size, limit)
        if not found:  # the sum of many steps' losses broke, and the next one's is about to
            return before[-1:]
        if not go_on():
            return []
        if size == 1:
            weights = session.weights_of(before[-1].states).values()
            return before if any(not np.isfinite(a).all() for a in weights) else before[-1:]
        good = before[-1]


def _narrowed(
    session: Session, good: Point, last: int, size: int, limit: float
) -> tuple[list[Point], int, bool]:
    """Walk from `good` in pieces: the last two points with good losses, where the loss broke, whether it did."""
    session.restore(good.states, good.step)
    session.report()  # what the steps before summed up
    points = [good]
    while session.step < last:
        session.advance(min(size, last - session.step))
        if not session.report().get("loss", 0.0) < limit:
            return points, session.step, True
        points = [points[-1], Point(session.step, session.states())]
    return points, last, False


def _faults(session: Session, point: Point, *, trained: bool) -> Iterator[Fault]:
    """What is not finite in the step after `point`, in the order of the computation.

    Args:
        session: of the run.
        point: where it stood.
        trained: whether the step before it was a good one.
    """
    compiler, step = session.compiler, point.step
    index = session.order.batches(step, 1)[0]
    inputs = {**session.inputs, **session.bundle.targets, **session.bundle.weights}
    device = open_device(CPU)
    memory = device.memory()
    program = compiler.examine(len(index))
    try:
        for name, array in inputs.items():
            memory.write(f"{DATA}/{name}", array[index])
        for name, state in point.states.items():
            memory.write(name, state)
        executable = device.compile(program, memory)
        feeds: dict[str, Array] = {
            "index": np.arange(len(index), dtype=np.int32)[None],
            "step": np.array([step], np.int32),
            "seed": np.array([session.settings.seed], np.int32),
        }
        with np.errstate(all="ignore"):
            executable.run(feeds, 1)
        values = {name: executable.output(name) for name in program.outputs}
        executable.close()
    finally:
        memory.close()
        device.close()
    yield from _in_data(inputs, index)
    yield from _in_weights(session, point, trained=trained)
    yield from _in_values(session, values, point)


def _in_data(inputs: Mapping[str, Array], index: Array) -> Iterator[Fault]:
    for name, array in inputs.items():
        rows = array[index].reshape(len(index), -1)
        bad = ~np.isfinite(rows).all(axis=1)
        if bad.any():
            first = int(index[bad].min())
            yield Fault(
                f"the data has {_what(rows[bad])} in {name}, row {first}. Fill in or remove what is missing.",
                row=first,
            )


def _in_weights(session: Session, point: Point, *, trained: bool) -> Iterator[Fault]:
    for name, array in session.weights_of(point.states).items():
        if not np.isfinite(array).all():
            node, _, weight = name.partition("/")
            yield Fault(
                f"{_name(session, node)} has {_what(array)} in its {weight} before step {point.step + 1}. "
                f"{ADVICE if trained else ANEW}",
                node,
            )


def _in_values(session: Session, values: Mapping[str, Array], point: Point) -> Iterator[Fault]:
    """Outputs of the layers and losses on the way forward, then gradients on the way back."""
    largest = 0.0
    for key, array in values.items():
        kind, _, rest = key.partition("/")
        node, _, what = rest.partition("/")
        if array.dtype.kind != "f" or np.isfinite(array).all():
            largest = _size(array) if array.dtype.kind == "f" else largest
            continue
        place = {
            "output": f"{_name(session, node)} gave {_what(array)}",
            "loss": f"the loss of {_name(session, node)} became {_what(array)}",
            "total": f"the penalties on weights became {_what(array)}",
            "gradient": f"the gradient of {_name(session, node)}'s {what} became {_what(array)}",
        }[kind]
        sizes = [_size(a) for n, a in session.weights_of(point.states).items() if n.startswith(f"{node}/")]
        weights = f" and weights up to {max(sizes):.3g}" if sizes else ""
        yield Fault(
            f"{place} at step {point.step + 1}, after numbers up to {largest:.3g}{weights}. {ADVICE}", node
        )


def _size(array: Array) -> float:
    return float(np.abs(array).max(initial=0.0))


def _what(array: Array) -> str:
    return "NaN (not a number)" if np.isnan(array).any() else "infinity"


def _name(session: Session, node: str) -> str:
    known = session.compiler.graph.nodes.get(node)
    return known.name if known else node
