"""What was noticed in a file, with a button for what helps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.data.desk import DataDesk, Stage
from app.data.file_panel import FilePanel
from app.document import Document
from app.theme import Theme
from app.widgets import Button
from engine.data.settings import DataSettings
from engine.graph.document import ModelGraph
from tests.app.canvas.conftest import LEFT

WAIT_MS = 20_000
REMEDY = "Leave the total out"


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot, tmp_path: Path) -> Iterator[FilePanel]:
    path = tmp_path / "sales.csv"
    path.write_text("shop,sold\n" + "".join(f"{'abc'[k % 3]},{k}\n" for k in range(9)) + "Total,36\n")
    document = Document(ModelGraph())
    document.set_data(DataSettings(path=str(path)))
    desk = DataDesk(document)
    panel = FilePanel(theme, document, desk, QWidget())
    qtbot.addWidget(panel)
    desk.wake()
    yield panel
    desk.close()
    document.close()


def remedies(panel: FilePanel) -> list[Button]:
    return [b for b in panel.findChildren(Button) if b.text() == REMEDY and not b.isHidden()]


def test_a_total_is_left_out_by_one_click_and_back_by_undo(panel: FilePanel, qtbot: QtBot) -> None:
    document, desk = panel._document, panel._desk
    qtbot.waitUntil(lambda: desk.rows == 10 and len(remedies(panel)) == 1, timeout=WAIT_MS)
    QTest.mouseClick(remedies(panel)[0], LEFT)
    assert document.data.options == {"without_total": True}
    qtbot.waitUntil(lambda: desk.stage is Stage.OPEN and desk.rows == 9, timeout=WAIT_MS)
    assert not remedies(panel)
    document.stack.undo()
    assert document.data.options == {}
    qtbot.waitUntil(lambda: desk.rows == 10 and len(remedies(panel)) == 1, timeout=WAIT_MS)
