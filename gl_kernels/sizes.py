"""Numbers that a launch hands to its shader: lengths that change from batch to batch, so that the text stays the same.

A number in a shader's text is the fastest one, above all to divide by. But a text with the batch size in it is another
program for each batch size, and compiling is what people wait for. So whatever is only compared with, added or multiplied
is written as `size(n)`: the launch keeps the numbers, in the order of their places in the text, and the text has their
numbers only. Two launches with the same places share a program, also two layers of one network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MARK = re.compile(r"SIZE<(\d+)>")
LOCATION = 1  # of the first; 0 is the number of a time step
ARRAY = "ll_sizes"


class Size(int):
    """A whole number, not negative, as the value of an option that the launch hands over."""


def parts(count: int) -> int:
    """Into how many parts a sum is cut: handed over, but known to be one where it is not cut.

    Then the loop over the sum begins at 0 for all invocations, which some drivers make much faster code of.
    """
    return Size(count) if count > 1 else 1


def size(number: int) -> str:
    """GLSL (uint) for a number that the launch hands over.

    >>> size(7)
    'SIZE<7>'
    """
    return f"SIZE<{number}>"


def signed(number: int) -> str:
    """GLSL (int) for a number that the launch hands over."""
    return f"int({size(number)})"


class Sizes:
    """The numbers of one launch in the order in which their places come."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def options(self, given: Mapping[str, int | float]) -> dict[str, int | float | str]:
        """The options, with GLSL for those that are handed over."""
        found: dict[str, int | float | str] = {}
        for name in sorted(given):
            value = given[name]
            found[name] = self._place(int(value)) if isinstance(value, Size) else value
        return found

    def text(self, given: str) -> str:
        """The text, with a place for each number that is handed over."""
        return MARK.sub(lambda found: self._place(int(found[1])), given)

    def declaration(self) -> str:
        """GLSL for all of them; no line where there is none."""
        if not self.numbers:
            return ""
        return f"layout(location = {LOCATION}) uniform uint {ARRAY}[{len(self.numbers)}];"

    def _place(self, number: int) -> str:
        self.numbers.append(number)
        return f"{ARRAY}[{len(self.numbers) - 1}]"
