"""Screen readers see the canvas as a list of layers with their ports."""

import gc

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas import CanvasPanel, LiveInference
from app.canvas.facts import Badge
from app.theme import Theme
from app.undo import EditStack
from engine.graph.document import ModelGraph
from engine.graph.edits import AddNode
from engine.layers.registry import layers
from tests.app.canvas.conftest import Hand

NAME = QAccessible.Text.Name


def canvas(hand: Hand) -> QAccessibleInterface:
    return QAccessible.queryAccessibleInterface(hand.view)


def test_layers_and_ports_have_names_roles_and_places(hand: Hand) -> None:
    one, add = hand.node("Dense", -300, 0, units=64), hand.node("Add", 0, 0)
    hand.link(one, add)
    seen = canvas(hand)
    assert seen.role() is QAccessible.Role.List
    assert seen.childCount() == 2
    dense, join = seen.child(0), seen.child(1)
    assert dense.text(NAME).startswith("Dense, 64")
    assert dense.role() is QAccessible.Role.ListItem
    assert seen.indexOfChild(join) == 1
    assert [dense.child(k).text(NAME) for k in range(dense.childCount())] == [
        "Input, not wired",
        "Output, to add",
    ]
    assert join.child(0).text(NAME) == "Input, from dense"
    middle = hand.view.viewport().mapToGlobal(hand.at(hand.middle(one)))
    assert dense.rect().contains(middle)
    assert seen.childAt(middle.x(), middle.y()) is dense
    assert [seen.child(k) is None for k in range(1, 3)] == [False, True]


def test_ports_say_what_flows_when_that_is_known(hand: Hand) -> None:
    hand.link(hand.node("Input", -300, 0, feature="x"), hand.node("Flatten", 0, 0))
    hand.settle()
    flat = canvas(hand).child(1)
    assert flat.child(0).text(NAME) == "Input, from input, batch \u00d7 height 28 \u00d7 width 28 \u00d7 1"


def test_ports_that_are_not_alone_are_called_by_their_names(hand: Hand) -> None:
    hand.node("LSTM", 0, 0, return_state=True)
    lstm = canvas(hand).child(0)
    names = [lstm.child(k).text(NAME) for k in range(lstm.childCount())]
    assert "Input, not wired" in names
    assert "Input initial state, not wired" in names
    assert {"Output, not wired", "Output state, not wired"} <= set(names)


def test_what_is_wrong_and_what_is_selected_is_said(hand: Hand) -> None:
    one, two = hand.node("Dense", -300, 0), hand.node("Dense", 0, 0)
    hand.scene.set_badges({one.id: Badge("error", "It has no input.")})
    seen = canvas(hand)
    assert "It has no input." in seen.child(0).text(NAME)
    hand.scene.select([two.id])
    assert seen.focusChild() is seen.child(1)
    assert seen.child(1).state().selected
    assert not seen.child(0).state().selected


def test_what_is_gone_is_not_valid(hand: Hand) -> None:
    one = hand.node("Dense", -300, 0)
    seen = canvas(hand)
    layer = seen.child(0)
    port = layer.child(0)
    QAccessible.uniqueId(layer)  # as a screen reader does
    QAccessible.uniqueId(port)
    assert layer.isValid()
    hand.view.editor.delete([one.id])
    assert not layer.isValid()
    assert not port.isValid()
    assert layer.text(NAME) == ""
    assert seen.childCount() == 0


def test_canvases_come_and_go_under_the_eyes_of_a_screen_reader(qtbot: QtBot, theme: Theme) -> None:
    for _ in range(3):
        stack = EditStack(ModelGraph())
        inference = LiveInference(stack.graph)
        panel = CanvasPanel(theme, stack, inference)
        stack.push_edit(AddNode(stack.graph.new_node(layers()["Dense"]())))
        seen = QAccessible.queryAccessibleInterface(panel.view)
        for part in (seen, seen.child(0), seen.child(0).child(0)):
            QAccessible.uniqueId(part)  # as a screen reader does
        panel.close_document()
        inference.close()
        del seen, part
        panel.deleteLater()
        del panel
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
