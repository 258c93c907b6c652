"""Words on the canvas, laid out once: a `QStaticText` lays itself out anew at each zoom, for longer than painting takes."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QGlyphRun, QPainter, QStaticText, QTextLayout, QTextOption

_FROM_THE_LEFT: Final = QTextOption(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)


class Letters:
    """One line in one font: its letters and their places."""

    def __init__(self, text: str, font: QFont) -> None:
        self.text = text
        self._font = font
        self._runs = _runs(text, font)

    def paint(self, painter: QPainter, place: QPointF) -> None:
        """Paints the letters with the painter's pen; `place`: of the upper left corner."""
        for run in self._runs:
            painter.drawGlyphRun(place, run)

    def write(self, painter: QPainter, place: QPointF) -> None:
        """The same as words, which a file of words and lines keeps."""
        static = QStaticText(self.text)
        static.setTextFormat(Qt.TextFormat.PlainText)
        painter.setFont(self._font)
        painter.drawStaticText(place, static)


def _runs(text: str, font: QFont) -> list[QGlyphRun]:
    """One for each font that has letters of the text."""
    layout = QTextLayout(text, font)
    layout.setTextOption(_FROM_THE_LEFT)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return layout.glyphRuns()
