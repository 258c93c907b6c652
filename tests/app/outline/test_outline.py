"""The outline: the same document as a tree, selected both ways, edited with keys, read by screen readers."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QTreeWidgetItem

from app.canvas.accessible import tell_selection
from app.outline.dock import OutlineDock
from app.outline.rows import RowKind
from app.outline.tree import OutlineTree
from app.theme import Theme
from engine.graph.notes import Note, notes_of, put
from tests.app.canvas.conftest import Hand, hand

CONTROL = Qt.KeyboardModifier.ControlModifier
__all__ = ["hand"]


@pytest.fixture
def outline(hand: Hand, theme: Theme) -> Iterator[OutlineTree]:
    tree = OutlineTree(theme)
    hand.qtbot.addWidget(tree)
    tree.resize(500, 400)
    tree.watch(hand.panel)
    with hand.qtbot.waitExposed(tree):
        tree.show()
    yield tree
    tree.forget()


def titles(outline: OutlineTree) -> list[str]:
    return [item.text(0) for item in outline.items() if outline.row_of(item).kind is not RowKind.PROBLEM]


def item_of(outline: OutlineTree, title: str) -> QTreeWidgetItem:
    return next(item for item in outline.items() if item.text(0) == title)


def problems(outline: OutlineTree) -> list[QTreeWidgetItem]:
    return [item for item in outline.items() if outline.row_of(item).kind is RowKind.PROBLEM]


def words(outline: OutlineTree, title: str) -> str:
    return str(item_of(outline, title).data(0, Qt.ItemDataRole.AccessibleTextRole))


def test_layers_stand_in_the_order_of_computation_with_what_they_give(
    hand: Hand, outline: OutlineTree
) -> None:
    dense, flat = hand.node("Dense", 200, 0, units=10), hand.node("Flatten", 0, 0)
    source = hand.node("Input", -200, 0)
    hand.link(source, flat)
    hand.link(flat, dense)
    hand.settle()
    hand.qtbot.waitUntil(lambda: titles(outline) == ["input", "flatten", "dense"])
    item = item_of(outline, "dense")
    assert (item.text(2), item.text(3)) == ("10", "7.85 k")
    assert "after flatten" in words(outline, "dense")
    assert "before dense" in words(outline, "flatten")


def test_what_is_selected_is_selected_on_both_sides(hand: Hand, outline: OutlineTree) -> None:
    one, two = hand.node("Dense", 3000, 0), hand.node("Flatten", 0, 0)
    hand.qtbot.waitUntil(lambda: len(titles(outline)) == 2)
    outline.select(RowKind.NODE, one.id)
    assert hand.scene.selected_nodes() == [one.id]
    assert hand.view.visible_rect().contains(hand.middle(one))
    hand.scene.select([two.id])
    assert [item.text(0) for item in outline.selectedItems()] == ["flatten"]
    hand.scene.select([one.id, two.id])
    assert len(outline.selectedItems()) == 2


def test_layers_are_renamed_and_deleted_with_keys(hand: Hand, outline: OutlineTree) -> None:
    dense, other = hand.node("Dense", 0, 0), hand.node("Flatten", 200, 0)
    hand.qtbot.waitUntil(lambda: len(titles(outline)) == 2)
    outline.select(RowKind.NODE, dense.id)
    QTest.keyClick(outline, Qt.Key.Key_F2)
    (line,) = outline.findChildren(QLineEdit)
    line.selectAll()
    QTest.keyClicks(line, "head")
    QTest.keyClick(line, Qt.Key.Key_Return)
    hand.qtbot.waitUntil(lambda: hand.graph.nodes[dense.id].name == "head")
    hand.qtbot.waitUntil(lambda: "head" in titles(outline))
    outline.select(RowKind.NODE, other.id)
    QTest.keyClick(outline, Qt.Key.Key_Delete)
    assert list(hand.graph.nodes) == [dense.id]
    QTest.keyClick(outline, Qt.Key.Key_Z, CONTROL)
    assert other.id in hand.graph.nodes


def test_a_name_that_is_taken_is_refused_and_shown_as_it_was(hand: Hand, outline: OutlineTree) -> None:
    dense, _ = hand.node("Dense", 0, 0), hand.node("Flatten", 200, 0)
    hand.qtbot.waitUntil(lambda: len(titles(outline)) == 2)
    said: list[str] = []
    hand.view.refused.connect(said.append)
    item_of(outline, "dense").setText(0, "flatten")
    assert hand.graph.nodes[dense.id].name == "dense"
    assert len(said) == 1
    assert "dense" in titles(outline)


def test_a_name_that_is_being_written_stays_whatever_happens_meanwhile(
    hand: Hand, outline: OutlineTree
) -> None:
    dense = hand.node("Dense", 0, 0)
    hand.qtbot.waitUntil(lambda: len(titles(outline)) == 1)
    outline.select(RowKind.NODE, dense.id)
    QTest.keyClick(outline, Qt.Key.Key_F2)
    (line,) = outline.findChildren(QLineEdit)
    line.selectAll()
    QTest.keyClicks(line, "he")
    hand.node("Flatten", 200, 0)
    hand.settle()
    assert line.isVisible()
    QTest.keyClicks(line, "ad")
    QTest.keyClick(line, Qt.Key.Key_Return)
    hand.qtbot.waitUntil(lambda: sorted(titles(outline)) == ["flatten", "head"])
    assert hand.graph.nodes[dense.id].name == "head"


def test_groups_and_frames_are_branches(hand: Hand, outline: OutlineTree) -> None:
    one, two = hand.node("Dense", 0, 0), hand.node("ReLU", 200, 0)
    hand.link(one, two)
    made = hand.view.editor.group([one.id, two.id])
    assert made is not None
    frame = Note(id="f", text="Encoder", place=(-200, -200), size=(900, 600))
    inner = Note(id="g", text="Half", place=(-100, -100), size=(400, 400))
    edit = put(hand.graph, [frame, inner, Note(id="c", kind="comment", text="why", place=(900, 900))], "")
    hand.stack.push_edit(edit)
    hand.qtbot.waitUntil(lambda: "Half" in titles(outline))
    assert titles(outline)[:2] == ["Encoder", "Half"]
    group = item_of(outline, hand.graph.nodes[made].name)
    inside = item_of(outline, "Half")
    assert [inside.child(k) for k in range(inside.childCount())] == [group]
    assert {"dense", "re_lu"} <= {title.replace("relu", "re_lu") for title in titles(outline)}
    part = next(i for i in outline.items() if outline.row_of(i).kind is RowKind.PART)
    outline.setCurrentItem(part)
    assert hand.scene.selected_nodes() == [made]
    outline.select(RowKind.NOTE, "c")
    assert hand.scene.notes.selected() == ["c"]
    QTest.keyClick(outline, Qt.Key.Key_Delete)
    assert "c" not in notes_of(hand.graph)


def test_a_problem_is_a_row_whose_remedy_enter_applies(hand: Hand, outline: OutlineTree) -> None:
    source, flat = hand.node("Input", -400, 0), hand.node("Flatten", -150, 0)
    dense, target = hand.node("Dense", 100, 0, units=3), hand.node("Target", 300, 0)
    for a, b in ((source, flat), (flat, dense), (dense, target)):
        hand.link(a, b)
    hand.settle()
    hand.qtbot.waitUntil(lambda: len(problems(outline)) == 1)
    item = problems(outline)[0]
    assert "Press Enter" in str(item.data(0, Qt.ItemDataRole.AccessibleTextRole))
    outline.setCurrentItem(item)
    assert hand.scene.selected_nodes() == [target.id]
    QTest.keyClick(outline, Qt.Key.Key_Return)
    assert getattr(hand.graph.nodes[dense.id].layer, "units", 0) == 10


def test_what_is_open_stays_open_and_a_closed_canvas_is_let_go(hand: Hand, outline: OutlineTree) -> None:
    one, two = hand.node("Dense", 0, 0), hand.node("ReLU", 200, 0)
    hand.link(one, two)
    made = hand.view.editor.group([one.id, two.id])
    assert made is not None
    hand.qtbot.waitUntil(lambda: any(item.childCount() for item in outline.items()))
    group = next(item for item in outline.items() if outline.row_of(item).kind is RowKind.NODE)
    group.setExpanded(True)
    hand.node("Flatten", 300, 200)
    hand.qtbot.waitUntil(lambda: "flatten" in titles(outline))
    group = next(item for item in outline.items() if outline.row_of(item).key == made)
    assert group.isExpanded()
    left: list[None] = []
    outline.left.connect(lambda: left.append(None))
    QTest.keyClick(outline, Qt.Key.Key_Escape)
    assert left == [None]
    outline.forget()
    assert titles(outline) == []


def test_what_is_inside_a_group_is_reached_and_renamed_from_here(hand: Hand, outline: OutlineTree) -> None:
    one, two = hand.node("Dense", 0, 0), hand.node("ReLU", 200, 0)
    other = hand.node("Flatten", 500, 200)
    hand.link(one, two)
    made = hand.view.editor.group([one.id, two.id])
    assert made is not None
    hand.qtbot.waitUntil(lambda: any(outline.row_of(i).kind is RowKind.PART for i in outline.items()))
    part = next(i for i in outline.items() if outline.row_of(i).kind is RowKind.PART)
    path = outline.row_of(part).key
    outline.setCurrentItem(part)
    QTest.keyClick(outline, Qt.Key.Key_Return)
    assert hand.view.graph_scene is not hand.scene
    assert hand.view.graph_scene.selected_nodes() == [path]
    assert [outline.row_of(i).key for i in outline.selectedItems()] == [path]
    part = next(i for i in outline.items() if outline.row_of(i).key == path)
    part.setText(0, "first half")
    assert hand.view.graph_scene.graph.nodes[path].name == "first half"
    hand.qtbot.waitUntil(lambda: "first half" in titles(outline))
    outline.select(RowKind.NODE, other.id)
    assert hand.view.graph_scene is hand.scene
    assert hand.scene.selected_nodes() == [other.id]


def test_layers_are_wired_and_cut_from_here_with_keys(
    hand: Hand, outline: OutlineTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = hand.node("Dense", 0, 0), hand.node("ReLU", 300, 0)
    hand.qtbot.waitUntil(lambda: len(titles(outline)) == 2)
    outline.select(RowKind.NODE, one.id)
    menus: list[QMenu] = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, _place: menus.append(menu))
    for text, wires in (("Wire to", [(one.id, two.id)]), ("Cut a wire", [])):
        outline.setFocus()
        at = outline.visualItemRect(item_of(outline, "dense")).center()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, outline.viewport().mapToGlobal(at))
        QApplication.sendEvent(outline.viewport(), event)
        next(action for action in menus[-1].actions() if action.text().startswith(text)).trigger()
        QTest.keyClick(hand.view.choices.search, Qt.Key.Key_Return)
        assert [(e.source, e.target) for e in hand.edges()] == wires
    for menu in menus:
        menu.deleteLater()


@pytest.mark.parametrize("width", [200, 280, 340, 460, 800])
def test_columns_fill_the_outline_and_never_reach_beyond_it(
    hand: Hand, outline: OutlineTree, width: int
) -> None:
    source = hand.node("Input", -300, 0, feature="x")
    hand.link(source, hand.node("Conv2D", 0, 0, filters=64))
    hand.settle()
    outline.resize(width, 400)
    outline.refresh()
    assert outline.header().length() == outline.viewport().width()
    assert not outline.horizontalScrollBar().isVisible()
    assert min(outline.columnWidth(0), outline.columnWidth(1)) > 60
    assert [outline.isColumnHidden(k) for k in (2, 3)] == [width < 300, width < 400]


def test_a_column_that_was_dragged_stays_until_the_outline_changes_its_width(
    hand: Hand, outline: OutlineTree
) -> None:
    hand.node("Dense", 0, 0)
    outline.refresh()
    outline.header().resizeSection(0, 90)
    hand.node("Dense", 300, 0)
    outline.refresh()
    assert outline.columnWidth(0) == 90
    outline.resize(outline.width() + 40, 400)
    assert outline.columnWidth(0) != 90


def test_a_row_is_told_once_and_the_field_for_its_name_has_one(
    hand: Hand, outline: OutlineTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = [hand.node("Dense", x, 0) for x in (-300, 0)]
    outline.refresh()
    said: list[str] = []
    monkeypatch.setattr("app.canvas.accessible.announce", lambda _widget, sentence: said.append(sentence))
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    outline.activateWindow()
    outline.setFocus()
    hand.qtbot.waitUntil(outline.hasFocus)
    outline.select(RowKind.NODE, nodes[0].id)
    assert hand.scene.selected_nodes() == [nodes[0].id]
    tell_selection(hand.view)
    assert said == []  # the row was read already
    QTest.keyClick(outline, Qt.Key.Key_F2)
    (field,) = outline.findChildren(QLineEdit)
    assert field.accessibleName()


def test_the_dock_makes_its_rows_when_they_are_wanted_first(hand: Hand, theme: Theme) -> None:
    hand.node("Dense", 0, 0)
    dock = OutlineDock(theme)
    hand.qtbot.addWidget(dock)
    dock.watch(hand.panel)
    assert dock.findChild(OutlineTree) is None
    dock.open()
    tree = dock.tree
    assert dock.findChild(OutlineTree) is tree
    assert titles(tree) == ["dense"]
    assert tree.currentItem() is tree.topLevelItem(0)
    tree.forget()
