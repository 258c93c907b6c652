"""A small raised box beside the pointer that says what is under it."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from app.theme import FontRole, Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter


class Readout(QLabel):
    """Lines of monospaced text; `show_at` keeps the box inside its parent and off the pointer."""

    _GAP = 12

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFont(theme.font(FontRole.MONO_SMALL))
        self.setContentsMargins(10, 7, 10, 7)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.hide()

    def show_at(self, text: str, anchor: QPoint, area: QRect) -> None:
        """Shows rich `text` near `anchor`, within `area`, both in the parent's pixels."""
        self.setText(text)
        self._fit_width(area.width())
        right = anchor.x() + self._GAP
        left = anchor.x() - self._GAP - self.width()
        x = right if right + self.width() <= area.right() or left < area.left() else left
        x = min(max(x, area.left()), max(area.left(), area.right() - self.width()))
        y = min(
            max(anchor.y() - self.height() // 2, area.top()), max(area.top(), area.bottom() - self.height())
        )
        self.move(x, y)
        self.raise_()
        self.show()

    def _fit_width(self, room: int) -> None:
        self.setWordWrap(False)
        self.adjustSize()
        if self.width() > room:
            self.setWordWrap(True)
            self.resize(room, self.heightForWidth(room))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        rect = self.rect().toRectF()
        fill_rounded(painter, rect.adjusted(0.5, 0.5, -0.5, -0.5), self._theme.color("raised"), 6)
        outline_rounded(painter, rect, self._theme.color("line"), 6)
        painter.end()
        super().paintEvent(event)
