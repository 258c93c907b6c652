"""The strip above the table: the data in one line, how far the reading is, the way to a row."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.data.balance_bar import BalanceBar
from app.data.class_bars import ClassCount
from app.data.desk import DataDesk, Stage
from app.theme import CONTROL_HEIGHT, SPACE, FontRole, Theme
from app.widgets import Bounds, Button, CommitSpin, ElidedLabel, NumberCodec, ProgressStrip, TextLabel

HEIGHT: Final = CONTROL_HEIGHT + 6 * SPACE
_LEAST_PROGRESS, _MOST_PROGRESS = 72, 180
_LEAST_FACTS = 72  # pixels, for the number of rows


class SummaryStrip(QWidget):
    """One line over the table. `row_wanted` carries the number of a row, from 1."""

    row_wanted = Signal(object)  # int

    def __init__(self, theme: Theme, desk: DataDesk, left: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.facts = ElidedLabel(theme, facts=True)
        self.facts.setMinimumWidth(_LEAST_FACTS)
        self.facts.setAccessibleName(self.tr("Summary of the data"))
        self.balance = BalanceBar(theme)
        self.progress = ProgressStrip(theme)
        self.progress.setAccessibleName(self.tr("Progress of reading"))
        self.progress.setMinimumWidth(_LEAST_PROGRESS)
        self.progress.setMaximumWidth(_MOST_PROGRESS)
        self.cancel = Button(theme, self.tr("Cancel"), kind="quiet")
        self.cancel.setToolTip(self.tr("Look no further; what is known stays"))
        self.cancel.clicked.connect(desk.stop_study)
        self.go_on = Button(theme, self.tr("Look through it"), kind="quiet")
        self.go_on.setToolTip(self.tr("Count, measure and check all columns"))
        self.go_on.clicked.connect(desk.study)
        self.row = CommitSpin(theme, NumberCodec(True, Bounds(minimum=1)), 1)
        self.row.setAccessibleName(self.tr("Go to row (Ctrl+G)"))
        self.row.setToolTip(self.row.accessibleName())
        self.row.setFixedWidth(84)
        self.row.committed.connect(self.row_wanted)
        line = QHBoxLayout(self)
        line.setContentsMargins(left, 3 * SPACE, 4 * SPACE, 3 * SPACE)
        line.setSpacing(2 * SPACE)
        line.addWidget(self.facts, 1)
        line.addWidget(self.balance)
        line.addWidget(self.progress)
        line.addWidget(self.cancel)
        line.addWidget(self.go_on)
        line.addWidget(TextLabel(theme, self.tr("Row"), role=FontRole.SMALL, tone="dim"))
        line.addWidget(self.row)
        self.setFixedHeight(HEIGHT)
        desk.changed.connect(self._refresh)
        desk.progressed.connect(self._on_progressed)
        self._refresh()

    def ask_for_row(self) -> None:
        """Let the user type a row's number."""
        self.row.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.row.selectAll()

    def _refresh(self) -> None:
        desk = self._desk
        busy = desk.is_studying
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)
        self.go_on.setVisible(desk.stage is Stage.OPEN and not busy and desk.profile is None)
        self.row.setEnabled(desk.stage is Stage.OPEN)
        if busy:
            self._on_progressed(0, 0)
        self.facts.setText(self._words())
        classes = desk.profile.classes if desk.profile is not None else ()
        self.balance.set_classes([ClassCount(each.value, each.count) for each in classes])

    def _words(self) -> str:
        desk, source = self._desk, self._desk.source
        if source is None:
            return self.tr("Opening the data.") if desk.stage is Stage.OPENING else ""
        rows = (
            self.tr("first rows of {title}").format(title=source.title)
            if desk.rows is None
            else self.tr("{rows:,} rows").format(rows=desk.rows)
        )
        columns = self.tr("{count:,} columns").format(count=len(source.columns))
        return " · ".join((rows, columns, *desk.totals()))

    def _on_progressed(self, done: int, total: int) -> None:
        words = (
            self.tr("counting the rows")
            if self._desk.rows is None
            else self.tr("looking through the columns")
        )
        self.progress.set_progress(done / total if total else None, words)
