"""The reference in a window: search, back and forward above the page."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.help.dock import ROOM
from app.help.hits import ENTRY_ROLE, HitDelegate, search
from app.help.page_view import START, PageView
from app.theme import SPACE, Theme
from app.widgets import IconButton, SearchField
from engine.reference.library import Entry, Library

_MOST_HITS = 60


class HelpPanel(QWidget):
    """Pages of the reference with a search over all of them. `left` is emitted when Escape is pressed."""

    left = Signal()

    def __init__(self, theme: Theme, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._library = library
        self.view = PageView(theme, library)
        self.search = SearchField(theme, self.tr("Search the reference\N{HORIZONTAL ELLIPSIS}"))
        self.hits = QListWidget()
        self._delegate = HitDelegate(theme)
        self.hits.setAccessibleName(self.tr("Pages found"))
        self.back = IconButton(theme, "back", self.tr("Back"))
        self.forward = IconButton(theme, "forward", self.tr("Forward"))
        self.contents = IconButton(theme, "contents", self.tr("All pages"))
        self._pages = QStackedWidget()
        self._lay_out()
        self._connect()

    def open(self, address: str) -> None:
        """Shows a page, or the list of all where there is none at that address."""
        self.search.clear()
        if not self.view.open(address):
            self.view.open(START)
        self._pages.setCurrentWidget(self.view)

    @override
    def sizeHint(self) -> QSize:
        return ROOM

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.matches(QKeySequence.StandardKey.Back):
            self.view.backward()
        elif event.matches(QKeySequence.StandardKey.Forward):
            self.view.forward()
        elif event.matches(QKeySequence.StandardKey.Find):
            self.search.setFocus()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        row.setSpacing(SPACE)
        for button in (self.back, self.forward, self.contents):
            row.addWidget(button)
        row.addWidget(self.search, 1)
        self._pages.addWidget(self.view)
        self._pages.addWidget(self.hits)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self._pages, 1)
        self.back.setEnabled(False)
        self.forward.setEnabled(False)
        self.hits.setItemDelegate(self._delegate)
        self.hits.setMouseTracking(True)
        self.hits.setStyleSheet("QListView::item { padding: 0; height: auto; }")
        self.hits.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _connect(self) -> None:
        self.back.clicked.connect(self._on_back_clicked)
        self.forward.clicked.connect(self._on_forward_clicked)
        self.contents.clicked.connect(self._on_contents_clicked)
        self.view.backwardAvailable.connect(self.back.setEnabled)
        self.view.forwardAvailable.connect(self.forward.setEnabled)
        self.search.textChanged.connect(self._on_search_text_changed)
        self.search.returnPressed.connect(self._on_search_return_pressed)
        self.search.moved_down.connect(self._on_search_moved_down)
        self.hits.itemActivated.connect(self._on_hit_activated)
        self.hits.itemClicked.connect(self._on_hit_activated)

    def _show_hits(self, found: list[Entry]) -> None:
        self.hits.clear()
        for entry in found[:_MOST_HITS]:
            item = QListWidgetItem(
                f"{entry.title}, {entry.kind}"
            )  # for screen readers; HitDelegate paints it
            item.setToolTip(entry.summary)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, entry.summary)
            item.setData(ENTRY_ROLE, entry)
            self.hits.addItem(item)
        if not found:
            nothing = QListWidgetItem(self.tr("No page has these words."))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.hits.addItem(nothing)
        self.hits.setCurrentRow(0)

    def _on_back_clicked(self) -> None:
        self._pages.setCurrentWidget(self.view)
        self.view.backward()

    def _on_forward_clicked(self) -> None:
        self._pages.setCurrentWidget(self.view)
        self.view.forward()

    def _on_contents_clicked(self) -> None:
        self.open(START)

    def _on_search_text_changed(self, text: str) -> None:
        if text.strip():
            self._show_hits(search(text, self._library.entries))
        self._pages.setCurrentWidget(self.hits if text.strip() else self.view)

    def _on_search_return_pressed(self) -> None:
        item = self.hits.currentItem()
        if self.search.text().strip() and item is not None:
            self._on_hit_activated(item)

    def _on_search_moved_down(self) -> None:
        (self.hits if self.search.text().strip() else self.view).setFocus()

    def _on_hit_activated(self, item: QListWidgetItem) -> None:
        entry = item.data(ENTRY_ROLE)
        if isinstance(entry, Entry):
            self.open(entry.path)
            self.view.setFocus()
