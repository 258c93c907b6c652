"""Adding a layer where the pointer is: type a few letters, Enter."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget
from typing_extensions import override

from app.palette.entries import LayerEntry
from app.palette.matching import rank
from app.palette.tree import EntryTree
from app.theme import SPACE, FontRole, Theme
from app.widgets import SearchField, TextLabel


class SearchPopup(QFrame):
    """A search field over its hits; `chosen` carries a layer's name. Escape and a click elsewhere close it."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._theme = theme
        self._entries: Sequence[LayerEntry] = ()
        self.search = SearchField(theme, self.tr("Add a layer\N{HORIZONTAL ELLIPSIS}"))
        self.tree = EntryTree(theme)
        self.tree.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tree.setAccessibleName(self.tr("Layers"))
        self._note = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self._note.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.search)
        layout.addWidget(self._note)
        layout.addWidget(self.tree, 1)
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._on_search_text_changed)
        self.search.returnPressed.connect(self._on_search_return_pressed)
        self.tree.entry_activated.connect(self._choose)
        self.tree.clicked.connect(self._on_tree_clicked)
        theme.changed.connect(self._restyle)
        self.setAccessibleName(self.tr("Add a layer"))
        self._restyle()

    def open_at(self, place: QPoint, entries: Sequence[LayerEntry], note: str = "") -> None:
        """Opens with its field at a place on the screen, offering `entries`."""
        self._entries = entries
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self.search.clear()
        self.tree.show_hits(entries)
        self.resize(self.sizeHint())
        room = self.screen().availableGeometry()
        x = min(place.x(), room.right() - self.width())
        y = min(place.y(), room.bottom() - self.height())
        self.move(max(x, room.left()), max(y, room.top()))
        self.show()
        self.search.setFocus()

    @override
    def sizeHint(self) -> QSize:
        return QSize(248, 330)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
            if event.key() in steps:
                self._step(steps[Qt.Key(event.key())])
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
        return super().eventFilter(watched, event)

    def _step(self, step: int) -> None:
        model = self.tree.model()
        row = min(max(self.tree.currentIndex().row() + step, 0), model.rowCount() - 1)
        self.tree.setCurrentIndex(model.index(row, 0))

    def _choose(self, name: str) -> None:
        self.close()
        self.chosen.emit(name)

    def _on_search_text_changed(self, text: str) -> None:
        self.tree.show_hits(rank(text, self._entries))

    def _on_search_return_pressed(self) -> None:
        entry = self.tree.current_entry()
        if entry is not None:
            self._choose(entry.name)

    def _on_tree_clicked(self) -> None:
        self._on_search_return_pressed()

    def _restyle(self) -> None:
        panel, line = self._theme.tokens.panel, self._theme.tokens.line
        self.setStyleSheet(f"SearchPopup {{ background: {panel}; border: 1px solid {line}; }}")
