"""Every ready block is placed and wired by one gesture, fits what arrives, and can be opened, changed and taken apart."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.palette.entries import layer_mime
from engine.layers.base import Category
from engine.layers.group import Group
from engine.layers.registry import layers
from tests.app.canvas.conftest import LEFT, NONE, Hand

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
BLOCKS = sorted(n for n, kind in layers().items() if kind.declaration.category is Category.BLOCK)
NAMED = {
    "ResidualBlock",
    "ConvNormActivation",
    "DenseBlock",
    "InceptionBlock",
    "TransformerBlock",
    "UNetLevel",
}


def test_all_that_were_asked_for_are_there() -> None:
    assert set(BLOCKS) == NAMED | {"Encoder", "Decoder"}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_ready_block(hand: Hand, name: str) -> None:
    source = hand.node("Input", -450, 0, feature="x")
    before = hand.node("Reshape", -250, 0, target_shape=(28, 28)) if name == "TransformerBlock" else source
    if before is not source:
        hand.link(source, before)
    hand.settle()
    hand.drop(layer_mime(name), hand.out(before) + QPointF(125, 0))
    (block,) = [n.id for n in hand.graph.nodes.values() if n.layer.title() == name]
    assert (before.id, block) in [(e.source, e.target) for e in hand.edges()]
    hand.settle()
    known = hand.inference.now().nodes[block]
    assert not known.error
    assert known.parameters > 0
    place = hand.scene.nodes[block].pos() + QPointF(80, 50)
    QTest.mouseDClick(hand.view.viewport(), LEFT, NONE, hand.at(place))
    inside = hand.view.graph_scene
    assert inside is not hand.scene
    assert len(inside.nodes) > 3
    part = [i for i in inside.nodes if ":" not in i][1]
    inside.select([part])
    hand.key(Qt.Key.Key_M)
    assert isinstance(hand.graph.nodes[block].layer, Group)
    hand.key(Qt.Key.Key_Z, CTRL)
    assert hand.graph.nodes[block].layer.title() == name
    hand.panel.levels.go_up(0)
    hand.scene.select([block])
    parameters = hand.inference.now().parameters
    hand.key(Qt.Key.Key_G, CTRL | SHIFT)
    assert block not in hand.graph.nodes
    assert hand.inference.now().parameters == parameters
