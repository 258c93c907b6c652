"""What belongs to the setting above it: moved to the right, with a line at its side."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import SPACE, Theme


class Indented(QWidget):
    """A column of widgets under a setting; hidden while it is empty."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(3 * SPACE, 0, 0, 0)
        self._column.setSpacing(3 * SPACE)
        theme.changed.connect(self.update)
        self.hide()

    def show_only(self, widget: QWidget | None) -> None:
        """Shows this widget in place of what was there."""
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None and old is not widget:
                old.hide()
                old.deleteLater()
        if widget is not None:
            self._column.addWidget(widget)
        self.setVisible(widget is not None)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(QRectF(1, 0, 1.5, self.height()), self._theme.color("line"))
