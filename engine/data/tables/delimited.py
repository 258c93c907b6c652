"""Opening a table of text: from bytes to a table source. `engine.data.sources.delimited` declares it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.errors import DataError, Remedy
from engine.data.sources.base import Identity, Note, SourceKind, Watch
from engine.data.tables import load
from engine.data.tables.beginning import Beginning, beginning, probes
from engine.data.tables.delimited_rows import DelimitedRows
from engine.data.tables.last_rows import footnotes, note_on_footnotes, note_on_total
from engine.data.tables.layout import AUTO, DECIMALS, THOUSANDS, understand
from engine.data.tables.names import check_width, numbered, repaired
from engine.data.tables.rejects import open_quote, ragged
from engine.data.tables.sniff import DELIMITERS, Dialect, Known, Sample, cut, dialect_of
from engine.data.tables.table import TableSource, reading
from engine.data.tables.text import too_long
from engine.data.tables.unit_row import note_on, units_in
from engine.data.turns import alone

if TYPE_CHECKING:
    from engine.data.sources.delimited import DelimitedOptions

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " ", "colon": ":"}
_QUOTES = {"double": '"', "single": "'", "none": ""}
_SAMPLED_ROWS = 2_000


def open_delimited(
    kind: SourceKind[Any], path: Path, options: DelimitedOptions, watch: Watch | None
) -> TableSource:
    """The table in a file of text.

    Raises:
        DataError: what is wrong, and where.
        Interrupted: by `watch`.
    """
    with reading(path):
        identity = Identity.of_file(path)
        with alone(f"beginning of {path}", watch):  # a view and a preparation open the same file at once
            known = _understood(path, identity, options.model_dump_json())
        small = identity.size <= load.SMALL
        store, more = known.reader.all_in_memory(watch) if small else known.reader.first(known.length)
    reader, columns = known.reader, known.reader.layout.columns
    return TableSource(
        kind,
        path,
        identity,
        reader.options,
        columns,
        (*known.notes, *more),
        store,
        None if small else reader.copied,
    )


@dataclass(frozen=True)
class _Understood:
    """A file whose beginning has been looked at: how to read it, notes on that, and the letters of its first rows."""

    reader: DelimitedRows
    notes: tuple[Note, ...]
    length: int


@lru_cache(maxsize=2)
def _understood(path: Path, identity: Identity, said: str) -> _Understood:
    options = _options().model_validate_json(said)
    text = beginning(path, options.encoding, drop_nul=options.nul_bytes == "remove")
    dialect, sample = _cut(text, options)
    names, notes = _names(sample, dialect, path.name)
    notes += _doubts(text)
    body = [row for row in sample.rows[dialect.above :] if row]
    if not body and not text.whole:
        raise open_quote((sample.lines or [0])[-1] + 1, path.name)
    if not body:
        raise _no_rows(path.name, names, dialect)
    below = sample.lines[len(sample.lines) - footnotes(sample.rows, len(names)) :] if text.whole else []
    if below:
        sample = sample.without(len(below))
        notes += (note_on_footnotes(below),)
    total = _total(sample, text, dialect, options)
    notes += total
    counted = False
    if total and options.without_total:
        cells, short = len(sample.rows[-1]), options.bad_lines == "fill"
        counted = cells == len(names) or (short and cells < len(names))
        below = [sample.lines[-1], *below]
        sample = sample.without(1)
        body = [row for row in sample.rows[dialect.above :] if row]
    _check_rows(sample, dialect, len(names), path.name, options.bad_lines)
    rows = [row for row in (*body[:_SAMPLED_ROWS], *probes(text, dialect)) if len(row) == len(names)]
    units = _units(sample, dialect)
    notes += (note_on(units),) if any(units) else ()
    layout, found = understand(names, rows, options, dialect.delimiter, units)
    filled = options.model_copy(update={**found, **_said(dialect, text)})
    return _Understood(
        DelimitedRows(text, dialect, layout, filled, identity, frozenset(below), counted),
        (*notes, *layout.notes),
        sample.ends,
    )


def _options() -> type[DelimitedOptions]:
    from engine.data.sources.delimited import DelimitedOptions  # it imports this module's neighbours

    return DelimitedOptions


def marks_of(options: Mapping[str, object]) -> dict[str, str]:
    """How a file is written that was read with such options, sign by sign; as programs write one where they do not say."""

    def mark(option: str, signs: Mapping[str, str], usual: str) -> str:
        return signs.get(str(options.get(option)), usual)

    return {
        "encoding": str(options.get("encoding", "utf-8")),
        "delimiter": mark("delimiter", _DELIMITERS, ","),
        "quote": mark("quote", _QUOTES, '"'),
        "decimal": mark("decimal", DECIMALS, "."),
        "thousands": mark("thousands", THOUSANDS, ""),
    }


def _cut(text: Beginning, options: DelimitedOptions) -> tuple[Dialect, Sample]:
    known = Known(
        delimiter=_DELIMITERS.get(options.delimiter),
        quote=_QUOTES.get(options.quote),
        backslash=None if options.escape == AUTO else options.escape == "backslash",
        skip=None if options.skip_rows < 0 else options.skip_rows,
        header=None if options.header == AUTO else options.header == "yes",
        units=None if options.unit_row == AUTO else options.unit_row == "yes",
    )
    if options.delimiter == AUTO and text.path.suffix.lower() in (".tsv", ".tab") and "\t" in text.head:
        known = replace(known, delimiter="\t")
    marks = (known.delimiter,) if known.delimiter else DELIMITERS
    first = text.head.lstrip().partition("\n")[0]
    check_width(max(first.count(mark) for mark in marks) + 1, text.path.name)  # before anything looks at each
    try:
        dialect = dialect_of(text.head, text.whole, known)
        return dialect, cut(text.head, dialect, text.whole)
    except csv.Error as error:
        raise too_long(f"a line at the beginning of {text.path.name}") from error


def _names(sample: Sample, dialect: Dialect, title: str) -> tuple[list[str], tuple[Note, ...]]:
    rows = [row for row in sample.rows[dialect.skip :] if row]
    if not rows:
        raise DataError(f"A table must have a header and rows; {title} has none. Choose another file.")
    check_width(len(rows[0]), title)
    if dialect.header:
        return repaired(rows[0])
    note = Note("The first line looks like data, so the columns have numbers for names.", "line 1")
    return numbered(len(rows[0])), (note,)


def _total(sample: Sample, text: Beginning, dialect: Dialect, options: DelimitedOptions) -> tuple[Note, ...]:
    """What is to be said of a total in the last row, where that and a row before it are there."""
    if not text.whole or len(sample.rows) <= dialect.above + 1:
        return ()
    return note_on_total(sample.rows[-1], f"line {sample.lines[-1]:,}", left_out=options.without_total)


def _units(sample: Sample, dialect: Dialect) -> tuple[str, ...]:
    filled = [row for row in sample.rows[dialect.skip :] if row]
    return units_in(filled[1]) if dialect.units and len(filled) > 1 else ()


def _doubts(text: Beginning) -> tuple[Note, ...]:
    if not text.doubtful:
        return ()
    sentence = (
        "The file mixes encodings: some of its letters are UTF-8, but not all, so letters beyond ASCII may be wrong. Save "
        "it as UTF-8."
    )
    return (Note(sentence, f"line {text.doubtful:,}", "warning"),)


def _no_rows(title: str, names: Sequence[str], dialect: Dialect) -> DataError:
    need = f"A table must have rows below its header; {title} has none."
    return DataError(
        f"{need} Choose another file, or take its only line for data."
        if dialect.header and len(names) > 1
        else f"{need} Choose another file.",
        [Remedy("Take the first line for data", {"header": "no"})] if dialect.header else [],
    )


def _check_rows(sample: Sample, dialect: Dialect, width: int, title: str, bad_lines: str) -> None:
    """Says at once what would otherwise show when the whole file is read."""
    if bad_lines != "stop":
        return
    start = dialect.above
    for row, line in zip(sample.rows[start:], sample.lines[start:], strict=True):
        if row and len(row) != width:
            raise ragged(width, f"line {line:,} of {title}", str(len(row)))


def _said(dialect: Dialect, text: Beginning) -> dict[str, object]:
    return {
        "encoding": text.encoding,
        "delimiter": next((name for name, mark in _DELIMITERS.items() if mark == dialect.delimiter), AUTO),
        "quote": next(name for name, mark in _QUOTES.items() if mark == dialect.quote),
        "escape": "backslash" if dialect.backslash else "doubled",
        "skip_rows": dialect.skip,
        "header": "yes" if dialect.header else "no",
        "unit_row": "yes" if dialect.units else "no",
    }
