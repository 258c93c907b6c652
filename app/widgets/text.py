"""Labels: the tone of a line of text, section headings, and text that gives way when there is no room."""

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget
from typing_extensions import override

from app.theme import FontRole, Theme

Tone = Literal["text", "dim", "accent", "good", "warn", "bad"]


SEPARATOR = " \N{MIDDLE DOT} "  # between the parts of a line of facts


def fitting(metrics: QFontMetrics, text: str, width: int) -> str:
    """What of a line of facts is shown in so many pixels: as many as have room; of the first one what has."""
    parts = text.split(SEPARATOR)
    while len(parts) > 1 and metrics.horizontalAdvance(SEPARATOR.join(parts)) > width:
        parts.pop()
    return metrics.elidedText(SEPARATOR.join(parts), Qt.TextElideMode.ElideRight, width)


class TextLabel(QLabel):
    """A line or paragraph in the font of a role and the colour of a tone."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        role: FontRole = FontRole.BODY,
        tone: Tone = "text",
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setFont(theme.font(role))
        self.setWordWrap(wrap)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("tone", tone)

    def set_tone(self, tone: Tone) -> None:
        """Changes the colour."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)


class Heading(TextLabel):
    """A section's heading in small capitals."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, text, role=FontRole.HEADING, tone="dim", parent=parent)


class ElidedLabel(TextLabel):
    """One line that ends in an ellipsis where there is no room, or with the last of its `facts` that has any.

    Its tooltip has the whole text then.
    """

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        role: FontRole = FontRole.BODY,
        tone: Tone = "text",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        facts: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, text, role=role, tone=tone, parent=parent)
        self._mode, self._facts = mode, facts
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def shown_text(self) -> str:
        """The text as painted, with the ellipsis if it has one."""
        metrics, width = self.fontMetrics(), self.contentsRect().width()
        if self._facts:
            return fitting(metrics, self.text(), width)
        return metrics.elidedText(self.text(), self._mode, width)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(
            self.fontMetrics().horizontalAdvance("\N{HORIZONTAL ELLIPSIS}"), self.sizeHint().height()
        )

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setToolTip("" if self.shown_text() == self.text() else self.text())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), self.alignment(), self.shown_text())
