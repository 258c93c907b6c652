"""Arrays as a table: the first axis counts the rows, each array is a column, bytes in the form of pictures are pictures.

Arrays for training and for testing (`x_train`, `x_test`; two IDX files) are one column, the one after the other, and a
column says which row is for what.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.decoded.make import decode_all
from engine.data.errors import DataError
from engine.data.pictures.fitting import fitted
from engine.data.pictures.job import ArrayJob
from engine.data.pictures.source import THUMBNAIL, Pictures, PictureSource
from engine.data.pictures.target import PictureFacts, PictureTarget, proposed_target
from engine.data.sources.base import MISSING, Column, Identity, Kind, Note, Options, SourceKind, Watch
from engine.data.sources.listing import PARTS, texts
from engine.tensor.spec import Array, DType, format_shape

MOST_COLUMNS = 3_000  # that an array is taken apart into
_CHANNELS = (1, 3, 4)
_SHOWN = 8  # values of an array in a cell of the page


@dataclass(frozen=True, eq=False)
class Stack:
    """Arrays of the same kind, one after the other."""

    arrays: tuple[Array, ...]

    @property
    def first(self) -> Array:
        """What tells shape and type."""
        return self.arrays[0]

    def __len__(self) -> int:
        return sum(map(len, self.arrays))

    def rows(self, start: int, stop: int) -> Array:
        """Rows; a view where they lie in one array."""
        pieces, base = [], 0
        for array in self.arrays:
            low, high = max(start - base, 0), min(stop - base, len(array))
            if low < high:
                pieces.append(array[low:high])
            base += len(array)
        if len(pieces) == 1:
            return pieces[0]
        return np.concatenate(pieces) if pieces else self.first[:0]


class ArraySource(PictureSource):
    """Named arrays with the same number of rows.

    Args:
        kind, path, options: as opened.
        groups: by name, the arrays of the column by part; "" is the part of arrays that have none.
        notes: what was left out.
    """

    def __init__(
        self,
        kind: SourceKind[Any],
        path: Path,
        options: Options,
        identity: Identity,
        groups: Mapping[str, Mapping[str, Array]],
        notes: Sequence[Note] = (),
    ) -> None:
        self.kind, self.path, self.title, self.options = kind, path, path.name, options
        self.identity, self.notes = identity, tuple(notes)
        self._stacks = {name: Stack(tuple(parts.values())) for name, parts in groups.items()}
        first = next(iter(groups.values()))
        self._parts = [(part, len(array)) for part, array in first.items()]
        columns = [_column(name, stack.first) for name, stack in self._stacks.items()]
        if any(part for part, _ in self._parts):
            columns.append(Column(_free("part", self._stacks), Kind.TEXT))
        self.columns = tuple(columns)

    def count(self, watch: Watch | None = None) -> int:
        """The length of the first axis."""
        return sum(rows for _, rows in self._parts)

    def page(self, start: int, count: int) -> list[list[object]]:
        """Small pictures, numbers, and the first values of arrays."""
        stop = min(start + count, self.count())
        read = self.read([column.name for column in self.columns], start, stop)
        cells = [[_cell(column, value) for value in read[column.name]] for column in self.columns]
        return [list(row) for row in zip(*cells, strict=True)]

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, Array]:
        """Arrays as stored, memory-mapped where they are."""
        return {name: self._read(self.column(name), start, stop) for name in names}

    def proposed(self, name: str) -> PictureTarget:
        """The size they have, unless they are large."""
        height, width, channels = self._picture_column(name).shape
        return proposed_target([PictureFacts(height, width, channels)])

    def pictures(self, name: str, target: PictureTarget, watch: Watch | None = None) -> Pictures:
        """The array itself where it has the target's shape."""
        column, stack = self._picture_column(name), self._stacks[name]
        if target.shape == column.shape and len(stack.arrays) == 1 and not target.inverted:
            return Pictures(_channels_last(stack.first))
        key = hashlib.sha256(repr((self.identity.digest, name, target)).encode()).hexdigest()[:32]
        job = ArrayJob(target, _Upright(stack))
        return Pictures(decode_all(key, job, watch, processes=False).array)

    def picture(self, name: str, row: int, target: PictureTarget | None = None) -> Array:
        """As stored, or fitted."""
        (stored,) = self.read([self._picture_column(name).name], row, row + 1)[name]
        return stored if target is None else fitted(stored, target)

    def _picture_column(self, name: str) -> Column:
        column = self.column(name)
        if column.kind is not Kind.PICTURE:
            raise DataError(f"The column {name!r} of {self.title} holds no pictures. Choose another.")
        return column

    def _read(self, column: Column, start: int, stop: int) -> Array:
        if column.name not in self._stacks:
            return self._part_names(start, stop)
        rows = self._stacks[column.name].rows(start, stop)
        if column.kind is Kind.PICTURE:
            return _channels_last(rows)
        if column.kind in (Kind.NUMBER, Kind.BOOL):
            return rows.reshape(len(rows)).astype(np.float64)
        if column.kind is Kind.TEXT:
            return texts([str(cell) for cell in rows.reshape(len(rows))])
        return rows

    def _part_names(self, start: int, stop: int) -> Array:
        bounds = np.cumsum([rows for _, rows in self._parts])
        rows = np.arange(*slice(start, stop).indices(self.count()))
        names = np.array([part for part, _ in self._parts], DType.STRING.numpy)
        return names[np.searchsorted(bounds, rows, side="right")]


class _Upright:
    """A stack as an array with channels last, as far as a job needs it."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def __len__(self) -> int:
        return len(self._stack)

    def __getitem__(self, rows: slice) -> Array:
        return _channels_last(self._stack.rows(rows.start, rows.stop))


def grouped(arrays: Mapping[str, Array], label: str) -> tuple[dict[str, dict[str, Array]], list[Note]]:
    """Arrays by column and part, as `ArraySource` takes them, and what was left out.

    `x_train`, `x_test` are the parts of a column x if all parts of all columns fit together. Else each array is a
    column, and those with another number of rows than most are left out.

    Raises:
        DataError: no array has rows.
    """
    usable = {name: array for name, array in arrays.items() if array.ndim and len(array)}
    if not usable:
        raise DataError(f"An array must have rows; {label} has none. Choose another file.")
    notes = [
        Note(f"The array {name} has no rows and is left out.", name, "warning")
        for name in arrays
        if name not in usable
    ]
    parted = _parted(usable)
    if parted is not None:
        return parted, notes
    rows, _ = Counter(len(array) for array in usable.values()).most_common(1)[0]
    for name, array in usable.items():
        if len(array) != rows:
            sentence = f"The array {name} has {len(array):,} rows, others have {rows:,}; it is left out."
            notes.append(Note(sentence, name, "warning"))
    return {name: {"": array} for name, array in usable.items() if len(array) == rows}, notes


def taken_apart(groups: Mapping[str, Mapping[str, Array]]) -> dict[str, dict[str, Array]]:
    """The same with each column of arrays of rows and columns by itself: `x` of three becomes `x 1`, `x 2`, `x 3`."""
    found: dict[str, dict[str, Array]] = {}
    for name, parts in groups.items():
        shape = next(iter(parts.values())).shape
        if len(shape) == 2 and 1 < shape[1] <= MOST_COLUMNS:
            for k in range(shape[1]):
                found[f"{name} {k + 1}"] = {part: array[:, k] for part, array in parts.items()}
        else:
            found[name] = dict(parts)
    return found


def _parted(arrays: Mapping[str, Array]) -> dict[str, dict[str, Array]] | None:
    groups: dict[str, dict[str, Array]] = {}
    for name, array in arrays.items():
        base, part = _base_and_part(name)
        groups.setdefault(base, {})[part] = array
    parts = [tuple((part, len(array)) for part, array in sorted(group.items())) for group in groups.values()]
    alike = all(
        len({(array.shape[1:], array.dtype.kind) for array in group.values()}) == 1
        for group in groups.values()
    )
    if len(set(parts)) != 1 or len(parts[0]) < 2 or not all(part for part, _ in parts[0]) or not alike:
        return None
    order = [part for part in dict.fromkeys(PARTS.values()) if part in dict(parts[0])]
    return {base: {part: group[part] for part in order} for base, group in groups.items()}


def _base_and_part(name: str) -> tuple[str, str]:
    """`x_train` gives x and train, `val_images` gives images and validation; others have no part."""
    words = name.split("_")
    if len(words) > 1 and words[-1].lower() in PARTS:
        return "_".join(words[:-1]), PARTS[words[-1].lower()]
    if len(words) > 1 and words[0].lower() in PARTS:
        return "_".join(words[1:]), PARTS[words[0].lower()]
    return name, ""


def _column(name: str, array: Array) -> Column:
    kind, inner = array.dtype.kind, array.shape[1:]
    if (
        array.dtype == np.uint8
        and all(inner)
        and (len(inner) == 2 or (len(inner) == 3 and inner[2] in _CHANNELS))
    ):
        return Column(name, Kind.PICTURE, (*inner, 1)[:3], DType.UINT8)
    if inner in ((), (1,)):
        return Column(name, {"U": Kind.TEXT, "b": Kind.BOOL}.get(kind, Kind.NUMBER))
    if array.dtype == np.uint8:
        return Column(name, Kind.ARRAY, inner, DType.UINT8)
    return Column(name, Kind.ARRAY, inner, {"U": DType.STRING, "f": DType.FLOAT32}.get(kind, DType.INT32))


def _channels_last(rows: Array) -> Array:
    """(n, height, width, channels)."""
    return rows[..., np.newaxis] if rows.ndim == 3 else rows


def _free(name: str, taken: Mapping[str, object]) -> str:
    while name in taken:
        name += " "
    return name


def _cell(column: Column, value: Any) -> object:
    if column.kind is Kind.PICTURE:
        height, width, channels = value.shape
        scale = min(1.0, THUMBNAIL / max(height, width))
        size = (max(1, round(height * scale)), max(1, round(width * scale)))
        return fitted(value, PictureTarget(*size, 1 if channels == 1 else 3))
    if column.kind is Kind.TEXT:
        return None if value == MISSING else str(value)
    if column.kind is Kind.ARRAY:
        flat = np.asarray(value).reshape(-1)
        listed = " ".join(f"{item:g}" if flat.dtype.kind in "fiub" else str(item) for item in flat[:_SHOWN])
        return f"{listed}{' …' if flat.size > _SHOWN else ''} ({format_shape(np.shape(value))})"
    if np.isnan(value):
        return None
    return bool(value) if column.kind is Kind.BOOL else float(value)
