"""The table of the Data view: rows by the million, a head for each column, keys for all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget
from typing_extensions import override

from app.data.cells import CellDelegate, cell_text
from app.data.desk import DataDesk
from app.data.flat_table import Index
from app.data.header import ColumnHeader
from app.data.looks import look_of
from app.data.model import PagedTable
from app.theme import SPACE, FontRole, Theme
from engine.data.sources.base import Kind, Source

ROW_HEIGHT: Final = 26
DRAWN_HEIGHT: Final = 72
NARROWEST, WIDEST = 136, 260
SQUEEZED = 118  # so narrow a column gets where all of them have room then
WIDTH_OF: Final = {Kind.PICTURE: 112, Kind.SOUND: 220, Kind.ARRAY: 220, Kind.DATE: 176, Kind.TEXT: 150}
_YIELDING: Final = frozenset({Kind.NUMBER, Kind.TEXT, Kind.BOOL})
MOST_COPIED = 20_000  # rows at once
STARTERS: Final = ("=", "+", "-", "@")  # what a spreadsheet takes for the beginning of a formula
_PLAIN: Final = """
QTableView { selection-background-color: transparent; }
QTableView::item:selected { background: transparent; }
QTableCornerButton::section { background: palette(window); border: none; border-bottom: 1px solid palette(mid); }
QAbstractScrollArea::corner { background: transparent; border: none; }
"""  # the delegate marks what is selected, and pictures shall be seen then, too


class DataTable(QTableView):
    """Shows what is open on a desk. `role_menu_wanted` carries a column's name and a place on the screen."""

    role_menu_wanted = Signal(str, QPoint)

    def __init__(self, theme: Theme, desk: DataDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._desk = desk
        self._wished: list[tuple[int, int]] = []  # widths and least ones; none once somebody dragged one
        self.rows = PagedTable(desk, self)
        self.head = ColumnHeader(theme, self)
        self.setHorizontalHeader(self.head)
        self.setModel(self.rows)
        self.setItemDelegate(CellDelegate(theme, self))
        self._set_up()
        self.head.sectionClicked.connect(self._on_section_clicked)
        self.head.role_clicked.connect(self._on_role_clicked)
        self.head.sectionResized.connect(self._on_section_resized)
        desk.opened.connect(self._on_opened)
        desk.changed.connect(self._refresh_heads)
        desk.column_chosen.connect(self._on_column_chosen)
        if desk.source is not None:
            self._on_opened(desk.source)

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Rows of the data"))
        self.setAccessibleDescription(self.tr("Arrow keys move, Ctrl+G goes to a row, Ctrl+C copies"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setShowGrid(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setStyleSheet(_PLAIN)
        numbers = self.verticalHeader()
        numbers.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        numbers.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        numbers.setHighlightSections(False)
        numbers.setFont(self._theme.font(FontRole.MONO_SMALL))
        self.head.setHighlightSections(False)

    def go_to_row(self, row: int) -> None:
        """Bring row `row` (from 0) into view, in the column that is current."""
        if not self.rows.rowCount() or not self.rows.columnCount():
            return
        column = max(0, self.currentIndex().column())
        index = self.rows.index(min(max(row, 0), self.rows.rowCount() - 1), column)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def copy(self) -> None:
        """Put the selected cells on the clipboard, with tabs between them; what is not here yet is read first."""
        chosen = self.selectionModel().selection().toList()
        if not chosen:
            return
        first = min(part.top() for part in chosen)
        last = min(max(part.bottom() for part in chosen), first + MOST_COPIED - 1)
        columns = sorted({c for part in chosen for c in range(part.left(), part.right() + 1)})

        def work(source: Source) -> str:
            rows = source.page(first, last - first + 1)
            return "\n".join("\t".join(_safe(row[c]) for c in columns) for row in rows)

        self._desk.read("copy", work, QGuiApplication.clipboard().setText)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    @override
    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and current.column() != previous.column():
            self._desk.choose_column(self.rows.columns[current.column()].name)

    # -- what happened ----------------------------------------------------------------------------
    def _on_opened(self, source: Source) -> None:
        height = DRAWN_HEIGHT if self.rows.is_drawn else ROW_HEIGHT
        self.verticalHeader().setDefaultSectionSize(height)
        self._refresh_heads()
        metrics = QFontMetrics(self._theme.font(FontRole.STRONG))
        widths = []
        for column in source.columns:
            words = metrics.horizontalAdvance(f"{column.name} {column.unit}") + 5 * SPACE
            width = min(max(words, WIDTH_OF.get(column.kind, NARROWEST)), WIDEST)
            least = min(max(words, SQUEEZED), width) if column.kind in _YIELDING else width
            widths.append((width, least))
        self._fit(widths)
        self.scrollToTop()

    def _fit(self, widths: list[tuple[int, int]]) -> None:
        """Columns that nearly have room get a little narrower instead of the last one being cut."""
        for place, width in enumerate(squeezed(widths, self.viewport().width())):
            self.head.resizeSection(place, width)
        self._wished = widths

    def _on_section_resized(self) -> None:
        self._wished = []

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._wished:
            self._fit(self._wished)

    def _refresh_heads(self) -> None:
        self.head.set_looks([look_of(self._desk, column) for column in self.rows.columns])

    def _on_section_clicked(self, section: int) -> None:
        if 0 <= section < len(self.rows.columns):
            self._desk.choose_column(self.rows.columns[section].name)

    def _on_role_clicked(self, section: int, place: QPoint) -> None:
        self.role_menu_wanted.emit(self.rows.columns[section].name, place)

    def _on_column_chosen(self, name: str) -> None:
        names = [column.name for column in self.rows.columns]
        place = names.index(name) if name in names else -1
        self.head.set_chosen(place)
        if place >= 0 and self.currentIndex().column() != place:
            untouched, scrolled = not self.currentIndex().isValid(), self.horizontalScrollBar().value()
            row = max(0, self.currentIndex().row())
            index = self.rows.index(row, place)
            self.selectionModel().setCurrentIndex(index, self.selectionCommand(index))
            if (
                untouched
            ):  # the target is chosen for the user, who wants to see the table from its first column
                self.horizontalScrollBar().setValue(scrolled)
            else:
                self.scrollTo(self.rows.index(self.rowAt(0), place))


def squeezed(widths: Sequence[tuple[int, int]], room: int) -> list[int]:
    """Widths that fill the room exactly where wished ones are too wide and least ones are not; else the wished ones.

    Args:
        widths: wished and least.
        room: pixels.
    """
    over, give = sum(wished for wished, _ in widths) - room, sum(wished - least for wished, least in widths)
    if not 0 < over <= give:
        return [wished for wished, _ in widths]
    found, given, taken = [], 0, 0
    for wished, least in widths:
        given += wished - least
        now = over * given // give - taken
        taken += now
        found.append(wished - now)
    return found


def _safe(cell: object) -> str:
    """A cell for the clipboard: a text that a spreadsheet would run as a formula gets an apostrophe before it."""
    text = cell_text(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(STARTERS) else text
