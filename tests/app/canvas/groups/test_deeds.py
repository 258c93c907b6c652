"""Groups linked, made independent, kept; their settings shown and their ports named, with real events."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QScrollArea
from pytestqt.qtbot import QtBot

from app.canvas import CanvasPanel, LiveInference
from app.canvas.menu import menu_at
from app.inspector.group_page import GroupPage
from app.palette.entries import layer_mime
from app.palette.groups import GroupShelf
from app.palette.shelf import LayerShelf
from app.theme import Theme
from app.undo import EditStack
from app.widgets import IconButton
from engine.graph.document import ModelGraph
from engine.layers.group import Group
from tests.app.canvas.conftest import FEATURES, LEFT, NONE, Hand
from tests.app.canvas.groups.test_opening import CTRL, SHIFT, grouped, names, open_by_mouse, shown

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def shelf(tmp_path: Path) -> LayerShelf:
    return LayerShelf(groups=GroupShelf(tmp_path / "groups"))


@pytest.fixture
def hand(qtbot: QtBot, theme: Theme, shelf: LayerShelf) -> Iterator[Hand]:
    """A canvas with a library of groups."""
    stack = EditStack(ModelGraph())
    inference = LiveInference(stack.graph, FEATURES)
    panel = CanvasPanel(theme, stack, inference, shelf=shelf)
    qtbot.addWidget(panel)
    panel.resize(1100, 700)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.view.setFocus()
    panel.view.centerOn(0, 0)
    yield Hand(panel, stack, inference, qtbot)
    panel.close_document()
    inference.close()


@pytest.fixture
def page(hand: Hand, qtbot: QtBot, theme: Theme) -> Iterator[GroupPage]:
    window = QScrollArea()
    made = GroupPage(theme)
    window.setWidget(made)
    window.setWidgetResizable(True)
    qtbot.addWidget(window)
    window.resize(320, 600)
    with qtbot.waitExposed(window):
        window.show()
    yield made
    window.close()


def held(hand: Hand, node_id: str) -> Group:
    layer = hand.graph.nodes[node_id].layer
    assert isinstance(layer, Group)
    return layer


def line(page: GroupPage, label: str) -> QLineEdit:
    return next(w for w in page.findChildren(QLineEdit) if w.accessibleName() == label and w.isVisible())


def entry(menu: QMenu, *path: str) -> None:
    for text in path[:-1]:
        inner = next(a.menu() for a in menu.actions() if a.text().startswith(text))
        assert isinstance(inner, QMenu)
        menu = inner
    next(a for a in menu.actions() if a.text().startswith(path[-1])).trigger()


def test_a_linked_copy_changes_along_until_it_is_independent(hand: Hand) -> None:
    made = grouped(hand)
    hand.key(Qt.Key.Key_L, CTRL)
    (twin,) = hand.scene.selected_nodes()
    assert twin != made
    hand.scene.select([made])
    hand.key(Qt.Key.Key_Return)
    hand.view.graph_scene.select([shown(hand, "dense")])
    hand.key(Qt.Key.Key_Delete)
    assert len(held(hand, twin).content.parts) == 2
    hand.key(Qt.Key.Key_Escape)
    hand.scene.select([twin])
    hand.key(Qt.Key.Key_L, CTRL | SHIFT)
    assert not held(hand, twin).link
    hand.stack.undo()
    hand.stack.undo()
    assert len(held(hand, made).content.parts) == len(held(hand, twin).content.parts) == 3


def test_a_setting_inside_is_shown_on_the_group_and_set_there(hand: Hand, page: GroupPage) -> None:
    made = grouped(hand)
    open_by_mouse(hand, made)
    hand.view.graph_scene.select([shown(hand, "dense")])
    entry(menu_at(hand.view, QPointF(), by_key=True), "Show on the group", "Units")
    assert [e.label for e in held(hand, made).shown()] == ["Units"]
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Escape)
    assert hand.scene.nodes[made].subtitle() == "Units 4"
    page.show_node(hand.panel.editor, hand.graph.nodes[made])
    assert page.form is not None
    field = page.form.field("s0")
    field.committed.emit(12)
    assert getattr(held(hand, made).content.parts[1].layer, "units", 0) == 12
    assert hand.scene.nodes[made].subtitle() == "Units 12"
    page.show_node(hand.panel.editor, hand.graph.nodes[made])
    name = line(page, "Name of the shown setting Units")
    name.setFocus()
    name.selectAll()
    QTest.keyClicks(name, "Width")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert [e.label for e in held(hand, made).shown()] == ["Width"]
    hand.stack.undo()
    hand.stack.undo()
    hand.stack.undo()
    assert not held(hand, made).shown()


def test_settings_are_chosen_from_outside_and_put_together(hand: Hand, page: GroupPage) -> None:
    made = grouped(hand)
    for part in ("dense", "dense_1"):
        page.show_node(hand.panel.editor, hand.graph.nodes[made])
        menu = page.choices()
        inner = next(a.menu() for a in menu.actions() if a.text() == part)
        assert isinstance(inner, QMenu)
        entry(inner, "Units")
    assert [e.label for e in held(hand, made).shown()] == ["Units", "Units 2"]
    hand.panel.editor.rename_shown(made, held(hand, made).shown()[1], "Units")
    hand.panel.editor.set_shown(made, dict.fromkeys(held(hand, made).shown_values(), 7))
    assert [getattr(p.layer, "units", 7) for p in held(hand, made).content.parts] == [7, 7, 7]


def test_ports_are_named_and_ordered_from_outside(hand: Hand, page: GroupPage) -> None:
    made = grouped(hand)
    open_by_mouse(hand, made)
    hand.key(Qt.Key.Key_Tab)
    QTest.keyClicks(hand.view.popup.search, "group output")
    QTest.keyClick(hand.view.popup.search, Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Escape)
    page.show_node(hand.panel.editor, hand.graph.nodes[made])
    name = line(page, "Name of the port output_1")
    name.selectAll()
    QTest.keyClicks(name, "side")
    QTest.keyClick(name, Qt.Key.Key_Return)
    page.show_node(hand.panel.editor, hand.graph.nodes[made])
    up = next(
        b for b in page.findChildren(IconButton) if b.accessibleName() == "Move side up" and b.isVisible()
    )
    QTest.mouseClick(up, LEFT)
    assert [p.name for p in held(hand, made).output_ports()] == ["side", "output"]
    assert [e.source_port for e in hand.graph.edges_from(made)] == ["output"]


def test_a_group_is_kept_placed_and_found(
    hand: Hand, shelf: LayerShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = grouped(hand)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args: ("My stem", True))
    hand.scene.select([made])
    hand.key(Qt.Key.Key_G, CTRL | ALT)
    assert shelf.groups is not None
    (own,) = shelf.groups.entries()
    assert own.shown == "My stem"
    hand.drop(layer_mime(own.name), QPointF(0, 200))
    (placed,) = hand.scene.selected_nodes()
    assert hand.graph.nodes[placed].name == "My stem"
    assert held(hand, placed).content == held(hand, made).content
    hand.key(Qt.Key.Key_Tab)
    QTest.keyClicks(hand.view.popup.search, "my st")
    QTest.keyClick(hand.view.popup.search, Qt.Key.Key_Return)
    assert len(hand.scene.nodes) == 6
    hand.scene.select([placed])
    QTest.mouseDClick(
        hand.view.viewport(), LEFT, NONE, hand.at(hand.scene.nodes[placed].pos() + QPointF(80, 50))
    )
    assert "dense" in names(hand)


def test_a_ready_block_is_kept_as_a_group(
    hand: Hand, shelf: LayerShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = [hand.node("Input", -400, 0, feature="x"), hand.node("ResidualBlock", -100, 0, filters=4)]
    hand.link(*nodes)
    hand.settle()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args: ("Mine", True))
    hand.scene.select([nodes[1].id])
    entry(menu_at(hand.view, QPointF(), by_key=True), "Keep in the library")
    assert shelf.groups is not None
    assert [k.name for k in shelf.groups.groups()] == ["Mine"]
