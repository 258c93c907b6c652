"""A bundled or generated data set as a table of columns, so that it can be looked at like a file of one's own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from typing_extensions import override

from engine.data.bundle import Feature
from engine.data.dataset import DataSet, NoOptions
from engine.data.errors import DataError
from engine.data.random import generator
from engine.data.registry import datasets
from engine.data.settings import DataSettings
from engine.data.sources.base import Column, Identity, Kind, Source, SourceKind, Watch
from engine.settings import problems
from engine.tensor.spec import Array, DType

INPUT_ROLE, TARGET_ROLE, WEIGHT_ROLE = "input", "target", "weight"
CLASS = "class"  # the name of a target that has none of its own
SHOWN_NUMBERS = 12  # of a cell that is an array


def open_bundled(settings: DataSettings, watch: Watch | None = None) -> BundledSource:
    """The data set that these settings name, with all its rows in memory.

    Raises:
        DataError: unknown data set, bad option, damaged bundled data.
    """
    dataset = datasets().get(settings.dataset)
    if dataset is None:
        raise DataError(
            f"There is no data set named {settings.dataset!r}. Choose one of: {', '.join(datasets())}."
        )
    try:
        options = dataset.settings.model_validate(dict(settings.options))
    except ValidationError as error:
        name, sentence = next(iter(problems(dataset.settings, error).items()))
        raise DataError(
            f"The option {name!r} of the data set {dataset.name!r} is wrong. {sentence}"
        ) from error
    return BundledSource(dataset, settings, options)


@dataclass(frozen=True)
class _Cells:
    """Where the cells of one column come from: rows `start` to `stop` of an array, made into what `Source` promises."""

    column: Column
    role: str
    array: Array
    read: Callable[[Array], Array]
    show: Callable[[Array], list[object]]


class BundledSource(Source):
    """The arrays of a data set by column. Read-only; its rows come in the order of the set, not split, not scaled.

    Attributes:
        roles: what each column is for: input, target or weight.
    """

    def __init__(self, dataset: DataSet[Any], settings: DataSettings, options: Any) -> None:
        self.kind = SourceKind(
            "bundled", dataset.title, (), dataset.settings, lambda _path, _head: 0.0, _not_opened
        )
        self.path = Path(dataset.name)
        self.title = dataset.title
        self.notes = ()
        self.options = options
        key = json.dumps([dataset.name, options.model_dump(mode="json"), settings.seed])
        self.identity = Identity(0, 0, hashlib.sha256(key.encode()).hexdigest())
        arrays = dataset.load(options, generator(settings.seed, "data", dataset.name))
        outline = dataset.outline(options)
        parts = (
            (INPUT_ROLE, outline.inputs, arrays.inputs),
            (TARGET_ROLE, outline.targets, arrays.targets),
            (WEIGHT_ROLE, outline.weights, arrays.weights),
        )
        self._cells: dict[str, _Cells] = {}
        for role, features, values in parts:
            for feature in features:
                for cells in _cells_of(feature, role, values[feature.name]):
                    self._cells.setdefault(cells.column.name, cells)
        self.columns = tuple(cells.column for cells in self._cells.values())
        self.roles = {name: cells.role for name, cells in self._cells.items()}
        self._rows = outline.rows

    @override
    def count(self, watch: Watch | None = None) -> int:
        return self._rows

    @override
    def page(self, start: int, count: int) -> list[list[object]]:
        shown = [cells.show(cells.array[start : start + count]) for cells in self._cells.values()]
        return [list(row) for row in zip(*shown, strict=True)]

    @override
    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        found = {self.column(name).name: self._cells[name] for name in names}
        return {name: cells.read(cells.array[start:stop]) for name, cells in found.items()}

    @override
    def changed(self) -> bool:
        return False


def _not_opened(path: Path, options: NoOptions, watch: Watch | None) -> Source:
    raise DataError(f"{path} is a bundled data set; it is opened by its name.")


def _cells_of(feature: Feature, role: str, array: Array) -> list[_Cells]:
    if feature.kind == "image":
        column = Column(_name(feature, role), Kind.PICTURE, feature.shape, DType.UINT8)
        as_bytes = _to_bytes(feature.scale)
        return [_Cells(column, role, array, as_bytes, lambda rows: list(as_bytes(rows)))]
    if feature.kind == "category" and feature.shape == ():
        names = np.array(feature.class_names, DType.STRING.numpy)
        return [_texts(_name(feature, role), role, array, lambda rows: names[rows])]
    if feature.kind == "text" and feature.shape in ((), (1,)):
        return [_texts(_name(feature, role), role, array.reshape(-1), lambda rows: rows)]
    if feature.kind == "numeric" and len(feature.shape) <= 1:
        flat = array.reshape(len(array), -1)
        names_of = feature.column_names or _numbered(_name(feature, role), flat.shape[1])
        return [_numbers(name, role, flat[:, i]) for i, name in enumerate(names_of)]
    column = Column(_name(feature, role), Kind.ARRAY, feature.shape, feature.dtype)
    return [_Cells(column, role, array, lambda rows: rows, _show_arrays)]


def _name(feature: Feature, role: str) -> str:
    if len(feature.column_names) == 1:
        return feature.column_names[0]
    return CLASS if role == TARGET_ROLE and feature.kind == "category" else feature.name


def _numbered(name: str, count: int) -> Sequence[str]:
    return [name] if count == 1 else [f"{name}{i}" for i in range(count)]


def _numbers(name: str, role: str, values: Array) -> _Cells:
    def show(rows: Array) -> list[object]:
        return [float(f"{value:.7g}") for value in rows.tolist()]  # as many digits as float32 has

    return _Cells(Column(name, Kind.NUMBER), role, values, lambda rows: rows.astype(np.float64), show)


def _texts(name: str, role: str, values: Array, texts: Callable[[Array], Array]) -> _Cells:
    return _Cells(Column(name, Kind.TEXT), role, values, texts, lambda rows: texts(rows).tolist())


def _to_bytes(scale: float) -> Callable[[Array], Array]:
    return lambda rows: np.rint(rows * (255 * scale)).clip(0, 255).astype(np.uint8)


def _show_arrays(rows: Array) -> list[object]:
    """A row of numbers as an array, which can be drawn as a curve; anything else in words."""
    if rows.dtype.kind == "f" and (rows.ndim == 2 or rows.shape[2:] == (1,)):
        return [row.reshape(-1) for row in rows]
    return [_in_words(row) for row in rows]


def _in_words(row: Array) -> str:
    flat = row.reshape(-1)[: SHOWN_NUMBERS + 1].tolist()
    dots = " \N{HORIZONTAL ELLIPSIS}" if len(flat) > SHOWN_NUMBERS else ""
    return (
        " ".join(f"{value:.4g}" if isinstance(value, float) else str(value) for value in flat[:SHOWN_NUMBERS])
        + dots
    )
