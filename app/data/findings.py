"""What stands out in the data, in plain sentences; a click leads to the column that is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets import Heading, TextLabel

Index = QModelIndex | QPersistentModelIndex

_COLUMN: Final = Qt.ItemDataRole.UserRole
_ICONS: Final = {"info": ("info", "dim"), "warning": ("warning", "warn"), "error": ("error", "bad")}


@dataclass(frozen=True)
class Remark:
    """One thing that stands out: a sentence, the column it is about (or none), how grave it is."""

    sentence: str
    column: str = ""
    severity: str = "info"


class _Sentences(QListWidget):
    """A list whose sentences wrap at its width."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setItemDelegate(_Wrapped(self))
        self.setIconSize(QSize(16, 16))
        self.setFont(theme.font(FontRole.BODY))
        self.setStyleSheet("QListView::item { height: auto; padding: 4px 2px; }")

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()  # Qt asks anew for the heights of rows that wrap only if told to


class _Wrapped(QStyledItemDelegate):
    """Makes a row as high as its sentence is at the width of the list."""

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = self.parent()
        assert isinstance(view, QListWidget)
        width = view.viewport().width()
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
        room = max(60, width - 60)  # beside the icon and its distances
        area = QFontMetrics(view.font()).boundingRect(0, 0, room, 10_000, flags, str(index.data()))
        return QSize(width, area.height() + 3 * SPACE)


class Findings(QWidget):
    """A heading over the sentences. `column_wanted` carries the column of the one that was clicked."""

    column_wanted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._remarks: tuple[Remark, ...] = ()
        self.heading = Heading(theme, self.tr("What stands out"))
        self.nothing = TextLabel(theme, tone="dim", wrap=True)
        self.list = _Sentences(theme)
        self.list.setAccessibleName(self.heading.text())
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * SPACE, 3 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self.heading)
        column.addWidget(self.nothing)
        column.addWidget(self.list, 1)
        column.addStretch(0)
        self.list.itemClicked.connect(self._on_item)
        self.list.itemActivated.connect(self._on_item)
        theme.changed.connect(self._fill)

    @property
    def remarks(self) -> Sequence[Remark]:
        """What is shown."""
        return self._remarks

    def set_remarks(self, remarks: Sequence[Remark], waiting: str) -> None:
        """Show these; where there is none, say why."""
        self.nothing.setText(waiting)
        self.nothing.setVisible(not remarks)
        self.list.setVisible(bool(remarks))
        if tuple(remarks) != self._remarks:
            self._remarks = tuple(remarks)
            self._fill()

    def _fill(self) -> None:
        self.list.clear()
        for remark in self._remarks:
            icon, role = _ICONS.get(remark.severity, _ICONS["info"])
            item = QListWidgetItem(self._theme.icon(icon, role), remark.sentence)
            item.setData(_COLUMN, remark.column)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, remark.sentence)
            self.list.addItem(item)

    def _on_item(self, item: QListWidgetItem) -> None:
        if item.data(_COLUMN):
            self.column_wanted.emit(item.data(_COLUMN))
