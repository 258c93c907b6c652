"""Copies go from one canvas to another as JSON text, which can be read, mailed and changed on its way."""

import json
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.canvas import CanvasPanel, LiveInference
from app.theme import Theme
from app.undo import EditStack
from engine.graph.document import ModelGraph
from engine.graph.notes import Note, notes_of, put
from engine.layers.dense import Dense
from engine.layers.group import Group
from tests.app.canvas.conftest import FEATURES, Hand

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def other(qtbot: QtBot, theme: Theme) -> Iterator[Hand]:
    """A hand on the canvas of another window."""
    stack = EditStack(ModelGraph())
    inference = LiveInference(stack.graph, FEATURES)
    panel = CanvasPanel(theme, stack, inference)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.view.setFocus()
    yield Hand(panel, stack, inference, qtbot)
    panel.close_document()
    inference.close()


def copied(hand: Hand) -> str:
    """Two layers as a group, one that shares its weights, and a frame: on the clipboard."""
    one, two = hand.node("Dense", -200, 0, units=3), hand.node("ReLU", 0, 0)
    hand.link(one, two)
    hand.scene.select([one.id, two.id])
    hand.key(Qt.Key.Key_G, CTRL)
    (made,) = hand.scene.selected_nodes()
    last = hand.node("Dense", 300, 0, units=5)
    hand.link(hand.graph.nodes[made], last)
    hand.stack.push_edit(
        put(hand.graph, [Note(id="f", text="Stem", place=(-250, -100), size=(900, 300))], "")
    )
    hand.key(Qt.Key.Key_A, CTRL)
    hand.key(Qt.Key.Key_C, CTRL)
    return QGuiApplication.clipboard().text()


def test_a_group_with_wires_and_frame_goes_to_another_window(hand: Hand, other: Hand) -> None:
    copied(hand)
    other.key(Qt.Key.Key_V, CTRL)
    group, dense = other.graph.nodes.values()
    assert isinstance(group.layer, Group)
    assert isinstance(dense.layer, Dense)
    assert [p.layer.title() for p in group.layer.content.parts] == ["Dense", "ReLU"]
    assert [(e.source, e.target) for e in other.edges()] == [(group.id, dense.id)]
    assert [note.text for note in notes_of(other.graph).values()] == ["Stem"]
    assert set(other.scene.selected_nodes()) == set(other.graph.nodes)
    other.key(Qt.Key.Key_Z, CTRL)
    assert not other.graph.nodes


def test_what_is_copied_is_json_that_can_be_changed_before_it_is_pasted(hand: Hand, other: Hand) -> None:
    data = json.loads(copied(hand))
    assert sorted(node["type"] for node in data["nodes"]) == ["Dense", "Group"]
    next(node for node in data["nodes"] if node["type"] == "Dense")["settings"]["units"] = 77
    QGuiApplication.clipboard().setText(json.dumps(data, indent=4))
    other.key(Qt.Key.Key_V, CTRL)
    assert [n.layer.units for n in other.graph.nodes.values() if isinstance(n.layer, Dense)] == [77]


@pytest.mark.parametrize("text", ["", "no json", '{"nodes": 3}', "[" * 100_000])
def test_what_is_no_copy_is_refused_with_a_sentence(other: Hand, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    with other.qtbot.waitSignal(other.view.refused) as refused:
        other.key(Qt.Key.Key_V, CTRL)
    assert "no layers on the clipboard" in refused.args[0]
    assert not other.graph.nodes
