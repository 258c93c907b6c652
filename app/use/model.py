"""The answers as a table for Qt's views: the order is found beside the window, cells when they are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from typing_extensions import override

from app.data.cells import cell_text, is_picture, picture_of, plain_tip
from app.data.flat_table import FlatTable, Index
from app.data.words import number_words
from engine.tensor.spec import Array

if TYPE_CHECKING:  # whoever opens the page need not wait for what answers
    from engine.models.answering.results import Heading, Results

_SPOKEN = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)


class AnswersModel(FlatTable):
    """`sorting_wanted` carries the column and whether the largest comes first."""

    sorting_wanted = Signal(int, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._results: Results | None = None
        self._headings: list[Heading] = []
        self._order: Array = np.zeros(0, np.int64)

    @property
    def headings(self) -> list[Heading]:
        """What the columns are."""
        return self._headings

    @property
    def _is_class(self) -> bool:
        return self._results is not None and self._results.is_class

    def set_results(self, results: Results | None) -> None:
        """Other answers, in the order of the file."""
        self.beginResetModel()
        self._results = results
        self._headings = results.columns() if results is not None else []
        self._order = np.arange(results.rows if results is not None else 0)
        self.endResetModel()

    def set_order(self, order: Array) -> None:
        """Show these rows in this order."""
        self.beginResetModel()
        self._order = order
        self.endResetModel()

    def row_at(self, place: int) -> int:
        """The row of the file that is shown in a place; -1 for none."""
        return int(self._order[place]) if 0 <= place < len(self._order) else -1

    @property
    def order(self) -> Array:
        """Rows as they are shown."""
        return self._order

    @override
    def row_count(self) -> int:
        return len(self._order)

    @override
    def column_count(self) -> int:
        return len(self._headings)

    @override
    def column_title(self, section: int) -> str:
        return self._title(self._headings[section])

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The worst answers come first where they are sorted by how wrong they are."""
        if role == Qt.ItemDataRole.InitialSortOrderRole and orientation is Qt.Orientation.Horizontal:
            return int(section < len(self._headings) and self._headings[section].key[0] == "error")
        return super().headerData(section, orientation, role)

    @override
    def row_title(self, section: int) -> str:
        return super().row_title(self.row_at(section))

    def _title(self, heading: Heading) -> str:
        words = {
            "class": self.tr("Class"),
            "share": self.tr("Probability"),
            "truth": self.tr("True class") if self._is_class else self.tr("True value"),
            "error": self.tr("Error"),
        }
        return heading.title or words.get(heading.key[0], "")

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or self._results is None:
            return None
        heading = self._headings[index.column()]
        figures = ("share", "error") if self._is_class else ("number", "truth", "error")
        if role == Qt.ItemDataRole.TextAlignmentRole and heading.key[0] in figures:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role not in (*_SPOKEN, Qt.ItemDataRole.DecorationRole, Qt.ItemDataRole.ToolTipRole):
            return None
        value = self._results.value(self.row_at(index.row()), heading.key)
        if role == Qt.ItemDataRole.DecorationRole:
            return picture_of(np.asarray(value)) if is_picture(value) else None
        text = self._text(heading, value)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(text)
        return f"{self._title(heading)}: {text}" if role == Qt.ItemDataRole.AccessibleTextRole else text

    def _text(self, heading: Heading, value: object) -> str:
        if isinstance(value, np.ndarray):
            return ""
        if self._is_class and heading.key[0] in ("share", "error") and isinstance(value, float):
            return f"{100 * value:.1f} %"
        if value is None:
            return "\N{EN DASH}"
        if heading.key[0] in ("number", "truth", "error") and isinstance(value, float):
            return number_words(value)
        return cell_text(value)

    @override
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.sorting_wanted.emit(column, order is Qt.SortOrder.DescendingOrder)

    def cells(self, place: int) -> list[str]:
        """What stands in a row, for other programs: numbers as they write them."""
        found = self._results
        assert found is not None  # there are rows
        values = [(h, found.value(self.row_at(place), h.key)) for h in self._headings]
        return [
            cell_text(value) if isinstance(value, float) and not self._is_class else self._text(h, value)
            for h, value in values
        ]
