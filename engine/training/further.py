"""Training on after the end of a run: how far, and what of its state counts for what comes.

The run stands where it stood: weights, what the optimizer remembers, the order of the examples, and the steps that
schedules count. A schedule that is told in steps goes on as if the run had never ended; one that spans the whole run is
laid over the longer one, so its rate rises again to what it has that far along. Early stopping has all its patience anew.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.compiler.update import SLOT
from engine.tensor.spec import Array
from engine.training.memory import BEST, MEMORY, Memory, read_memory
from engine.training.order import BatchOrder

States = Mapping[str, Array]


def epochs_done(states: States, step: int, rows: int, batch: int) -> float:
    """Epochs that led to these states, with the fraction of the one that was broken off.

    Args:
        states: as in a snapshot.
        step: that they belong to.
        rows: of training.
        batch: examples of a step, where the states do not say.
    """
    memory = read_memory(states.get(MEMORY))
    size = max(1, min(memory.batch or batch, rows))
    return BatchOrder(0, range(max(1, rows)), size, memory.origin).epochs(step)


def trained_before(states: States) -> int:
    """Epochs that were done when the run was last trained on; 0 for one that never was."""
    return read_memory(states.get(MEMORY)).before


def epochs_before(epochs: int, before: int, done: float) -> int:
    """What comes before the epochs that are trained next, if a run goes on.

    Who ended a run early trains it to the end that it was to have; beyond that end, all epochs are trained once more.

    Args:
        epochs: that are asked for, each time.
        before: as this was when the run began, or was trained on last.
        done: epochs of the whole run so far.
    """
    return before if done < before + epochs else int(done)


def impatient(states: States, patience: int | None) -> bool:
    """Whether early stopping would end a run that goes on with these states at its next epoch."""
    return patience is not None and read_memory(states.get(MEMORY)).wait >= patience


def trained_on(states: States, before: int) -> dict[str, Array]:
    """The states, with all patience of early stopping anew and a note of the epochs before."""
    memory = read_memory(states.get(MEMORY))
    memory.wait, memory.before = 0, before
    return {**states, MEMORY: memory.written()}


def on_other_data(states: States, step: int, done: float, rows: int, batch: int) -> dict[str, Array]:
    """The states for other data: the epochs count on, and nothing is compared with figures of the data before.

    Args:
        states: as in a snapshot.
        step: that they belong to.
        done: epochs of the data before.
        rows: of training, in the other data.
        batch: examples of a step.
    """
    memory = read_memory(states.get(MEMORY))
    fresh = Memory(memory.rate_factor, memory.fixed_rate, memory.noticed, before=memory.before)
    fresh.batch = max(1, min(batch, rows))
    fresh.origin = (step, round(done * rows))
    kept = {name: array for name, array in states.items() if not name.startswith(BEST)}
    return {**kept, MEMORY: fresh.written()}


def without_slots(states: States) -> dict[str, Array]:
    """The states without what an optimizer remembers: another one has no use for it."""
    return {name: array for name, array in states.items() if not name.startswith(SLOT)}
