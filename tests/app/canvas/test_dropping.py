"""Nodes dropped into wires, taken out of them, and beside free ports; wires cut with a stroke; the lasso."""

from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtTest import QTest

from app.canvas.cut_gesture import crosses
from app.canvas.geometry import wire_path
from app.canvas.nearby import BESIDE
from app.palette.entries import layer_mime
from engine.graph.document import Edge, Node
from tests.app.canvas.conftest import LEFT, NONE, Hand

ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier
RIGHT = Qt.MouseButton.RightButton


def chain(hand: Hand, *names: str, step: float = 250) -> list[Node]:
    nodes = [hand.node(name, -500 + step * k, 0) for k, name in enumerate(names)]
    for source, target in pairwise(nodes):
        hand.link(source, target)
    return nodes


def wired(hand: Hand) -> set[tuple[str, str]]:
    return {(e.source, e.target) for e in hand.graph.edges}


def drag(hand: Hand, start: QPointF, end: QPointF, modifiers: Qt.KeyboardModifier = NONE) -> None:
    hand.press(start, modifiers)
    hand.move(start + (end - start) * 0.5)
    hand.move(end)
    hand.release(end, modifiers)


def test_what_follows_makes_room_for_a_layer_dropped_on_a_wire(hand: Hand) -> None:
    one, two, three = chain(hand, "Dense", "Dense", "Dense")
    before = hand.graph.copy()
    hand.drop(layer_mime("ReLU"), hand.scene.wire(hand.edges()[0]).middle())
    new = list(hand.graph.nodes.values())[-1]
    assert wired(hand) == {(one.id, new.id), (new.id, two.id), (two.id, three.id)}
    places = [hand.graph.nodes[n.id].position[0] for n in (one, new, two, three)]
    assert places[0] == one.position[0], "what stands before stays"
    assert all(b - a >= 200 for a, b in pairwise(places))
    assert places[3] - places[2] == 250, "what follows keeps its distance"
    assert all(x % 25 == 0 for x in places)
    hand.stack.undo()
    assert hand.graph == before


def test_alt_drag_takes_a_node_out_and_heals_the_wire(hand: Hand) -> None:
    one, two, three = chain(hand, "Dense", "ReLU", "Dense")
    before = hand.graph.copy()
    drag(hand, hand.middle(two), hand.middle(two) + QPointF(0, 200), ALT)
    assert wired(hand) == {(one.id, three.id)}
    assert hand.graph.nodes[two.id].position == (-250, 200)
    assert all(wire.visible for wire in hand.scene.wires())
    hand.stack.undo()
    assert hand.graph == before


def test_alt_drag_puts_a_node_from_one_wire_into_another(hand: Hand) -> None:
    one, two, three, four = chain(hand, "Dense", "ReLU", "Dense", "Dense", step=300)
    before = hand.graph.copy()
    place = hand.scene.wire(Edge.between(three, four)).middle()
    drag(hand, hand.middle(two), place, ALT)
    assert wired(hand) == {(one.id, three.id), (three.id, two.id), (two.id, four.id)}
    hand.stack.undo()
    assert hand.graph == before


def test_escape_leaves_a_node_that_was_being_taken_out_where_it_was(hand: Hand) -> None:
    _, two, _ = chain(hand, "Dense", "ReLU", "Dense")
    before, items = hand.graph.copy(), len(hand.scene.items())
    hand.press(hand.middle(two), ALT)
    hand.move(hand.middle(two) + QPointF(0, 100))
    hand.move(hand.middle(two) + QPointF(0, 200))
    assert not any(wire.visible for wire in hand.scene.wires())
    hand.key(Qt.Key.Key_Escape)
    hand.release(QPointF(0, 200))
    assert hand.graph == before
    assert all(wire.visible for wire in hand.scene.wires())
    assert len(hand.scene.items()) == items


def test_what_joins_several_wires_is_not_taken_out(hand: Hand) -> None:
    add, end = hand.node("Add", 0, 0), hand.node("Dense", 300, 0)
    for y in (-100, 100):
        hand.link(hand.node("Dense", -300, y), add)
    hand.link(add, end)
    before = hand.graph.copy()
    with hand.qtbot.waitSignal(hand.view.refused):
        drag(hand, hand.middle(add), hand.middle(add) + QPointF(0, 200), ALT)
    assert hand.graph == before
    assert hand.scene.nodes[add.id].pos() == QPointF(0, 0)


def test_a_node_dropped_beside_a_free_port_is_wired_to_it_and_shows_that_before(hand: Hand) -> None:
    one, two = hand.node("Dense", -200, 0), hand.node("ReLU", 300, 200)
    items = len(hand.scene.items())
    target = hand.middle(one) + QPointF(200, 0)  # 50 between them
    hand.press(hand.middle(two))
    hand.move(hand.middle(two) + QPointF(-100, -100))
    assert len(hand.scene.items()) == items
    hand.move(target)
    assert len(hand.scene.items()) == items + 1  # the wire that would be made
    hand.release(target)
    assert len(hand.scene.items()) == items
    assert wired(hand) == {(one.id, two.id)}
    assert hand.graph.nodes[two.id].position == (0, 0)
    hand.stack.undo()
    assert not wired(hand)
    assert hand.graph.nodes[two.id].position == (300, 200)


def test_a_node_between_two_is_wired_to_both(hand: Hand) -> None:
    one, three = hand.node("Dense", -200, 0), hand.node("Dense", 200, 0)
    two = hand.node("ReLU", 0, 300)
    hand.drag(hand.middle(two), hand.middle(one) + QPointF(200, 0))
    assert wired(hand) == {(one.id, two.id), (two.id, three.id)}


def test_a_node_at_a_distance_or_with_a_wire_is_not_wired(hand: Hand) -> None:
    one, two = hand.node("Dense", -200, 0), hand.node("ReLU", 300, 200)
    hand.drag(hand.middle(two), hand.middle(one) + QPointF(150 + BESIDE + 25, 0))
    assert not wired(hand)
    other = hand.node("Dense", 300, 300)
    hand.link(two, other)
    hand.link(one, two)
    third = hand.node("Dense", -450, 300)
    hand.drag(hand.middle(two), hand.middle(third) + QPointF(200, 0))
    assert (third.id, two.id) not in wired(hand)


def test_a_layer_from_the_palette_beside_a_free_port_is_wired_to_it(hand: Hand) -> None:
    one = hand.node("Dense", -200, 0)
    hand.drop(layer_mime("ReLU"), hand.middle(one) + QPointF(200, 0))
    new = list(hand.graph.nodes)[-1]
    assert wired(hand) == {(one.id, new)}
    hand.drop(layer_mime("Input"), hand.middle(one) - QPointF(200, 0))
    assert (list(hand.graph.nodes)[-1], one.id) in wired(hand)
    hand.stack.undo()
    hand.stack.undo()
    assert list(hand.graph.nodes) == [one.id]


def cut_with(hand: Hand, *, by_key: bool) -> None:
    button, modifiers = (LEFT, NONE) if by_key else (RIGHT, CTRL)
    if by_key:
        QTest.keyPress(hand.view, Qt.Key.Key_X)
    hand.press(QPointF(-25, -150), modifiers, button)
    hand.move(QPointF(-25, 0))
    hand.move(QPointF(-25, 150))
    hand.release(QPointF(-25, 250), modifiers, button)
    if by_key:
        QTest.keyRelease(hand.view, Qt.Key.Key_X)


def test_a_stroke_across_the_bend_of_a_long_wire_crosses_it() -> None:
    course = wire_path(QPointF(6000, 0), QPointF(0, 200))
    bend = course.boundingRect().right()
    assert crosses(course, QLineF(bend - 10, 50, bend + 10, 50))
    assert not crosses(course, QLineF(bend + 1, 0, bend + 1, 200))


def test_one_stroke_cuts_all_wires_it_crosses(hand: Hand) -> None:
    for y in (-100, 0, 100):
        hand.link(hand.node("Dense", -250, y), hand.node("ReLU", 50, y))
    far = hand.link(hand.node("Dense", -250, 400), hand.node("ReLU", 50, 400))
    before = hand.graph.copy()
    for by_key in (True, False):
        cut_with(hand, by_key=by_key)
        assert hand.edges() == [far]
        hand.stack.undo()
        assert hand.graph == before
    hand.drag(QPointF(-25, -150), QPointF(-24, 150))  # without the key it is a rubber band
    assert hand.graph == before


def test_escape_cuts_nothing(hand: Hand) -> None:
    hand.link(hand.node("Dense", -250, 0), hand.node("ReLU", 50, 0))
    before, items = hand.stack.count(), len(hand.scene.items())
    hand.press(QPointF(-25, -100), CTRL, RIGHT)
    hand.move(QPointF(-25, 100))
    assert hand.scene.wires()[0].faulty
    hand.key(Qt.Key.Key_Escape)
    hand.release(QPointF(-25, 100), CTRL, RIGHT)
    assert hand.stack.count() == before
    assert not hand.scene.wires()[0].faulty
    assert len(hand.scene.items()) == items


def test_a_wire_snaps_to_the_nearest_port_that_suits(hand: Hand) -> None:
    source, target = hand.node("Dense", -300, 0), hand.node("Add", 100, 0)
    hand.drag(hand.out(source), hand.into(target) - QPointF(25, 12))
    assert wired(hand) == {(source.id, target.id)}
    hand.stack.undo()
    hand.drag(hand.out(source), hand.into(target) - QPointF(60, 0))
    assert not wired(hand)
    assert hand.view.popup.isVisible()
    hand.view.popup.close()


def test_the_lasso_selects_what_it_goes_around(hand: Hand) -> None:
    one, two, three = (hand.node("Dense", x, 0) for x in (-350, -75, 200))
    corners = [QPointF(-400, -100), QPointF(-20, -100), QPointF(-20, 150), QPointF(-400, 150)]
    hand.press(corners[0], ALT)
    for corner in corners[1:]:
        hand.move(corner)
    hand.release(corners[-1], ALT)
    assert hand.scene.selected_nodes() == [one.id]  # the middle of two is outside
    hand.press(QPointF(400, -100), ALT)
    hand.move(QPointF(400, 150))
    hand.key(Qt.Key.Key_Escape)
    hand.release(QPointF(400, 150), ALT)
    assert hand.scene.selected_nodes() == []
    assert {two.id, three.id} <= set(hand.graph.nodes)


def test_an_empty_search_offers_favourites_and_what_was_used_last_first(hand: Hand) -> None:
    hand.drop(layer_mime("LSTM"), QPointF(0, 0))
    hand.drop(layer_mime("GRU"), QPointF(0, 200))
    popup = hand.view.popup
    hand.key(Qt.Key.Key_Tab)
    QTest.keyClicks(popup.search, "Conv1D")
    QTest.keyClick(popup.search, Qt.Key.Key_D, CTRL)
    QTest.keyClick(popup.search, Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Tab)
    hand.qtbot.waitUntil(lambda: not popup.is_busy())
    model = popup.tree.model()
    assert [model.index(row, 0).data() for row in range(3)] == ["Conv1D", "GRU", "LSTM"]
    QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert list(hand.graph.nodes.values())[-1].layer.title() == "Conv1D"
    assert popup.shelf.recent == ("Conv1D", "GRU", "LSTM")
