"""What the hand carries is shown where the hand is, costs the same however much it is, and lies still when it is let go."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from app.canvas.node_item import NodeItem
from app.canvas.wire_item import WireItem
from engine.graph.document import Edge, Node
from engine.graph.edits import Disconnect, RemoveNode
from tests.app.canvas.conftest import Hand
from tests.app.looks.compare import difference

STEP = QPointF(75, 50)


def row(hand: Hand) -> tuple[list[Node], list[Edge]]:
    nodes = [
        hand.node(kind, 250 * k - 500, 0) for k, kind in enumerate(("Input", "Flatten", "Dense", "Dense"))
    ]
    edges = [hand.link(one, other) for one, other in pairwise(nodes)]
    hand.settle()
    return nodes, edges


def places(hand: Hand, nodes: list[Node]) -> dict[str, QPointF]:
    return {node.id: hand.scene.nodes[node.id].pos() for node in nodes}


def picture(hand: Hand) -> QImage:
    image = QImage(600, 300, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    hand.scene.render(painter, QRectF(0, 0, 600, 300), QRectF(-600, -250, 1200, 600))
    painter.end()
    return image


def test_nodes_and_wires_are_where_the_hand_is_and_stay_there(hand: Hand) -> None:
    nodes, edges = row(hand)
    taken = places(hand, nodes[1:3])
    inner, outer = hand.scene.wire(edges[1]), hand.scene.wire(edges[0])
    start, end = inner.ends()
    pill, course = QRectF(inner.pill()), inner.path().boundingRect()
    for step in (QPointF(25, 0), STEP):
        hand.scene.carry(taken, step)
    for laid in (False, True):
        if laid:
            hand.scene.lay_down()
        assert places(hand, nodes[1:3]) == {i: place + STEP for i, place in taken.items()}
        assert inner.ends() == (start + STEP, end + STEP)
        assert inner.middle() == (start + end) / 2 + STEP
        assert inner.pill() == pill.translated(STEP)
        assert inner.path().boundingRect() == course.translated(STEP)
        item = hand.scene.nodes[nodes[1].id]
        assert outer.ends()[1] == item.port_position(item.inputs[0], output=False)
        assert hand.scene.node_at(start + STEP - QPointF(30, 0)) is item
        assert inner in hand.scene.wires_in(QRectF(start + STEP, end + STEP).adjusted(0, -1, 0, 1))


def test_what_is_carried_looks_like_what_lies_there(hand: Hand) -> None:
    nodes, _ = row(hand)
    taken = places(hand, nodes[1:])
    hand.scene.carry(taken, STEP)
    hand.scene.lay_down()
    lying = [picture(hand) for _ in range(3)][-1]
    hand.scene.carry(taken, QPointF())
    hand.scene.carry(taken, STEP)
    carried = [picture(hand) for _ in range(3)][-1]
    assert difference(carried, lying).far == 0
    hand.scene.carry(taken, STEP / 2)
    assert not difference(picture(hand), lying).looks_alike


def test_a_step_touches_nothing_that_is_carried(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes, _ = row(hand)
    taken = places(hand, nodes)
    hand.scene.carry(taken, QPointF(25, 0))
    touched: list[object] = []
    for kind, names in ((NodeItem, ("shift", "move_to")), (WireItem, ("shift", "set_ends"))):
        for name in names:
            monkeypatch.setattr(kind, name, lambda *args: touched.append(args))
    for k in range(5):
        hand.scene.carry(taken, QPointF(50 + 25 * k, 0))
    assert touched == []
    monkeypatch.undo()
    hand.scene.lay_down()


def test_an_edit_during_a_drag_finds_everything_in_its_place(hand: Hand) -> None:
    nodes, edges = row(hand)
    taken = places(hand, nodes[:3])
    hand.scene.carry(taken, STEP)
    hand.stack.push_edit(Disconnect(edges[0]))
    hand.scene.carry(taken, STEP)
    hand.stack.push_edit(RemoveNode(nodes[3].id))
    hand.scene.carry(taken, STEP * 2)
    assert places(hand, nodes[:3]) == {i: place + STEP * 2 for i, place in taken.items()}
    wire = hand.scene.wire(edges[1])
    assert wire.ends()[0] == hand.scene.nodes[nodes[1].id].pos() + QPointF(150, 37)
    hand.scene.carry(taken, QPointF())
    hand.scene.lay_down()
    assert places(hand, nodes[:3]) == taken


def test_thumbnails_that_come_during_a_drag_make_room_where_the_node_is(hand: Hand) -> None:
    nodes, edges = row(hand)
    taken = places(hand, nodes)
    hand.scene.carry(taken, STEP)
    image = QImage(7, 7, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    hand.scene.set_thumbnails(nodes[2].id, [image])
    item, wire = hand.scene.nodes[nodes[2].id], hand.scene.wire(edges[1])
    port = item.port_position(item.inputs[0], output=False)
    assert wire.ends()[1] == port
    assert item.bounds().contains(port)
    hand.scene.lay_down()
    assert wire.ends()[1] == port


def test_a_drag_of_several_nodes_is_one_step_and_escape_takes_it_back(hand: Hand) -> None:
    nodes, _ = row(hand)
    hand.scene.select([node.id for node in nodes])
    before = places(hand, nodes)
    hand.press(hand.middle(nodes[1]))
    hand.move(hand.middle(nodes[1]) + STEP / 2)
    hand.move(hand.middle(nodes[1]) + STEP)
    assert places(hand, nodes) != before
    hand.key(Qt.Key.Key_Escape)
    assert places(hand, nodes) == before
    hand.release(QPointF())
    steps = hand.stack.count()
    hand.drag(hand.middle(nodes[1]), hand.middle(nodes[1]) + STEP)
    assert hand.stack.count() == steps + 1
    assert places(hand, nodes) == {i: place + STEP for i, place in before.items()}
    hand.stack.undo()
    assert places(hand, nodes) == before
