"""The words of notes, cut where there is no more room, and so that one sees it: files of lines and words clip nothing."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF, QStaticText, QTextLayout, QTextOption

UPPER: Final = 9.0
"""From the upper edge of a comment to its words."""

ROOM_BELOW: Final = 4.0
_NEW_LINE: Final = "\N{LINE SEPARATOR}"  # QStaticText knows no other
_MORE: Final = "\N{HORIZONTAL ELLIPSIS}"
_SLACK: Final = 0.1
_SPARE: Final = 0.5
"""Of the width of a line, so that what just fits is not broken in two."""


def heading_words(text: str, font: QFont, width: float) -> QStaticText:
    """The first line of a text, in a width."""
    words = QFontMetricsF(font).elidedText(text.partition("\n")[0], Qt.TextElideMode.ElideRight, width)
    return _prepared(words, font)


def comment_words(text: str, font: QFont, width: float, height: float) -> QStaticText:
    """As many lines of a text as there is room for."""
    return _prepared(fitting(text, font, width, height), font, width)


def fitting(text: str, font: QFont, width: float, height: float) -> str:
    """What of a text is seen in a room, at least one line; the last line says that there is more."""
    text = text.replace("\n", _NEW_LINE)
    metrics = QFontMetricsF(font)
    layout = QTextLayout(text, font)
    layout.setTextOption(_wrapped())
    layout.beginLayout()
    used = 0.0
    last = line = layout.createLine()
    while line.isValid():
        line.setLineWidth(width)
        used += line.height()
        if used > height + _SLACK and last is not line:
            break
        last, line = line, layout.createLine()
    layout.endLayout()
    if not line.isValid():
        return text
    start = last.textStart()
    shown = text[start : start + last.textLength()].rstrip() + _MORE
    return text[:start] + metrics.elidedText(shown, Qt.TextElideMode.ElideRight, width - _SPARE)


def _prepared(text: str, font: QFont, width: float = -1.0) -> QStaticText:
    words = QStaticText(text)
    words.setTextFormat(Qt.TextFormat.PlainText)
    words.setTextOption(_wrapped())
    words.setTextWidth(width)
    words.prepare(font=font)
    return words


def _wrapped() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    return option
