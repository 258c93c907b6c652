"""A field to search with, saying which key leads to it."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget
from typing_extensions import override

from app.theme import CONTROL_HEIGHT, SPACE, FontRole, Theme


class SearchField(QLineEdit):
    """A line edit with a magnifier, a way to clear it (button and Escape) and a shortcut shown while empty.

    `moved_down` is emitted on Down: the list of hits takes the focus.
    """

    moved_down = Signal()

    def __init__(
        self, theme: Theme, placeholder: str, *, shortcut_text: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shortcut_text = shortcut_text
        self.setProperty("search", True)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder.rstrip(".\N{HORIZONTAL ELLIPSIS}"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._magnifier = QAction(self)
        self._clear = QAction(self.tr("Clear the search"), self)
        self._clear.triggered.connect(self.clear)
        self.addAction(self._magnifier, QLineEdit.ActionPosition.LeadingPosition)
        self.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        self.textChanged.connect(self._on_text_changed)
        theme.changed.connect(self._restyle)
        self._restyle()
        self._clear.setVisible(False)

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, CONTROL_HEIGHT)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Down:
            self.moved_down.emit()
        else:
            super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        font = self._theme.font(FontRole.MONO_SMALL)
        room = self.width() - QFontMetrics(self.font()).horizontalAdvance(self.placeholderText())
        needed = QFontMetrics(font).horizontalAdvance(self._shortcut_text) + 16 * SPACE
        if self._shortcut_text and not self.text() and room > needed:
            painter = QPainter(self)
            painter.setFont(font)
            painter.setPen(self._theme.color("dim"))
            right = QRectF(self.rect()).adjusted(0, 0, -3 * SPACE, 0)
            painter.drawText(
                right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._shortcut_text
            )

    def _on_text_changed(self, text: str) -> None:
        self._clear.setVisible(bool(text))

    def _restyle(self) -> None:
        self._magnifier.setIcon(self._theme.icon("search", "dim"))
        self._clear.setIcon(self._theme.icon("close", "dim", 12))
