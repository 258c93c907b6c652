"""Results that are too good to be true: the same examples on both sides of the split, or all known after one epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np

from engine.data.bundle import DataBundle
from engine.tensor.spec import Array
from engine.training.doctor.observation import Observation
from engine.training.reports import EpochEnded

SHARED = 0.01  # of the validation examples
AT_ONCE = 0.995  # right after the first epoch
HARD_ENOUGH = 0.9  # of the examples in one class: more, and that is no feat
FEWEST = 50  # validation examples that say something
MOST_ROWS = 200_000  # looked at
SHOWN = 50
_BLOCK = 4096


def of_split(bundle: DataBundle) -> Observation | None:
    """Whether validation examples are among the training examples, inputs and target alike; None if hardly any are."""
    validation = bundle.validation[:MOST_ROWS]
    train = bundle.train[:MOST_ROWS]
    if not validation or not train:
        return None
    arrays = [*bundle.inputs.values(), *bundle.targets.values()]
    if any(a.dtype.kind not in "fiub" for a in arrays):
        return None
    known = set(_fingerprints(arrays, train))
    rows = [
        row for row, mark in zip(validation, _fingerprints(arrays, validation), strict=True) if mark in known
    ]
    if len(rows) < max(2.0, SHARED * len(validation)):
        return None
    share = 100 * len(rows) / len(validation)
    return Observation(
        "leak",
        f"Leak suspected: {len(rows)} of {len(validation)} validation examples ({share:.1f} %) are also among the training "
        f"examples, so validation flatters.",
        "Remove duplicate rows, or split by group.",
        rows=tuple(rows[:SHOWN]),
    )


def of_first_epoch(ends: Sequence[EpochEnded], bundle: DataBundle) -> Observation | None:
    """Whether all is known after one epoch of a problem that is none; None where there is nothing to say."""
    right = next((e.values["val_accuracy"] for e in ends[:1] if "val_accuracy" in e.values), None)
    target = bundle.targets[next(iter(bundle.targets))]
    if right is None or ends[0].epoch != 1 or len(bundle.validation) < FEWEST or target.ndim != 1:
        return None
    classes = np.asarray(target[bundle.train.start : bundle.train.stop], np.int64)
    most = float(np.bincount(classes).max() / len(classes))
    if right < AT_ONCE or most > HARD_ENOUGH:
        return None
    return Observation(
        "leak",
        f"Leak suspected: after a single epoch {100 * right:.1f} % of the validation examples are right.",
        "Look whether an input is known only when the answer is (an identifier, a date, a result of it).",
    )


def _fingerprints(arrays: Sequence[Array], rows: range) -> Iterator[bytes]:
    """A digest of all that belongs to a row, for each row: a set of them is small however large a picture is."""
    for start in range(rows.start, rows.stop, _BLOCK):
        stop = min(start + _BLOCK, rows.stop)
        blocks = [np.ascontiguousarray(a[start:stop]) for a in arrays]
        for i in range(stop - start):
            yield blake2b(b"".join(block[i].tobytes() for block in blocks), digest_size=16).digest()
