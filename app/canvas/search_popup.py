"""Adding a layer where the pointer is: type a few letters, Enter."""

from collections.abc import Iterable, Iterator
from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.canvas.telling import Telling
from app.help.topic import Topic
from app.palette.entries import LayerEntry
from app.palette.matching import rank
from app.palette.shelf import LayerShelf
from app.palette.tree import FAVOURITE_KEY, EntryTree
from app.slices import Slices
from app.theme import SPACE, FontRole, Theme
from app.widgets import TextLabel
from app.widgets.overlay import SearchOverlay

_ABOUT_LINES: Final = 2
_LEAST: Final = 160  # pixels of height, where there is no room either


class SearchPopup(SearchOverlay):
    """A search field over its hits, on top of its parent; `chosen` carries a layer's name.

    Escape and a click elsewhere close it.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget, shelf: LayerShelf) -> None:
        super().__init__(theme, parent, self.tr("Add a layer\N{HORIZONTAL ELLIPSIS}"))
        self.shelf = shelf
        self._slices = Slices(self)
        self._telling = Telling(self.search, self._words)
        self.hide()
        self._entries: list[LayerEntry] = []
        self._shown = 0  # entries when they were last ranked
        self.tree = EntryTree(theme, shelf)
        self.tree.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tree.setAccessibleName(self.tr("Layers"))
        self.note = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.note.hide()
        self._hint = ""
        self.about = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.about.setFixedHeight(_ABOUT_LINES * self.about.fontMetrics().lineSpacing())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.search)
        layout.addWidget(self.note)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.about)
        self.search.textChanged.connect(self._on_search_text_changed)
        self.search.returnPressed.connect(self._on_search_return_pressed)
        self.tree.entry_activated.connect(self._choose)
        self.tree.clicked.connect(self._on_tree_clicked)
        self.tree.selectionModel().currentChanged.connect(self._on_tree_current_changed)
        self._slices.sliced.connect(self._on_slices_sliced)
        self.setAccessibleName(self.tr("Add a layer"))

    def open_at(
        self, place: QPoint, entries: Iterable[LayerEntry | None], note: str = "", below: int = 0
    ) -> None:
        """Opens with its corner at a place of its parent, offering `entries`; they may take their time to come.

        A None is no entry, but a moment at which the window may do something else. What lies over the parent down to
        `below` is left alone.
        """
        self._slices.stop()
        self._entries, self._shown = [], 0
        self._hint = note
        self._show_note(note)
        self.search.setAccessibleDescription(note)
        self.search.clear()
        self.tree.show_hits(())
        self._slices.start(self._take(entries))
        below += SPACE if below else 0
        room = self._parent.size() - QSize(0, below)
        self.resize(self.sizeHint().boundedTo(QSize(room.width(), max(room.height(), _LEAST))))
        x = min(place.x(), room.width() - self.width())
        y = min(place.y(), self._parent.height() - self.height())
        self.move(max(x, 0), max(y, below))
        self.show()
        self.raise_()
        self.search.setFocus()

    def _show_note(self, note: str) -> None:
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def is_busy(self) -> bool:
        """Whether entries are still to come."""
        return self._slices.is_busy()

    def _take(self, entries: Iterable[LayerEntry | None]) -> Iterator[None]:
        for entry in entries:
            if entry is not None:
                self._entries.append(entry)
            yield

    def help_topic(self, _focus: QWidget | None = None) -> Topic | None:
        """What help is about here: the chosen entry."""
        return self.tree.help_topic()

    @override
    def sizeHint(self) -> QSize:
        return QSize(260, 366)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._slices.stop()
        self._telling.stop()

    @override
    def takes_key(self, event: QKeyEvent) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() in steps:
            self._step(steps[Qt.Key(event.key())])
        elif event.keyCombination() == FAVOURITE_KEY:
            self.tree.toggle_favourite()
        else:
            return False
        return True

    def _step(self, step: int) -> None:
        model = self.tree.model()
        row = min(max(self.tree.currentIndex().row() + step, 0), model.rowCount() - 1)
        self.tree.setCurrentIndex(model.index(row, 0))

    def _choose(self, name: str) -> None:
        self.leave()
        self.chosen.emit(name)

    def _on_search_text_changed(self, text: str) -> None:
        self._shown = len(self._entries)
        hits = rank(text, self._entries)
        self.tree.show_hits(hits)
        self._show_note(self._hint if hits or self.is_busy() else self.tr("Nothing is called so."))

    def _on_slices_sliced(self) -> None:
        """Shows the entries that have come; where something is searched they have to be ranked among the others."""
        if self.search.text():
            if not self.is_busy() and len(self._entries) > self._shown:
                self._on_search_text_changed(self.search.text())
            return
        self.tree.add_hits(self._entries[self._shown :])
        self._shown = len(self._entries)

    def _on_search_return_pressed(self) -> None:
        self._slices.finish()
        entry = self.tree.current_entry()
        if entry is not None:
            self._choose(entry.name)

    def _on_tree_current_changed(self) -> None:
        """What the chosen layer does, for those who look for it without knowing its name."""
        entry = self.tree.current_entry()
        self.about.setText(entry.summary if entry is not None else "")
        self._telling.start()

    def _words(self) -> str:
        entry = self.tree.current_entry()
        return f"{entry.shown}. {entry.summary}" if entry is not None else ""

    def _on_tree_clicked(self) -> None:
        self._on_search_return_pressed()
