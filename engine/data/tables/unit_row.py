"""A second row of the header that holds units: (cm), kg, %. Instruments and statistical offices write tables so.

Read as data, it would make a gap of the first row, or words of columns of numbers where few rows follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.data.sources.base import Kind, Note
from engine.data.tables.cells import MISSING_MARKS, MORE_MARKS, Rules, guess

LONGEST = 24  # characters of a unit
_LOOKED_AT = 200  # rows below
_LEAST_ROWS = 2  # below units without brackets
_IN_BRACKETS = re.compile(r"[(\[{<]\s*(?P<unit>[^()\[\]{}<>]*?)\s*[)\]}>]")
_UNIT = re.compile(r"[A-Za-zµμ°%‰$€£¥₹Ω℃'\"][A-Za-z0-9µμ°%‰$€£¥₹Ω℃²³⁻¹'\"/·.*^ -]*")
_NONE = frozenset({"", "-", "\N{EN DASH}", "\N{EM DASH}"})
_NAMED = (Kind.NUMBER, Kind.DATE)  # columns that have units


def has_unit_row(rows: Sequence[Sequence[str]], style: tuple[str, str]) -> bool:
    """Whether the second of the rows (the first names the columns) says in which units those below are.

    It does where it has units, or dashes, and no number over columns of numbers: at least over half of them, and one unit
    alone only in brackets; over columns of words it has nothing, or something in brackets.
    """
    if len(rows) < 3 or len(rows[1]) != len(rows[0]):
        return False
    said, rules = rows[1], Rules(*style)
    below = [row for row in rows[2:_LOOKED_AT] if len(row) == len(said)]
    if not below:
        return False
    measured, units, bare, bracketed = 0, 0, 0, 0
    for place, cell in enumerate(said):
        kind = guess([row[place] for row in below], rules).kind
        if kind in _NAMED:
            unit = unit_of(cell)
            if unit is None:
                return False
            measured += kind is Kind.NUMBER or bool(unit)
            units += bool(unit)
            bare += not unit and bool(cell.strip())
            bracketed += _IN_BRACKETS.fullmatch(cell.strip()) is not None
        elif cell.strip() not in _NONE and not _IN_BRACKETS.fullmatch(cell.strip()):
            return False
    sure = bracketed > 0 or (units > 1 and len(below) >= _LEAST_ROWS)
    return 2 * (units + bare) >= measured > 0 and sure


def unit_of(cell: str) -> str | None:
    """The unit that a cell says; "" where it says that there is none, None where it is something else."""
    text = cell.strip()
    if text in _NONE:
        return ""
    inside = _IN_BRACKETS.fullmatch(text)
    if inside is not None:
        return inside["unit"][:LONGEST]
    is_missing = text.lower() in (*MISSING_MARKS, *MORE_MARKS)
    return text if not is_missing and len(text) <= LONGEST and _UNIT.fullmatch(text) else None


def units_in(row: Sequence[str]) -> tuple[str, ...]:
    """Of each column, "" where it has none."""
    return tuple(unit_of(cell) or "" for cell in row)


def note_on(units: Sequence[str]) -> Note:
    """That it was noticed."""
    listed = ", ".join(unit for unit in units if unit)
    listed = listed if len(listed) <= 60 else f"{listed[:57]}..."
    return Note(f"The row below the names holds units ({listed}); it is shown with them.", "header")
