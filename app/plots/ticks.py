"""Where the ticks of an axis are and what they say.

pyqtgraph's own ticks print prefixes and powers that suit instruments; people who read a loss expect 0.03.
"""

import math
from collections.abc import Iterable
from typing import Final

_STEPS: Final = (1.0, 2.0, 5.0, 10.0)
_LOG_MANTISSAS: Final = ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 5), (1, 3), (1,))
_FEWEST: Final = 3


def linear_ticks(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """At most `most` multiples of 1, 2 or 5 times a power of ten in [low, high]; or whole ones only."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    power = 10.0 ** math.floor(math.log10((high - low) / (most + 1)))
    finer = (power * factor * 10.0**decade for decade in range(3) for factor in _STEPS[:-1])
    for step in (max(1.0, step) if whole else step for step in finer):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:  # the finest step whose ticks have room
            return [_clean(index * step) for index in range(first, last + 1)]
    return []


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` round values between 10**low and 10**high, as base-10 logarithms.

    Full decades where the range is wide, 1-3-10 or 1-2-5 where it is narrower, evenly spaced values where it
    covers less than those can show.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    for mantissas in _LOG_MANTISSAS:
        ticks = list(_mantissa_ticks(low, high, mantissas))
        if _FEWEST <= len(ticks) <= most:
            return ticks
    decades = [float(exponent) for exponent in range(math.ceil(low), math.floor(high) + 1)]
    if len(decades) > most:
        return decades[:: math.ceil(len(decades) / most)]
    return [math.log10(value) for value in linear_ticks(10.0**low, 10.0**high, most) if value > 0]


def _mantissa_ticks(low: float, high: float, mantissas: Iterable[int]) -> Iterable[float]:
    logarithms = [math.log10(mantissa) for mantissa in mantissas]
    for exponent in range(math.floor(low), math.ceil(high) + 1):
        yield from (exponent + part for part in logarithms if low - 1e-9 <= exponent + part <= high + 1e-9)


def value_text(value: float, digits: int = 4) -> str:
    """A number with `digits` significant digits for people: 0.0312, 1,204, 3.1e-7, NaN, an infinity sign."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else "\N{MINUS SIGN}\N{INFINITY}"
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.{digits - 2}e}".split("e")
        return _signed(f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}")
    decimals = max(0, digits - 1 - (math.floor(math.log10(abs(value))) if value else 0))
    return _signed(f"{value:,.{decimals}f}")


def tick_text(value: float) -> str:
    """A tick's number without needless zeros: 0.03, 1, 2,000, 1e-7."""
    return short_text(_clean(value), 6)


def short_text(value: float, digits: int = 3) -> str:
    """A number with at most `digits` significant digits behind the point, without needless zeros: 0.5, 12, 1,020."""
    text = value_text(value, digits)
    if "e" in text or "." not in text:
        return text
    return text.rstrip("0").rstrip(".")


def _signed(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}", 1) if text.startswith("-") else text


def _clean(value: float) -> float:
    return float(f"{value:.10g}")
