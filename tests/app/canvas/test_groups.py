"""Making layers one and letting them share weights, with keys and from the menu."""

from PySide6.QtCore import Qt

from engine.layers.group import Group
from tests.app.canvas.conftest import Hand

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_a_group_is_made_and_dissolved_with_keys(hand: Hand) -> None:
    start, one, two, end = (hand.node("Dense", x, 0) for x in (-450, -200, 50, 300))
    for a, b in ((start, one), (one, two), (two, end)):
        hand.link(a, b)
    before = hand.graph.copy()
    hand.scene.select([one.id, two.id])
    hand.key(Qt.Key.Key_G, CTRL)
    (made,) = hand.scene.selected_nodes()
    assert isinstance(hand.graph.nodes[made].layer, Group)
    assert {(e.source, e.target) for e in hand.edges()} == {(start.id, made), (made, end.id)}
    hand.key(Qt.Key.Key_G, CTRL | SHIFT)
    assert {n.name for n in hand.graph.nodes.values()} == {n.name for n in before.nodes.values()}
    assert {hand.graph.nodes[i].layer.title() for i in hand.scene.selected_nodes()} == {"Dense"}
    hand.stack.undo()
    hand.stack.undo()
    assert hand.graph == before


def test_what_can_not_be_a_group_is_said(hand: Hand) -> None:
    one, between, two = (hand.node("Dense", x, 0) for x in (-250, 0, 250))
    hand.link(one, between)
    hand.link(between, two)
    hand.scene.select([one.id, two.id])
    with hand.qtbot.waitSignal(hand.view.refused) as refused:
        hand.key(Qt.Key.Key_G, CTRL)
    assert "lies between" in refused.args[0]
    assert len(hand.graph.nodes) == 3


def test_weights_are_shared_and_not_any_more(hand: Hand) -> None:
    one, two, other = hand.node("Dense", -250, 0), hand.node("Dense", 0, 0), hand.node("ReLU", 250, 0)
    hand.scene.select([one.id, two.id, other.id])
    hand.key(Qt.Key.Key_L, CTRL)
    assert hand.graph.nodes[two.id].shares is None  # they are not of one kind
    hand.scene.select([one.id, two.id])
    hand.key(Qt.Key.Key_L, CTRL)
    assert hand.graph.nodes[two.id].shares == one.id
    hand.scene.select([two.id])
    hand.key(Qt.Key.Key_L, CTRL | SHIFT)
    assert hand.graph.nodes[two.id].shares is None
    hand.stack.undo()
    assert hand.graph.nodes[two.id].shares == one.id
