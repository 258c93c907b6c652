"""How values of settings are written and read: the rules of a field, apart from the widget that shows it.

A codec turns what a person typed into a value or into a sentence that says what to type instead.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from PySide6.QtCore import QCoreApplication

TIMES: Final = "\N{MULTIPLICATION SIGN}"
_GAP: Final = "?"
_MINUS: Final = "\N{MINUS SIGN}"
_LADDER: Final = (1.0, 2.0, 5.0)
_FINEST: Final = 1e-9


class ValueRefused(ValueError):  # noqa: N818 - it is about the value, not a fault of the program
    """A text that is no value of the field; its message is a sentence for the user."""


class Codec(Protocol):
    """What a field needs to know about its kind of value."""

    def parse(self, text: str) -> object:
        """The value that `text` means; raises `ValueRefused`."""

    def format(self, value: object) -> str:
        """How `value` is written; `parse` gives the same value back."""

    def step(self, value: object, steps: int) -> object:
        """The value `steps` arrow presses away, within the bounds."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What numbers are allowed; an exclusive bound is itself not allowed."""

    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False

    def is_below(self, number: float) -> bool:
        """Whether `number` is too small."""
        if self.minimum is None:
            return False
        return number < self.minimum or (self.exclusive_minimum and number == self.minimum)

    def is_above(self, number: float) -> bool:
        """Whether `number` is too large."""
        if self.maximum is None:
            return False
        return number > self.maximum or (self.exclusive_maximum and number == self.maximum)

    def allow(self, number: float) -> bool:
        """Whether `number` is neither too small nor too large."""
        return not (self.is_below(number) or self.is_above(number))

    def clamp(self, number: float) -> float:
        """The number nearest to `number` between the bounds, themselves included."""
        if self.minimum is not None and number < self.minimum:
            return self.minimum
        if self.maximum is not None and number > self.maximum:
            return self.maximum
        return number

    def describe(self) -> str:
        """The bounds in words, to follow "a number": " from 1 to 4096", " above 0", or nothing."""
        low = "" if self.minimum is None else format_number(self.minimum)
        high = "" if self.maximum is None else format_number(self.maximum)
        if low and high and not (self.exclusive_minimum or self.exclusive_maximum):
            return _tr(" from {low} to {high}").format(low=low, high=high)
        lower = _tr(" above {low}") if self.exclusive_minimum else _tr(" of at least {low}")
        upper = _tr(" below {high}") if self.exclusive_maximum else _tr(" of at most {high}")
        parts = [lower.format(low=low)] if low else []
        parts += [upper.format(high=high)] if high else []
        return _tr(" and").join(parts)


@dataclass(frozen=True, slots=True)
class NumberCodec:
    """A number: whole (`integer`) or not, within bounds, or nothing where `optional`.

    `increment` is the distance of one arrow press. Without one, whole numbers move by 1, numbers between two
    bounds by a twentieth of their distance, and all others along 1, 2, 5, 10, which suits learning rates.
    """

    integer: bool = False
    bounds: Bounds = Bounds()
    increment: float | None = None
    optional: bool = False

    def parse(self, text: str) -> int | float | None:
        """The number that `text` means ("64", "1e-3", "0,5"), `None` for nothing; else `ValueRefused`."""
        plain = text.strip().replace(_MINUS, "-")
        if re.fullmatch(r"[-+]?\d{1,3}(\s\d{3})+", plain):
            plain = re.sub(r"\s", "", plain)
        if not plain and self.optional:
            return None
        number = self._number(plain, text.strip())
        self._check_bounds(number)
        return round(number) if self.integer else number

    def format(self, value: object) -> str:
        """The shortest text that `parse` reads as the same number; nothing for `None`."""
        return "" if value is None else format_number(_as_number(value))

    def step(self, value: object, steps: int) -> int | float | None:
        """The number `steps` arrow presses away; from nothing, the least allowed number or 1."""
        if value is None:
            start = self.bounds.clamp(1.0 if self.integer else 0.1)
            return round(start) if self.integer else start
        number = _as_number(value)
        target = self.bounds.clamp(self._moved(number, steps))
        if not self.bounds.allow(target):
            return number
        return round(target) if self.integer else target

    def _moved(self, number: float, steps: int) -> float:
        if self.integer:
            return number + steps * (self.increment or 1)
        increment = self.increment or self._natural_increment()
        if increment is None:
            return step_along_ladder(number, steps)
        return round(number + steps * increment, 12)

    def _natural_increment(self) -> float | None:
        low, high = self.bounds.minimum, self.bounds.maximum
        return None if low is None or high is None else (high - low) / 20

    def _number(self, plain: str, text: str) -> float:
        if re.fullmatch(r"[-+]?[1-9]\d{0,2}(,\d{3})+", plain):
            whole = plain.replace(",", "")
            raise ValueRefused(_tr("Write {whole} without a comma.").format(whole=whole))
        try:
            number = float(plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or "_" in plain or (self.integer and number != math.floor(number)):
            raise ValueRefused(
                _tr("Give {rule}; \u201c{text}\u201d is not one.").format(rule=self._rule(), text=text)
                if text
                else _tr("Give {rule}; it is empty now.").format(rule=self._rule())
            )
        return number

    def _check_bounds(self, number: float) -> None:
        if self.bounds.is_below(number):
            sentence = _tr("Give {rule}; {number} is too small.")
        elif self.bounds.is_above(number):
            sentence = _tr("Give {rule}; {number} is too large.")
        else:
            return
        raise ValueRefused(sentence.format(rule=self._rule(), number=format_number(number)))

    def _rule(self) -> str:
        kind = _tr("a whole number") if self.integer else _tr("a number")
        return kind + self.bounds.describe() + (_tr(", or nothing") if self.optional else "")


@dataclass(frozen=True, slots=True)
class TupleCodec:
    """Numbers side by side, such as a kernel size: "3 x 3" with a multiplication sign.

    `length` is how many there are, or `None` for any number of at least `least`. One number alone stands for `length`
    equal ones. Numbers that need not be whole (`integer` false) are written with blanks between them. With `gaps` a
    number may be missing (`None`), which is written as a question mark.
    """

    length: int | None = 2
    bounds: Bounds = Bounds()
    integer: bool = True
    optional: bool = False
    least: int = 1
    gaps: bool = False

    def parse(self, text: str) -> tuple[int | float | None, ...] | None:
        """The numbers in `text`, between them multiplication signs, "x", commas, semicolons or blanks."""
        pieces = [piece for piece in re.split(rf"[\s,;xX*{TIMES}()\[\]]+", text) if piece]
        if not pieces and self.optional:
            return None
        numbers = tuple(self._number(piece) for piece in pieces)
        if self.length is not None and len(numbers) == 1:
            return numbers * self.length
        if len(numbers) < self.least or (self.length is not None and len(numbers) != self.length):
            sentence = _tr("Give {rule}, such as {example}; \u201c{text}\u201d is not that.")
            raise ValueRefused(sentence.format(rule=self._rule(), example=self._example(), text=text.strip()))
        return numbers

    def format(self, value: object) -> str:
        """The numbers with multiplication signs between them, or blanks where they need not be whole."""
        if value is None:
            return ""
        between = f" {TIMES} " if self.integer else "  "
        return between.join(_GAP if n is None else format_number(n) for n in _as_numbers(value))

    def step(self, value: object, steps: int) -> tuple[int | float | None, ...] | None:
        """All numbers moved by `steps`, each within the bounds."""
        if value is None:
            return (self._part.step(None, 0) or 1,) * (self.length or 1)
        return tuple(None if n is None else self._part.step(n, steps) or 0 for n in _as_numbers(value))

    def _number(self, piece: str) -> int | float | None:
        return None if self.gaps and piece == _GAP else self._part.parse(piece) or 0

    @property
    def _part(self) -> NumberCodec:
        return NumberCodec(integer=self.integer, bounds=self.bounds)

    def _rule(self) -> str:
        kind = _tr("whole numbers") if self.integer else _tr("numbers")
        return kind if self.length is None else f"{self.length} {kind}"

    def _example(self) -> str:
        return self.format([3 if self.integer else 0.5] * (self.length or 2))


@dataclass(frozen=True, slots=True)
class GroupsCodec:
    """Groups of numbers, such as what is added at both ends of each side: "1 x 2, 0 x 0"."""

    groups: int
    part: TupleCodec

    def parse(self, text: str) -> tuple[tuple[int | float | None, ...], ...]:
        """The groups, between them commas or semicolons; one group alone stands for equal ones."""
        found = [self.part.parse(piece) or () for piece in re.split(r"[;,]", text) if piece.strip()]
        if len(found) == 1:
            found *= self.groups
        if len(found) != self.groups:
            sentence = _tr(
                "Give {count} groups of numbers, such as {example}; \u201c{text}\u201d is not that."
            )
            example = self.format([[1] * (self.part.length or 1)] * self.groups)
            raise ValueRefused(sentence.format(count=self.groups, example=example, text=text.strip()))
        return tuple(found)

    def format(self, value: object) -> str:
        """The groups with commas between them."""
        if not isinstance(value, Sequence):
            raise TypeError(f"A field of groups holds a sequence of them. Received: {value!r}.")
        return ", ".join(self.part.format(group) for group in value)

    def step(self, value: object, steps: int) -> tuple[tuple[int | float | None, ...], ...]:
        """All numbers moved by `steps`."""
        if not isinstance(value, Sequence):
            raise TypeError(f"A field of groups holds a sequence of them. Received: {value!r}.")
        return tuple(self.part.step(group, steps) or () for group in value)


def format_number(number: float) -> str:
    """The shortest text for a number: 64, 0.001, 1e-7; never "64.0" or "1e-07"."""
    if float(number).is_integer() and abs(number) < 1e15:
        return str(int(number))
    return re.sub(r"e([-+])0*", lambda match: "e" + match[1].replace("+", ""), repr(float(number)))


def step_along_ladder(number: float, steps: int) -> float:
    """The number `steps` rungs from `number` on ..., 0.1, 0.2, 0.5, 1, 2, 5, ...; below 1e-9 comes 0."""
    for _ in range(abs(steps)):
        number = _rung(number, up=steps > 0)
    return number


def _rung(number: float, *, up: bool) -> float:
    if number < 0:
        return -_rung(-number, up=not up)
    if number < _FINEST:
        return 1e-4 if up else -1e-4
    exponent = math.floor(math.log10(number))
    rungs = [float(f"{m:g}e{e}") for e in (exponent - 1, exponent, exponent + 1) for m in _LADDER]
    if up:
        return next(rung for rung in rungs if rung > number * (1 + 1e-9))
    below = [rung for rung in rungs if rung < number * (1 - 1e-9)]
    return below[-1] if below[-1] >= _FINEST else 0.0


def _as_number(value: object) -> float:
    if isinstance(value, int | float):
        return value
    raise TypeError(f"A number field holds numbers. Received: {value!r}.")


def _as_numbers(value: object) -> Sequence[float | None]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [None if number is None else _as_number(number) for number in value]
    raise TypeError(f"A field of several numbers holds a sequence of them. Received: {value!r}.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Codec", text)
