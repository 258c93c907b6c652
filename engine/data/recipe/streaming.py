"""A fitted recipe on a file of any length, block by block: what `applying` does at once, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from engine.data.block import UNKNOWN, Block, Rows, rows_at_a_time
from engine.data.errors import DataError
from engine.data.pictures.centring import drawn
from engine.data.pictures.ground import grounds
from engine.data.recipe.applying import apply, as_trained, matched, open_array, said_of_strangers
from engine.data.recipe.fitted import as_words
from engine.data.recipe.preparation import FittedFeature, Preparation
from engine.data.recipe.reading import CELL_KINDS
from engine.data.recipe.steps.base import is_missing
from engine.data.recipe.steps.categories import numbers_of
from engine.data.recipe.wholes import Whole, scaled
from engine.data.recipe.writing import feature_block
from engine.data.sources.base import Column, Kind, Source, Watch
from engine.tensor.spec import Array


@dataclass(frozen=True, eq=False)
class _Answers:
    """A target whose column the file has."""

    feature: FittedFeature
    column: Column


class RecipeRows(Rows):
    """The rows of an open source as the network of a recipe sees them.

    Args:
        preparation: fitted in training.
        source: open; is closed with this.
        wanted: names of the inputs that the network reads; None: all.
        watch: of the counting and decoding.
        inverted: pictures are turned from dark on light to light on dark, or back.
        centred: what is drawn is brought to the middle and to this size, see `PictureTarget`.

    Raises:
        DataError: columns are missing or hold something else, or there are no rows.
        Interrupted: by `watch`.
    """

    def __init__(
        self,
        preparation: Preparation,
        source: Source,
        wanted: Sequence[str] | None = None,
        watch: Watch | None = None,
        *,
        inverted: bool = False,
        centred: float = 0.0,
    ) -> None:
        self.source: Source = source
        self._preparation, self._inverted, self._centred = preparation, inverted, centred
        self._strange: dict[str, dict[str, None]] = {}
        self._features = [f for f in preparation.of("input") if wanted is None or f.name in wanted]
        rows = source.count(watch)
        if not rows:
            raise DataError(f"There must be rows to predict for; {source.title} has none.")
        self._windows: Mapping[str, Array] | None = None
        self._wholes: dict[str, Whole] = {}
        self._said: tuple[str, ...] = ()
        if preparation.windows is not None:  # an order of time is an order of all rows
            applied = apply(preparation, source, wanted, watch)
            self._windows, self._said = applied.inputs, applied.notes
            self.count = len(next(iter(self._windows.values())))
            self._truths: list[_Answers] = []
            return
        self.count = rows
        self.headings = tuple(c.name for c in source.columns)
        names = list(dict.fromkeys(piece.column for f in self._features for piece in f.pieces))
        self._found = matched(preparation, source, names, [])
        if self._found.keys() != {c.name for c in self._found.values()}:
            self._said = ("Columns were taken in order.",)
        arrays = {a.name for a in preparation.arrays}
        self._cells = {n: c for n, c in self._found.items() if n not in arrays}
        self._require_cells()
        self._wholes = {n: self._open(n, watch) for n in self._found if n in arrays}
        self.pictured = any(whole.fitted.kind is Kind.PICTURE for whole in self._wholes.values())
        self._truths = self._find_truths(arrays)

    def _require_cells(self) -> None:
        for name, column in self._cells.items():
            if column.kind not in CELL_KINDS:
                kind = self._preparation.column(name).kind.value
                raise DataError(
                    f"The column {name!r} held {kind}s in training; in {self.source.title} it holds "
                    f"{column.kind.value}s."
                )

    def _open(self, name: str, watch: Watch | None) -> Whole:
        (feature,) = (f for f in self._features if f.pieces[0].column == name)
        return open_array(
            self._preparation,
            self.source,
            name,
            self._found[name],
            feature,
            watch,
            inverted=self._inverted,
            centred=self._centred,
        )

    def _find_truths(self, arrays: set[str]) -> list[_Answers]:
        """The targets that the file has a column of cells for, none of which is an input."""
        used = {c.name for c in self._found.values()}
        there = {c.name: c for c in self.source.columns if c.kind in CELL_KINDS and c.name not in used}
        found = []
        for feature in self._preparation.of("target"):
            names = {piece.column for piece in feature.pieces}
            if len(names) == 1 and not names & arrays and names <= there.keys():
                found.append(_Answers(feature, there[names.pop()]))
        return found

    @property
    def answered(self) -> tuple[str, ...]:
        """As the base says."""
        return tuple(a.feature.name for a in self._truths)

    @property
    def notes(self) -> tuple[str, ...]:
        """As the base says."""
        strange = (said_of_strangers(name, tuple(words)) for name, words in self._strange.items())
        gone = sum(whole.missing.size for whole in self._wholes.values())
        lost = (f"{gone:,} of the rows can't be read; they have no answer.",) if gone else ()
        return (*self._said, *strange, *lost)

    def blocks(self, watch: Watch | None = None) -> Iterator[Block]:
        """As the base says."""
        features = [f.feature() for f in self._features]
        size, total = rows_at_a_time(features), self.count or 0
        for start in range(0, total, size):
            stop = min(total, start + size)
            if self._windows is not None:
                yield Block(start, {name: array[start:stop] for name, array in self._windows.items()})
            else:
                yield self._block(start, stop)
            if watch is not None:
                watch(stop, total)

    def _block(self, start: int, stop: int) -> Block:
        names = list(
            dict.fromkeys(c.name for c in (*self._cells.values(), *(a.column for a in self._truths)))
        )
        read = self.source.read(names, start, stop) if names else {}
        columns = {c.name: c for c in self._preparation.columns}
        cells: dict[str, Array] = {}
        for name, column in self._cells.items():
            values = as_trained(columns[name], read[column.name], column, start)
            columns[name].require_known(values, start)
            for word in columns[name].strangers(values):
                self._strange.setdefault(name, {})[word] = None
            cells[name] = values
        inputs: dict[str, Array] = {}
        missing, seen = [np.zeros(0, np.int64)], np.zeros((0, 1, 1, 1), np.uint8)
        for feature in self._features:
            name = feature.pieces[0].column
            if name in self._wholes:
                whole = self._wholes[name]
                stored = whole.read(start, stop)
                inputs[feature.name] = self._of_whole(feature, name, stored)
                seen = stored if whole.fitted.kind is Kind.PICTURE else seen
                gone = whole.missing
                missing.append(gone[(gone >= start) & (gone < stop)] - start)
            else:
                inputs[feature.name] = feature_block(feature, columns, cells)
        truth = {a.feature.name: self._truth(a, read[a.column.name]) for a in self._truths}
        gone = np.unique(np.concatenate(missing))
        if not len(seen):
            return Block(start, inputs, truth, gone)
        return Block(start, inputs, truth, gone, grounds(seen), *drawn(seen))

    def _of_whole(self, feature: FittedFeature, name: str, stored: Array) -> Array:
        values = scaled(stored, self._preparation.array(name).scales)
        return values * np.float32(feature.scale) if feature.kind == "image" else values

    def _truth(self, answers: _Answers, cells: Array) -> Array:
        """The answers of a block; those that can't be made sense of count as unknown."""
        feature, kind = answers.feature, answers.column.kind
        if feature.kind == "category":
            return _classes(cells, kind, feature.values)
        fitted = self._preparation.column(feature.pieces[0].column)
        found = np.full((len(cells), int(np.prod(feature.shape))), np.nan)
        with suppress(DataError):
            values = as_trained(fitted, cells, answers.column)
            known = ~is_missing(values)
            scaling = self._preparation.scaling().get(feature.name)
            block = fitted.apply(np.where(known, values, 0.0)) if values.dtype.kind == "f" else None
            if block is not None and block.shape == found.shape:
                found = np.asarray(block if scaling is None else scaling.invert(block), np.float64)
                found[~known] = np.nan
        return found


def _classes(cells: Array, kind: Kind, values: Sequence[float | str]) -> Array:
    """The class number of each cell, int32 (n,), `UNKNOWN` where it is no class."""
    words = all(isinstance(value, str) for value in values)
    if words:
        return numbers_of(as_words(cells, kind), tuple(map(str, values))).astype(np.int32)
    if cells.dtype.kind == "T":
        numbers = np.array([_number(str(cell)) for cell in cells.tolist()])
    else:
        numbers = np.asarray(cells, np.float64)
    found = np.full(len(cells), UNKNOWN, np.int32)
    for place, value in enumerate(values):
        found[numbers == float(value)] = place
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
