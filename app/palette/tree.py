"""The list of the palette: categories that fold, entries that can be dragged to the canvas."""

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QKeyCombination, QMimeData, QModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QTreeView, QWidget
from typing_extensions import override

from app.help.topic import Topic
from app.i18n import declared
from app.palette.delegate import CATEGORY_ROLE, COUNT_ROLE, ENTRY_ROLE, OPEN_ROLE, EntryDelegate
from app.palette.entries import LAYER_MIME, LayerEntry, by_category, layer_mime
from app.palette.groups import PREFIX
from app.palette.shelf import LayerShelf
from app.theme import Theme
from engine.layers.base import Category
from engine.layers.registry import layers

_MORE_ROLE: Final = Qt.ItemDataRole.UserRole + 5
_OWN_ROLE: Final = Qt.ItemDataRole.UserRole + 6
FAVOURITE_KEY: Final = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_D)
_SHORT: Final = 5
"""A category with so many entries is shown whole."""


class EntryModel(QStandardItemModel):
    """Entries, flat or under headings, that can be dragged."""

    @override
    def mimeTypes(self) -> list[str]:
        return [LAYER_MIME]

    @override
    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        entries = [index.data(ENTRY_ROLE) for index in indexes]
        name = next((entry.name for entry in entries if isinstance(entry, LayerEntry)), "")
        return layer_mime(name)


def entry_item(entry: LayerEntry) -> QStandardItem:
    """The row of an entry; its tooltip and its description for screen readers are the summary."""
    item = QStandardItem(entry.shown)
    item.setData(entry, ENTRY_ROLE)
    item.setToolTip(entry.summary)
    item.setData(entry.summary, Qt.ItemDataRole.AccessibleDescriptionRole)
    item.setEditable(False)
    item.setDragEnabled(True)
    return item


def split_rare(group: Sequence[LayerEntry]) -> tuple[list[LayerEntry], list[LayerEntry]]:
    """The entries of a category shown at once, and those folded away: none where there are few or none is common."""
    common = [entry for entry in group if entry.common]
    rare = [entry for entry in group if not entry.common]
    return (list(group), []) if not common or len(rare) < 2 or len(group) <= _SHORT else (common, rare)


class EntryTree(QTreeView):
    """Shows entries; `entry_activated` carries the name of one that was double-clicked or got Enter.

    A click on its star, or Ctrl+D, makes an entry a favourite or not. `own_menu_wanted` carries the name of an own group,
    or "" for the heading above them, and where its menu is wanted.
    """

    entry_activated = Signal(str)
    own_menu_wanted = Signal(str, object)

    def __init__(self, theme: Theme, shelf: LayerShelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._model = EntryModel(self)
        self._folded: set[Category] = set()
        self._unfolded: set[Category] = set()
        self._delegate = EntryDelegate(theme, shelf)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setHeaderHidden(True)
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setExpandsOnDoubleClick(False)
        self.setUniformRowHeights(False)
        self.setMouseTracking(True)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setStyleSheet("QTreeView { background: transparent; } QTreeView::item { padding: 0; }")
        self.clicked.connect(self._on_clicked)
        self.doubleClicked.connect(self._on_double_clicked)
        self.expanded.connect(self._on_expanded)
        self.collapsed.connect(self._on_collapsed)
        theme.changed.connect(self.viewport().update)
        shelf.changed.connect(self.viewport().update)

    def show_groups(self, entries: Iterable[LayerEntry], *, plain: bool = False) -> None:
        """Shows the entries under the headings of their categories; what was folded stays folded.

        The rare ones of a long category are folded under a row of their own. A `plain` list has no place for own groups.
        """
        self.setUniformRowHeights(False)  # headings are of another height
        self._model.clear()
        entries = list(entries)
        self._show_favourites(entries)
        own = [entry for entry in entries if entry.name.startswith(PREFIX)]
        if own:
            self._show_own(own)
        entries = [entry for entry in entries if not entry.name.startswith(PREFIX)]
        for category, group in by_category(entries).items():
            common, rare = split_rare(group)
            heading = QStandardItem(declared(category.value.capitalize()))
            heading.setEditable(False)
            heading.setDragEnabled(False)
            heading.setData(len(group), COUNT_ROLE)
            heading.setData(category, CATEGORY_ROLE)
            heading.setData(category not in self._folded, OPEN_ROLE)
            heading.appendRows([entry_item(entry) for entry in common])
            self._model.appendRow(heading)
            if rare:
                heading.appendRow(self._more_item(category, rare))
            self.setExpanded(heading.index(), category not in self._folded)
        if not own and not plain:
            self._show_own(own)

    def _show_favourites(self, entries: Sequence[LayerEntry]) -> None:
        """On top of all, where there are any."""
        favourites = [entry for entry in entries if entry.name in self._shelf.favourites]
        if not favourites:
            return
        heading = QStandardItem(self.tr("Favourites"))
        heading.setEditable(False)
        heading.setDragEnabled(False)
        heading.setData(len(favourites), COUNT_ROLE)
        heading.setData(True, OPEN_ROLE)
        heading.appendRows([entry_item(entry) for entry in favourites])
        self._model.appendRow(heading)
        self.setExpanded(heading.index(), True)

    def _show_own(self, entries: Sequence[LayerEntry]) -> None:
        """The groups that a person keeps; without any the heading is the last, for its menu brings some."""
        if self._shelf.groups is None:
            return
        heading = QStandardItem(self.tr("My groups"))
        heading.setEditable(False)
        heading.setDragEnabled(False)
        heading.setData(len(entries), COUNT_ROLE)
        heading.setData(bool(entries), OPEN_ROLE)
        heading.setData(True, _OWN_ROLE)
        heading.setToolTip(self.tr("Groups that you keep for all projects; right-click for more"))
        heading.appendRows([entry_item(entry) for entry in entries])
        self._model.appendRow(heading)
        self.setExpanded(heading.index(), True)

    def open_own_menu(self, index: QModelIndex, place: QPoint) -> None:
        """Asks for the menu of an own group, or of the heading above them; nothing on other rows."""
        entry = index.data(ENTRY_ROLE) if index.isValid() else None
        if isinstance(entry, LayerEntry) and entry.name.startswith(PREFIX):
            self.own_menu_wanted.emit(entry.name, place)
        elif index.isValid() and index.data(_OWN_ROLE):
            self.own_menu_wanted.emit("", place)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        place = self.visualRect(index).bottomLeft() if by_key else event.pos()
        self.open_own_menu(index, self.viewport().mapToGlobal(place))

    def _more_item(self, category: Category, rare: Sequence[LayerEntry]) -> QStandardItem:
        """The row that the rare entries of a category are folded under."""
        more = QStandardItem(self.tr("%n more", "", len(rare)))
        more.setEditable(False)
        more.setDragEnabled(False)
        more.setData(category, _MORE_ROLE)
        more.setData(False, OPEN_ROLE)
        more.appendRows([entry_item(entry) for entry in rare])
        return more

    def show_hits(self, entries: Sequence[LayerEntry]) -> None:
        """Shows the entries in their order without headings, the first one selected."""
        self.setUniformRowHeights(True)  # else all are asked how high they are whenever some come
        self._model.clear()
        self.add_hits(entries)

    def add_hits(self, entries: Sequence[LayerEntry]) -> None:
        """Shows more entries below those of `show_hits`."""
        if not entries:
            return
        self._model.invisibleRootItem().appendRows([entry_item(entry) for entry in entries])
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self._model.index(0, 0))

    def fold(self, categories: Iterable[Category]) -> None:
        """Folds these categories and unfolds all others."""
        self._folded = set(categories)
        for row in range(self._model.rowCount()):
            index = self._model.index(row, 0)
            if index.data(CATEGORY_ROLE) is not None:
                self.setExpanded(index, Category(index.data(CATEGORY_ROLE)) not in self._folded)

    def folded(self) -> frozenset[Category]:
        """The categories that are folded."""
        return frozenset(self._folded)

    def index_of(self, name: str) -> QModelIndex:
        """Where the entry of that name is; an invalid index if it is not shown."""
        match = Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive
        items = self._model.findItems("", match)
        found = [i for i in items if isinstance(e := i.data(ENTRY_ROLE), LayerEntry) and e.name == name]
        return found[0].index() if found else QModelIndex()

    def current_entry(self) -> LayerEntry | None:
        """The entry under the keyboard's cursor."""
        entry = self.currentIndex().data(ENTRY_ROLE) if self.currentIndex().isValid() else None
        return entry if isinstance(entry, LayerEntry) else None

    def toggle_favourite(self) -> None:
        """Makes the entry under the keyboard's cursor a favourite, or no longer one."""
        entry = self.current_entry()
        if entry is not None:
            self._shelf.toggle(entry.name)

    def help_topic(self, _focus: QWidget | None = None) -> Topic | None:
        """What help is about here: the layer of the entry."""
        entry = self.current_entry()
        kind = layers().get(entry.name) if entry is not None and not entry.name.startswith(PREFIX) else None
        return Topic(kind) if kind is not None else None

    @override
    def sizeHint(self) -> QSize:
        return QSize(206, 400)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._activate(self.currentIndex())
        elif event.keyCombination() == FAVOURITE_KEY:
            self.toggle_favourite()
        else:
            super().keyPressEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        star = self._delegate.star_rect(QRectF(self.visualRect(index)))
        entry = index.data(ENTRY_ROLE) if index.isValid() else None
        if isinstance(entry, LayerEntry) and star.contains(event.position()):
            self._shelf.toggle(entry.name)
            return
        super().mousePressEvent(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        star = self._delegate.star_rect(QRectF(self.visualRect(index)))
        if index.data(ENTRY_ROLE) is None or not star.contains(event.position()):
            super().mouseReleaseEvent(event)  # else the star would choose the entry, too

    def _activate(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY_ROLE) if index.isValid() else None
        if isinstance(entry, LayerEntry):
            self.entry_activated.emit(entry.name)
        elif index.isValid():
            self.setExpanded(index, not self.isExpanded(index))

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.data(ENTRY_ROLE) is None:
            self._activate(index)

    def _on_double_clicked(self, index: QModelIndex) -> None:
        if index.data(ENTRY_ROLE) is not None:
            self._activate(index)

    def _on_expanded(self, index: QModelIndex) -> None:
        if index.data(CATEGORY_ROLE) is not None:
            self._folded.discard(Category(index.data(CATEGORY_ROLE)))
            for row in range(self._model.rowCount(index)):
                self._restore_more(self._model.index(row, 0, index))
        elif index.data(_MORE_ROLE) is not None:
            self._unfolded.add(Category(index.data(_MORE_ROLE)))
        self._model.setData(index, True, OPEN_ROLE)

    def _on_collapsed(self, index: QModelIndex) -> None:
        if index.data(CATEGORY_ROLE) is not None:
            self._folded.add(Category(index.data(CATEGORY_ROLE)))
        elif index.data(_MORE_ROLE) is not None:
            self._unfolded.discard(Category(index.data(_MORE_ROLE)))
        self._model.setData(index, False, OPEN_ROLE)

    def _restore_more(self, index: QModelIndex) -> None:
        """Unfolds the rare entries of a category again that were unfolded before a search."""
        if index.data(_MORE_ROLE) is not None:
            self.setExpanded(index, Category(index.data(_MORE_ROLE)) in self._unfolded)
