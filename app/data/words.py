"""Kinds, shares, numbers and sizes as people read them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.data.sources.base import Column, Kind

_UNGROUPED = 10_000  # from here on digits are in groups of three
_LARGEST_WHOLE = 1e10  # that is written without an exponent


def _tr(text: str) -> str:
    return QCoreApplication.translate("DataWords", text)


def kind_words(column: Column) -> str:
    """A kind of column for people, with the size of pictures and the unit of numbers."""
    words = {
        Kind.NUMBER: _tr("number"),
        Kind.TEXT: _tr("text"),
        Kind.DATE: _tr("date"),
        Kind.BOOL: _tr("yes or no"),
        Kind.PICTURE: _tr("picture"),
        Kind.SOUND: _tr("sound"),
        Kind.ARRAY: _tr("array"),
    }[column.kind]
    if any(side < 0 for side in column.shape):
        return _tr("{words}, several sizes").format(words=words)
    if column.unit:
        return _tr("{words} in {unit}").format(words=words, unit=column.unit)
    return f"{words} {' × '.join(map(str, column.shape))}" if column.shape else words


def share_words(share: float) -> str:
    """`12 %`, `0.3 %`, `< 0.1 %`."""
    percent = 100 * share
    if 0 < percent < 0.1:
        return _tr("< 0.1 %")
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %"


def number_words(value: float | None) -> str:
    """A number with as many digits as help: 0.0312, 8752, 768,912, 7.689e+12; years stay years."""
    if value is None:
        return ""
    size = abs(value)
    if size < 1e3 and not float(value).is_integer():
        return f"{value:.4g}"
    if size < _UNGROUPED:
        return f"{value:.0f}"
    return f"{value:,.0f}" if size < _LARGEST_WHOLE else f"{value:.4g}"


def size_words(nbytes: int) -> str:
    """`312 bytes`, `15 kB`, `1.2 GB`."""
    size, unit = float(nbytes), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.1f} {unit}" if size < 10 and unit != "bytes" else f"{size:.0f} {unit}"
