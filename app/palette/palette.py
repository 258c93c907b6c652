"""The panel at the left: search on top, the layers by category below."""

from collections.abc import Collection, Iterable

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.help.topic import Topic
from app.palette.entries import LayerEntry, layer_entries
from app.palette.matching import rank
from app.palette.own_menu import OwnGroupMenu
from app.palette.shelf import LayerShelf
from app.palette.tree import EntryTree
from app.theme import SPACE, Theme
from app.widgets import SearchField, TextLabel
from engine.layers.base import Category


class Palette(QWidget):
    """All layers; `layer_activated` carries the name of one to put on the canvas.

    Entries are dragged as `LAYER_MIME`. Enter in the search takes the first hit.
    """

    layer_activated = Signal(str)

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        shelf: LayerShelf | None = None,
    ) -> None:
        super().__init__(parent)
        self.shelf = shelf or LayerShelf(parent=self)
        self._layers = layer_entries()
        self._limit: Collection[str] | None = None  # the layers that are needed
        self.search = SearchField(theme, self.tr("Find a layer\N{HORIZONTAL ELLIPSIS}"))
        self.tree = EntryTree(theme, self.shelf)
        self.tree.setAccessibleName(self.tr("Layers"))
        self._nothing = TextLabel(theme, tone="dim", wrap=True)
        self._nothing.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.search)
        layout.addWidget(self._nothing)
        layout.addWidget(self.tree, 1)
        self.search.textChanged.connect(self._on_search_text_changed)
        self.search.returnPressed.connect(self._on_search_return_pressed)
        self.search.moved_down.connect(self._on_search_moved_down)
        self.tree.entry_activated.connect(self.layer_activated)
        self.tree.show_groups(self._entries)
        self._favourites = self.shelf.favourites
        self.shelf.changed.connect(self._on_shelf_changed)
        if self.shelf.groups is not None:
            self._own = OwnGroupMenu(self.shelf.groups, self)
            self.tree.own_menu_wanted.connect(self._own.open_at)
            self.shelf.groups.changed.connect(self._on_groups_changed)
            self.shelf.groups.kept.connect(self._on_groups_kept)

    @property
    def _entries(self) -> list[LayerEntry]:
        """All layers, and the own groups; where only some are needed, those."""
        if self._limit is not None:
            return [entry for entry in self._layers if entry.name in self._limit]
        return [*self._layers, *(self.shelf.groups.entries() if self.shelf.groups is not None else [])]

    def fold(self, categories: Iterable[Category]) -> None:
        """Folds these categories, for a window that remembers them."""
        self.tree.fold(categories)

    def limit(self, names: Collection[str] | None) -> None:
        """Offers these layers only; None: all."""
        if names != self._limit:
            self._limit = names
            self._on_search_text_changed(self.search.text())

    def check(self) -> None:
        """All layers have been imported: lists what they say now, should that be something else."""
        entries = layer_entries()
        if entries != self._layers:
            self._layers = entries
            self._on_search_text_changed(self.search.text())

    def folded(self) -> frozenset[Category]:
        """The categories that are folded."""
        return self.tree.folded()

    def help_topic(self, _focus: QWidget | None = None) -> Topic | None:
        """What help is about here: the best hit of the search."""
        return self.tree.help_topic()

    @override
    def sizeHint(self) -> QSize:
        return QSize(230, 500)

    def _on_search_text_changed(self, text: str) -> None:
        hits = rank(text, self._entries)
        if text.strip():
            self.tree.show_hits(hits)
        else:
            self.tree.show_groups(self._entries, plain=self._limit is not None)
        self._nothing.setText(self.tr("No layer is called \u201c{text}\u201d.").format(text=text.strip()))
        self._nothing.setVisible(not hits)

    def _on_shelf_changed(self) -> None:
        if self.shelf.favourites != self._favourites:
            self._favourites = self.shelf.favourites
            if not self.search.text().strip():
                self.tree.show_groups(self._entries, plain=self._limit is not None)

    def _on_groups_changed(self) -> None:
        self._on_search_text_changed(self.search.text())

    def _on_groups_kept(self, name: str) -> None:
        """Shows where a group is found that was just put into the library."""
        self.search.clear()
        index = self.tree.index_of(name)
        self.tree.setCurrentIndex(index)
        self.tree.scrollTo(index)

    def _on_search_return_pressed(self) -> None:
        entry = self.tree.current_entry()
        if self.search.text().strip() and entry is not None:
            self.layer_activated.emit(entry.name)

    def _on_search_moved_down(self) -> None:
        self.tree.setFocus()
        if not self.tree.currentIndex().isValid():
            self.tree.setCurrentIndex(self.tree.model().index(0, 0))
