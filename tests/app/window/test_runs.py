"""Every run is kept: it can be seen beside the next one, and forgotten."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.window.run_log import RunLog
from app.window.runs_panel import MOST_DRAWN, RunsPanel
from engine.training.reports import Ended, EpochEnded, Progress, Started

STARTED = Started("NumPy on a processor", "cpu", "why", 3, 100, 10.0, 2)


@pytest.fixture
def log(tmp_path: Path) -> RunLog:
    return RunLog(tmp_path / "runs.sqlite")


def _record(log: RunLog, title: str) -> None:
    writer = log.writer()
    writer.begin(title, STARTED, {"data": {}})
    ends = tuple(EpochEnded(10 * k, k, {"loss": 1.0 / k, "val_loss": 2.0 / k}, True) for k in (1, 2))
    writer.add(Progress(20, 2.0, {"loss": 0.5}, 100.0, ends))
    writer.end(Ended("done", 20, 2.0, {"loss": 0.5, "val_loss": 1.0}, 100.0, 0.2))


def test_runs_are_listed_newest_first_drawn_and_forgotten(qtbot: QtBot, log: RunLog, theme: Theme) -> None:
    panel = RunsPanel(theme, log)
    qtbot.addWidget(panel)
    drawn: list[tuple[object, ...]] = []
    panel.drawn.connect(drawn.append)
    for title in ("first", "second"):
        _record(log, title)
    qtbot.waitUntil(lambda: panel.table.topLevelItemCount() == 2 and _text(panel, 0, 5) == "done")
    assert [_text(panel, row, 0) for row in (0, 1)] == ["second", "first"]
    assert _text(panel, 1, 3) == "1"
    _tick(panel, 1)
    qtbot.waitUntil(lambda: bool(drawn) and len(drawn[-1]) == 1)
    (curves,) = drawn[-1]
    assert getattr(curves, "series")["loss", "validation"] == ([1.0, 2.0], [2.0, 1.0])  # noqa: B009 - typed as object
    panel.table.setCurrentItem(_row(panel, 1))
    panel._on_delete_activated()
    qtbot.waitUntil(lambda: panel.table.topLevelItemCount() == 1)
    assert drawn[-1] == ()
    log.close()


def test_no_more_runs_are_drawn_than_can_be_told_apart(qtbot: QtBot, log: RunLog, theme: Theme) -> None:
    panel = RunsPanel(theme, log)
    qtbot.addWidget(panel)
    drawn: list[tuple[object, ...]] = []
    panel.drawn.connect(drawn.append)
    for number in range(MOST_DRAWN + 1):
        _record(log, f"run {number}")
    qtbot.waitUntil(
        lambda: panel.table.topLevelItemCount() == MOST_DRAWN + 1 and _text(panel, 0, 5) == "done"
    )
    for row in range(MOST_DRAWN):
        _tick(panel, row)
        qtbot.waitUntil(partial(_has_drawn, drawn, row + 1))
    _tick(panel, MOST_DRAWN)
    assert _row(panel, MOST_DRAWN).checkState(0) is Qt.CheckState.Unchecked
    log.close()


def test_a_store_that_cannot_be_opened_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    path.write_bytes(b"this is no database" * 100)
    log = RunLog(path)
    with qtbot.waitSignal(log.failed) as said:
        log.refresh()
    assert "run store" in said.args[0]
    log.close()


def _text(panel: RunsPanel, row: int, column: int) -> str:
    item = panel.table.topLevelItem(row)
    return item.text(column) if item is not None else ""


def _row(panel: RunsPanel, row: int) -> QTreeWidgetItem:
    item = panel.table.topLevelItem(row)
    assert item is not None
    return item


def _tick(panel: RunsPanel, row: int) -> None:
    _row(panel, row).setCheckState(0, Qt.CheckState.Checked)


def _has_drawn(drawn: list[tuple[object, ...]], count: int) -> bool:
    return bool(drawn) and len(drawn[-1]) == count
