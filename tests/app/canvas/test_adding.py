"""Layers come onto the canvas by keys alone: found, told, placed where nothing lies, wired."""

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.canvas import bindings, find_bar, telling
from app.canvas.accessible import tell_selection
from engine.graph.document import Node
from tests.app.canvas.conftest import Hand


def add(hand: Hand, key: Qt.Key, name: str) -> Node:
    """Opens the search by a key, types a name, takes the first hit."""
    before = set(hand.graph.nodes)
    hand.key(key)
    hand.type_in(hand.view.popup.search, name)
    hand.qtbot.waitUntil(lambda: not hand.view.popup.is_busy())
    QTest.keyClick(hand.view.popup.search, Qt.Key.Key_Return)
    (made,) = set(hand.graph.nodes) - before
    return hand.graph.nodes[made]


def body(hand: Hand, node: Node) -> QRectF:
    item = hand.scene.nodes[node.id]
    return item.body().translated(item.pos())


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a screen reader is given to say."""
    said: list[str] = []
    for module in (bindings, find_bar, telling):
        monkeypatch.setattr(module, "announce", lambda _widget, sentence: said.append(sentence))
    return said


def test_layers_that_keys_add_do_not_lie_upon_each_other(hand: Hand) -> None:
    made = [add(hand, Qt.Key.Key_Tab, name) for name in ("input", "dense", "relu", "target")]
    bodies = [body(hand, node) for node in made]
    assert not any(a.intersects(b) for k, a in enumerate(bodies) for b in bodies[:k])
    assert all(hand.view.visible_rect().contains(each) for each in bodies[-1:])


def test_a_key_adds_behind_the_selected_layer_and_wires(hand: Hand) -> None:
    first = add(hand, Qt.Key.Key_A, "input")  # nothing is selected: it lies at the pointer
    second = add(hand, Qt.Key.Key_A, "dense")
    third = add(hand, Qt.Key.Key_A, "target")
    assert [(e.source, e.target) for e in hand.edges()] == [(first.id, second.id), (second.id, third.id)]
    assert first.position[0] < second.position[0] < third.position[0]
    assert add(hand, Qt.Key.Key_A, "dense").position != third.position  # nothing leads out of a target
    assert len(hand.edges()) == 2


def test_the_keyboard_goes_from_the_search_back_to_the_canvas_and_nowhere_else(hand: Hand) -> None:
    hand.node("Input", -300, 0)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    ways: list[QWidget | None] = []
    for key, popup in ((Qt.Key.Key_Tab, hand.view.popup), (Qt.Key.Key_W, hand.view.choices)):
        hand.scene.select(list(hand.graph.nodes)[:1])
        for end in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
            hand.view.setFocus()
            hand.key(key)
            assert popup.isVisible()
            app.focusChanged.connect(lambda _old, now: ways.append(now))
            QTest.keyClick(popup.search, end)
            app.focusChanged.disconnect()
    hand.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    app.focusChanged.connect(lambda _old, now: ways.append(now))
    QTest.keyClick(hand.view.finder.search, Qt.Key.Key_Escape)
    app.focusChanged.disconnect()
    assert set(ways) == {hand.view}


def test_what_is_found_is_told_while_the_keyboard_is_in_the_field(hand: Hand, heard: list[str]) -> None:
    hand.key(Qt.Key.Key_Tab)
    hand.type_in(hand.view.popup.search, "dens")
    hand.qtbot.waitUntil(lambda: bool(heard))
    assert heard[-1].startswith("Dense. ")
    QTest.keyClick(hand.view.popup.search, Qt.Key.Key_Down)
    hand.qtbot.waitUntil(lambda: not heard[-1].startswith("Dense. "))


def test_what_a_wire_can_lead_to_is_told(hand: Hand, heard: list[str]) -> None:
    one, _two = hand.node("Dense", -300, 0), hand.node("Dense", 0, 0)
    hand.scene.select([one.id])
    hand.key(Qt.Key.Key_W)
    choices = hand.view.choices
    assert choices.search.accessibleName() == "Wire dense to"
    hand.qtbot.waitUntil(lambda: heard[-1:] == ["\N{RIGHTWARDS ARROW} dense_1"])
    QTest.keyClick(choices.search, Qt.Key.Key_Down)
    hand.qtbot.waitUntil(lambda: heard[-1:] == ["\N{LEFTWARDS ARROW} dense_1"])
    assert choices.height() < 200  # two rows need not cover the canvas


def test_where_arrows_lead_nowhere_it_is_told(hand: Hand, heard: list[str]) -> None:
    hand.scene.select([hand.node("Dense", -300, 0).id])
    hand.key(Qt.Key.Key_Right)
    assert heard == ["There is no layer that way."]


def test_a_layer_tells_what_it_gives_and_where_it_stands(hand: Hand) -> None:
    source, flat = hand.node("Input", -300, 0, feature="x"), hand.node("Flatten", 0, 0)
    hand.link(source, flat)
    dense = hand.node("Dense", 300, 0, units=10)
    hand.link(flat, dense)
    hand.settle()
    seen = QAccessible.queryAccessibleInterface(hand.view)
    told = seen.child(2).text(QAccessible.Text.Description)
    assert told == "gives 10, 7.85 k parameters, 7.84 k multiply-adds, after flatten"
    assert seen.text(QAccessible.Text.Description) == "3 layers on the canvas. Nothing selected."
    hand.scene.select([dense.id])
    assert seen.text(QAccessible.Text.Description) == "3 layers on the canvas."  # that layer tells the rest
    assert seen.focusChild().text(QAccessible.Text.Name).startswith("Dense, 10")


def test_one_selected_layer_is_not_told_twice(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [hand.node("Dense", x, 0) for x in (-300, 0)]
    said: list[str] = []
    monkeypatch.setattr("app.canvas.accessible.announce", lambda _widget, sentence: said.append(sentence))
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    hand.scene.select([nodes[0].id])
    tell_selection(hand.view)
    assert said == []
    hand.scene.select([node.id for node in nodes])
    tell_selection(hand.view)
    assert said == ["2 layers selected"]


def test_an_empty_canvas_says_how_to_begin(hand: Hand) -> None:
    empty, minimap = hand.panel.empty, hand.panel.minimap
    assert empty.isVisible()
    assert not minimap.isVisible()
    middle = empty.geometry().center()
    assert (middle - hand.view.rect().center()).manhattanLength() < 10
    hand.node("Dense", 0, 0)
    assert not empty.isVisible()
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert empty.isVisible()


def test_how_many_are_found_is_told_before_one_is_gone_to(hand: Hand, heard: list[str]) -> None:
    for x in (-300, 0):
        hand.node("Dense", x, 0)
    hand.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    hand.type_in(hand.view.finder.search, "dense")
    assert heard[-1] == "2 found"
    QTest.keyClick(hand.view.finder.search, Qt.Key.Key_Return)
    assert heard[-1] == "1 of 2"
