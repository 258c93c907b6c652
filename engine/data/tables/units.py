r"""Numbers beside a unit: $1,200.50, 12 %, 3,5 kg. A column in which it is the same throughout is a column of numbers.

Money and shares are the commonest numbers in tables that people keep, and as words they would be thousands of classes.
A unit of letters must stand apart (12 kg), because 12A and i7 are codes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from engine.data.tables.connect import literal

_MONEY = "$€£¥₹"
_MARK = rf"[%‰{_MONEY}]|°[CF]?"
_WORD = "[A-Za-zµ][A-Za-zµ²³°/%]{0,7}"
_NUMBER = "[0-9.,'\u00a0\u202f\u2019 ]*[0-9](?:[eE][+-]?[0-9]+)?"
_WITH_UNIT = re.compile(
    rf"(?P<sign>[+-]?)(?:(?P<before>[{_MONEY}]) ?(?P<behind_it>[+-]?{_NUMBER})"
    rf"|(?P<number>{_NUMBER})(?: ?(?P<mark>{_MARK})| (?P<word>{_WORD})))"
)

# what a program takes away to have the number
AROUND = rf"(?:(?<=^[+-])|^)[{_MONEY}] ?|(?<=[0-9.,])(?: ?(?:{_MARK})| {_WORD})$"


class Unit(NamedTuple):
    """What stands before or behind the numbers of a column; one of them is empty."""

    before: str = ""
    behind: str = ""

    def __bool__(self) -> bool:
        return bool(self.before or self.behind)

    def without(self, cell: str) -> str:
        """A stripped cell as a mere number, where this is the unit that it has."""
        number, unit = split(cell)
        return number if unit == self else cell

    def sql(self, column: str) -> str:
        """SQL that does the same to a column of text."""
        stripped = f"trim({column})"
        if self.before:
            pattern = literal(rf"^([+-]?){re.escape(self.before)} ?")
            return rf"regexp_replace({stripped}, {pattern}, '\1')"
        return f"regexp_replace({stripped}, {literal(rf' ?{re.escape(self.behind)}$')}, '')"


NO_UNIT = Unit()


def split(cell: str) -> tuple[str, Unit]:
    """The number of a stripped cell and its unit; the cell itself where it is something else."""
    found = _WITH_UNIT.fullmatch(cell)
    if found is None:
        return cell, NO_UNIT
    number = found["sign"] + (found["behind_it"] or found["number"])
    return number, Unit(found["before"] or "", found["mark"] or found["word"] or "")


def numbers_of(cells: Iterable[str]) -> list[str]:
    """The cells without whatever unit each has."""
    return [split(cell.strip())[0] for cell in cells]


def common_unit(counted: Mapping[str, int]) -> Unit:
    """The unit of most cells, of which it is said how often each is there; none where most have none."""
    units: Counter[Unit] = Counter()
    for cell, times in counted.items():
        units[split(cell)[1]] += times
    return units.most_common(1)[0][0] if units else NO_UNIT
