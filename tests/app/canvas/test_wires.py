"""Drawing, refusing, cutting and inserting into wires, with the mouse."""

from itertools import pairwise
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest

from app.canvas.wire_painter import WirePainter
from app.palette.entries import layer_mime
from engine.graph.document import Edge
from engine.graph.edits import Connect, Disconnect
from tests.app.canvas.conftest import Hand
from tests.app.looks.compare import difference


def test_a_wire_is_drawn_from_output_to_input_and_shows_the_shape(hand: Hand) -> None:
    source, flatten = hand.node("Input", -200, 0), hand.node("Flatten", 100, 0)
    hand.drag(hand.out(source), hand.into(flatten))
    assert hand.edges() == [Edge.between(source, flatten)]
    hand.settle()
    wire = hand.scene.wire(hand.graph.edges[0])
    assert wire.shape_text == "28\u00d728\u00d71"
    assert wire.shows_pill()


def test_under_the_pointer_a_wire_names_the_axes_of_what_flows(hand: Hand) -> None:
    nodes = [hand.node("Input", -500, 0, feature="x"), hand.node("Reshape", -100, 0, target_shape=(28, 28))]
    nodes.append(hand.node("LSTM", 300, 0, units=5))
    edges = [hand.link(one, two) for one, two in pairwise(nodes)]
    hand.settle()
    picture, steps = (hand.scene.wire(edge) for edge in edges)
    assert picture.pill_text == "28\u00d728\u00d71"
    before = picture.pill().width()
    hand.move(picture.path().pointAtPercent(0.3))
    assert picture.pill_text == "batch \u00d7 height 28 \u00d7 width 28 \u00d7 1"
    assert picture.pill().width() > before
    assert picture.bounds().contains(picture.pill())
    hand.scene.select((), edges[1:])
    assert steps.pill_text == "batch \u00d7 time 28 \u00d7 28"
    hand.scene.select()
    assert steps.pill_text == "28\u00d728"


def test_words_that_have_no_room_between_two_nodes_are_told_beside_the_pointer(hand: Hand) -> None:
    near, far = hand.node("Input", -200, 0, feature="x"), hand.node("Flatten", 50, 0)
    edge = hand.link(near, far)
    hand.settle()
    wire = hand.scene.wire(edge)
    words = "batch \u00d7 height 28 \u00d7 width 28 \u00d7 1"
    hand.scene.set_hovered(wire)
    assert wire.pill_text == "28\u00d728\u00d71"
    assert wire.tip() == words
    hand.scene.move_nodes({far.id: QPointF(500, 0)})
    assert wire.pill_text == words
    assert wire.tip() == ""


def test_of_wires_from_one_output_to_one_node_the_first_says_what_flows(hand: Hand) -> None:
    source, attention = hand.node("Input", -300, 0, feature="x"), hand.node("MultiHeadAttention", 0, 0)
    edges = [Edge(source.id, "output", attention.id, port) for port in ("query", "value", "key")]
    for edge in edges:
        hand.stack.push_edit(Connect(edge))
    hand.settle()
    wires = [hand.scene.wire(edge) for edge in edges]
    assert all(wire.shape_text for wire in wires)
    assert [wire.shows_pill() for wire in wires] == [True, False, False]
    hand.stack.push_edit(Disconnect(edges[0]))
    assert [wire.shows_pill() for wire in wires[1:]] == [True, False]
    hand.stack.undo()
    assert sum(hand.scene.wire(edge).shows_pill() for edge in edges) == 1


def test_a_wire_can_be_drawn_backwards_and_onto_the_body_of_a_node(hand: Hand) -> None:
    source, flatten = hand.node("Input", -200, 0), hand.node("Flatten", 100, 0)
    hand.drag(hand.into(flatten), hand.middle(source))
    assert hand.edges() == [Edge.between(source, flatten)]


def test_ports_that_suit_light_up_and_other_nodes_fade(hand: Hand) -> None:
    source, conv, flat = hand.node("Input", -300, 0), hand.node("Conv2D", 0, -150), hand.node("Flatten", 0, 0)
    dense = hand.node("MaxPooling2D", 250, 0)
    hand.link(source, flat)
    hand.settle()
    hand.press(hand.out(flat))
    others = [hand.scene.nodes[node.id] for node in (source, conv, dense)]
    hand.qtbot.waitUntil(lambda: all(item.is_lit() is not None for item in others))
    lit = {i: item.is_lit() for i, item in hand.scene.nodes.items()}
    hand.release(hand.out(flat))
    assert lit[source.id] is False
    assert lit[dense.id] is False  # pooling needs a picture
    assert lit[conv.id] is False
    assert all(item.is_lit() is None for item in hand.scene.nodes.values())


def test_a_wire_that_cannot_be_says_why_at_the_pointer_and_is_not_made(hand: Hand) -> None:
    first, second = hand.node("Dense", -200, 0), hand.node("Dense", 100, 0)
    hand.link(first, second)
    hand.press(hand.out(second))
    hand.move(hand.into(first))
    assert any("circle" in item.sentence for item in hand.hints())
    (hint,) = (item for item in hand.hints() if item.sentence)
    edge = hand.view.mapToScene(hand.view.viewport().rect().bottomRight())
    hand.view.pan(hand.at(edge) - hand.at(hand.into(first)) - QPoint(30, 30))
    hand.move(hand.into(first))  # near the corner
    seen = hand.view.mapFromScene(hint.pos()) + hint.boundingRect().bottomRight().toPoint()
    assert hand.view.viewport().rect().contains(seen)
    with hand.qtbot.waitSignal(hand.view.refused) as refused:
        hand.release(hand.into(first))
    assert "circle" in refused.args[0]
    assert len(hand.graph.edges) == 1


def test_escape_cancels_a_wire(hand: Hand) -> None:
    source, flatten = hand.node("Input", -200, 0), hand.node("Flatten", 100, 0)
    before = hand.stack.count()
    hand.press(hand.out(source))
    hand.move(hand.into(flatten))
    hand.key(Qt.Key.Key_Escape)
    hand.release(hand.into(flatten))
    assert not hand.edges()
    assert hand.stack.count() == before


def test_a_wire_dropped_on_nothing_offers_layers_that_suit_and_connects_the_chosen_one(hand: Hand) -> None:
    source = hand.node("Input", -200, 0)
    hand.settle()
    hand.drag(hand.out(source), QPointF(150, 60))
    popup = hand.view.popup
    assert popup.isVisible()
    hand.qtbot.waitUntil(lambda: not popup.is_busy())
    offered = [popup.tree.model().index(row, 0).data() for row in range(popup.tree.model().rowCount())]
    assert "Conv2D" in offered
    assert "Embedding" not in offered  # it needs whole numbers
    assert "Input" not in offered
    QTest.keyClicks(popup.search, "flat")
    QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert [n.layer.title() for n in hand.graph.nodes.values()] == ["Input", "Flatten"]
    assert len(hand.graph.edges) == 1
    hand.stack.undo()
    assert len(hand.graph.nodes) == 1


def test_the_end_of_a_wire_can_be_taken_elsewhere_or_dropped(hand: Hand) -> None:
    source, one, two = (
        hand.node("Input", -300, 0),
        hand.node("Flatten", 0, -100),
        hand.node("Flatten", 0, 100),
    )
    hand.link(source, one)
    hand.drag(hand.into(one), hand.into(two))
    assert hand.edges() == [Edge.between(source, two)]
    hand.drag(hand.into(two), QPointF(-60, 250))
    assert not hand.edges()
    QTest.keyClick(hand.view.popup.search, Qt.Key.Key_Escape)
    assert not hand.edges()
    hand.stack.undo()
    hand.stack.undo()
    assert hand.edges() == [Edge.between(source, one)]


def test_a_wire_that_is_let_go_leads_to_the_layer_that_is_chosen_then(hand: Hand) -> None:
    source, one = hand.node("Input", -300, 0), hand.node("Flatten", 0, -100)
    hand.link(source, one)
    hand.drag(hand.into(one), QPointF(0, 200))
    QTest.keyClicks(hand.view.popup.search, "conv2d")
    QTest.keyClick(hand.view.popup.search, Qt.Key.Key_Return)
    (new,) = [n for n in hand.graph.nodes.values() if n.layer.title() == "Conv2D"]
    assert hand.edges() == [Edge.between(source, new)]


def test_a_layer_dropped_on_a_wire_is_put_into_it(hand: Hand) -> None:
    source, target = hand.node("Input", -300, 0), hand.node("Dense", 200, 0)
    edge = hand.link(source, target)
    hand.drop(layer_mime("Flatten"), hand.scene.wire(edge).middle())
    assert len(hand.graph.edges) == 2
    assert {(e.source, e.target) for e in hand.graph.edges} == {(source.id, "n3"), ("n3", target.id)}
    hand.stack.undo()
    assert hand.edges() == [edge]


def test_a_free_node_moved_onto_a_wire_is_put_into_it(hand: Hand) -> None:
    source, target = hand.node("Input", -300, 0), hand.node("Dense", 200, 0)
    edge = hand.link(source, target)
    flat = hand.node("Flatten", -50, 150)
    start = hand.middle(flat)
    hand.drag(start, QPointF(start.x(), hand.scene.wire(edge).middle().y()))
    assert {(e.source, e.target) for e in hand.graph.edges} == {(source.id, flat.id), (flat.id, target.id)}
    hand.stack.undo()
    assert hand.edges() == [edge]
    assert hand.graph.nodes[flat.id].position == (-50, 150)


def test_a_variadic_port_takes_a_slot_for_each_wire(hand: Hand) -> None:
    one, two, add = hand.node("Input", -300, -100), hand.node("Input", -300, 100), hand.node("Add", 0, 0)
    assert len(hand.scene.nodes[add.id].inputs) == 2
    hand.drag(hand.out(one), hand.middle(add))
    hand.drag(hand.out(two), hand.middle(add))
    ends = [hand.scene.wire(edge).path().pointAtPercent(1).y() for edge in hand.graph.edges]
    assert ends[0] < ends[1]
    hand.link(one, add)  # the same wire twice
    assert len(hand.scene.nodes[add.id].inputs) == 3
    assert len({round(w.path().pointAtPercent(1).y()) for w in hand.scene.wires()}) == 3


def test_a_wire_is_selected_and_deleted(hand: Hand) -> None:
    edge = hand.link(hand.node("Input", -300, 0), hand.node("Dense", 200, 0))
    hand.click(hand.scene.wire(edge).middle())
    assert hand.scene.selected_edges() == [edge]
    hand.key(Qt.Key.Key_Delete)
    assert not hand.edges()


def test_wires_go_along_with_nodes_that_move_together(hand: Hand) -> None:
    one, two, add = hand.node("Dense", -300, 0), hand.node("Dense", -300, 150), hand.node("Add", 0, 0)
    far = hand.node("Dense", 300, 200)
    edges = [hand.link(a, b) for a, b in ((one, add), (two, add), (one, add), (add, far))]
    hand.scene.select([one.id, two.id, add.id])
    hand.drag(hand.middle(one), hand.middle(one) + QPointF(-50, 100))
    shown = [wire.path() for wire in hand.scene.wires()]
    for node in (one, two, add):
        hand.scene.move_nodes(
            {node.id: hand.scene.nodes[node.id].pos() + QPointF(7, 0)}
        )  # one by one: drawn anew
    for node in (one, two, add):
        hand.scene.move_nodes({node.id: hand.scene.nodes[node.id].pos() - QPointF(7, 0)})
    assert [wire.path() for wire in hand.scene.wires()] == shown
    assert len(edges) == len(shown)


def test_a_wire_dragged_near_its_beginning_gets_another_source(hand: Hand) -> None:
    one, two = hand.node("Dense", -400, -100), hand.node("Dense", -400, 100)
    third, join = hand.node("Dense", -400, 250), hand.node("Concatenate", 200, 0)
    first = hand.link(one, join)
    hand.link(two, join)
    wire = hand.scene.wire(first)
    grip = wire.path().pointAtPercent(0.25)
    hand.press(grip)
    hand.move(grip + QPointF(0, 40))
    assert not wire.visible
    hand.move(hand.out(third))
    hand.release(hand.out(third))
    sources = [e.source for e in hand.graph.edges_into(join.id)]
    assert sources == [third.id, two.id]  # it keeps its place among the inputs
    hand.stack.undo()
    assert [e.source for e in hand.graph.edges_into(join.id)] == [one.id, two.id]


def test_a_wire_dragged_near_its_end_gets_another_target_and_a_click_only_selects_it(hand: Hand) -> None:
    one, two, three = hand.node("Dense", -400, 0), hand.node("Dense", 100, -100), hand.node("Dense", 100, 150)
    edge = hand.link(one, two)
    wire = hand.scene.wire(edge)
    grip = wire.path().pointAtPercent(0.8)
    hand.click(grip)
    assert hand.scene.selected_edges() == [edge]
    assert hand.edges() == [edge]
    hand.drag(grip, hand.into(three))
    assert [(e.source, e.target) for e in hand.edges()] == [(one.id, three.id)]
    hand.stack.undo()
    hand.press(grip)
    hand.move(grip + QPointF(60, 60))
    hand.key(Qt.Key.Key_Escape)
    assert hand.edges() == [edge]
    assert hand.scene.wire(edge).visible
    hand.drag(grip, QPointF(-100, 300))
    assert hand.edges() == []


def test_a_usual_shape_is_told_without_placing_the_wire_anew(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = hand.scene.wire(hand.link(hand.node("Input", -300, 0), hand.node("Flatten", 200, 0)))
    hand.settle()
    before, placed = QRectF(wire.bounds()), list[QRectF]()
    monkeypatch.setattr(
        wire, "_board", SimpleNamespace(repaint=placed.append, placed=lambda _: pytest.fail("placed"))
    )
    wire.set_shape_text("30×30×1")
    assert placed == [before]
    assert before.contains(wire.pill())
    assert wire.shows_pill()
    monkeypatch.undo()
    for text in ("1×2×3×4×5×6×7×8×9×10×11×12×13", "", "64"):
        wire.set_shape_text(text)
        assert wire.bounds().contains(wire.pill()) or not text
        assert wire.shows_pill() is bool(text)
        assert hand.scene.wires_in(wire.pill()) == [wire] or not text


def test_a_wire_is_drawn_once_and_then_filled_in_the_same_dots_until_it_moves(hand: Hand) -> None:
    source, target = hand.node("Input", -300, 0), hand.node("Flatten", 200, 120)
    wire = hand.scene.wire(hand.link(source, target))
    painter = WirePainter(hand.scene.look)

    def drawn() -> QImage:
        image = QImage(700, 400, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.black)
        with QPainter(image) as brush:
            brush.setRenderHint(QPainter.RenderHint.Antialiasing)
            brush.translate(350, 200)
            painter.paint(brush, [wire])
        return image

    first, known = drawn(), wire.outline
    second = drawn()
    assert known is None
    assert wire.outline is not None
    assert difference(first, second).mean < 0.05
    assert difference(first, second).far == 0
    hand.scene.move_nodes({target.id: QPointF(200, 0)})
    assert wire.outline is None


def test_outlines_of_many_wires_are_found_in_several_frames(hand: Hand) -> None:
    nodes = [hand.node("Dense", 40 * k - 900, 300 * (k % 2)) for k in range(45)]
    wires = [hand.scene.wire(hand.link(*pair)) for pair in pairwise(nodes)]
    painter, image = WirePainter(hand.scene.look), QImage(50, 50, QImage.Format.Format_RGB32)
    counts = []
    for _ in range(3):
        with QPainter(image) as brush:
            painter.paint(brush, wires)
        counts.append(sum(wire.outline is not None for wire in wires))
    assert 0 == counts[0] < counts[1] < counts[2] == len(wires)
