"""The Data view: what the file is on the left, its rows in the middle, what becomes of them on the right.

The three parts are widgets of their own, because the window puts them where palette, canvas and inspector stand otherwise.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.data.desk import DataDesk, Stage
from app.data.facts import ColumnFacts
from app.data.file_panel import FilePanel
from app.data.findings import Findings
from app.data.side import SidePanel
from app.data.summaries import remarks_of
from app.data.summary import SummaryStrip
from app.data.table import DataTable
from app.data.trouble import Trouble
from app.document import Document
from app.theme import Theme

BELOW_HEIGHT = 210


class DataView(QObject):
    """Parts of the Data view of one project.

    `find_wanted`, `file_wanted`, `folder_wanted`: the user wants to choose where the data is now, or other data;
    `network_wanted`: a network was put on the canvas and wants to be seen.
    """

    find_wanted = Signal()
    file_wanted = Signal()
    folder_wanted = Signal()
    network_wanted = Signal()
    role_menu_wanted = Signal(str, QPoint)

    def __init__(
        self,
        theme: Theme,
        document: Document,
        desk: DataDesk,
        bundled: QWidget,
        left_margin: int,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.desk = desk
        self.left = FilePanel(theme, document, desk, bundled)
        self.table = DataTable(theme, desk)
        self.strip = SummaryStrip(theme, desk, left_margin)
        self.trouble = Trouble(theme, desk)
        self.findings = Findings(theme)
        self.facts = ColumnFacts(theme, desk)
        self.right = SidePanel()
        self.middle = self._make_middle()
        self._connect()
        self._refresh()

    def _make_middle(self) -> QWidget:
        below = QWidget()
        line = QHBoxLayout(below)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.facts, 3)
        rule = QFrame()
        rule.setFrameShape(QFrame.Shape.VLine)
        line.addWidget(rule)
        line.addWidget(self.findings, 2)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setHandleWidth(1)
        split.addWidget(self.table)
        split.addWidget(below)
        split.setSizes([500, BELOW_HEIGHT])
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        self._pages = QStackedWidget()
        self._pages.addWidget(split)
        self._pages.addWidget(self.trouble)
        middle = QWidget()
        middle.setAutoFillBackground(True)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.trouble.notice)
        column.addWidget(self._pages, 1)
        return middle

    def _connect(self) -> None:
        self.desk.changed.connect(self._refresh)
        self.findings.column_wanted.connect(self.desk.choose_column)
        self.strip.row_wanted.connect(self._on_row_wanted)
        self.table.role_menu_wanted.connect(self.role_menu_wanted)
        self.left.file_wanted.connect(self.file_wanted)
        self.left.folder_wanted.connect(self.folder_wanted)
        self.trouble.find_wanted.connect(self.find_wanted)
        self.trouble.file_wanted.connect(self.file_wanted)
        go = QShortcut(QKeySequence("Ctrl+G"), self.middle)
        go.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        go.activated.connect(self.strip.ask_for_row)

    def close(self) -> None:
        """Throw the parts away."""
        for part in (self.left, self.middle, self.right):
            part.deleteLater()

    def _refresh(self) -> None:
        self._pages.setCurrentIndex(1 if self.desk.stage is Stage.FAILED else 0)
        remarks, waiting = remarks_of(self.desk)
        self.findings.set_remarks(remarks, waiting)

    def _on_row_wanted(self, row: int) -> None:
        self.table.go_to_row(row - 1)
        self.table.setFocus()
