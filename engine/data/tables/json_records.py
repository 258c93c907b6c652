"""Opening JSON records: from lines, or one list, to a table source. `engine.data.sources.json_lines` declares it.

Records need not have the same keys, so the file is read through once before its columns are known. Records within records
become columns named `outer.inner`; lists are kept as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.errors import DataError, Remedy
from engine.data.sources.base import Identity, Note, SourceKind, Watch
from engine.data.tables.names import MOST_COLUMNS, check_width
from engine.data.tables.spool import Rows, Spooled, as_text
from engine.data.tables.table import TableSource, reading
from engine.data.tables.text import LONGEST_LINE, too_long, wrong_encoding

if TYPE_CHECKING:
    from engine.data.sources.json_lines import JsonOptions

LARGEST_LIST = 200_000_000  # bytes of a file that is one list, since such a file is read as a whole
_DEEPEST = 4  # records within records; beyond, they are text
_WATCHED_LINES = 5_000
_FEW = 8
_SKIP = Remedy("Skip such lines", {"bad_lines": "skip"})

Record = Mapping[str, object]


def open_json(kind: SourceKind[Any], path: Path, options: JsonOptions, watch: Watch | None) -> TableSource:
    """The table in a file of records.

    Raises:
        DataError: what is wrong, and where.
        Interrupted: by `watch`.
    """
    with reading(path):
        identity = Identity.of_file(path)
        reader = _Reader(path, skip=options.bad_lines == "skip")
        names: dict[str, None] = {}
        total = 0
        for record in reader.records(watch):
            if record.keys() - names.keys():
                names.update(dict.fromkeys(record))
                check_width(len(names), path.name)
            total += 1
        if not total or not names:
            raise DataError(
                f"A table must have records with values; {path.name} has none. Choose another file."
            )
        keys = list(names)
        return Spooled(
            kind,
            path,
            identity,
            options,
            keys,
            lambda: reader.rows(keys),
            total=total,
            place="record",
            notes=reader.skipped_note(),
        ).open(watch)


class _Reader:
    def __init__(self, path: Path, *, skip: bool) -> None:
        self._path = path
        self._skip = skip
        self._skipped: list[int] = []

    def records(self, watch: Watch | None = None) -> Iterator[dict[str, object]]:
        """Each record, flat."""
        self._skipped = []
        with self._path.open("rb") as file:
            start = file.read(4_096).lstrip(b"\xef\xbb\xbf \r\n\t")
        if start.startswith(b"["):
            yield from self._listed()
        else:
            yield from self._lines(watch)

    def rows(self, keys: list[str]) -> Rows:
        """The records as rows."""
        for record in self.records():
            yield [as_text(record.get(key)) for key in keys]

    def skipped_note(self) -> tuple[Note, ...]:
        """On lines that are no records."""
        if not self._skipped:
            return ()
        lines = ", ".join(f"{line:,}" for line in self._skipped[:_FEW]) + (
            " .." if len(self._skipped) > _FEW else ""
        )
        count = len(self._skipped)
        sentence = f"{count:,} line{'s' * (count > 1)} held no record and {'are' if count > 1 else 'is'} left out: {lines}."
        return (Note(sentence, f"line {self._skipped[0]:,}", "warning"),)

    def _lines(self, watch: Watch | None) -> Iterator[dict[str, object]]:
        done, total = 0, self._path.stat().st_size
        with self._path.open("rb") as file:
            number = 0
            while raw := file.readline(LONGEST_LINE + 1):
                number += 1
                if len(raw) > LONGEST_LINE:
                    raise too_long(f"line {number:,} of {self._path.name}")
                done += len(raw)
                if watch is not None and number % _WATCHED_LINES == 0:
                    watch(done, total)
                line = raw.removeprefix(b"\xef\xbb\xbf").strip()
                if line and (record := self._parsed(line, number)) is not None:
                    yield record

    def _parsed(self, line: bytes, number: int) -> dict[str, object] | None:
        try:
            value = json.loads(line)
        except UnicodeDecodeError as error:
            raise wrong_encoding(self._path, "utf-8", number) from error
        except (ValueError, RecursionError) as error:
            self._refused(number, f"no JSON ({_said(error)})")
            return None
        if not isinstance(value, dict):
            self._refused(number, f"a {type(value).__name__}, not a record")
            return None
        return flat(value)

    def _refused(self, number: int, what: str) -> None:
        if not self._skip:
            raise DataError(
                f'Every line must hold one record, such as {{"a": 1}}; line {number:,} of {self._path.name} is {what}. '
                "Correct it, or skip such lines.",
                [_SKIP],
            )
        self._skipped.append(number)

    def _listed(self) -> Iterator[dict[str, object]]:
        size = self._path.stat().st_size
        if size > LARGEST_LIST:
            raise DataError(
                f"A JSON file that is one list can have up to {LARGEST_LIST // 10**6} MB; {self._path.name} has "
                f"{size // 10**6:,} MB. Save it as JSON lines, a record a line."
            )
        raw = self._path.read_bytes()
        try:
            values = json.loads(raw.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise wrong_encoding(self._path, "utf-8", 1 + raw[: error.start].count(b"\n")) from error
        except (ValueError, RecursionError) as error:
            where = f"line {error.lineno:,} of " if isinstance(error, json.JSONDecodeError) else ""
            raise DataError(
                f"A JSON file must be one list of records or a record a line; {where}{self._path.name} is no JSON "
                f"({_said(error)}). Correct it."
            ) from error
        for number, value in enumerate(values, start=1):
            if isinstance(value, dict):
                yield flat(value)
            else:
                self._refused(number, f"in place {number:,} a {type(value).__name__}, not a record")


def _said(error: Exception) -> str:
    return error.msg.lower() if isinstance(error, json.JSONDecodeError) else "nested too deeply"


def flat(record: Record, before: str = "", depth: int = 1) -> dict[str, object]:
    """A record whose values are plain: those of inner records under `outer.inner`, lists as JSON text."""
    found: dict[str, object] = {}
    for key, value in record.items():
        if isinstance(value, dict) and value and depth < _DEEPEST and len(found) <= MOST_COLUMNS:
            found |= flat(value, f"{before}{key}.", depth + 1)
        else:
            found[before + key] = (
                json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
            )
    return found
