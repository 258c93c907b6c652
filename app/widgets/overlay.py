"""A search field over a view, with what it finds: no window of its own, since those come and go with a delay."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from app.theme import Theme
from app.widgets.search import SearchField


class SearchOverlay(QFrame):
    """On top of its parent while something is searched; Escape closes it, and a click elsewhere where `closes_elsewhere`.

    A subclass hides itself once it has what its `hideEvent` asks for. The keyboard stays in `search`; what the hits need of
    it (`takes_key`) never reaches that field, and nothing reaches what is below.
    """

    closes_elsewhere = True
    radius = 10

    def __init__(self, theme: Theme, parent: QWidget, placeholder: str) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parent = parent
        self.search = SearchField(theme, placeholder)
        self.search.installEventFilter(self)
        theme.changed.connect(self._paint_panel)
        self._paint_panel()

    def takes_key(self, event: QKeyEvent) -> bool:
        """Does what a key means for the hits, and says whether it meant something."""
        return False

    def leave(self) -> None:
        """Closes; the keyboard goes first, for of what is hidden it would go to whatever comes next in the window."""
        self._parent.setFocus()
        self.close()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self.closes_elsewhere and self.isVisible():
            self.close()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if self.takes_key(event):
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.leave()
                return True
        return super().eventFilter(watched, event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()  # what its field leaves is not meant for what is below

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # else what is below takes it for its own

    def _paint_panel(self) -> None:
        panel, line = self._theme.tokens.panel, self._theme.tokens.line
        self.setStyleSheet(
            f"{type(self).__name__} {{ background: {panel}; border: 1px solid {line}; border-radius: {self.radius}px; }}"
        )
