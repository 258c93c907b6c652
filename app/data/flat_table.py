"""What tables without a tree have in common for Qt's views: as many rows and columns as they say, numbered and titled."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from typing_extensions import override

Index = QModelIndex | QPersistentModelIndex


class FlatTable(QAbstractTableModel):
    """Base of tables of rows and named columns."""

    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def column_count(self) -> int:
        """How many columns there are."""
        raise NotImplementedError

    def column_title(self, section: int) -> str:
        """What stands above a column."""
        raise NotImplementedError

    def row_title(self, section: int) -> str:
        """What stands before a row: its number, counted from 1."""
        return f"{section + 1:,}"

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else self.row_count()

    @override
    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else self.column_count()

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation is Qt.Orientation.Vertical:
            return self.row_title(section)
        return self.column_title(section) if section < self.column_count() else None
