"""A table that leaves out the columns it has no room for, the least needed first; tooltips of its rows tell them."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTreeWidget
from typing_extensions import override


class FittingTable(QTreeWidget):
    """Rows of numbers behind a name. `dispensable`: the columns that may go, the first of them first."""

    def __init__(self, dispensable: Sequence[int]) -> None:
        super().__init__()
        self._dispensable = tuple(dispensable)

    def fit(self) -> None:
        """Show as many columns as there is room for."""
        header, room = self.header(), self.viewport().width()
        widths = {column: self._width(column) for column in range(self.columnCount())}
        gone: set[int] = set()
        for column in self._dispensable:
            if sum(width for each, width in widths.items() if each not in gone) <= room:
                break
            gone.add(column)
        for column in self._dispensable:
            header.setSectionHidden(column, column in gone)

    def tell_rows(self) -> None:
        """Put all that a row holds into the tooltip of its name."""
        titles = [self.headerItem().text(column) for column in range(self.columnCount())]
        for index in range(self.topLevelItemCount()):
            row = self.topLevelItem(index)
            if row is not None:
                cells = ((title, row.text(column)) for column, title in enumerate(titles[1:], 1))
                words = "\n".join([row.text(0), *(f"{title}: {text}" for title, text in cells if text)])
                row.setToolTip(0, words)
                row.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, words)

    def _width(self, column: int) -> int:
        header = self.header()
        if header.sectionResizeMode(column) == header.ResizeMode.Fixed:
            return header.sectionSize(column)
        return max(self.sizeHintForColumn(column), header.sectionSizeHint(column))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
