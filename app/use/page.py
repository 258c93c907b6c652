"""The page on which a trained network is used: what is given at the left, answers in a table, a row or report beside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QSizePolicy,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.data.bring import local_paths
from app.i18n import said
from app.places import ask_to_save
from app.theme import SPACE, FontRole, Theme
from app.use.centring import CentringLine
from app.use.desk import Ordering, UseDesk
from app.use.detail import Detail
from app.use.export_names import EXPORTS, REPORTS, with_suffix
from app.use.given_panel import GivenPanel
from app.use.inversion import InversionLine
from app.use.model import AnswersModel
from app.widgets import Button, ElidedLabel, ProgressStrip, TextLabel
from app.widgets.flow import FlowLayout
from app.widgets.later_page import LaterPage
from app.window.workspace import Workspace
from engine.data.export import neutralized
from engine.formats.project import Project
from engine.tensor.spec import Array

if TYPE_CHECKING:  # whoever opens the page need not wait for what answers
    from engine.models.answering.results import Results

ROW, DRAWN_ROW, THUMB = 24, 52, 48
LEAST = 200  # pixels of the table
LINE_WIDTH = 114  # of the filter, and of the progress in its place
MOST_COPIED = 20_000
READY_MS = 100  # until the page is painted
_MEASURED = 40  # rows that say how wide columns are: cells of a thousand would hold up the window


class AnswersTable(QTableView):
    """The answers; Ctrl+C copies rows, safe for spreadsheets."""

    def __init__(self, model: AnswersModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answers = model
        self.setModel(model)
        self.setProperty("padded", True)
        self.setAccessibleName(self.tr("Answers"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.setIconSize(QSize(THUMB, THUMB))
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setResizeContentsPrecision(_MEASURED)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def copy(self) -> None:
        """Put the chosen rows, or all, on the clipboard with tabs between cells."""
        chosen = sorted({index.row() for index in self.selectionModel().selectedRows()})
        places = chosen or range(self._answers.rowCount())
        lines = [self._heads(), *(self._answers.cells(place) for place in list(places)[:MOST_COPIED])]
        text = "\n".join("\t".join(str(neutralized(cell)) for cell in line) for line in lines)
        QGuiApplication.clipboard().setText(text)

    def _heads(self) -> list[str]:
        across = Qt.Orientation.Horizontal
        return [str(self._answers.headerData(k, across)) for k in range(self._answers.columnCount())]

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)


class UsePage(QWidget):
    """Of one project."""

    def __init__(
        self,
        theme: Theme,
        workspace: Workspace,
        project: Callable[[], Project],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.desk = UseDesk(workspace, project, self)
        self.given = GivenPanel(theme, workspace.document, self.desk)
        self.model = AnswersModel(self)
        self.table = AnswersTable(self.model)
        self.side = LaterPage(self._make_detail)  # there is nothing to tell before there are answers
        self.title = ElidedLabel(theme, role=FontRole.STRONG)
        self.nothing = TextLabel(
            theme, self.tr("Choose a file, or drop one here: the answers appear here."), tone="dim", wrap=True
        )
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setMargin(4 * SPACE)
        self.sentence = TextLabel(theme, role=FontRole.SMALL, tone="warn", wrap=True)
        self.sentence.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        self.inversion = InversionLine(theme)
        self.centring = CentringLine(theme)
        self.filter: QLineEdit = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter rows"))
        self.filter.setAccessibleName(self.filter.placeholderText())
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(LINE_WIDTH)
        self.copy = Button(theme, self.tr("Copy"), kind="quiet")
        self.export = Button(theme, self.tr("Export\N{HORIZONTAL ELLIPSIS}"), icon="save", kind="quiet")
        self.progress = ProgressStrip(theme)
        self.progress.setAccessibleName(self.tr("Progress of predicting"))
        self.progress.setFixedWidth(LINE_WIDTH)
        self.cancel = Button(theme, self.tr("Cancel"), kind="quiet")
        self._lay_out()
        self._connect()
        self.setAcceptDrops(True)
        self._refresh()
        QTimer.singleShot(READY_MS, self.desk, self.desk.get_ready)

    @property
    def detail(self) -> Detail:
        """What is told of a row, or of all."""
        return self.side.page

    def _make_detail(self) -> Detail:
        made = Detail(self._theme)
        made.report.save_wanted.connect(self.ask_where_report)
        return made

    def _lay_out(self) -> None:
        strip = FlowLayout(SPACE)  # in a window of 1,000 pixels there is half the room for it
        strip.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        self.title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.title.setMinimumHeight(self.filter.sizeHint().height())  # level with it
        for part in (self.title, self.progress, self.cancel, self.filter, self.copy, self.export):
            strip.addWidget(part)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(strip)
        column.addWidget(self.sentence)
        column.addWidget(self.inversion)
        column.addWidget(self.centring)
        column.addWidget(self.nothing, 1)
        column.addWidget(self.table, 1)
        middle.setMinimumWidth(LEAST)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        for side, stretch in ((self.given, 0), (middle, 1), (self.side, 0)):
            split.addWidget(side)
            split.setStretchFactor(split.count() - 1, stretch)
        split.setSizes([220, 640, 250])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(split)
        self.setFocusProxy(self.given.file)

    def _connect(self) -> None:
        desk = self.desk
        desk.answered.connect(self._on_answered)
        desk.ordered.connect(self._on_ordered)
        desk.failed.connect(self._say)
        desk.said.connect(self._say)
        desk.progressed.connect(self._on_progressed)
        desk.changed.connect(self._refresh)
        self.given.given.connect(self.ask)
        self.given.refused.connect(self._say)
        self.cancel.clicked.connect(desk.cancel)
        self.inversion.wanted.connect(self.ask_inverted)
        self.centring.wanted.connect(self.ask_centred)
        self.given.drawn.connect(self._on_drawn)
        self.copy.clicked.connect(self.table.copy)
        self.export.clicked.connect(self.ask_where)
        self.filter.textChanged.connect(self._on_filter_changed)
        self.model.sorting_wanted.connect(self._on_sorting_wanted)
        self.table.selectionModel().currentRowChanged.connect(self._on_row_changed)

    def ask_for_file(self) -> None:
        """Choose a file to answer for."""
        self.given.ask_for_file()

    def ask_for_folder(self) -> None:
        """Choose a folder to answer for."""
        self.given.ask_for_folder()

    def take_pasted(self) -> None:
        """Answer for what is on the clipboard."""
        self.given.take_pasted()

    def ask_for_names(self) -> None:
        """Show and edit the names of the classes, which data would have."""
        if self.given.is_nameless:
            self.given.ask_for_names()
        else:
            self._say(self.tr("The classes are named by the data. Change them there."))

    def ask(self, path: Path, title: str = "") -> None:
        """Answer for a file or folder; `title` is what it is called, if not as the file."""
        self._say("")
        self.desk.ask(path, self.given.answers.text().strip(), title=title)

    def ask_inverted(self) -> None:
        """Answer for the same pictures with dark and light turned round, or back."""
        self._say("")
        self.desk.ask_inverted()

    def ask_centred(self) -> None:
        """Answer for the same pictures with what is drawn in the middle, or as they are."""
        self._say("")
        self.desk.ask_centred()

    def _on_drawn(self, path: Path) -> None:
        self._say("")
        answers, centred = self.given.answers.text().strip(), self.given.centring.is_on
        self.desk.ask_drawn(path, answers, centred=centred, title=self.tr("Drawn"))

    # -- what came ------------------------------------------------------------------------------------
    def _on_answered(self, results: Results) -> None:
        self.filter.blockSignals(True)
        self.filter.clear()
        self.filter.blockSignals(False)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.model.set_results(results)
        self.inversion.show_results(results)
        self.centring.show_results(results, by_itself=self.desk.is_drawn)
        drawn = any(results.is_drawn(k) for k in range(len(results.headings)))
        self.table.verticalHeader().setDefaultSectionSize(DRAWN_ROW if drawn else ROW)
        self.table.resizeColumnsToContents()
        self.detail.report.show_reports(results.reports)
        self.detail.show_page(1 if results.reports else 0)
        if results.rows:
            self.table.selectRow(0)

    def _on_ordered(self, order: Array) -> None:
        self.model.set_order(order)
        if len(order):
            self.table.selectRow(0)
        self._refresh()

    def _on_row_changed(self) -> None:
        row = self.model.row_at(self.table.currentIndex().row())
        self.detail.row.show_row(self.desk.results, row)

    def _on_sorting_wanted(self, column: int, downward: bool) -> None:
        if 0 <= column < len(self.model.headings):
            ordering = Ordering(self.model.headings[column].key, downward, self.filter.text().strip())
            self.desk.order(ordering)

    def _on_filter_changed(self, text: str) -> None:
        now = self.desk.ordering
        self.desk.order(Ordering(now.key, now.downward, text.strip()))

    def _on_progressed(self, done: int, total: int) -> None:
        words = self.tr("{rows:,} rows").format(rows=done) if done else self.tr("Reading")
        self.progress.set_progress(done / total if total > done else None, words)

    def _say(self, sentence: str) -> None:
        self.sentence.setText(said(sentence))
        self.sentence.setVisible(bool(sentence))

    def _refresh(self) -> None:
        results, busy = self.desk.results, self.desk.is_busy
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)
        for part in (self.title, self.table, self.side, self.copy, self.export):
            part.setVisible(results is not None)
        self.filter.setVisible(results is not None and not busy)  # in its place there is the progress
        self.nothing.setVisible(results is None)
        if results is None:
            return
        shown = self.model.rowCount()
        one = self.tr("{title}: one row")
        words = (
            (one if shown == 1 else self.tr("{title}: {rows:,} rows"))
            if shown == results.rows
            else self.tr("{title}: {rows:,} of {all:,} rows")
        )
        self.title.setText(words.format(title=results.title, rows=shown, all=results.rows))

    # -- files ----------------------------------------------------------------------------------------
    def ask_where(self) -> None:
        """Ask for a file and write the answers there."""
        path, chosen = ask_to_save(self, self.tr("Export the answers"), "answers.csv", ";;".join(EXPORTS))
        if path:
            self.save_to(with_suffix(Path(path), chosen))

    def save_to(self, path: Path) -> None:
        """Write the answers as CSV or NPZ."""
        results = self.desk.results
        if results is not None:
            self.desk.save(path, results.save_npz if path.suffix.lower() == ".npz" else results.save_csv)

    def ask_where_report(self) -> None:
        """Ask for a file and write the report there."""
        path, chosen = ask_to_save(self, self.tr("Export the report"), "report.json", ";;".join(REPORTS))
        if path:
            self.save_report_to(with_suffix(Path(path), chosen))

    def save_report_to(self, path: Path) -> None:
        """Write the report as JSON or CSV."""
        results = self.desk.results
        if results is not None and results.reports:
            from engine.models.answering.writing import save_report  # is there by then

            self.desk.save(path, lambda at: save_report(at, results.reports))

    # -- dropping -------------------------------------------------------------------------------------
    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.ask(paths[0])
