"""Any file that can be read as inputs of a network that has no recipe: arrays, tables and pictures, block by block.

For networks of bundled data sets, of scripts and of other programs. Columns are found by name, else taken in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data.block import UNKNOWN, Block, Rows, rows_at_a_time
from engine.data.bundle import Feature, Scaling
from engine.data.errors import DataError
from engine.data.files import numbered
from engine.data.inputs import named_inputs, of_table, prepared
from engine.data.npy import read_npz
from engine.data.pictures.centring import drawn
from engine.data.pictures.ground import grounds
from engine.data.pictures.ranges import Pixels, in_range
from engine.data.pictures.source import Pictures, PictureSource
from engine.data.pictures.target import PictureTarget
from engine.data.sources.base import MISSING, Kind, Source
from engine.data.sources.registry import open_source
from engine.data.table import Table, csv_blocks
from engine.devices.base import Watch
from engine.tensor.spec import Array

ARRAYS = (".npy", ".npz")
_CALLED = ("class", "label", "target", "y")  # how a column of answers is called where nobody says
TARGET = "y"
_CHANNELS = (1, 3)


@dataclass(frozen=True)
class Wanted:
    """What is made of a file.

    Attributes:
        inputs: of the network.
        scaling: of those that it sees standardized.
        targets: whose answers the file may have.
        pixels: range of pictures that no feature has a scale for.
        answers: the column that holds the answers of the first target; "": found by name.
        inverted: pictures are turned from dark on light to light on dark, or back.
        centred: what is drawn is brought to the middle and to this size, see `PictureTarget`.
    """

    inputs: Sequence[Feature]
    scaling: Mapping[str, Scaling]
    targets: Sequence[Feature] = ()
    pixels: Pixels = Pixels.UNIT
    answers: str = ""
    inverted: bool = False
    centred: float = 0.0


def open_plain(path: Path, wanted: Wanted, watch: Watch | None = None) -> Rows:
    """The rows of a file.

    Raises:
        DataError: it can't be read, or does not have what the network takes.
        Interrupted: by `watch`.
    """
    suffix = path.suffix.lower()
    if suffix in ARRAYS and path.is_file():
        return ArrayRows(path, wanted)
    if suffix == ".csv" and path.is_file():
        return TableRows(wanted, path, None, watch)
    source = open_source(path, {}, watch)
    try:
        if isinstance(source, PictureSource) and any(c.kind is Kind.PICTURE for c in source.columns):
            return PictureRows(wanted, source, watch)
        return TableRows(wanted, path, source, watch)
    except BaseException:
        source.close()
        raise


class ArrayRows(Rows):
    """Arrays of NumPy, named `x0`, `x1` .. or as the inputs are; `y0` .. are answers."""

    def __init__(self, path: Path, wanted: Wanted) -> None:
        self._path, self._wanted = path, wanted
        self._arrays = named_inputs(path, wanted.inputs)
        for feature in wanted.inputs:
            if not self._arrays[feature.name].ndim:
                prepared(self._arrays[feature.name], feature, None, path)  # says what is wrong
        self.count = min(len(self._arrays[f.name]) for f in wanted.inputs)
        if not self.count:
            raise DataError(f"There must be rows to predict for; {path.name} has none.")
        self._truth = self._answers() if path.suffix.lower() == ".npz" else {}

    def _answers(self) -> dict[str, Array]:
        found = read_npz(self._path)
        given = list(numbered(found, TARGET).values())
        named = dict(zip((t.name for t in self._wanted.targets), given, strict=False))
        named |= {t.name: found[t.name] for t in self._wanted.targets if t.name in found}
        inputs = {f.name for f in self._wanted.inputs}
        return {n: a for n, a in named.items() if n not in inputs and a.ndim and len(a) == self.count}

    @property
    def answered(self) -> tuple[str, ...]:
        """As the base says."""
        return tuple(self._truth)

    def blocks(self, watch: Watch | None = None) -> Iterator[Block]:
        """As the base says."""
        wanted, total = self._wanted, self.count or 0
        size = rows_at_a_time(wanted.inputs)
        features = {t.name: t for t in wanted.targets}
        for start in range(0, total, size):
            stop = min(total, start + size)
            inputs = {
                f.name: prepared(self._arrays[f.name][start:stop], f, wanted.scaling.get(f.name), self._path)
                for f in wanted.inputs
            }
            truth = {n: _truth_of_array(features[n], a[start:stop]) for n, a in self._truth.items()}
            yield Block(start, inputs, truth)
            if watch is not None:
                watch(stop, total)


def _truth_of_array(feature: Feature, array: Array) -> Array:
    if array.dtype.kind in "UT":
        return _truth_of_words(feature, [str(cell) for cell in array.reshape(len(array), -1)[:, 0].tolist()])
    if not feature.class_names:
        return np.asarray(array, np.float64).reshape(len(array), -1)
    flat = np.asarray(array, np.float64).reshape(len(array), -1)
    if flat.shape[1] == len(feature.class_names) > 1:  # one-hot
        classes: Array = flat.argmax(axis=1).astype(np.int32)
        return classes
    return _numbered_classes(feature, flat[:, 0])


def _numbered_classes(feature: Feature, numbers: Array) -> Array:
    whole = (numbers >= 0) & (numbers < len(feature.class_names)) & (numbers == np.floor(numbers))
    found: Array = np.where(whole, np.nan_to_num(numbers), UNKNOWN).astype(np.int32)
    return found


def _truth_of_words(feature: Feature, cells: Sequence[str]) -> Array:
    """Class numbers of names or numbers, or the numbers that words stand for."""
    if not feature.class_names:
        return np.array([_number(cell) for cell in cells])[:, np.newaxis]
    places = {name: k for k, name in enumerate(feature.class_names)}
    if any(cell in places for cell in cells):
        return np.array([places.get(cell, UNKNOWN) for cell in cells], np.int32)
    return _numbered_classes(feature, np.array([_number(cell) for cell in cells]))


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


class TableRows(Rows):
    """The rows of a table: CSV as text, other kinds as they are opened."""

    def __init__(self, wanted: Wanted, path: Path, source: Source | None, watch: Watch | None) -> None:
        self._wanted, self._path, self.source = wanted, path, source
        self.count = source.count(watch) if source is not None else None
        if source is not None and not self.count:
            raise DataError(f"There must be rows to predict for; {source.title} has none.")
        self._columns = list(next(iter(self._tables(1))).columns)
        self.headings = tuple(self._columns)
        self._last: Table | None = None
        taken = {name for f in wanted.inputs for name in _taken(f, self._columns)}
        self._answers = _answer_columns(wanted, [name for name in self._columns if name not in taken])

    @property
    def answered(self) -> tuple[str, ...]:
        """As the base says."""
        return tuple(self._answers)

    def _tables(self, size: int) -> Iterator[Table]:
        if self.source is None:
            yield from csv_blocks(self._path, size)
            return
        names = [c.name for c in self.source.columns if c.kind in (Kind.NUMBER, Kind.TEXT, Kind.BOOL)]
        if not names:
            kinds = ", ".join(sorted({c.kind.value for c in self.source.columns}))
            raise DataError(f"The network takes numbers or text; {self.source.title} has {kinds}s.")
        for start in range(0, self.count or 0, size):
            read = self.source.read(names, start, start + size)
            columns = {name: _as_cells(array) for name, array in read.items()}
            yield Table(self._path, columns, list(range(start + 1, start + size + 1)))

    def blocks(self, watch: Watch | None = None) -> Iterator[Block]:
        """As the base says."""
        wanted, start = self._wanted, 0
        targets = {t.name: t for t in wanted.targets}
        total = self.count or 0
        for table in self._tables(rows_at_a_time(wanted.inputs)):
            self._last = table
            answers = {name for columns in self._answers.values() for name in columns}
            kept = {n: cells for n, cells in table.columns.items() if n not in answers}
            bare = Table(table.path, kept, table.lines)
            inputs = {
                f.name: prepared(of_table(bare, f), f, wanted.scaling.get(f.name), self._path)
                for f in wanted.inputs
            }
            truth = {
                name: _truth_of_columns(targets[name], [table.columns[c] for c in columns])
                for name, columns in self._answers.items()
            }
            block = Block(start, inputs, truth)
            yield block
            start += block.rows
            if watch is not None:
                watch(start, max(total, start))

    def cells(self, block: Block) -> Sequence[Sequence[object]]:
        """As the base says."""
        assert self._last is not None  # there is a block
        return list(zip(*self._last.columns.values(), strict=True))


def _as_cells(array: Array) -> list[str]:
    if array.dtype.kind == "T":
        return ["" if cell == MISSING else str(cell) for cell in array.tolist()]
    return ["" if value != value else repr(value) for value in array.tolist()]  # noqa: PLR0124 - not a number


def _taken(feature: Feature, columns: Sequence[str]) -> set[str]:
    """The columns that a feature is made of, by name."""
    headers = {name.partition("=")[0] for name in feature.column_names}
    return {c for c in columns if c in feature.column_names or c in headers or c == feature.name}


def _answer_columns(wanted: Wanted, left: Sequence[str]) -> dict[str, list[str]]:
    """The columns of answers by target."""
    found: dict[str, list[str]] = {}
    for k, target in enumerate(wanted.targets):
        names = list(target.column_names)
        if wanted.answers and not k:
            found[target.name] = [wanted.answers] if wanted.answers in left else []
        elif names and all(name in left for name in names):
            found[target.name] = names
        elif len(wanted.targets) == 1:
            called = (target.name.lower(), *_CALLED)
            found[target.name] = [name for name in left if name.lower() in called][:1]
    return {name: columns for name, columns in found.items() if columns}


def _truth_of_columns(feature: Feature, columns: Sequence[Sequence[str]]) -> Array:
    if feature.class_names or len(columns) == 1:
        return _truth_of_words(feature, columns[0])
    return np.array([[_number(cell) for cell in cells] for cells in columns]).T


class PictureRows(Rows):
    """Pictures of a folder, a table of pictures or one file, brought to the size that the network takes."""

    pictured = True

    def __init__(self, wanted: Wanted, source: PictureSource, watch: Watch | None) -> None:
        self.source: Source = source
        self._wanted = wanted
        pictured = [f for f in wanted.inputs if len(f.shape) == 3 and f.shape[-1] in _CHANNELS]
        if len(wanted.inputs) != 1 or not pictured:
            taken = ", ".join(f.name for f in wanted.inputs)
            raise DataError(f"The network takes {taken}, which is no picture; {source.title} holds pictures.")
        (self._feature,) = pictured
        column = next(c for c in source.columns if c.kind is Kind.PICTURE)
        height, width, channels = self._feature.shape
        fit = source.proposed(column.name).fit
        self._pictures: Pictures = source.pictures(
            column.name,
            PictureTarget(height, width, channels, fit, inverted=wanted.inverted, centred=wanted.centred),
            watch,
        )
        self.count = len(self._pictures.array)
        self.headings = tuple(c.name for c in source.columns)
        words = [c.name for c in source.columns if c.kind is Kind.TEXT]
        self._answers = _answer_columns(wanted, words)

    @property
    def answered(self) -> tuple[str, ...]:
        """As the base says."""
        return tuple(self._answers)

    @property
    def notes(self) -> tuple[str, ...]:
        """As the base says."""
        return tuple(f"{n.place}: {n.sentence}" if n.place else n.sentence for n in self.source.notes[:20])

    def blocks(self, watch: Watch | None = None) -> Iterator[Block]:
        """As the base says."""
        size, total = rows_at_a_time([self._feature]), self.count or 0
        gone = self._pictures.missing
        targets = {t.name: t for t in self._wanted.targets}
        for start in range(0, total, size):
            stop = min(total, start + size)
            pixels = self._pictures.array[start:stop]
            truth = {
                name: _truth_of_columns(
                    targets[name], [_as_cells(self.source.read(columns, start, stop)[columns[0]])]
                )
                for name, columns in self._answers.items()
            }
            missing = gone[(gone >= start) & (gone < stop)] - start
            inputs = {self._feature.name: self._seen(pixels)}
            yield Block(start, inputs, truth, missing, grounds(pixels), *drawn(pixels))
            if watch is not None:
                watch(stop, total)

    def _seen(self, pixels: Array) -> Array:
        """As the network sees them: 0 to 1 where data says what white is stored as, else in the range that was said."""
        scaling = self._wanted.scaling.get(self._feature.name)
        if self._feature.scale != 1.0:
            values = in_range(pixels, Pixels.UNIT)
            return values if scaling is None else scaling.apply(values)
        return in_range(pixels, self._wanted.pixels)
