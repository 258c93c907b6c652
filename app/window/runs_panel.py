"""The runs that were made, newest first: ticked ones are drawn behind the curves of now, Delete forgets one."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.theme import SPACE, Theme
from app.widgets import TextLabel
from app.window.run_bar import duration_text
from app.window.run_log import RunLog
from engine.runs.store import Run
from engine.training.reports import EpochEnded

if TYPE_CHECKING:
    from app.plots.curves import RunCurves

MOST_DRAWN = 5
VALIDATION = "val_"


class RunsPanel(QWidget):
    """A table of runs. `drawn` carries the `RunCurves` of those that are ticked."""

    drawn = Signal(object)

    def __init__(self, theme: Theme, log: RunLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._curves: dict[int, RunCurves] = {}
        self._nothing = TextLabel(theme, self.tr("No run yet. Each one is kept here."), tone="dim", wrap=True)
        self.table = QTreeWidget()
        self.table.setAccessibleName(self.tr("Runs"))
        self.table.setHeaderLabels(
            [
                self.tr("Run"),
                self.tr("Begun"),
                self.tr("Loss"),
                self.tr("Validation"),
                self.tr("Time"),
                self.tr("End"),
            ]
        )
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, 2 * SPACE)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._nothing, 1)
        column.addWidget(self.table)
        self.table.itemChanged.connect(self._on_table_item_changed)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._on_delete_activated)
        log.listed.connect(self._on_log_listed)
        log.opened.connect(self._on_log_opened)
        self._on_log_listed([])
        log.refresh()

    def _on_log_listed(self, runs: Sequence[Run]) -> None:
        self._curves = {i: curves for i, curves in self._curves.items() if i in {run.id for run in runs}}
        self.table.blockSignals(True)
        self.table.clear()
        self.table.addTopLevelItems([self._row(run) for run in runs])
        self.table.blockSignals(False)
        self._nothing.setVisible(not runs)
        self.table.setVisible(bool(runs))
        self.drawn.emit(tuple(self._curves.values()))

    def _row(self, run: Run) -> QTreeWidgetItem:
        moment = datetime.fromtimestamp(run.begun)
        today = moment.date() == datetime.now().date()
        begun = moment.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M")
        row = QTreeWidgetItem(
            [
                run.title,
                begun,
                _number(run.summary.get("loss")),
                _number(run.summary.get("val_loss")),
                duration_text(run.seconds) if run.seconds else "",
                self._words_of(run.reason),
            ]
        )
        row.setToolTip(1, moment.strftime("%Y-%m-%d %H:%M:%S"))
        row.setData(0, Qt.ItemDataRole.UserRole, run)
        row.setCheckState(0, Qt.CheckState.Checked if run.id in self._curves else Qt.CheckState.Unchecked)
        return row

    def _words_of(self, reason: str) -> str:
        """How a run ended."""
        words = {
            "done": self.tr("done"),
            "early": self.tr("stopped early"),
            "stopped": self.tr("stopped"),
            "diverged": self.tr("diverged"),
            "running": self.tr("running"),
        }
        return words.get(reason, reason)

    def _on_table_item_changed(self, row: QTreeWidgetItem, column: int) -> None:
        run = row.data(0, Qt.ItemDataRole.UserRole)
        if column != 0 or not isinstance(run, Run):
            return
        if row.checkState(0) is Qt.CheckState.Unchecked:
            self._curves.pop(run.id, None)
            self.drawn.emit(tuple(self._curves.values()))
        elif run.id not in self._curves:
            if len(self._curves) >= MOST_DRAWN:
                row.setCheckState(0, Qt.CheckState.Unchecked)
            else:
                self._log.open(run)

    def _on_log_opened(self, run: Run, epochs: Sequence[EpochEnded]) -> None:
        from app.plots.curves import RunCurves  # see plots_later.py

        self._curves[run.id] = RunCurves(f"{run.title} {run.id}", _series(epochs))
        self.drawn.emit(tuple(self._curves.values()))

    def _on_delete_activated(self) -> None:
        row = self.table.currentItem()
        run = row.data(0, Qt.ItemDataRole.UserRole) if row is not None else None
        if isinstance(run, Run):
            self._log.delete(run)


def _series(epochs: Sequence[EpochEnded]) -> dict[tuple[str, str], tuple[list[float], list[float]]]:
    """Values by (metric, training or validation) over epochs."""
    series: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
    for end in epochs:
        for name, value in end.values.items():
            key = (name.removeprefix(VALIDATION), "validation" if name.startswith(VALIDATION) else "training")
            xs, ys = series.setdefault(key, ([], []))
            xs.append(float(end.epoch))
            ys.append(value)
    return series


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
