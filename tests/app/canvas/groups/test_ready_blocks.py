"""Every ready block is placed and wired by one gesture, fits what arrives, and can be opened, changed and taken apart."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.palette.entries import layer_mime
from engine.graph.document import Edge
from engine.graph.edits import Disconnect, EditError, SetSettings
from engine.graph.inside import as_group, unfold
from engine.layers import Conv2D
from engine.layers.base import Category
from engine.layers.group import Group
from engine.layers.registry import layers
from engine.layers.residual_block import ResidualBlock
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


def opened_block(hand: Hand) -> tuple[str, str, Edge]:
    """A residual block behind a convolution, open: the ids of both, and the wire between them."""
    source = hand.node("Input", -450, 0, feature="x")
    before, block = hand.node("Conv2D", -250, 0, filters=4), hand.node("ResidualBlock", 0, 0)
    hand.link(source, before)
    wire = hand.link(before, block)
    hand.settle()
    assert hand.panel.levels.open(block.id)
    return before.id, block.id, wire


def check_inside(hand: Hand, block: str, channels: int) -> None:
    """What is shown is what the block has inside when so many channels arrive."""
    layer, shown = hand.graph.nodes[block].layer, hand.panel.level.stack.graph
    assert isinstance(layer, ResidualBlock)
    expected = unfold(as_group(layer, ((28, 28, channels),)), block)
    assert dict(shown.nodes) == dict(expected.nodes)
    assert shown.edges == expected.edges
    assert set(hand.view.graph_scene.nodes) == set(expected.nodes)


def test_the_inside_of_a_block_follows_what_arrives(hand: Hand) -> None:
    before, block, _ = opened_block(hand)
    check_inside(hand, block, 4)
    hand.stack.push_edit(SetSettings(before, Conv2D(filters=8)))
    hand.settle()
    check_inside(hand, block, 8)
    hand.key(Qt.Key.Key_Z, CTRL)
    hand.settle()
    check_inside(hand, block, 4)
    hand.stack.push_edit(SetSettings(block, ResidualBlock(bottleneck=True)))
    check_inside(hand, block, 4)


def test_an_edit_inside_changes_the_block_that_is_there_now(hand: Hand) -> None:
    before, block, _ = opened_block(hand)
    stack = hand.panel.level.stack
    part = next(i for i, n in stack.graph.nodes.items() if isinstance(n.layer, Conv2D))
    hand.stack.push_edit(SetSettings(before, Conv2D(filters=8)))
    wanted = as_group(ResidualBlock(), ((28, 28, 8),))
    stack.push_edit(SetSettings(part, Conv2D(filters=8, kernel_size=5, padding="same")))
    group = hand.graph.nodes[block].layer
    assert isinstance(group, Group)
    others = [p.layer for p in wanted.content.parts if not part.endswith(f"/{p.id}")]
    assert [p.layer for p in group.content.parts if not part.endswith(f"/{p.id}")] == others
    hand.settle()
    assert not hand.inference.now().nodes[block].error


def test_a_block_is_left_when_nothing_arrives_any_longer(hand: Hand) -> None:
    _, block, wire = opened_block(hand)
    stack = hand.panel.level.stack
    part = next(i for i, n in stack.graph.nodes.items() if isinstance(n.layer, Conv2D))
    hand.stack.push_edit(Disconnect(wire))
    with pytest.raises(EditError, match="connect its input first"):
        stack.push_edit(SetSettings(part, Conv2D(filters=9)))
    assert isinstance(hand.graph.nodes[block].layer, ResidualBlock)
    hand.settle()
    assert hand.panel.level is hand.panel.levels.ground
    assert hand.view.graph_scene is hand.scene
    assert hand.panel.crumbs.isHidden()
