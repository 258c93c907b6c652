"""The columns of the file as a list: what each is for, by one click or one key, for one or many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QItemSelection,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QActionGroup, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from typing_extensions import override

from app.data.roles import AUTO, CHIP_HEIGHT, chip_width, paint_role_chip, role_title, role_words
from app.theme import RADIUS_CONTROL, SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded, outline_rounded

ROW: Final = 44
_MOST_ROWS: Final = 7
_EDGE: Final = 2 * SPACE
_ROW_ROLE: Final = Qt.ItemDataRole.UserRole

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class ColumnRow:
    """A column as the list shows it.

    Attributes:
        name: of the column.
        kind: its kind in a word.
        role: what it is for.
        decided: by the user; else it was guessed.
        reason: why it was guessed; may be empty.
        steps: whether the user decided anything else of it.
    """

    name: str
    kind: str
    role: str
    decided: bool = False
    reason: str = ""
    steps: bool = False


class ColumnsModel(QAbstractListModel):
    """The columns; shows new rows without losing the selection while the names stay."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ColumnRow, ...] = ()

    def row_at(self, index: Index) -> ColumnRow:
        """The column of an index."""
        return self._rows[index.row()]

    def place_of(self, name: str) -> QModelIndex:
        """The index of a column; an invalid one where there is none."""
        found = next((i for i, row in enumerate(self._rows) if row.name == name), -1)
        return self.index(found) if found >= 0 else QModelIndex()

    def set_rows(self, rows: Sequence[ColumnRow]) -> None:
        """Shows other columns, or the same ones changed."""
        if [row.name for row in rows] != [row.name for row in self._rows]:
            self.beginResetModel()
            self._rows = tuple(rows)
            self.endResetModel()
        elif tuple(rows) != self._rows:
            self._rows = tuple(rows)
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == _ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{row.name} \N{MIDDLE DOT} {row.kind}\n{self.origin(row)}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.name}, {row.kind}, {role_title(row.role)}, {self.origin(row)}"
        return None

    def origin(self, row: ColumnRow) -> str:
        """Who says that the column is for this, and why."""
        if row.decided:
            return self.tr("your choice")
        reason = row.reason or self.tr("guessed")
        return self.tr("Your steps. {reason}").format(reason=reason) if row.steps else reason


class _Delegate(QStyledItemDelegate):
    """Paints name, kind, origin and chip."""

    def __init__(self, theme: Theme, model: ColumnsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self.lit = -1  # the row on whose chip the pointer is

    def chip_rect(self, rect: QRect, row: ColumnRow) -> QRectF:
        """Where the chip of a row is painted."""
        width = chip_width(self._theme, row.role)
        return QRectF(rect.right() - _EDGE - width, rect.top() + 5, width, CHIP_HEIGHT)

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, ROW)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = self._model.row_at(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option)
        chip = self.chip_rect(option.rect, row)
        left = option.rect.left() + _EDGE
        room = QRectF(left, option.rect.top() + 5, chip.left() - left - _EDGE, CHIP_HEIGHT)
        name = self._line(painter, FontRole.STRONG, "text", row.name, room)
        kind = room.adjusted(name + 2 * SPACE, 1, 0, 1)
        if kind.width() > 30:
            self._line(painter, FontRole.SMALL, "dim", row.kind, kind)
        below = QRectF(left, option.rect.top() + 25, option.rect.right() - left - _EDGE, 16)
        self._line(painter, FontRole.SMALL, "dim", self._model.origin(row), below)
        lit = self.lit == index.row()
        paint_role_chip(painter, self._theme, chip, row.role, guessed=not row.decided, lit=lit)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        rect = QRectF(option.rect).adjusted(0, 1, 0, -1)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            fill_rounded(painter, rect, self._theme.color("accent", 0.16), RADIUS_CONTROL)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            fill_rounded(painter, rect, self._theme.color("hover", 0.6), RADIUS_CONTROL)
        if option.state & QStyle.StateFlag.State_HasFocus:
            outline_rounded(painter, rect, self._theme.color("accent"), RADIUS_CONTROL, 1.5)

    def _line(self, painter: QPainter, role: FontRole, color: str, text: str, room: QRectF) -> float:
        """Paints one line that ends in an ellipsis where there is no room; its width."""
        font = self._theme.font(role)
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, round(room.width()))
        painter.setFont(font)
        painter.setPen(self._theme.color(color))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        return float(metrics.horizontalAdvance(shown))


class ColumnsList(QListView):
    """A list to choose columns in and to give them roles.

    `selected_changed` carries the names of the selected columns; `role_wanted` names and a role. A click on a chip opens
    the menu of roles; Space goes on to the next role, Menu and Shift+F10 open the menu, letters give a role at once.
    """

    selected_changed = Signal(tuple)
    role_wanted = Signal(tuple, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns = ColumnsModel(self)
        self._delegate = _Delegate(theme, self.columns, self)
        self.setModel(self.columns)
        self.setItemDelegate(self._delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setStyleSheet("QListView::item { padding: 0; height: 44px; }")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Columns and their roles"))
        theme.changed.connect(self.viewport().update)

    def set_rows(self, rows: Sequence[ColumnRow]) -> None:
        """Shows other columns, or the same ones changed."""
        self.columns.set_rows(rows)
        self.updateGeometry()

    def selected(self) -> tuple[str, ...]:
        """The names of the selected columns, in the order of the list."""
        places = sorted(index.row() for index in self.selectedIndexes())
        return tuple(self.columns.row_at(self.columns.index(place)).name for place in places)

    def choose(self, name: str) -> None:
        """Selects a column alone and brings it into view; nothing where there is none of that name."""
        index = self.columns.place_of(name)
        if index.isValid() and self.selected() != (name,):
            self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)

    @override
    def sizeHint(self) -> QSize:
        rows = min(max(self.columns.rowCount(), 1), _MOST_ROWS)
        peek = ROW // 2 if self.columns.rowCount() > _MOST_ROWS else 0  # half a row says that there is more
        return QSize(200, rows * ROW + peek)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(100, ROW)

    @override
    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.selected_changed.emit(self.selected())

    # -- roles -------------------------------------------------------------------------------------------------
    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._chip_at(event.position().toPoint())
        if index is None or event.button() is not Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        if index not in self.selectedIndexes():
            self.setCurrentIndex(index)
        self.open_menu(index)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self._chip_at(event.position().toPoint())
        self._light(-1 if index is None else index.row())
        super().mouseMoveEvent(event)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._light(-1)
        super().leaveEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, names = event.key(), self.selected()
        by_key = {words.key: words.role for words in role_words()}
        plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if names and plain and not shift and Qt.Key(key) in by_key:
            self.role_wanted.emit(names, by_key[Qt.Key(key)])
        elif names and plain and key == Qt.Key.Key_Space:
            self.role_wanted.emit(names, self._next_role())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Menu) or (
            key == Qt.Key.Key_F10 and shift
        ):
            self.open_menu(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def open_menu(self, index: Index) -> None:
        """Opens the menu of roles below the chip of a row, for all selected columns."""
        if not index.isValid() or not self.selected():
            return
        chip = self._delegate.chip_rect(self.visualRect(index), self.columns.row_at(index)).toRect()
        self.open_menu_at(self.viewport().mapToGlobal(chip.bottomLeft() + QPoint(0, 2)))

    def open_menu_at(self, place: QPoint) -> None:
        """Opens the menu of roles at a place on the screen, for all selected columns."""
        if self.selected():
            self._make_menu(self.columns.row_at(self.currentIndex())).popup(place)

    def _make_menu(self, row: ColumnRow) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        menu.setAccessibleName(self.tr("Role of {columns}").format(columns=", ".join(self.selected()[:5])))
        group = QActionGroup(menu)
        for words in role_words():
            action = QAction(f"{words.title} \N{EN DASH} {words.about}\t{chr(words.key.value)}", group)
            action.setCheckable(True)
            action.setChecked(words.role == (row.role if row.decided else AUTO))
            action.setData(words.role)
            menu.addAction(action)
        names = self.selected()
        group.triggered.connect(lambda action: self.role_wanted.emit(names, action.data()))
        return menu

    def _next_role(self) -> str:
        """The role after that of the current column, round and round."""
        roles = [words.role for words in role_words()]
        row = self.columns.row_at(self.currentIndex())
        now = row.role if row.decided else AUTO
        return roles[(roles.index(now) + 1) % len(roles)] if now in roles else AUTO

    def _chip_at(self, place: QPoint) -> QModelIndex | None:
        index = self.indexAt(place)
        if not index.isValid():
            return None
        chip = self._delegate.chip_rect(self.visualRect(index), self.columns.row_at(index))
        return index if chip.adjusted(-4, -4, 4, 4).contains(place) else None

    def _light(self, row: int) -> None:
        if self._delegate.lit != row:
            self._delegate.lit = row
            self.viewport().setCursor(
                Qt.CursorShape.PointingHandCursor if row >= 0 else Qt.CursorShape.ArrowCursor
            )
            self.viewport().update()
