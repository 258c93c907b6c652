"""All keys on one page that can be searched, and given to other actions."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.canvas.announce import announce
from app.commands.keymap import Binding, Keymap
from app.palette.matching import match
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, SearchField, TextLabel

_NAME_ROLE: Final = Qt.ItemDataRole.UserRole + 1
_NATIVE: Final = QKeySequence.SequenceFormat.NativeText
_SIZE: Final = QSize(620, 640)
_ROW: Final = 26  # as high as the rows of other lists
_ALONE: Final = (
    Qt.Key.Key_Control,
    Qt.Key.Key_Shift,
    Qt.Key.Key_Alt,
    Qt.Key.Key_Meta,
    Qt.Key.Key_AltGr,
)
"""Keys that mean nothing without another."""


class KeysDialog(QDialog):
    """Lists actions with their keys; Enter or a double-click on one, then the new key."""

    def __init__(self, theme: Theme, keymap: Keymap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keys"))
        self._keymap = keymap
        self._awaiting = ""  # the action that gets the next key
        self._asked = ""  # the key that another action has, pressed once
        self.search = SearchField(theme, self.tr("Search actions and keys\N{HORIZONTAL ELLIPSIS}"))
        self.table = QTreeWidget()
        self.table.setAccessibleName(self.tr("Actions and their keys"))
        self.table.setHeaderLabels([self.tr("Action"), self.tr("Where"), self.tr("Key")])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.sentence = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.change = Button(theme, self.tr("Change key"), kind="primary")
        self.remove = Button(theme, self.tr("No key"))
        self.reset = Button(theme, self.tr("Reset"))
        self.copy = Button(theme, self.tr("Copy the list"))
        self.reset_all = Button(theme, self.tr("Reset all"))
        self._lay_out()
        self.search.textChanged.connect(self._on_search_text_changed)
        self.search.returnPressed.connect(self._begin)
        self.search.moved_down.connect(self.table.setFocus)
        self.table.itemActivated.connect(self._begin)
        self.change.clicked.connect(self._begin)
        self.remove.clicked.connect(self._on_remove_clicked)
        self.reset.clicked.connect(self._on_reset_clicked)
        self.copy.clicked.connect(self._on_copy_clicked)
        self.reset_all.clicked.connect(keymap.reset_all)
        keymap.changed.connect(self._show)
        self.table.installEventFilter(self)
        self._show()
        self._say(self._help())

    def select(self, name: str) -> None:
        """Select the row of an action."""
        for row in range(self.table.topLevelItemCount()):
            item = self.table.topLevelItem(row)
            if item is not None and item.data(0, _NAME_ROLE) == name:
                self.table.setCurrentItem(item)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._awaiting and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # the key is to be taken down, not to do what it does
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._take(event)
                return True
        if self._awaiting and event.type() == QEvent.Type.FocusOut:
            self._end(self.tr("Nothing was changed."))
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.change, self.remove, self.reset):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        for button in (self.copy, self.reset_all):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.search)
        column.addWidget(self.table, 1)
        column.addWidget(self.sentence)
        column.addLayout(buttons)
        self.table.setColumnWidth(0, 300)
        for place in (1, 2):  # as wide as the words of the language
            self.table.header().setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        self.resize(_SIZE)

    # -- the list -----------------------------------------------------------------------------------
    def _show(self) -> None:
        current, text = self._current(), self.search.text().strip()
        self.table.clear()
        scores = [
            (match(text, b.title, (b.keys,), b.group) if text else 1.0, b) for b in self._keymap.bindings()
        ]
        for score, each in sorted(scores, key=lambda found: -found[0]):
            if score > 0:
                self.table.addTopLevelItem(self._row(each))
        if (first := self.table.topLevelItem(0)) is not None:
            self.table.setCurrentItem(first)
        self.select(current)

    def _on_search_text_changed(self) -> None:
        """What fits best comes first, and is selected; Enter changes its key."""
        self._show()
        first = self.table.topLevelItem(0)
        if first is not None:
            self.table.setCurrentItem(first)
        self._say(self._help() if first is not None else self.tr("Nothing is called so."))

    def _help(self) -> str:
        return self.tr("Enter or a double-click changes the key of an action.")

    def _row(self, each: Binding) -> QTreeWidgetItem:
        keys = QKeySequence(each.keys).toString(_NATIVE)
        shown = self.tr("{keys} (changed)").format(keys=keys or self.tr("none")) if each.changed else keys
        item = QTreeWidgetItem([each.title, each.group, shown])
        item.setSizeHint(0, QSize(0, _ROW))
        item.setData(0, _NAME_ROLE, each.name)
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{each.title}, {each.group}, {shown}")
        return item

    def _current(self) -> str:
        return str(self.table.currentIndex().siblingAtColumn(0).data(_NAME_ROLE) or "")

    # -- another key ----------------------------------------------------------------------------------
    def _begin(self) -> None:
        if self._current():
            self.table.setFocus()
            self._awaiting, self._asked = self._current(), ""
            title = self.table.currentIndex().siblingAtColumn(0).data()
            self._say(self.tr("Press the new key for {action}; Esc leaves it.").format(action=title))

    def _take(self, event: QKeyEvent) -> None:
        if event.key() in _ALONE:
            return
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self._end(self.tr("Nothing was changed."))
            return
        keys = QKeySequence(event.keyCombination()).toString()
        owner = self._keymap.owner(keys)
        if owner is not None and owner.name != self._awaiting and self._asked != keys:
            self._asked = keys
            words = self.tr("{keys} is the key of {action}. Press it again to take it from there, or Esc.")
            self._say(words.format(keys=QKeySequence(keys).toString(_NATIVE), action=owner.title))
            return
        self._keymap.bind(self._awaiting, keys)
        self._end(self.tr("The key is {keys} now.").format(keys=QKeySequence(keys).toString(_NATIVE)))

    def _end(self, sentence: str) -> None:
        self._awaiting = self._asked = ""
        self._say(sentence)

    def _on_remove_clicked(self) -> None:
        if self._current():
            self._keymap.bind(self._current(), "")

    def _on_reset_clicked(self) -> None:
        if self._current():
            self._keymap.reset(self._current())

    def _on_copy_clicked(self) -> None:
        """As a table that text editors and spreadsheets take: to print it, or to pass it on."""
        header = self.table.headerItem()
        rows = [[header.text(column) for column in range(3)]]
        for each in self._keymap.bindings():
            rows.append([each.title, each.group, QKeySequence(each.keys).toString(_NATIVE)])
        QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in rows) + "\n")
        self._say(self.tr("The list is on the clipboard: {count} actions.").format(count=len(rows) - 1))

    def _say(self, sentence: str) -> None:
        self.sentence.setText(sentence)
        announce(self.sentence, sentence)
