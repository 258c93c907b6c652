"""Reads the cells of a source in the several passes that a recipe needs, once from the file where memory allows."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from engine import paths
from engine.data.errors import DataError
from engine.data.recipe.facts import ColumnFacts, Survey
from engine.data.sources.base import BLOCK_ROWS, Column, Kind, Source, Watch
from engine.data.turns import alone
from engine.tensor.spec import Array

KEPT_BYTES = 256_000_000  # of cells that are kept between passes
CELL_KINDS = frozenset({Kind.NUMBER, Kind.TEXT, Kind.DATE, Kind.BOOL})
_CELL_BYTES = {Kind.TEXT: 16}
Block = tuple[int, dict[str, Array]]  # first row, cells by column


@dataclass
class Progress:
    """Tells a watch how far the whole preparation is: passes of all rows, one after the other."""

    watch: Watch | None
    rows: int
    passes: int
    done: int = 0

    def advance(self, rows: int) -> None:
        """So many rows more."""
        self.done = min(self.done + rows, self.rows * self.passes)
        if self.watch is not None:
            self.watch(self.done, self.rows * self.passes)


class Cells:
    """The single cells of a source, block by block.

    Args:
        source: open.
        columns: that will be asked for.
        rows: of the source.
    """

    def __init__(self, source: Source, columns: Sequence[Column], rows: int, progress: Progress) -> None:
        self._source = source
        self._rows = rows
        self._progress = progress
        size = rows * sum(_CELL_BYTES.get(c.kind, 8) for c in columns)
        self._names = tuple(c.name for c in columns)
        self._kept: list[dict[str, Array]] | None = [] if size <= KEPT_BYTES else None
        self._whole = False

    def blocks(self, names: Sequence[str]) -> Iterator[Block]:
        """All rows in order.

        Raises:
            DataError: the file cannot be read, or has other rows than it had.
        """
        if not names:
            return
        if self._kept is not None and self._whole:
            for k, block in enumerate(self._kept):
                yield k * BLOCK_ROWS, {name: block[name] for name in names}
                self._progress.advance(BLOCK_ROWS)
            return
        keep = self._kept is not None and not self._kept
        start = 0
        for block in self._source.blocks(self._names if keep else list(names), BLOCK_ROWS):
            if keep and self._kept is not None:
                self._kept.append(block)
            yield start, {name: block[name] for name in names}
            start += len(next(iter(block.values())))
            self._progress.advance(BLOCK_ROWS)
        if start != self._rows:
            raise DataError(
                f"{self._source.title} had {self._rows:,} rows when it was opened and has {start:,} now. "
                "Open it again when nothing writes to it."
            )
        self._whole = keep

    def column(self, name: str) -> Array:
        """All cells of one column."""
        return np.concatenate([block[name] for _, block in self.blocks([name])])

    def survey(self, columns: Sequence[Column]) -> dict[str, ColumnFacts]:
        """Facts on columns, in one pass.

        Raises:
            DataError: a number is infinite; names its row.
        """
        surveys = {c.name: Survey(c.kind) for c in columns}
        for start, block in self.blocks([c.name for c in columns]):
            for name, cells in block.items():
                surveys[name].add(cells)
                if cells.dtype.kind == "f" and np.isinf(cells).any():
                    row = start + int(np.flatnonzero(np.isinf(cells))[0]) + 1
                    raise DataError(
                        f"Numbers must be finite; row {row:,} of the column {name!r} of {self._source.title} is not. "
                        "Correct it or delete the row."
                    )
        return {name: survey.facts() for name, survey in surveys.items()}


def survey_source(source: Source, watch: Watch | None = None) -> dict[str, ColumnFacts]:
    """Facts on all columns of single cells of a source: one pass over it, the first time; then they are in the cache.

    It is what `prepare` plans with, so a plan that is made with it is the one that is followed.

    Raises:
        DataError: the file cannot be read, or a number is infinite.
        Interrupted: by `watch`.
    """
    kept = remembered_facts(source)
    if kept is not None:
        return kept
    columns = [c for c in source.columns if c.kind in CELL_KINDS]
    rows = source.count(watch)
    with surveying(source, watch) as told:
        kept = remembered_facts(source)
        if kept is None:
            kept = Cells(source, columns, rows, Progress(told, rows, 1)).survey(columns)
            remember_facts(source, kept)
    return kept


def surveying(source: Source, watch: Watch | None) -> AbstractContextManager[Watch]:
    """For who is about to survey: others that want the same facts wait until they are remembered."""
    return alone(f"survey {_facts_path(source)}", watch)


def remembered_facts(source: Source) -> dict[str, ColumnFacts] | None:
    """What an earlier survey of the same state of the file found, read in the same way; None if there was none."""
    try:
        return _FACTS.validate_json(_facts_path(source).read_bytes())
    except (OSError, ValidationError):
        return None


def remember_facts(source: Source, facts: Mapping[str, ColumnFacts]) -> None:
    """Keep what a survey found."""
    with contextlib.suppress(OSError):  # without a cache it is counted again
        path = _facts_path(source)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.write_bytes(_FACTS.dump_json(dict(facts)))
        draft.replace(path)


def _facts_path(source: Source) -> Path:
    said = (source.kind.name, source.options.model_dump_json(), source.identity.digest, f"layout {_LAYOUT}")
    columns = repr([(c.name, c.kind) for c in source.columns])
    key = hashlib.sha256("\n".join((*said, columns, str(source.identity.modified_ns))).encode()).hexdigest()
    return paths.cache_dir() / "facts" / f"{key[:40]}.json"


_LAYOUT = 3  # of what is kept
_FACTS = TypeAdapter(dict[str, ColumnFacts])
