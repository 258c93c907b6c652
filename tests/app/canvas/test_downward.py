"""A network drawn from top to bottom: by one key, undone, saved; ports, wires, arrows and new layers follow."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.canvas.bindings import canvas_keys
from app.palette.entries import layer_mime
from engine.formats.sections import SECTIONS
from engine.graph.document import Node
from engine.graph.drawing import is_downward
from engine.graph.serialize import graph_from_json, graph_to_json
from tests.app.canvas.conftest import Hand

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def chain(hand: Hand) -> list[Node]:
    """Four layers in a row, turned."""
    names = ("Input", "Flatten", "Dense", "Target")
    nodes = [hand.node(name, -400 + 250 * k, 0) for k, name in enumerate(names)]
    for source, target in pairwise(nodes):
        hand.link(source, target)
    hand.settle()
    hand.key(Qt.Key.Key_L, ALT)
    return nodes


def test_one_key_turns_it_and_the_next_turns_it_back_as_one_step(hand: Hand, chain: list[Node]) -> None:
    tops = [hand.graph.nodes[node.id].position[1] for node in chain]
    assert tops == sorted(set(tops))
    assert len({hand.graph.nodes[node.id].position[0] for node in chain}) == 1
    assert all(hand.out(one).y() < hand.into(two).y() for one, two in pairwise(chain))
    for wire in hand.scene.wires():
        start, end = wire.ends()
        assert start.x() == end.x() == wire.path().pointAtPercent(0.3).x()
    hand.key(Qt.Key.Key_Z, CTRL)
    assert not is_downward(hand.graph)
    assert hand.out(chain[0]).x() < hand.into(chain[1]).x()
    hand.key(Qt.Key.Key_Y, CTRL)
    assert is_downward(hand.graph)
    hand.key(Qt.Key.Key_L, ALT)
    assert "drawing" not in hand.graph.sections
    assert len({hand.graph.nodes[node.id].position[1] for node in chain}) == 1


def test_the_file_has_it(hand: Hand, chain: list[Node]) -> None:
    read, warnings = graph_from_json(graph_to_json(hand.graph), SECTIONS)
    assert not warnings
    assert is_downward(read)


def test_arrows_walk_down_along_the_wires(hand: Hand, chain: list[Node]) -> None:
    hand.scene.select()
    walked = []
    for _ in chain:
        hand.key(Qt.Key.Key_Down)
        walked += hand.scene.selected_nodes()
    assert walked == [node.id for node in chain]
    hand.key(Qt.Key.Key_Up)
    assert hand.scene.selected_nodes() == [chain[-2].id]


def test_a_wire_is_drawn_from_the_lower_to_the_upper_side(hand: Hand, chain: list[Node]) -> None:
    hand.key(Qt.Key.Key_A, CTRL)
    hand.scene.select((), hand.graph.edges[:1])
    hand.key(Qt.Key.Key_Delete)
    hand.drag(hand.out(chain[0]), hand.into(chain[1]))
    assert (chain[0].id, chain[1].id) in [(e.source, e.target) for e in hand.edges()]


def test_what_is_dropped_on_a_wire_makes_room_below(hand: Hand, chain: list[Node]) -> None:
    flat, dense = (hand.graph.nodes[node.id] for node in chain[1:3])
    middle = (hand.out(flat) + hand.into(dense)) / 2
    hand.drop(layer_mime("Dropout"), middle)
    (new,) = [n for n in hand.graph.nodes.values() if n.layer.title() == "Dropout"]
    assert {(e.source, e.target) for e in hand.edges()} >= {(flat.id, new.id), (new.id, dense.id)}
    tops = [hand.graph.nodes[i].position[1] for i in (flat.id, new.id, dense.id, chain[3].id)]
    assert all(below - above >= 100 for above, below in pairwise(tops))


def test_a_layer_dropped_below_a_free_output_is_wired_to_it(hand: Hand) -> None:
    dense = hand.node("Dense", 0, -100)
    hand.key(Qt.Key.Key_L, ALT)
    hand.drop(layer_mime("ReLU"), hand.out(dense) + QPointF(0, 75))
    assert [(e.source) for e in hand.edges()] == [dense.id]


def test_a_layer_from_the_palette_comes_below_the_selected_one(hand: Hand, chain: list[Node]) -> None:
    hand.scene.select([chain[2].id])
    hand.panel.add_from_palette("Dropout")
    (new,) = hand.scene.selected_nodes()
    assert hand.graph.nodes[new].position[1] > hand.graph.nodes[chain[2].id].position[1]


def test_a_skip_goes_around_what_is_between(hand: Hand, chain: list[Node]) -> None:
    add = hand.node("Concatenate", *(hand.graph.nodes[chain[3].id].position[0], 900))
    hand.link(chain[1], add)
    hand.link(chain[2], add)
    hand.key(Qt.Key.Key_L)
    hand.scene.router.finish()
    bodies = {i: item.body().translated(item.pos()) for i, item in hand.scene.nodes.items()}
    for wire in hand.scene.wires():
        others = [b for i, b in bodies.items() if i not in (wire.edge.source, wire.edge.target)]
        assert not any(wire.path().intersects(body) for body in others)


def test_ports_with_names_have_them_in_a_row(hand: Hand) -> None:
    node = hand.node("MultiHeadAttention", 0, 0)
    before = hand.scene.nodes[node.id].port_names()
    hand.key(Qt.Key.Key_L, ALT)
    item = hand.scene.nodes[node.id]
    assert len(item.port_names()) == len(before) > 1
    assert len({item.port_position(slot, output=False).y() for slot in item.inputs}) == 1
    lefts = [place.x() for place, *_ in item.name_texts()]
    assert lefts == sorted(lefts)


def test_the_inside_of_a_group_stays_as_it_is_drawn(hand: Hand, chain: list[Node]) -> None:
    hand.scene.select([chain[1].id, chain[2].id])
    hand.key(Qt.Key.Key_G, CTRL)
    hand.key(Qt.Key.Key_Return)
    assert hand.panel.level is not hand.panel.levels.ground
    with hand.qtbot.waitSignal(hand.view.refused) as refused:
        hand.key(Qt.Key.Key_L, ALT)
    assert "leave the group" in refused.args[0]
    assert not hand.view.graph_scene.look.downward


def test_the_menu_offers_it(hand: Hand) -> None:
    (key,) = [key for key in canvas_keys() if key.name == "turn"]
    QTest.keyClick(hand.view, Qt.Key.Key_L, ALT)
    assert is_downward(hand.graph)
    key.run(hand.view)
    assert not is_downward(hand.graph)
