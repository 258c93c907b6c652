"""The rows of a source for Qt's views, page by page: what is not on the screen is not read, what was is forgotten."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    Qt,
    QTimer,
    Signal,
)
from typing_extensions import override

from app.data.cells import CELL, LONGEST_TIP, PENDING, cell_text, plain_tip
from app.data.desk import DataDesk
from app.data.flat_table import FlatTable, Index
from engine.data.sources.base import Column, Kind, Source

Rows = list[list[object]]

PAGE_CELLS = 6_000  # read at once
LARGEST_PAGE = 256  # rows
DRAWN_PAGE = 16  # rows, where there is something to decode in each
MOST_PAGES = 64  # kept
MOST_AT_ONCE = 3  # pages read in one go
MOST_ROWS = 20_000_000  # a view counts its height in pixels, 31 bits of them; rows with pictures are 72 high
DRAWN = (Kind.PICTURE, Kind.SOUND)


class PagedTable(FlatTable):
    """Rows and columns of what is open on a desk. `failed` carries why rows could not be read."""

    failed = Signal(str)

    def __init__(self, desk: DataDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._columns: tuple[Column, ...] = ()
        self._rows = 0
        self._page_rows = LARGEST_PAGE
        self._pages: OrderedDict[int, Rows] = OrderedDict()
        self._asked: dict[
            int, None
        ] = {}  # pages that somebody looked for since the last reading, in that order
        self._reading: tuple[int, ...] = ()
        self._soon = QTimer(self)  # a view asks for each cell by itself; what it lacks is read together
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._fetch)
        desk.opened.connect(self._on_opened)
        desk.counted.connect(self._on_counted)
        desk.changed.connect(self._on_desk_changed)
        if desk.source is not None:
            self._on_opened(desk.source)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in order."""
        return self._columns

    @property
    def is_drawn(self) -> bool:
        """Whether some cells are pictures or sounds, which need more height."""
        return any(column.kind in DRAWN for column in self._columns)

    @property
    def kept_pages(self) -> int:
        """How many pages are in memory."""
        return len(self._pages)

    # -- what views ask ---------------------------------------------------------------------------
    @override
    def row_count(self) -> int:
        return self._rows

    @override
    def column_count(self) -> int:
        return len(self._columns)

    @override
    def column_title(self, section: int) -> str:
        return self._columns[section].name

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in _ROLES:
            return None
        cell = self._cell(index.row(), index.column())
        if role == CELL:
            return cell
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(cell)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(cell) if isinstance(cell, str) else None
        return self._spoken(index.column(), cell)

    def page_of(self, row: int) -> int:
        """The page that a row is on."""
        return row // self._page_rows

    def _cell(self, row: int, column: int) -> object:
        page = self.page_of(row)
        rows = self._pages.get(page)
        if rows is None:
            self._asked.pop(page, None)
            self._asked[page] = None
            if not self._reading:
                self._soon.start(0)
            return PENDING
        self._pages.move_to_end(page)
        place = row - page * self._page_rows
        return rows[place][column] if place < len(rows) and column < len(rows[place]) else PENDING

    def _spoken(self, column: int, cell: object) -> str:
        """A cell for a screen reader, which sees neither the column nor pictures."""
        said = cell_text(cell)
        if cell is None:
            said = self.tr("missing")
        elif cell is PENDING:
            said = self.tr("being read")
        elif not isinstance(cell, str | int | float):
            said = self._columns[column].kind.value
        return f"{self._columns[column].name}: {said[:LONGEST_TIP]}"

    # -- reading ----------------------------------------------------------------------------------
    def _fetch(self) -> None:
        """Read what was asked for last: somebody who scrolls on does not wait for what went by."""
        wanted = [page for page in reversed(self._asked) if page not in self._pages][:MOST_AT_ONCE]
        self._asked.clear()
        if not wanted or self._reading:
            return
        self._reading = tuple(wanted)
        size = self._page_rows

        def work(source: Source) -> dict[int, Rows]:
            return {page: source.page(page * size, size) for page in wanted}

        self._desk.read("pages", work, self._on_pages_read, self._on_pages_failed)

    def _on_pages_read(self, pages: dict[int, Rows]) -> None:
        self._reading = ()
        for page, rows in pages.items():
            self._pages[page] = rows
            first = page * self._page_rows
            self._grow_to(first + len(rows))
            if rows:
                self.dataChanged.emit(
                    self.index(first, 0), self.index(first + len(rows) - 1, len(self._columns) - 1)
                )
        while len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)
        if self._asked:
            self._soon.start(0)

    def _on_pages_failed(self, sentence: str) -> None:
        self._pages.update({page: [] for page in self._reading})
        self._reading = ()
        self.failed.emit(sentence)

    def _grow_to(self, rows: int) -> None:
        """Until all rows are counted, there are as many as were read."""
        rows = min(rows, MOST_ROWS)
        if rows > self._rows:
            self.beginInsertRows(QModelIndex(), self._rows, rows - 1)
            self._rows = rows
            self.endInsertRows()

    def _shrink_to(self, rows: int) -> None:
        if rows < self._rows:
            self.beginRemoveRows(QModelIndex(), rows, self._rows - 1)
            self._rows = rows
            self.endRemoveRows()

    # -- what the desk says -----------------------------------------------------------------------
    def _on_opened(self, source: Source) -> None:
        self.beginResetModel()
        self._forget()
        self._columns = source.columns
        fitting = PAGE_CELLS // max(1, len(self._columns))
        self._page_rows = DRAWN_PAGE if self.is_drawn else max(DRAWN_PAGE, min(LARGEST_PAGE, fitting))
        self.endResetModel()
        self._asked[0] = None
        self._fetch()

    def _on_counted(self, rows: int) -> None:
        self._grow_to(rows)
        self._shrink_to(rows)

    def _on_desk_changed(self) -> None:
        if self._desk.source is None and self._columns:
            self.beginResetModel()
            self._forget()
            self._columns = ()
            self.endResetModel()

    def _forget(self) -> None:
        self._rows = 0
        self._pages.clear()
        self._asked.clear()
        self._reading = ()


_ROLES = frozenset(
    {
        CELL,
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
    }
)
