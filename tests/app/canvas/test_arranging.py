"""Nodes in line and evenly spread, bypassed and marked with colours: by keys and from the menu, each with undo."""

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QMenu

from app.canvas.announce import describe_selection
from app.canvas.arrange import Line, aligned, distributed
from app.canvas.menu import menu_at
from app.canvas.node_painter import TAG_ROLES
from app.theme import Theme
from engine.graph.clipboard import copy, read
from engine.graph.document import TAGS
from tests.app.canvas.conftest import NONE, Hand

ALT = Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def texts(menu: QMenu) -> list[str]:
    found = []
    for action in menu.actions():
        submenu = action.menu()
        found += texts(submenu) if isinstance(submenu, QMenu) else [action.text().split("\t")[0]]
    return [text for text in found if text]


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        (Qt.Key.Key_A, [(-300, 0), (-300, 110), (-300, 230)]),
        (Qt.Key.Key_D, [(200, 0), (200, 110), (200, 230)]),
        (Qt.Key.Key_H, [(-50, 0), (-50, 110), (-50, 230)]),
        (Qt.Key.Key_W, [(-300, 0), (-90, 0), (200, 0)]),
        (Qt.Key.Key_S, [(-300, 230), (-90, 230), (200, 230)]),
        (Qt.Key.Key_V, [(-300, 115), (-90, 115), (200, 115)]),
    ],
)
def test_selected_nodes_are_brought_in_line(hand: Hand, key: Qt.Key, wanted: list[tuple[int, int]]) -> None:
    nodes = [hand.node("Dense", *place) for place in ((-300, 0), (-90, 110), (200, 230))]
    apart = hand.node("Dense", 400, 400)
    before = hand.graph.copy()
    hand.scene.select([n.id for n in nodes])
    hand.key(key, ALT)
    assert [hand.graph.nodes[n.id].position for n in nodes] == wanted
    assert hand.graph.nodes[apart.id].position == (400, 400)
    assert hand.scene.nodes[nodes[1].id].pos() == QPointF(*wanted[1])
    hand.stack.undo()
    assert hand.graph == before


@pytest.mark.parametrize("sideways", [True, False])
def test_selected_nodes_are_spread_evenly(hand: Hand, sideways: bool) -> None:
    nodes = [hand.node("Dense", *place) for place in ((-400, -200), (-350, -190), (200, 230))]
    hand.scene.select([n.id for n in nodes])
    hand.key(Qt.Key.Key_H if sideways else Qt.Key.Key_V, ALT | SHIFT)
    middle = (-100, -190) if sideways else (-350, 15)
    assert [hand.graph.nodes[n.id].position for n in nodes] == [(-400, -200), middle, (200, 230)]
    count = hand.stack.count()
    hand.key(Qt.Key.Key_H if sideways else Qt.Key.Key_V, ALT | SHIFT)
    assert hand.stack.count() == count  # it is so already


def test_boxes_of_different_sizes_have_equal_gaps_and_edges() -> None:
    rects = {"a": QRectF(0, 0, 10, 10), "b": QRectF(5, 20, 30, 40), "c": QRectF(90, 100, 20, 10)}
    places = distributed(rects, sideways=True)
    assert [places[k].x() for k in "abc"] == [0, 35, 90]
    assert {places[k].x() + rects[k].width() for k in "abc"} != {0}
    right = aligned(rects, Line.RIGHT)
    assert {right[k].x() + rects[k].width() for k in "abc"} == {110}


def test_m_bypasses_the_selection_and_uses_it_again(hand: Hand) -> None:
    source, dense = hand.node("Input", -400, 0), hand.node("Flatten", -150, 0)
    relu, end = hand.node("ReLU", 100, 0), hand.node("Target", 350, 0)
    for a, b in ((source, dense), (dense, relu), (relu, end)):
        hand.link(a, b)
    hand.settle()
    before = hand.graph.copy()
    hand.scene.select([source.id, dense.id, relu.id])
    hand.key(Qt.Key.Key_M)
    assert [hand.graph.nodes[n.id].bypassed for n in (source, dense, relu, end)] == [False, True, True, False]
    assert hand.scene.nodes[relu.id].bypassed
    hand.settle()
    assert hand.inference.now().nodes.keys() == {source.id, end.id}
    assert hand.scene.nodes[relu.id].footer() == ""
    assert hand.scene.wire(hand.edges()[2]).shape_text == hand.scene.wire(hand.edges()[0]).shape_text
    hand.scene.select([relu.id])
    assert "Bypassed" in describe_selection(hand.scene)
    hand.key(Qt.Key.Key_M)
    assert [hand.graph.nodes[n.id].bypassed for n in (dense, relu)] == [True, False]
    hand.stack.undo()
    hand.stack.undo()
    assert hand.graph == before
    assert not hand.scene.nodes[dense.id].faded


def test_an_input_can_not_be_bypassed_and_that_is_said(hand: Hand) -> None:
    source = hand.node("Input", 0, 0)
    hand.scene.select([source.id])
    with hand.qtbot.waitSignal(hand.view.refused) as refused:
        hand.key(Qt.Key.Key_M)
    assert "meets its data" in refused.args[0]
    assert "Bypass" not in texts(menu_at(hand.view, hand.middle(source)))


def test_digits_mark_nodes_with_colours(hand: Hand, theme: Theme) -> None:
    one, two = hand.node("Dense", -200, 0), hand.node("Dense", 100, 0)
    hand.scene.select([one.id, two.id])
    hand.key(Qt.Key.Key_1)
    assert [hand.graph.nodes[n.id].tag for n in (one, two)] == ["red", "red"]
    hand.scene.select([two.id])
    hand.key(Qt.Key.Key_5)
    assert hand.scene.nodes[two.id].tag == "blue"
    image = hand.view.viewport().grab().toImage()
    ratio = image.devicePixelRatio()
    place = hand.at(QPointF(-200 + 75, 0))
    assert image.pixelColor(round(place.x() * ratio), round(place.y() * ratio)) == theme.color("bad")
    copied = read(copy(hand.graph, {one.id, two.id}))
    assert [n.tag for n in copied.nodes.values()] == ["red", "blue"]
    hand.key(Qt.Key.Key_0)
    assert hand.graph.nodes[two.id].tag == ""
    hand.stack.undo()
    hand.stack.undo()
    hand.stack.undo()
    assert [hand.graph.nodes[n.id].tag for n in (one, two)] == ["", ""]


def test_every_colour_has_a_role_in_the_theme(theme: Theme) -> None:
    assert set(TAG_ROLES) == set(TAGS)
    assert len({theme.color(role).name() for role in TAG_ROLES.values()}) == len(TAGS)


def test_the_menu_offers_what_fits_the_selection(hand: Hand) -> None:
    nodes = [hand.node("Dense", 200 * k - 400, 0) for k in range(3)]
    hand.scene.select([nodes[0].id])
    one = texts(menu_at(hand.view, hand.middle(nodes[0])))
    assert {"Bypass", "Red", "None"} <= set(one)
    assert "Align left edges" not in one
    hand.scene.select([n.id for n in nodes])
    menu = menu_at(hand.view, hand.middle(nodes[0]))
    assert {"Align left edges", "Align bottom edges", "Distribute horizontally"} <= set(texts(menu))
    next(a for a in menu.actions() if a.text().startswith("Bypass")).trigger()
    assert all(n.bypassed for n in hand.graph.nodes.values())
    assert "Use again" in texts(menu_at(hand.view, hand.middle(nodes[0])))
    hand.key(Qt.Key.Key_M, NONE)
    assert not any(n.bypassed for n in hand.graph.nodes.values())


def test_shift_m_mutes_and_lets_go_again(hand: Hand) -> None:
    source, dense = hand.node("Input", -300, 0), hand.node("Dense", 0, 0)
    hand.link(source, dense)
    hand.scene.select([dense.id])
    hand.key(Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    assert hand.graph.nodes[dense.id].muted
    assert hand.scene.nodes[dense.id].faded
    assert "Muted." in describe_selection(hand.scene)
    assert "End muting" in texts(menu_at(hand.view, hand.middle(dense)))
    hand.key(Qt.Key.Key_M)
    assert (hand.graph.nodes[dense.id].bypassed, hand.graph.nodes[dense.id].muted) == (True, False)
    hand.stack.undo()
    hand.key(Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    assert not hand.graph.nodes[dense.id].muted
    said: list[str] = []
    hand.view.refused.connect(said.append)
    hand.scene.select([source.id])
    hand.key(Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    assert len(said) == 1
