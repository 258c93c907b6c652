"""A preparation panel on the screen over a file of its own, and somebody who works it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.data.desk import DataDesk
from app.data.prepare_panel import PreparePanel
from app.document import Document
from app.theme import Theme
from engine.data.recipe.plan import Plan
from engine.data.recipe.settings import Recipe
from engine.data.settings import DataSettings
from engine.graph.document import ModelGraph

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
WIDTH = 284  # of a side of 316 pixels, less its margins
WAIT_MS = 20_000


def control(field: QWidget) -> QWidget:
    """What is clicked in a field."""
    found = field.focusProxy()
    assert found is not None
    return found


class Preparer:
    """Uses the panel with mouse and keys, and sees what becomes of the recipe."""

    def __init__(self, panel: PreparePanel, document: Document, desk: DataDesk, qtbot: QtBot) -> None:
        self.panel, self.document, self.desk, self.qtbot = panel, document, desk, qtbot

    @property
    def recipe(self) -> Recipe:
        return self.document.data.recipe

    @property
    def plan(self) -> Plan:
        assert self.desk.plan is not None
        return self.desk.plan

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def until_role(self, name: str, role: str) -> None:
        """Wait until the plan knows of a decision."""
        self.until(lambda: self.plan.column(name).role == role)

    # -- the list of columns -------------------------------------------------------------------------------
    def place(self, name: str) -> QPoint:
        """A point on the name of a column."""
        columns = self.panel.columns
        index = columns.columns.place_of(name)
        columns.scrollTo(index)
        return columns.visualRect(index).topLeft() + QPoint(16, 14)

    def chip(self, name: str) -> QPoint:
        """A point on the chip of a column."""
        columns = self.panel.columns
        rect = columns.visualRect(columns.columns.place_of(name))
        return QPoint(rect.right() - 30, rect.top() + 14)

    def click_column(self, name: str, keys: Qt.KeyboardModifier = NONE) -> None:
        place = self.place(name)
        QTest.mouseClick(self.panel.columns.viewport(), LEFT, keys, place)

    def choose_role(self, name: str, role: str) -> None:
        """Click a chip and then a role in the menu that opens."""
        self.place(name)
        QTest.mouseClick(self.panel.columns.viewport(), LEFT, NONE, self.chip(name))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        action = next(a for a in menu.actions() if a.data() == role)
        QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(action).center())

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.panel.columns, key, keys)

    # -- forms ---------------------------------------------------------------------------------------------
    def field(self, name: str) -> Any:
        """The field of a step of the selected columns."""
        assert self.panel.page.form is not None
        return self.panel.page.form.field(name)

    def choose(self, widget: QWidget, text: str) -> None:
        """Choose an entry of the list in a field, as a click on it in the open list does it."""
        box = widget if isinstance(widget, QComboBox) else widget.findChild(QComboBox)
        assert isinstance(box, QComboBox)
        self.until(box.isVisible)  # a new form is shown when its panel is laid out
        index = box.findText(text)
        assert index >= 0, [box.itemText(i) for i in range(box.count())]
        box.setCurrentIndex(index)
        box.activated.emit(index)


@contextmanager
def preparing(
    theme: Theme, qtbot: QtBot, path: Path | None, graph: ModelGraph | None = None
) -> Iterator[Preparer]:
    """The panel over a file (or over the data of the graph), once the plan is known."""
    document = Document(graph or ModelGraph())
    if path is not None:
        document.set_data(DataSettings(path=str(path)))
        document.stack.clear()
    desk = DataDesk(document)
    panel = PreparePanel(theme, document, desk)
    panel.resize(WIDTH, 1600)
    with qtbot.waitExposed(panel):
        panel.show()
    desk.wake()
    user = Preparer(panel, document, desk, qtbot)
    user.until(lambda: desk.rows is not None and (path is None or desk.plan is not None))
    user.until(lambda: not desk.is_studying)
    try:
        yield user
    finally:
        desk.close()
        panel.close()
        document.close()
        panel.deleteLater()
