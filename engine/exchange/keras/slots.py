"""What an optimizer remembers of each weight, as Keras keeps it: one list of arrays, without a word on what is what.

Their order follows from how each optimizer makes them: a counter of steps, the learning rate unless a schedule computes
it, averages, accumulated gradients, and then its own slots. Those of one group alternate weight by weight; the next group
begins when the last one is through all weights. Before Keras 2.11 every slot was a group of its own, and names said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from engine.exchange.keras.compiled import has_schedule
from engine.optimizers.base import ACCUMULATOR, AVERAGE, Optimizer
from engine.tensor.spec import Array, TensorSpec
from engine.training.settings import TrainingSettings

_COMMON = (AVERAGE, ACCUMULATOR)
_APART = ("velocity_hat", "average_gradient")  # slots that are groups of their own
_UNKNOWN = (
    "Adafactor",
    "Muon",
    "ScheduleFreeAdamW",
)  # slots of other shapes than the weights, or not in Keras
_SEPARATE = ("RMSprop",)
_OLD = ("m", "v", "vhat", "rms", "momentum", "mg", "accumulator", "accum_grad", "accum_var", "linear")
FORGOTTEN = "What the optimizer remembered is left out: {why}; it starts anew when the network is trained on."


def groups(optimizer: Optimizer) -> list[tuple[str, ...]] | None:
    """The names of slots as long as the weights, in groups; None for an optimizer whose slots are not known."""
    if type(optimizer).__name__ in _UNKNOWN:
        return None
    flat = TensorSpec((2,))
    names = [n for n, slot in optimizer.slots(flat, ()).items() if slot.spec == flat]
    own = [n for n in names if n not in _COMMON]
    apart = set(own) if type(optimizer).__name__ in _SEPARATE else set(_APART)
    together = tuple(n for n in own if n not in apart)
    found = [(n,) for n in _COMMON if n in names]
    return [*found, *([together] if together else []), *((n,) for n in own if n in apart)]


def numbers(optimizer: Optimizer) -> list[str]:
    """The names of slots that are one number for all weights; they come last."""
    found = optimizer.slots(TensorSpec((2,)), ())
    return [n for n, slot in found.items() if slot.spec == TensorSpec(())]


def remembered(
    training: TrainingSettings,
    weights: Mapping[str, Array],
    arrays: Sequence[tuple[str, Array]],
    notes: list[str],
) -> tuple[dict[str, Array], int]:
    """Slots by `<slot>/<weight>`, and the number of steps, from the list of a file; a misfit is noted.

    Args:
        training: whose optimizer it is.
        weights: those that are trained, by `<node>/<weight>` in the order of Keras.
        arrays: names and values as they are in the file.
        notes: gets a sentence where they can't be read.
    """
    if not arrays:
        return {}, 0
    kinds = groups(training.optimizer)
    if kinds is None:
        notes.append(FORGOTTEN.format(why=f"{type(training.optimizer).__name__} keeps it in another form"))
        return {}, 0
    if kinds and all(a.shape == () for _, a in arrays):  # of an optimizer that has not been used
        return {}, 0
    step = next((int(a) for _, a in arrays if a.shape == () and a.dtype.kind in "iu"), 0)
    if _is_old(arrays):
        kinds = [(name,) for group in kinds for name in group]
    wanted = [(slot, name) for group in kinds for slot, name in _alternating(group, weights)]
    found = [a for _, a in arrays if a.shape != () or a.dtype.kind == "f"]
    singles = numbers(training.optimizer)
    # the learning rate is a number at the front, other numbers are at the end
    rate = len(found) - len(wanted) - len(singles)
    found = found[rate:] if rate in (0, 1) else found
    fits = len(found) == len(wanted) + len(singles) and all(
        array.shape == weights[name].shape for (_, name), array in zip(wanted, found, strict=False)
    )
    if not 0 <= step < 2**31 or not fits:
        notes.append(FORGOTTEN.format(why="it does not fit the weights"))
        return {}, 0
    slots = {f"{s}/{n}": np.asarray(a, np.float32) for (s, n), a in zip(wanted, found, strict=False)}
    slots |= {
        f"slot/{n}": np.asarray(a, np.float32) for n, a in zip(singles, found[len(wanted) :], strict=True)
    }
    return slots, step


def listed_slots(
    training: TrainingSettings, weights: Sequence[str], slots: Mapping[str, Array], step: int
) -> list[tuple[str, Array]] | None:
    """Names and arrays as Keras lists them, or None where something is missing.

    Args:
        training: whose optimizer it is.
        weights: those that are trained, by `<node>/<weight>` in the order of Keras.
        slots: by `<slot>/<weight>`.
        step: updates so far.
    """
    kinds = groups(training.optimizer)
    if kinds is None or not step:
        return None
    found: list[tuple[str, Array]] = [("iteration", np.asarray(step, np.int64))]
    if not has_schedule(training):
        found.append(("learning_rate", np.asarray(training.optimizer.learning_rate, np.float32)))
    for group in kinds:
        for slot, name in _alternating(group, weights):
            if f"{slot}/{name}" not in slots:
                return None
            found.append((f"{name.replace('/', '_')}_{slot}", slots[f"{slot}/{name}"]))
    for name in numbers(training.optimizer):
        if f"slot/{name}" not in slots:
            return None
        found.append((name, np.asarray(slots[f"slot/{name}"], np.float32).reshape(())))
    return found


def _alternating(group: tuple[str, ...], weights: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((slot, name) for name in weights for slot in group)


def _is_old(arrays: Sequence[tuple[str, Array]]) -> bool:
    """Whether names end in those of slots: `Adam/dense/kernel/m:0`."""
    ends = [name.rpartition(":")[0].rpartition("/")[2] for name, a in arrays if a.shape]
    return bool(ends) and all(end in _OLD for end in ends)
