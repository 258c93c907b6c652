"""Pens, brushes and fonts of the canvas, made once per theme: painting 300 nodes must not make colours."""

from collections.abc import Hashable
from functools import cache, lru_cache
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPen

from app.canvas.letters import Letters
from app.theme import FontRole, Theme
from app.theme.fonts import make_font

_LINES: Final = 4000
"""Of words that are kept laid out: about 6 MB."""


class CanvasStyle:
    """What the items paint with; `refresh` takes over the colours of a changed theme."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.downward = False  # whether wires lead from top to bottom, not from left to right
        self._looks: dict[Hashable, int] = {}
        self.refresh()

    def refresh(self) -> None:
        """Makes everything anew from the theme."""
        theme = self.theme
        dark = theme.tokens.name == "dark"
        self.canvas = theme.color("canvas")
        self.node = QBrush(theme.color("raised" if dark else "panel"))
        self.shadow = QBrush(QColor(0, 0, 0, 70 if dark else 22))
        self.outline = QPen(theme.color("line"), 1)
        self.hover_outline = QPen(theme.color("faint"), 1)
        self.bypassed = QPen(theme.color("dim"), 1.4)
        self.ring = QPen(theme.color("accent"), 2)
        self.wire = QPen(theme.color("wire"), 2)
        self.wire_lit = QPen(theme.color("accent"), 2)
        self.wire_bad = QPen(theme.color("bad"), 2, Qt.PenStyle.DashLine)
        for pen in (self.wire, self.wire_lit, self.wire_bad):
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        self.text = QPen(theme.color("text"))
        self.dim = QPen(theme.color("dim"))
        self.faint = QPen(theme.color("faint"))
        self.accent_text = QPen(theme.color("accent_text"))
        self.pill = QBrush(theme.color("panel"))
        self.name_font = make_font(FontRole.STRONG)  # nodes have one size; for large text the view is zoomed
        self.small_font = make_font(FontRole.SMALL)
        self.body_font = make_font(FontRole.BODY)
        self.mono_font = make_font(FontRole.MONO_SMALL)
        self.color = cache(theme.color)
        fonts = (self.name_font, self.small_font, self.body_font, self.mono_font)
        self._fonts = {id(font): font for font in fonts}
        self._metrics = {id(font): QFontMetricsF(font) for font in fonts}
        self.mono_width = cache(self._mono_width)
        self._letters = lru_cache(maxsize=_LINES)(self._laid_out)

    def number_of(self, look: Hashable) -> int:
        """One number for equal looks: it is found in no time, and a look of many parts is not, for each node and frame."""
        return self._looks.setdefault(look, len(self._looks))

    def metrics(self, font: QFont) -> QFontMetricsF:
        """The measures of one of the fonts here."""
        return self._metrics[id(font)]

    def _mono_width(self, text: str) -> float:
        """For `cache`, which asks what it is given for its help: a method of Qt would write it then, for 22 ms."""
        return self.metrics(self.mono_font).horizontalAdvance(text)

    def letters(self, text: str, font: QFont) -> Letters:
        """A line in one of the fonts here; many nodes have lines in common."""
        return self._letters(text, id(font))

    def _laid_out(self, text: str, font: int) -> Letters:
        return Letters(text, self._fonts[font])

    def elided(self, text: str, font: QFont, width: float) -> str:
        """`text` with an ellipsis if it is wider than `width`; `font` is one of those here."""
        return self.metrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
