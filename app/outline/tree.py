"""The tree of the outline: what is selected in it is selected on the canvas, and its keys edit the document."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)
from typing_extensions import override

from app.canvas.keys import combination_of
from app.canvas.menu import menu_at
from app.canvas.panel import CanvasPanel
from app.canvas.scene import center_of
from app.outline.rows import Row, RowKind, rows_of
from app.theme import Theme
from engine.graph.inside import BELOW

_ROW: Final = Qt.ItemDataRole.UserRole + 1
_OPEN_LIMIT: Final = 60
"""Rows up to which groups are shown open at first."""

_NARROWEST: Final = 100  # pixels for a name, and for a kind of layer
_WIDEST_NUMBERS: Final = 104
_Id = tuple[RowKind, str, str]


class _NameDelegate(QStyledItemDelegate):
    """Makes the field in which a name is written, with a name of its own."""

    @override
    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        made = super().createEditor(parent, option, index)
        made.setAccessibleName(self.tr("Name"))
        return made


class OutlineTree(QTreeWidget):
    """Shows the document of a canvas. `left` is emitted when the keyboard should go back to the canvas."""

    left = Signal()
    tells_selection = True  # a screen reader reads the row that one comes to

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._canvas: CanvasPanel | None = None
        self._rows: tuple[Row, ...] = ()
        self._syncing = False
        self._stale = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        self.setAccessibleName(self.tr("Outline of the network"))
        self.setHeaderLabels([self.tr("Name"), self.tr("Layer"), self.tr("Gives"), self.tr("Parameters")])
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setExpandsOnDoubleClick(False)
        self.setUniformRowHeights(True)
        self.setItemDelegate(_NameDelegate(self))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        header = self.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(40)
        header.sectionResized.connect(self._on_header_section_resized)
        self._fitting = self._dragged = False
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemSelectionChanged.connect(self._on_item_selection_changed)
        self.itemChanged.connect(self._on_item_changed)
        self.itemDoubleClicked.connect(self._on_item_double_clicked)
        theme.changed.connect(self._on_theme_changed)

    def watch(self, canvas: CanvasPanel) -> None:
        """Shows the document of this canvas from now on."""
        self.forget()
        self._canvas = canvas
        canvas.selected.connect(self._on_canvas_selected)
        canvas.level_changed.connect(self._on_canvas_level_changed)
        canvas.scene.layout_changed.connect(self._refresh_soon)
        canvas.inference.inferred.connect(self._refresh_soon)
        canvas.destroyed.connect(self._on_canvas_destroyed)
        self.refresh()

    def forget(self) -> None:
        """Shows nothing."""
        if self._canvas is not None:
            canvas, self._canvas = self._canvas, None
            canvas.selected.disconnect(self._on_canvas_selected)
            canvas.level_changed.disconnect(self._on_canvas_level_changed)
            canvas.scene.layout_changed.disconnect(self._refresh_soon)
            canvas.inference.inferred.disconnect(self._refresh_soon)
            canvas.destroyed.disconnect(self._on_canvas_destroyed)
        self._show(())

    def refresh(self) -> None:
        """Takes over what the document says now; nothing while nobody looks, and later while a name is written."""
        self._timer.stop()
        if self._is_editing():
            return
        self._stale = not self.isVisible()
        canvas = self._canvas
        if canvas is None or self._stale:
            return
        middles = {i: center_of(item) for i, item in canvas.scene.nodes.items()}
        places = {i: (place.x(), place.y()) for i, place in middles.items()}
        self._show(rows_of(canvas.scene.graph, canvas.inference.now(), places))
        self._on_canvas_selected()

    def row_of(self, item: QTreeWidgetItem) -> Row:
        """What an item stands for."""
        row: Row = item.data(0, _ROW)
        return row

    def items(self) -> list[QTreeWidgetItem]:
        """All items, from top to bottom."""
        found: list[QTreeWidgetItem] = []
        waiting = [self.topLevelItem(k) for k in reversed(range(self.topLevelItemCount()))]
        while waiting:
            item = waiting.pop()
            if item is not None:
                found.append(item)
                waiting += [item.child(k) for k in reversed(range(item.childCount()))]
        return found

    def select(self, kind: RowKind, key: str) -> None:
        """Selects the row of a node or note, and makes it current."""
        for item in self.items():
            row = self.row_of(item)
            if (row.kind, row.key) == (kind, key):
                self.setCurrentItem(item)
                return

    # -- showing ---------------------------------------------------------------------------------------------
    def _show(self, rows: tuple[Row, ...]) -> None:
        if rows == self._rows and self.topLevelItemCount() == len(rows):
            return
        known = {self._id(item): item.isExpanded() for item in self.items()}
        before = self.currentItem()
        current = self._id(before) if before is not None else None
        scrolled = self.verticalScrollBar().value()
        self._syncing = True
        self.clear()
        self._rows = rows
        self.addTopLevelItems([self._item(row) for row in rows])
        few = len(rows) <= _OPEN_LIMIT
        for item in self.items():
            self._dress(item)
            item.setExpanded(known.get(self._id(item), few and self.row_of(item).kind is RowKind.NOTE))
            if self._id(item) == current:
                self.setCurrentItem(item)
        self.verticalScrollBar().setValue(scrolled)
        self._syncing = False
        if not self._dragged:
            self._fit_columns()

    def _fit_columns(self) -> None:
        """Gives the columns all the room there is and no more; where it is little, numbers make way for names."""
        room, header = self.viewport().width(), self.header()
        shape, count = (
            min(max(self.sizeHintForColumn(k), header.sectionSizeHint(k)), _WIDEST_NUMBERS) for k in (2, 3)
        )
        has_shape = room - shape >= 2 * _NARROWEST
        has_count = has_shape and room - shape - count >= 2 * _NARROWEST
        self._fitting = True
        self.setColumnHidden(2, not has_shape)
        self.setColumnHidden(3, not has_count)
        rest = room - shape * has_shape - count * has_count
        name = min(max(self.sizeHintForColumn(0), rest // 2), rest - min(_NARROWEST, rest // 3))
        for column, width in enumerate((name, rest - name, shape, count)):
            self.setColumnWidth(column, width)
        self._fitting = False

    def _item(self, row: Row) -> QTreeWidgetItem:
        item = QTreeWidgetItem([row.title, row.layer, row.shape, row.parameters])
        item.setData(0, _ROW, row)
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, row.words)
        item.setToolTip(0, row.words)
        if row.kind is not RowKind.PROBLEM:
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        item.setTextAlignment(3, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.addChildren([self._item(inner) for inner in row.inner])
        return item

    def _dress(self, item: QTreeWidgetItem) -> None:
        row = self.row_of(item)
        icon, role = row.icon
        if icon:
            role = {"error": "bad", "warning": "warn"}.get(icon, role)
            item.setIcon(0, self._theme.icon(icon, role))
        item.setFirstColumnSpanned(row.kind is RowKind.PROBLEM)

    def _id(self, item: QTreeWidgetItem) -> _Id:
        row = self.row_of(item)
        return row.kind, row.key, row.title if row.kind in (RowKind.PART, RowKind.PROBLEM) else ""

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._dragged = False
        self._fit_columns()

    def _on_header_section_resized(self) -> None:
        """Columns that somebody has dragged stay so, until the outline becomes wider or narrower."""
        self._dragged = self._dragged or not self._fitting

    # -- keys ------------------------------------------------------------------------------------------------
    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self._is_editing():
            self._activate(self.currentItem())
        elif event.key() == Qt.Key.Key_Escape and not self._is_editing():
            self.left.emit()
        elif not self._is_editing() and self._canvas is not None and _is_edit(event):
            self._canvas.view.keys.press(event)
        else:
            super().keyPressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._canvas is not None and self.selectedItems():
            view = self._canvas.view
            rect = self.visualItemRect(self.currentItem() or self.selectedItems()[0])
            by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
            place = self.viewport().mapToGlobal(rect.bottomLeft() + QPoint(24, 0))
            menu_at(view, view.center_place(), by_key=True).popup(place if by_key else event.globalPos())

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and self._stale:
            self._refresh_soon()
        return super().event(event)

    @override
    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        super().closeEditor(editor, hint)
        self._refresh_soon()

    def _is_editing(self) -> bool:
        return self.state() is QAbstractItemView.State.EditingState

    def _activate(self, item: QTreeWidgetItem | None) -> None:
        if item is None or self._canvas is None:
            return
        row = self.row_of(item)
        if row.problem is not None and row.problem.remedy is not None:
            self._canvas.levels.ground.editor.apply(row.problem.remedy.edit)
        elif row.kind is RowKind.NOTE:
            self.editItem(item, 0)
        else:
            self._canvas.view.setFocus()
            self._canvas.go_to(row.key)
            self._canvas.view.activate(row.key)

    # -- what happened ---------------------------------------------------------------------------------------
    def _on_item_selection_changed(self) -> None:
        """Selects on the canvas what is selected here; of what is in a closed group, the group."""
        canvas = self._canvas
        if self._syncing or canvas is None:
            return
        rows = [self.row_of(item) for item in self.selectedItems()]
        keys = [row.key for row in rows if row.kind is not RowKind.NOTE]
        notes = [row.key for row in rows if row.kind is RowKind.NOTE]
        self._syncing = True
        self._select_on(canvas, keys, notes)
        self._syncing = False

    def _select_on(self, canvas: CanvasPanel, keys: Sequence[str], notes: Sequence[str]) -> None:
        shown = canvas.view.graph_scene.nodes
        nodes = dict.fromkeys(found for key in keys if (found := _nearest(key, shown)) is not None)
        if (notes or len(nodes) < len(set(keys))) and canvas.level is not canvas.levels.ground:
            canvas.levels.go_up(0)  # it lies outside of the open group
            shown = canvas.view.graph_scene.nodes
            nodes = dict.fromkeys(found for key in keys if (found := _nearest(key, shown)) is not None)
        scene, view = canvas.view.graph_scene, canvas.view
        scene.select(nodes, notes=notes)
        if len(nodes) == 1 and not notes:
            view.show_node(next(iter(nodes)))
        elif len(notes) == 1 and not nodes:
            view.show_rect(scene.notes.items[notes[0]].rect())

    def _on_canvas_level_changed(self) -> None:
        if not self._syncing:
            self._on_canvas_selected()

    def _on_canvas_selected(self, _nodes: object = None) -> None:
        canvas = self._canvas
        if self._syncing or canvas is None or self._stale:
            return
        scene = canvas.view.graph_scene
        self._syncing = True
        self._select_rows(set(scene.selected_nodes()), set(scene.notes.selected()))
        self._syncing = False

    def _select_rows(self, nodes: Collection[str], notes: Collection[str]) -> None:
        found = []
        for item in self.items():
            row = self.row_of(item)
            wanted = row.key in (notes if row.kind is RowKind.NOTE else nodes)
            if row.kind is RowKind.PROBLEM or (row.kind is RowKind.PART and not wanted):
                wanted = item.isSelected() and any(_is_in(row.key, node) for node in nodes)
            item.setSelected(wanted)
            if wanted and row.kind is not RowKind.PROBLEM:
                found.append(item)
        current = self.currentItem()
        if found and (current is None or not current.isSelected()):
            self.setCurrentItem(found[0], 0, self.selectionModel().SelectionFlag.NoUpdate)
            self.scrollToItem(found[0])

    def _on_item_changed(self, item: QTreeWidgetItem, column: int) -> None:
        canvas = self._canvas
        if self._syncing or column or canvas is None:
            return
        row, text = self.row_of(item), item.text(0).strip()
        if row.kind is RowKind.NOTE:
            done = canvas.levels.ground.editor.write_note(row.key, text)
        else:
            if row.key not in canvas.view.graph_scene.nodes:
                canvas.go_to(row.key)
            done = row.key in canvas.view.graph_scene.nodes and canvas.editor.rename(row.key, text)
        if not done:  # refused, or the same
            self._syncing = True
            item.setText(0, row.title)
            self._syncing = False

    def _on_item_double_clicked(self, item: QTreeWidgetItem, _column: int) -> None:
        self._activate(item)

    def _refresh_soon(self, _found: object = None) -> None:
        self._timer.start(0)

    def _on_canvas_destroyed(self) -> None:
        self._canvas = None
        self._show(())

    def _on_theme_changed(self) -> None:
        for item in self.items():
            self._dress(item)


_EDITS = ("Del", "Backspace", "Ctrl+X", "Ctrl+C", "Ctrl+V", "Ctrl+D", "Ctrl+G", "Ctrl+Shift+G", "Ctrl+Z")
_EDITS_MORE = ("Ctrl+L", "Ctrl+Shift+L", "Ctrl+Shift+Z", "Ctrl+Y", "Ctrl+F", "F3", "Shift+F3")


def _is_edit(event: QKeyEvent) -> bool:
    """Whether a key does here what it does on the canvas; letters alone find rows."""
    return event.keyCombination() in {combination_of(keys) for keys in (*_EDITS, *_EDITS_MORE)}


def _nearest(key: str, shown: Collection[str]) -> str | None:
    """Of a path the innermost part that is shown; None where it is elsewhere."""
    while key not in shown and BELOW in key:
        key = key.rpartition(BELOW)[0]
    return key if key in shown else None


def _is_in(key: str, node: str) -> bool:
    """Whether a path is that of a node or leads into it."""
    return key == node or key.startswith(node + BELOW)
