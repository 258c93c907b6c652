"""How a file of text is cut into cells, judged by its beginning: encoding, delimiter, quotes, header.

duckdb has a sniffer of its own, but it decides types for good by its sample, knows no cp1252 and no thousands
separators, and explains nothing. What is found here is shown to the user as reading options, each to be corrected.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.data.sources.base import Kind
from engine.data.tables.cells import Meaning, Rules, guess, number_pattern
from engine.data.tables.text import LONGEST_LINE
from engine.data.tables.unit_row import has_unit_row
from engine.data.tables.units import numbers_of

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = (",", ";", "\t", "|")
MOST_PREAMBLE = 30  # lines above the table
_SCORED, _SCORED_ROWS = 100_000, 200  # characters and rows by which delimiters are compared
_ZEROS_LOOKED_FOR = 1_000_000  # bytes
_STYLE_ROWS, _HEADER_ROWS = 500, 200
_PERHAPS_NUMBER = re.compile("[+-]?[0-9.,' \u00a0\u202f\u2019]*[0-9](?:[eE][+-]?[0-9]+)?")
_FORMS = (  # of numbers and dates, as they may be written
    number_pattern(".", ","),
    number_pattern(",", "."),
    re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}(?:[ T].*)?"),
)
_CP1252_HOLES = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_NUMBER_STYLES = (
    (".", ""),
    (".", ","),
    (",", ""),
    (",", "."),
    (",", " "),
    (".", " "),
    (".", "'"),
    (",", "'"),
)


@dataclass(frozen=True)
class Dialect:
    r"""How lines are cut into cells.

    Attributes:
        delimiter, quote: one character; quote may be "" for none.
        backslash: a quote within a quoted cell is written as \" instead of doubled.
        skip: rows above the header, or above the first row of data.
        header: whether the row after those names the columns.
        units: whether the row after that one says their units.
    """

    delimiter: str = ","
    quote: str = '"'
    backslash: bool = False
    skip: int = 0
    header: bool = True
    units: bool = False

    @property
    def above(self) -> int:
        """Rows above the first row of data."""
        return self.skip + self.header + self.units


@dataclass(frozen=True)
class Sample:
    """The rows of the beginning of a text.

    Attributes:
        rows: as the dialect cuts them, blank ones as [].
        lines: the line on which each row ends, from 1.
        ends: where the last row that is surely whole ends, in characters.
    """

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    ends: int = 0

    def without(self, last: int) -> Sample:
        """The same without some of the last rows, one at least."""
        return Sample(self.rows[:-last], self.lines[:-last], self.ends)


def encoding_of(head: bytes, whole: bool) -> str:
    """The encoding of the text that begins with `head`; `whole`: there is no more of it.

    Without a mark, text that is valid UTF-8 is UTF-8, since hardly any other text is; zeros at every other byte are
    UTF-16; the rest is Windows' western encoding or, where that has holes, Latin-1.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    first = head[:_ZEROS_LOOKED_FOR]
    odd, even = first[1::2].count(0), first[::2].count(0)
    if 5 * max(odd, even) > len(first) > 5 * 10 * min(odd, even):
        return "utf-16-le" if odd > even else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=whole)
    except UnicodeDecodeError:
        return "latin-1" if _CP1252_HOLES.search(head) else "cp1252"
    return "utf-8"


def reader_of(lines: Iterable[str], dialect: Dialect) -> Reader:
    """A reader of cells; one cell may be as long as a line."""
    csv.field_size_limit(LONGEST_LINE)  # of the whole process, and less where nobody has set it
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        doublequote=not dialect.backslash,
        escapechar="\\" if dialect.backslash else None,
    )


def cut(text: str, dialect: Dialect, whole: bool) -> Sample:
    """The rows of a text, without the last where that may go on.

    Raises:
        csv.Error: a cell is longer than a line may be.
    """
    lines = io.StringIO(text, newline="")
    sample, rows, ends = Sample(), [], []
    reader = reader_of(lines, dialect)
    for row in reader:
        rows.append(row)
        sample.lines.append(reader.line_num)
        ends.append(lines.tell())
    if not whole and rows:
        rows.pop(), sample.lines.pop(), ends.pop()
    return Sample(rows, sample.lines, ends[-1] if ends else 0)


@dataclass(frozen=True)
class Known:
    """What need not be found out of a dialect; None is to be found."""

    delimiter: str | None = None
    quote: str | None = None
    backslash: bool | None = None
    skip: int | None = None
    header: bool | None = None
    units: bool | None = None


def dialect_of(text: str, whole: bool, known: Known) -> Dialect:
    """The delimiter, quote, preamble and header of a text.

    Raises:
        csv.Error: a cell is longer than a line may be.
    """
    said = re.match(r"sep=(.)\r?\n", text)  # a line that Excel writes and reads
    quote = _quote_of(text) if known.quote is None else known.quote
    backslash = known.backslash
    if backslash is None:
        backslash = bool(quote) and f"\\{quote}" in text and quote * 2 not in text
    delimiters = (known.delimiter,) if known.delimiter else (said[1],) if said else DELIMITERS
    candidates = [Dialect(delimiter, quote, backslash) for delimiter in delimiters]
    scores = [
        _score(
            cut(text[:_SCORED], dialect, whole and len(text) <= _SCORED).rows[:_SCORED_ROWS],
            dialect.delimiter,
        )
        for dialect in candidates
    ]
    best = max(range(len(candidates)), key=scores.__getitem__)
    dialect = candidates[best if scores[best] > 0 else 0]
    rows = cut(text, dialect, whole).rows
    skip = known.skip if known.skip is not None else _above(rows, said=bool(said))
    style = number_style(rows[skip:], dialect.delimiter)
    header = is_header(rows[skip:], style) if known.header is None else known.header
    units = has_unit_row(rows[skip:], style) if known.units is None else known.units
    return Dialect(dialect.delimiter, quote, backslash, skip, header, header and units)


def _above(rows: Sequence[Sequence[str]], *, said: bool) -> int:
    """Rows above the table; `said`: the first is Excel's word on the delimiter."""
    return said + preamble(rows[said:])


def _quote_of(text: str) -> str:
    """The double quote, unless only single ones stand beside delimiters."""
    single = len(re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\r\n]|$)", text[:100_000], re.MULTILINE))
    return "'" if single >= 2 and not re.search(r'(?:^|[,;\t|])"', text[:100_000], re.MULTILINE) else '"'


def _score(rows: Sequence[Sequence[str]], delimiter: str) -> float:
    """How much the rows look like a table: how many are of one width, the first among them; how many cells mean something.

    A decimal comma, too, cuts every row in two, but not the header, and leaves the true delimiter within the cells.
    """
    filled = [row for row in rows if row]
    width, times = Counter(map(len, filled)).most_common(1)[0] if filled else (0, 0)
    if width < 2:
        return 0.0
    cells = [cell.strip() for row in filled if len(row) == width for cell in row]
    others = [other for other in DELIMITERS if other not in (delimiter, ",")]
    typed = sum(not cell or any(form.fullmatch(cell) for form in _FORMS) for cell in cells) / len(cells)
    uncut = sum(any(other in cell for other in others) for cell in cells) / len(cells)
    return times / len(filled) + 0.3 * (len(filled[0]) == width) + 0.3 * typed - 0.2 * uncut


def preamble(rows: Sequence[Sequence[str]]) -> int:
    """How many rows of titles and blanks, and of names of groups of columns, stand above the names."""
    above = _titles(rows)
    return above + _groups(rows[above:])


def _groups(rows: Sequence[Sequence[str]]) -> int:
    """1 where the first row has gaps, as cells leave that are merged over several columns, and the second none."""
    if len(rows) < 3 or len(rows[0]) != len(rows[1]):
        return 0
    first, second = ([cell.strip() for cell in row] for row in rows[:2])
    gaps = sum(not cell for cell in first)
    if not (gaps and 3 * gaps >= len(first) and all(second) and len(set(second)) == len(second)):
        return 0
    style = number_style(rows[2:], "\t")
    words = not any(Rules(*style).is_number(cell) for cell in second)
    return int(words and is_header(rows[1:], style))


def _titles(rows: Sequence[Sequence[str]]) -> int:
    """How many rows of titles and blanks there are: those narrower than nearly all others."""
    filled = [row for row in rows if row]
    if not filled:
        return 0
    width = Counter(map(len, filled)).most_common(1)[0][0]
    above = next((i for i, row in enumerate(rows) if len(row) >= width), 0)
    titles = [row for row in rows[:above] if row]
    narrow = all(sum(map(bool, row)) <= 1 for row in titles) and width > 1
    if above <= MOST_PREAMBLE and narrow and len(rows) > above + 1:
        return above
    return next((i for i, row in enumerate(rows) if row), 0)


def is_header(rows: Sequence[Sequence[str]], style: tuple[str, str]) -> bool:
    """Whether the first row names columns: it says something of another kind than the rows below, or only words."""
    filled = [row for row in rows if row]
    if not filled:
        return True
    first, below = filled[0], [row for row in filled[1:_HEADER_ROWS] if len(row) == len(filled[0])]
    rules = Rules(*style)
    kinds = [guess([row[i] for row in below], rules) for i in range(len(first))]
    typed = [(cell, kind) for cell, kind in zip(first, kinds, strict=True) if kind.kind is not Kind.TEXT]
    if any(not _fits(cell, kind, rules) for cell, kind in typed):
        return True
    if typed:
        return _are_years([cell for cell, _ in typed])
    return not any(rules.is_number(cell.strip()) for cell in first)


def _fits(cell: str, meaning: Meaning, rules: Rules) -> bool:
    present = rules.present([cell])
    return not present or guess(present, rules).kind is meaning.kind


def _are_years(cells: Sequence[str]) -> bool:
    """Years as names: 1990, 1991."""
    numbers = [int(cell) for cell in cells if re.fullmatch(r"(18|19|20)\d\d", cell.strip())]
    return len(numbers) == len(cells) >= 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def number_style(rows: Sequence[Sequence[str]], delimiter: str) -> tuple[str, str]:
    """The decimal mark and thousands separator with which most cells are numbers; the plain ones where several do.

    1,234 alone is a thousand and some where commas also delimit cells, and 1.234 with a comma where they do not.
    """
    cells = [
        cell for row in rows[:_STYLE_ROWS] for cell in numbers_of(row) if _PERHAPS_NUMBER.fullmatch(cell)
    ]
    plain = number_pattern(".", "")
    if all(plain.fullmatch(cell) for cell in cells):
        return ".", ""
    styles = _NUMBER_STYLES if delimiter == "," else (*_NUMBER_STYLES[2:5], *_NUMBER_STYLES)
    matched = {style: _matched(cells, *style) for style in styles}
    return max(matched, key=lambda style: matched[style])


def _matched(cells: Sequence[str], decimal: str, thousands: str) -> int:
    pattern = number_pattern(decimal, thousands)
    return sum(pattern.fullmatch(cell) is not None for cell in cells)
