"""From settings to arrays ready for training; and, without loading anything, to what those arrays will be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from pydantic import ValidationError

from engine.data.bundle import Counts, DataBundle, DataSpec, Feature, Scaling, TaskKind
from engine.data.dataset import Columns, DataSet, Outline
from engine.data.errors import DataError
from engine.data.random import generator
from engine.data.registry import datasets
from engine.data.settings import DataSettings
from engine.data.split import split_counts, split_in_time, split_order
from engine.devices.base import Watch
from engine.settings import Settings, problems
from engine.tensor.spec import Array

S = TypeVar("S", bound=Settings)


@dataclass(frozen=True)
class _Source:
    """A bundled data set with its options."""

    task: TaskKind
    outline: Outline
    load: Callable[[], Columns]

    @property
    def features(self) -> dict[str, Feature]:
        parts = (*self.outline.inputs, *self.outline.targets, *self.outline.weights)
        return {feature.name: feature for feature in parts}


def _prepared(settings: DataSettings, watch: Watch | None) -> DataBundle:
    from engine.data.recipe.prepare import (
        prepare,
    )  # brings decoders of pictures, which bundled sets do not need

    return prepare(settings, watch)


def describe(settings: DataSettings, watch: Watch | None = None) -> DataSpec:
    """What `load` will return, without its arrays. Takes no time for bundled sets; prepares a file, the first time.

    Raises:
        DataError: unknown data set, bad option, file that cannot be used.
        Interrupted: by `watch`.
    """
    if settings.path is not None:
        return _prepared(settings, watch).spec
    source = _source(settings)
    return DataSpec(
        features=source.features,
        inputs=tuple(feature.name for feature in source.outline.inputs),
        targets=tuple(feature.name for feature in source.outline.targets),
        task=source.task,
        counts=_counts(source.outline, settings),
        weights=tuple(feature.name for feature in source.outline.weights),
    )


def load(settings: DataSettings, watch: Watch | None = None) -> DataBundle:
    """The arrays, split and scaled. The same settings give the same bundle, bit for bit.

    Args:
        settings: the choice of data.
        watch: of the preparation of a file: called with rows done and all rows; what it raises ends it.

    Raises:
        DataError: unknown data set, bad option, damaged bundled data, file that cannot be used.
        Interrupted: by `watch`.
    """
    if settings.path is not None:
        return _prepared(settings, watch)
    source = _source(settings)
    counts = _counts(source.outline, settings)
    arrays = source.load()
    if source.outline.in_time:
        arrays = _in_time_order(arrays, source, settings)
    elif not source.outline.held_out:
        arrays = _in_split_order(arrays, source, settings)
    scaling = _fit(arrays, source.features, counts.train) if settings.normalize else {}
    return DataBundle(
        inputs=_scaled(arrays.inputs, scaling),
        targets=_scaled(arrays.targets, scaling),
        features=source.features,
        task=source.task,
        train=range(counts.train),
        validation=range(counts.train, counts.train + counts.validation),
        test=range(counts.train + counts.validation, counts.total),
        scaling=scaling,
        weights=arrays.weights,
    )


def _source(settings: DataSettings) -> _Source:
    dataset = _dataset(settings.dataset)
    chosen = _checked(dataset.settings, settings.options, f"the data set {dataset.name!r}")
    return _Source(
        dataset.task,
        dataset.outline(chosen),
        lambda: dataset.load(chosen, generator(settings.seed, "data", dataset.name)),
    )


def _dataset(name: str) -> DataSet[Any]:
    known = datasets()
    if name not in known:
        raise DataError(f"There is no data set named {name!r}. Choose one of: {', '.join(known)}.")
    return known[name]


def _checked(model: type[S], raw: Mapping[str, object], owner: str) -> S:
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        name, sentence = next(iter(problems(model, error).items()))
        known = ", ".join(model.model_fields) or "none"
        raise DataError(f"The option {name!r} of {owner} is wrong. {sentence} Options: {known}.") from error


def _counts(outline: Outline, settings: DataSettings) -> Counts:
    if outline.held_out:
        return Counts(outline.rows - outline.held_out, outline.held_out, 0)
    if outline.in_time:
        return Counts(*map(len, _parts_in_time(outline, settings)))
    return split_counts(outline.rows, settings.validation_fraction, settings.test_fraction)


def _in_split_order(arrays: Columns, source: _Source, settings: DataSettings) -> Columns:
    single = [feature.name for feature in source.outline.targets if feature.shape == ()]
    categories = [name for name in single if source.features[name].kind == "category"]
    classes = arrays.targets[categories[0]] if categories else None
    order = split_order(source.outline.rows, classes, generator(settings.seed, "split"))
    parts = (arrays.inputs, arrays.targets, arrays.weights)
    return Columns(*(_taken(part, order) for part in parts))


def _in_time_order(arrays: Columns, source: _Source, settings: DataSettings) -> Columns:
    order = np.concatenate([np.array(part, np.int64) for part in _parts_in_time(source.outline, settings)])
    return Columns(*(_taken(part, order) for part in (arrays.inputs, arrays.targets, arrays.weights)))


def _parts_in_time(outline: Outline, settings: DataSettings) -> tuple[range, range, range]:
    return split_in_time(outline.rows, settings.validation_fraction, settings.test_fraction, outline.overlap)


def _taken(arrays: Mapping[str, Array], order: Array) -> dict[str, Array]:
    return {name: array[order] for name, array in arrays.items()}


def _fit(arrays: Columns, features: Mapping[str, Feature], train: int) -> dict[str, Scaling]:
    """Standardization of the numeric features, from the training rows alone: the rest must stay unseen."""
    both = {**arrays.inputs, **arrays.targets}
    return {
        name: Scaling.fit(both[name][:train])
        for name, feature in features.items()
        if feature.kind == "numeric" and name in both
    }


def _scaled(arrays: Mapping[str, Array], scaling: Mapping[str, Scaling]) -> dict[str, Array]:
    return {
        name: scaling[name].apply(array) if name in scaling else np.ascontiguousarray(array)
        for name, array in arrays.items()
    }
