"""What a cell of text means: the number, date or truth it writes, said once in Python to guess and once in SQL to read.

People write 1.234,5 and 1,234.5, 3.12.2024 and 12/3/2024; which of them a file means shows only in many cells together.
So a few thousand cells are looked at here, and what they say becomes an expression that reads all the others in duckdb.

All but text is stored as a float64: dates as seconds since 1970 (UTC), truths as 0 and 1. A missing cell is NULL, and a
cell that does not fit its column's kind is infinity, so that the misfits can still be counted and found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import NamedTuple

from engine.data.sources.base import Kind
from engine.data.tables.connect import literal
from engine.data.tables.units import NO_UNIT, Unit, common_unit, split

MISSING_MARKS = ("na", "n/a", "#n/a", "<na>", "nan", "null", "?")
_CLEAR = (
    "missing, no data, no answer, not available, not applicable, n.a., n. a., n.a, n.d., n/d, s.d., s/d, n.c., n.v.t.",
    "k.a., k. a., k.a, keine angabe, keine angaben, keine daten, nicht verfügbar, non disponible, no disponible",
    "non renseigné, sin datos, н/д, нет данных, 缺失, 暂无, 无数据, 不详",
    "#value!, #div/0!, #ref!, #num!, #null!, #name?, #wert!, #nv",  # what spreadsheets write for errors
)
_VAGUE = (
    "none, unknown, nil, -, --, ---, ., .., ..., :, \u2013, \u2014",
    "unbekannt, keine, fehlt, inconnu, desconocido, sconosciuto, onbekend, 无, 未知, 不明",
)
CLEAR_MARKS = frozenset(", ".join(_CLEAR).split(", "))  # beside numbers, and then among words, too
MORE_MARKS = CLEAR_MARKS | frozenset(", ".join(_VAGUE).split(", "))  # only beside numbers
FITS_FROM = 0.9  # of a column's cells that are not missing; with fewer it is text
_MOST_MARKS = 3  # different words beside numbers that can be taken for missing
TRUE_WORDS = ("true", "t", "yes", "y", "1")
FALSE_WORDS = ("false", "f", "no", "n", "0")
BLANKS = " \t"
_BETWEEN = "\x01"  # stands in no mark
_MISFIT = "'infinity'::DOUBLE"
_GROUP_CLASSES = {"": "", ",": ",", ".": r"\.", " ": "[ \u00a0\u202f]", "'": "['\u2019]"}
_CODE = re.compile(r"[+-]?0\d{2,}|[+-]?\d{16,}")  # leading zeros, or more digits than a float64 holds
_CODES = re.compile(f"^(?:{_CODE.pattern})$", re.MULTILINE)
_PLAIN_LETTERS = re.compile(r"[-+.0-9eE\n]+", re.ASCII)
_TIME = re.compile(
    r"(?P<sep>[ T])(?P<clock>\d{1,2}:\d{2}(?P<s>:\d{2})?)(?P<f>\.\d+)?(?P<half> ?[AaPp][Mm])?(?P<zone>Z|[+-]\d{2}:?\d{2})?$"
)
_ISO = re.compile(r"\d{4}([-/])\d{1,2}\1\d{1,2}$")
_NUMERIC_DATE = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})$")
_ORDERED_DATE = re.compile(r"\s*(\d{1,2})[/-](\d{1,2})[/-]\d{2,4}\b")
_DOTTED_DATE = re.compile(r"\s*\d{1,2}\.\d{1,2}\.\d{4}\b")
_OTHER_DATES = {  # what strptime cannot guess but a pattern can
    re.compile(r"\d{4}-\d{2}$"): "%Y-%m",
    re.compile(r"\d{4}\.\d{1,2}\.\d{1,2}$"): "%Y.%m.%d",
    re.compile(r"\d{1,2} [A-Za-z]{3,9} \d{4}$"): "%d %b %Y",
    re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{4}$"): "%d-%b-%Y",
    re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{2}$"): "%d-%b-%y",
    re.compile(r"[A-Za-z]{3,9} \d{1,2}, \d{4}$"): "%b %d, %Y",
}
ISO = "iso"
_MONTHS = re.compile("jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec")


@dataclass(frozen=True)
class Rules:
    """How the cells of a file are written.

    Attributes:
        decimal: before the fraction: "." or ",".
        thousands: between groups of three digits; "" for nothing.
        missing: words, lower case, that stand for a missing cell; an empty one is missing in any case.
        day_first: 3/12/2024 is in December.
    """

    decimal: str = "."
    thousands: str = ""
    missing: frozenset[str] = frozenset(MISSING_MARKS)
    day_first: bool = False

    def present(self, cells: Iterable[str]) -> list[str]:
        """The cells that are not missing, without blanks around them."""
        stripped = (cell.strip(BLANKS) for cell in cells)
        return [cell for cell in stripped if cell and cell.lower() not in self.missing]

    @property
    def is_plain(self) -> bool:
        """Whether numbers are written as programs write them, and none of them stands for a missing cell."""
        plain = self.decimal == "." and not self.thousands
        return plain and not any(_PLAIN_LETTERS.fullmatch(word) for word in self.missing - MORE_MARKS)

    def is_number(self, cell: str) -> bool:
        """Whether a stripped cell is a number as this file writes them."""
        return number_pattern(self.decimal, self.thousands).fullmatch(cell) is not None


class Meaning(NamedTuple):
    """What a column's cells are; of dates the formats in which they are written, of numbers the unit beside them."""

    kind: Kind
    formats: tuple[str, ...] = ()
    unit: Unit = NO_UNIT


@cache
def number_pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    """Matches a number with that decimal mark and those separators; RE2, which duckdb uses, reads it likewise."""
    return re.compile(_number_regex(decimal, thousands))


def _number_regex(decimal: str, thousands: str) -> str:
    point = re.escape(decimal)
    grouped = rf"[0-9]{{1,3}}(?:{_GROUP_CLASSES[thousands]}[0-9]{{3}})+|" if thousands else ""
    return rf"[+-]?(?:(?:{grouped}[0-9]+)(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"


def are_plain_numbers(cells: Sequence[str]) -> bool:
    """Whether all cells, of which none is missing, are numbers as programs write them; quickly told."""
    joined = "\n".join(cells)
    if not _PLAIN_LETTERS.fullmatch(joined):
        return False
    try:
        return all(map(isfinite, map(float, cells)))
    except ValueError:
        return False


def guess(cells: Sequence[str], rules: Rules) -> Meaning:
    """What a column is, by a sample of its cells; text where all are missing."""
    if rules.is_plain and are_plain_numbers(cells):
        return Meaning(Kind.TEXT if _CODES.search("\n".join(cells)) else Kind.NUMBER)
    counted = Counter(rules.present(cells))
    total = sum(counted.values())
    if not total:
        return Meaning(Kind.TEXT)
    if all(cell.lower() in ("true", "false") for cell in counted):
        return Meaning(Kind.BOOL)
    if any(_CODE.fullmatch(cell) for cell in counted):
        return Meaning(Kind.TEXT)
    if sum(n for cell, n in counted.items() if rules.is_number(cell)) >= FITS_FROM * total:
        return Meaning(Kind.NUMBER)
    if formats := date_formats(counted, rules.day_first):
        return Meaning(Kind.DATE, formats)
    unit = common_unit(counted)
    numbers = sum(n for cell, n in counted.items() if rules.is_number(unit.without(cell)))
    return Meaning(Kind.NUMBER, unit=unit) if unit and numbers >= FITS_FROM * total else Meaning(Kind.TEXT)


def extra_marks(cells: Iterable[str], rules: Rules) -> frozenset[str]:
    """Words that stand for missing cells in a column that is numbers otherwise: "unknown", "-"."""
    counted = Counter(cell.lower() for cell in rules.present(cells))
    words = {cell for cell in counted if not rules.is_number(split(cell)[0])}
    numbers = sum(n for cell, n in counted.items() if cell not in words)
    if len(words) > _MOST_MARKS or not words <= MORE_MARKS or 2 * numbers < sum(counted.values()):
        return frozenset()
    return frozenset(words)


def date_formats(counted: Mapping[str, int], day_first: bool) -> tuple[str, ...]:
    """The formats of a column of dates, the most frequent first; () where too few cells are dates."""
    found: Counter[str] = Counter()
    for cell, times in counted.items():
        if written := _date_format(cell, day_first):
            found[written] += times
    if sum(found.values()) < FITS_FROM * sum(counted.values()):
        return ()
    return tuple(name for name, _ in found.most_common())


def _date_format(cell: str, day_first: bool) -> str | None:
    time = _TIME.search(cell)
    date, suffix = (cell[: time.start()], _time_format(time)) if time else (cell, "")
    if _ISO.match(date):
        return ISO
    if time and time["zone"]:  # read in dates of this one form only
        return None
    if numeric := _NUMERIC_DATE.match(date):
        first, mark, second, year = numeric.groups()
        return (
            _numeric_format(int(first), int(second), mark, day_first)
            + ("%Y" if len(year) == 4 else "%y")
            + suffix
        )
    for pattern, written in _OTHER_DATES.items():
        if pattern.match(date) and ("%b" not in written or _names_a_month(date)):
            full = "%b" in written and re.search("[A-Za-z]{4}", date)
            return (written.replace("%b", "%B") if full else written) + suffix
    return None


def _numeric_format(first: int, second: int, mark: str, day_first: bool) -> str:
    days = mark == "." or (first > 12 if (first > 12) != (second > 12) else day_first)
    return f"%d{mark}%m{mark}" if days else f"%m{mark}%d{mark}"


def _names_a_month(date: str) -> bool:
    return any(_MONTHS.match(word.lower()) for word in re.findall("[A-Za-z]+", date))


def _time_format(time: re.Match[str]) -> str:
    hours = "%I" if time["half"] else "%H"
    text = time["sep"] + hours + ":%M" + (":%S" if time["s"] else "") + (".%f" if time["f"] else "")
    half = (" %p" if time["half"].startswith(" ") else "%p") if time["half"] else ""
    return text + half


def puts_day_first(cells: Iterable[str]) -> bool | None:
    """Whether dates such as 13/2/2024 and 2/13/2024 show that the day is first, or the month; None: they do not.

    Who writes 2.3.2024 means the second of March, and so with other dates of the file.
    """
    dates, dotted = [], False
    for cell in cells:
        if match := _ORDERED_DATE.match(cell):
            dates.append(match)
        else:
            dotted = dotted or _DOTTED_DATE.match(cell) is not None
    days = sum(int(match[1]) > 12 for match in dates)
    months = sum(int(match[2]) > 12 for match in dates)
    return (dotted or None) if days == months else days > months


def expression(column: str, meaning: Meaning, rules: Rules) -> str:
    """SQL that reads the text `column` as DOUBLE or VARCHAR, as the module says.

    What is usual is tried first and what is rare is asked last, because each question costs as much as the answer. (One
    mention of an expression is evaluated only where it is needed; duckdb evaluates what is mentioned twice beforehand.)
    """
    if meaning.kind is Kind.TEXT:
        return _text_sql(column, rules)
    stripped = f"trim({column}, {literal(BLANKS)})"
    value = {
        Kind.NUMBER: lambda: _number_sql(meaning.unit.sql(column) if meaning.unit else column, rules),
        Kind.BOOL: lambda: _bool_sql(stripped),
        Kind.DATE: lambda: _date_sql(stripped, meaning.formats, rules),
    }[meaning.kind]()
    missing = f"{column} IS NULL OR {_missing_sql(f'lower({stripped})', rules)}"
    read = f"coalesce({value}, CASE WHEN {missing} THEN NULL ELSE {_MISFIT} END)"
    if any(rules.is_number(mark) for mark in rules.missing) and meaning.kind is Kind.NUMBER:  # -999
        return f"CASE WHEN {missing} THEN NULL ELSE {read} END"
    return read


def _text_sql(column: str, rules: Rules) -> str:
    blank = " OR ".join(f"suffix({column}, {literal(letter)})" for letter in BLANKS)
    text = f"CASE WHEN {column} < '!' OR {blank} THEN trim({column}, {literal(BLANKS)}) ELSE {column} END"
    longest = max((len(mark.encode()) for mark in rules.missing), default=0) + 10  # and blanks around it
    missing = _missing_sql(f"lower({text})", rules)
    return f"CASE WHEN strlen({column}) > {longest} THEN ({text}) WHEN {missing} THEN NULL ELSE ({text}) END"


def _missing_sql(lowered: str, rules: Rules) -> str:
    marks = _BETWEEN.join(["", *sorted(rules.missing), "", ""])
    between = literal(_BETWEEN)
    return f"contains({literal(marks)}, {between} || {lowered} || {between})"


def _number_sql(column: str, rules: Rules) -> str:
    if rules.decimal == "." and not rules.thousands:
        value = f"TRY_CAST({column} AS DOUBLE)"  # takes blanks around it, infinities and 1_000
        return f"CASE WHEN isfinite({value}) AND NOT contains({column}, '_') THEN {value} END"
    stripped = plain = f"trim({column}, {literal(BLANKS)})"
    if rules.thousands:
        plain = f"regexp_replace({plain}, {literal(_GROUP_CLASSES[rules.thousands])}, '', 'g')"
    if rules.decimal != ".":
        plain = f"replace({plain}, {literal(rules.decimal)}, '.')"
    regex = literal(_number_regex(rules.decimal, rules.thousands))
    value = f"TRY_CAST({plain} AS DOUBLE)"
    return f"CASE WHEN regexp_full_match({stripped}, {regex}) AND isfinite({value}) THEN {value} END"


def _bool_sql(column: str) -> str:
    true, false = (", ".join(map(literal, words)) for words in (TRUE_WORDS, FALSE_WORDS))
    return f"CASE WHEN lower({column}) IN ({true}) THEN 1.0 WHEN lower({column}) IN ({false}) THEN 0.0 END"


def _date_sql(column: str, formats: Sequence[str], rules: Rules) -> str:
    tried = []
    if ISO in formats or not formats:
        tried.append(f"epoch({_iso_sql(column)})")
    others = [name for name in formats if name != ISO]
    if others or not formats:
        listed = "[" + ", ".join(map(literal, others or usual_formats(rules.day_first))) + "]"
        tried.append(f"epoch(try_strptime({column}, {listed}))")
    return f"coalesce({', '.join(tried)})" if len(tried) > 1 else tried[0]


def _iso_sql(column: str) -> str:
    """Only what is longer than a date with a time can have a zone; reading that takes three times as long."""
    zoned = f"TRY_CAST({column} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
    return f"CASE WHEN strlen({column}) <= 19 THEN TRY_CAST({column} AS TIMESTAMP) ELSE {zoned} END"


def usual_formats(day_first: bool) -> list[str]:
    """For a column that the user calls dates though no cell that was looked at is one."""
    numeric = ["%d/%m/%Y", "%d-%m-%Y"] if day_first else ["%m/%d/%Y", "%m-%d-%Y"]
    dates = ["%d.%m.%Y", *numeric, *_OTHER_DATES.values()]
    return [date + time for date in dates for time in ("", " %H:%M", " %H:%M:%S")]
