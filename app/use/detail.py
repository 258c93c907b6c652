"""One row of the answers: its picture, what it is taken for with five bars, or the numbers; or the report on all rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.data.cells import is_picture, picture_of
from app.data.words import number_words
from app.plots.chances import ChancesView
from app.plots.confusion import ConfusionView
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, TextLabel
from app.widgets.segmented import SegmentedControl

if TYPE_CHECKING:  # whoever opens the page need not wait for what answers
    from engine.models.answering.report import ClassReport, Report
    from engine.models.answering.results import Results

PICTURE = 96
LEAST_CLASSES = 110
MOST_CONFUSED = 40  # classes that a matrix is drawn of
MOST_LISTED = 1_000


class RowDetail(QWidget):
    """The row that is chosen."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: QLabel = QLabel()
        self.picture.setFixedSize(PICTURE, PICTURE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setAccessibleName(self.tr("Picture of the row"))
        self.best = TextLabel(theme, role=FontRole.TITLE, wrap=True)
        self.chances = ChancesView(theme)
        self.chances.introduce(
            self.tr("What it is taken for"),
            self.tr("Choose a file or draw: what it is taken for appears here."),
        )
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(self.picture)
        head.addWidget(self.best, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(self.chances, 1)
        self.show_row(None, -1)

    def show_row(self, results: Results | None, row: int) -> None:
        """Show a row of the file; none with -1."""
        self.picture.hide()
        if results is None or not 0 <= row < results.rows:
            self.best.setText("")
            self.chances.clear()
            return
        cells = results.shown[row] if row < len(results.shown) else []
        drawn = next((cell for cell in cells if is_picture(cell)), None)
        if drawn is not None:
            image = QPixmap.fromImage(picture_of(np.asarray(drawn)))
            self.picture.setPixmap(image.scaled(PICTURE, PICTURE, Qt.AspectRatioMode.KeepAspectRatio))
            self.picture.show()
        if results.is_class:
            top = results.top(row)
            known = results.value(row, ("class", 0)) is not None
            self.best.setText(
                f"{top[0][0]} {100 * top[0][2]:.0f}\N{NO-BREAK SPACE}%"
                if known
                else self.tr("It can't be read.")
            )
            self.chances.set_chances(top if known else [], ranked=True)
        else:
            self.best.setText("")
            self.chances.set_numbers(results.numbers(row))


class ReportDetail(QWidget):
    """How right the answers are, where the file has any. `save_wanted`: the report shall become a file."""

    save_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figures = TextLabel(theme, role=FontRole.SMALL, wrap=True)
        self.figures.setAccessibleName(self.tr("Figures of the report"))
        self.classes: QTableWidget = QTableWidget()
        self.classes.setProperty("padded", True)
        self.classes.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.classes.setAccessibleName(self.tr("Precision, recall and F1 of each class"))
        self.classes.verticalHeader().hide()
        self.classes.setSortingEnabled(True)
        self.classes.setMinimumHeight(LEAST_CLASSES)
        self.confusion = ConfusionView(theme)
        self.save = Button(
            theme, self.tr("Export the report\N{HORIZONTAL ELLIPSIS}"), icon="save", kind="quiet"
        )
        self.save.clicked.connect(self.save_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.figures)
        column.addWidget(self.classes, 1)
        column.addWidget(self.confusion, 2)
        column.addWidget(self.save, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(0)  # of numbers there are figures only, which stand on top
        self.show_reports([])

    def show_reports(self, reports: Sequence[Report]) -> None:
        """Show these; a sentence where there are none."""
        self.save.setVisible(bool(reports))
        if not reports:
            self.figures.setText(
                self.tr("No report: the file has no column of answers. Name one in the field at the left.")
            )
        else:
            self.figures.setText("\n".join(line for report in reports for line in self._lines(report)))
        found = _of_classes(reports)
        self.classes.setVisible(found is not None)
        few = found is not None and len(found.names) <= MOST_CONFUSED
        self.confusion.setVisible(few)
        if found is not None:
            self._fill(found)
        if found is not None and few:
            self.confusion.set_counts(found.confusion, found.names)

    def _lines(self, report: Report) -> list[str]:
        words = self._words()
        figures = report.figures()
        texts = {n: f"{v:,}" if isinstance(v, int) else number_words(v) for n, v in figures.items()}
        line = self.tr("{topic}: {words}")
        return [report.target, *(line.format(topic=words.get(n, n), words=text) for n, text in texts.items())]

    def _words(self) -> dict[str, str]:
        return {
            "rows": self.tr("rows"),
            "accuracy": self.tr("accuracy"),
            "top_5_accuracy": self.tr("among the first five"),
            "log_loss": self.tr("log loss"),
            "macro_f1": self.tr("F1, mean of classes"),
            "weighted_f1": self.tr("F1, by rows"),
            "macro_precision": self.tr("precision, mean of classes"),
            "weighted_precision": self.tr("precision, by rows"),
            "macro_recall": self.tr("recall, mean of classes"),
            "weighted_recall": self.tr("recall, by rows"),
            "mean_absolute_error": self.tr("mean absolute error"),
            "root_mean_squared_error": self.tr("root mean squared error"),
            "r2": "R²",
            "largest_error": self.tr("largest error"),
            "bias": self.tr("mean error"),
            "unknown": self.tr("rows of no known class"),
        }

    def _fill(self, report: ClassReport) -> None:
        titles = [self.tr("Class"), self.tr("Precision"), self.tr("Recall"), self.tr("F1"), self.tr("Rows")]
        self.classes.setSortingEnabled(False)
        self.classes.setColumnCount(len(titles))
        self.classes.setHorizontalHeaderLabels(titles)
        _, rows = report.table()
        self.classes.setRowCount(min(len(rows), MOST_LISTED))
        for place, cells in enumerate(rows[:MOST_LISTED]):
            for column, cell in enumerate(cells):
                item = QTableWidgetItem()
                shown = round(cell, 4) if isinstance(cell, float) else cell
                item.setData(Qt.ItemDataRole.DisplayRole, shown)
                self.classes.setItem(place, column, item)
        self.classes.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.classes.setSortingEnabled(True)


class Detail(QWidget):
    """Both, of which one is shown."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row, self.report = RowDetail(theme), ReportDetail(theme)
        self.which = SegmentedControl(
            theme,
            [
                (self.tr("Row"), self.tr("What the chosen row is taken for")),
                (self.tr("Report"), self.tr("How right the answers are")),
            ],
            self.tr("Row or report"),
        )
        self._pages: QStackedWidget = QStackedWidget()
        self._pages.addWidget(self.row)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self.report)
        area.viewport().setAutoFillBackground(False)
        self.report.setAutoFillBackground(False)
        self._pages.addWidget(area)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.which, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._pages, 1)
        self.which.chosen.connect(self.show_page)

    def show_page(self, place: int) -> None:
        """0: the row; 1: the report."""
        self.which.set_current(place)
        self._pages.setCurrentIndex(place)


def _of_classes(reports: Sequence[Report]) -> ClassReport | None:
    """The report on classes, where there is one."""
    if not reports:
        return None
    from engine.models.answering.report import ClassReport  # is there by then

    return next((r for r in reports if isinstance(r, ClassReport)), None)
