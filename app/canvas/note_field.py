"""Writing on a frame or comment, in its place on the canvas."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QGraphicsView, QPlainTextEdit
from typing_extensions import override

from app.canvas.note_item import HEAD, NoteItem
from app.theme import FontRole, Theme
from engine.graph.notes import LONGEST_TEXT

_LEAST_WIDTH, _LEAST_HEIGHT = 160, 32


class NoteField(QPlainTextEdit):
    """`committed` carries a note's id and its new text; Escape leaves the old one.

    Enter ends the heading of a frame; in a comment it begins a new line, and Ctrl+Enter ends it.
    """

    committed = Signal(str, str)

    def __init__(self, theme: Theme, view: QGraphicsView) -> None:
        super().__init__(view.viewport())
        self._view = view
        self._theme = theme
        self._note = ""
        self._single = False
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.hide()

    def open(self, item: NoteItem) -> None:
        """Shows the text of a note, all of it selected."""
        self._note, self._single = item.note.id, item.note.kind == "frame"
        self.setAccessibleName(self.tr("Heading of the frame") if self._single else self.tr("Comment"))
        self.setFont(self._theme.font(FontRole.STRONG if self._single else FontRole.BODY))
        rect = item.rect()
        area = QRectF(rect.x(), rect.y(), rect.width(), HEAD) if self._single else rect
        shown = self._view.mapFromScene(area).boundingRect()
        self.setGeometry(
            shown.left(), shown.top(), max(shown.width(), _LEAST_WIDTH), max(shown.height(), _LEAST_HEIGHT)
        )
        self.setPlainText(item.note.text)
        self.selectAll()
        self.show()
        self.setFocus()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        elif enter and (self._single or event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            self._commit()
        else:
            super().keyPressEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:  # its own menu
            self._commit()

    def _commit(self) -> None:
        note, self._note = self._note, ""
        self._close()
        if note:
            text = self.toPlainText()[:LONGEST_TEXT]
            self.committed.emit(note, " ".join(text.split()) if self._single else text.rstrip())

    def _close(self) -> None:
        self._note = ""
        if self.isVisible():
            self.hide()
            self._view.setFocus()
