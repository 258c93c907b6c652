"""From settings to arrays: reads a file, divides its rows, fits the recipe on the training part, applies it to all.

The file is read block by block, a few times; results that are too large for memory are memory-mapped. The same settings and
the same file give the same arrays, bit for bit.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

import numpy as np

from engine.data.bundle import DataBundle
from engine.data.errors import DataError
from engine.data.origin import Origin
from engine.data.recipe import parts as dividing
from engine.data.recipe.layout import inputs_of
from engine.data.recipe.making import Draft, Making, room_for
from engine.data.recipe.parts import Parts
from engine.data.recipe.preparation import Part, Preparation
from engine.data.recipe.series import prepare_windows
from engine.data.recipe.store import Prepared, found, key_of
from engine.data.settings import DataSettings
from engine.data.sources.base import Identity, Watch
from engine.data.sources.registry import open_source
from engine.tensor.spec import Array

LARGE = 1_000_000_000  # bytes of a result from which training rows stay in the order of the file
_KEPT_SETS = 2
_PARTS: tuple[Part, ...] = ("input", "target", "weight")


def prepare(settings: DataSettings, watch: Watch | None = None) -> DataBundle:
    """The training set of a file, as its recipe says; from the cache if it was made before.

    Args:
        settings: with a path.
        watch: called with rows done and all rows, over all passes; what it raises ends the work.

    Raises:
        DataError: the file cannot be read or used, or there is no room; one sentence.
        Interrupted: by `watch`.
    """
    path = Path(settings.path or "")
    identity = identity_of(path)
    if identity is not None:
        kept = _remembered(_key(settings, identity))
        if kept is not None:
            return _bundle(kept, Origin(path, identity))
    with open_source(path, settings.options, watch) as source:
        key = _key(settings, source.identity)
        kept = _remembered(key)
        if kept is None:
            making = Making(source, settings, watch)
            draft = making.draft()
            windowed = settings.recipe.windows is not None
            kept = prepare_windows(making, draft, key) if windowed else _prepare_rows(making, draft, key)
            _recent().put(key, kept)
        return _bundle(
            kept, Origin(path, source.identity, source if source.others or path.is_dir() else None)
        )


def identity_of(path: Path) -> Identity | None:
    """Of a file; None for a folder, whose listing only its source knows, and for what cannot be read."""
    try:
        return Identity.of_file(path) if path.is_file() else None
    except DataError:
        return None


class _Recent:
    """The sets that this process made last, for what is too small for the cache: describing is followed by loading."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sets: dict[str, Prepared] = {}

    def get(self, key: str) -> Prepared | None:
        with self._lock:
            return self._sets.get(key)

    def put(self, key: str, kept: Prepared) -> None:
        with self._lock:
            self._sets[key] = kept
            while len(self._sets) > _KEPT_SETS:
                self._sets.pop(next(iter(self._sets)))


@cache
def _recent() -> _Recent:
    return _Recent()


def _remembered(key: str) -> Prepared | None:
    return _recent().get(key) or found(key)


def _key(settings: DataSettings, identity: Identity) -> str:
    said = settings.model_dump_json(exclude={"dataset", "path"})
    return key_of(said, identity.digest, str(identity.size), str(identity.modified_ns))


def _bundle(kept: Prepared, origin: Origin) -> DataBundle:
    preparation = Preparation.read(kept.preparation)
    arrays = {part: {f.name: kept.arrays[f.name] for f in preparation.of(part)} for part in _PARTS}
    train, validation, test = preparation.counts
    return DataBundle(
        inputs=arrays["input"],
        targets=arrays["target"],
        features={f.name: f.feature() for f in preparation.features},
        task=preparation.task,
        train=range(train),
        validation=range(train, train + validation),
        test=range(train + validation, train + validation + test),
        scaling=preparation.scaling(),
        weights=arrays["weight"],
        preparation=preparation,
        notes=kept.notes,
        origin=origin,
    )


def _prepare_rows(making: Making, draft: Draft, key: str) -> Prepared:
    """Each row an example."""
    parts = _divided(making, draft)
    train = np.zeros(making.rows, bool)
    train[draft.kept[parts.train]] = True
    making.fit(draft, train)
    features = [*inputs_of(draft.plan, draft.columns, draft.wholes), *draft.targets, *making.weights(draft)]
    if making.recipe.balance == "resample":
        classes = making.classes(draft)
        if classes is None:
            raise DataError(
                "Rows can only be repeated where the target is one class a row; it is not. Switch balancing off."
            )
        parts = Parts(
            dividing.resampled(parts.train, classes, making.settings.seed), parts.validation, parts.test
        )
    preparation = making.preparation(draft, features, parts.counts)
    order = draft.kept[parts.order]
    room = room_for(key, features, len(order), draft.facts)
    if room.nbytes > LARGE:
        order[: len(parts.train)].sort()
    try:
        making.write(draft, features, order, room)
        return room.finish(preparation.model_dump_json(), _notes(making))
    finally:
        room.close()


def _notes(making: Making) -> tuple[str, ...]:
    return (*making.notes, *(note.with_options() for note in making.source.notes))


def _divided(making: Making, draft: Draft) -> Parts:
    """The rows of each part, as places among those that are kept."""
    plan, shares, rows = draft.plan, making.shares, len(draft.kept)
    column = plan.split_column
    if plan.split == "column":
        return dividing.by_words(making.values(draft, column), shares, column)
    if plan.split == "group":
        return dividing.by_group(making.numbered(draft, column), shares, column)
    if plan.split == "time":
        stamps: Array | None = making.values(draft, column) if column else None
        return dividing.by_time(stamps, rows, shares)
    classes = making.classes(draft) if plan.split == "stratified" else None
    return dividing.by_chance(rows, classes, shares)
