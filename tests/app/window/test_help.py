"""F1 anywhere in the window opens the page of what is there."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.canvas.menu import menu_at
from app.document import Document
from app.theme import Theme
from app.widgets import CollapsibleSection
from app.window.main_window import MainWindow
from engine.formats.examples import examples
from tests.app.window.conftest import close


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> Iterator[MainWindow]:
    window = MainWindow(theme, Document(examples()["spiral"].graph()))
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    close(window)


def node_of(window: MainWindow, title: str) -> str:
    return next(n.id for n in window.workspace.document.graph.nodes.values() if n.layer.title() == title)


def press_f1(window: MainWindow) -> str:
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_F1)
    assert window.help.isVisible()
    return window.help.panel.view.address()


def box_of(window: MainWindow, name: str) -> QComboBox:
    form = window.workspace.inspector.form
    assert form is not None
    field = form.field(name)
    assert isinstance(field, QWidget)
    box = field.findChild(QComboBox)
    assert box is not None
    return box


def action(menu: QMenu, text: str) -> QAction:
    return next(each for each in menu.actions() if each.text().startswith(text))


def test_nothing_chosen_opens_the_list_of_pages(window: MainWindow) -> None:
    window.workspace.canvas.view.setFocus()
    assert press_f1(window) == "index.html"


def test_the_selected_node(window: MainWindow) -> None:
    window.workspace.canvas.view.setFocus()
    window.workspace.canvas.scene.select([node_of(window, "Dense")])
    assert press_f1(window) == "layers/Dense.html"


def test_the_setting_with_the_keyboard_and_the_member_it_chooses(window: MainWindow, qtbot: QtBot) -> None:
    window.workspace.choose(node_of(window, "Dense"))
    form = window.workspace.inspector.form
    assert form is not None
    for section in form.findChildren(CollapsibleSection):
        section.heading.setChecked(True)
    for name, page in (
        ("activation", "layers/Dense.html#activation"),
        ("kernel_initializer", "initializers/glorot_uniform.html"),
    ):
        box = box_of(window, name)
        qtbot.waitUntil(box.isVisible)
        box.setFocus()
        assert press_f1(window) == page


def test_the_optimizer_of_the_project(window: MainWindow) -> None:
    window.workspace.canvas.scene.select([])
    boxes = window.workspace.inspector.findChildren(QComboBox)
    next(box for box in boxes if box.isVisible() and box.currentText() == "Adam").setFocus()
    assert press_f1(window) == "optimizers/Adam.html"


def test_losses_and_metrics_are_those_for_the_task(window: MainWindow) -> None:
    window.workspace.choose(node_of(window, "Target"))
    losses, metrics = box_of(window, "loss"), box_of(window, "metrics")
    assert losses.itemText(0).startswith("auto (")
    assert {"Hinge", "Dice"} <= {losses.itemText(i) for i in range(losses.count())}
    assert metrics.findText("AUC") > 0
    metrics.setCurrentIndex(metrics.findText("AUC"))
    metrics.activated.emit(metrics.currentIndex())
    layer: Any = window.workspace.document.graph.nodes[node_of(window, "Target")].layer
    assert [metric.key() for metric in layer.metrics] == ["auc"]


def test_the_entry_of_the_palette(window: MainWindow) -> None:
    window.palette_.search.setFocus()
    QTest.keyClicks(window.palette_.search, "flat")
    assert press_f1(window) == "layers/Flatten.html"


def test_the_button_beside_the_title(window: MainWindow) -> None:
    window.workspace.choose(node_of(window, "Target"))
    QTest.mouseClick(window.workspace.inspector.help_button, Qt.MouseButton.LeftButton)
    assert window.help.panel.view.address() == "layers/Target.html"


def test_the_menu_of_a_node_selects_it_and_leads_to_its_page(window: MainWindow) -> None:
    scene = window.workspace.canvas.scene
    item = scene.nodes[node_of(window, "Dense")]
    menu = menu_at(window.workspace.canvas.view, item.pos() + QPointF(60, 30))
    assert scene.selected_nodes() == [item.node.id]
    action(menu, "Help").trigger()
    assert window.help.panel.view.address() == "layers/Dense.html"
    menu.close()


def test_the_menu_deletes_and_the_one_of_the_canvas_adds(window: MainWindow) -> None:
    graph, view = window.workspace.document.graph, window.workspace.canvas.view
    node = node_of(window, "Dense")
    menu = menu_at(
        window.workspace.canvas.view, window.workspace.canvas.scene.nodes[node].pos() + QPointF(60, 30)
    )
    action(menu, "Delete").trigger()
    menu.close()
    assert node not in graph.nodes
    menu = menu_at(window.workspace.canvas.view, view.mapToScene(QPoint(12, view.height() - 12)))
    action(menu, "Add a layer").trigger()
    menu.close()
    assert view.popup.isVisible()


def test_the_dock_is_where_it_was_left(window: MainWindow, qtbot: QtBot) -> None:
    press_f1(window)
    QTest.keyClick(window.help.panel.view, Qt.Key.Key_Escape)
    assert not window.help.isVisible()
    window.help.show()
    assert window.help.panel.view.address() == "index.html"
