"""Wires go around nodes that lie between their ends, and straight where none does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath

from app.canvas.geometry import NODE_HEIGHT, wire_path
from app.canvas.routing import find_lane, lane_path
from app.canvas.scene import GraphScene
from app.slices import Slices
from app.theme import Theme
from app.welcome.templates import templates
from engine.graph.edits import MoveNodes, SetSettings
from tests.app.canvas.conftest import Hand

BOXES = st.lists(
    st.builds(lambda x, y: QRectF(25 * x, 25 * y, 150, 74), st.integers(-30, 30), st.integers(-20, 20)),
    max_size=8,
)


def crossed(path: QPainterPath, boxes: list[QRectF]) -> list[QRectF]:
    """The boxes that a path has a point in, looked at point by point."""
    points = [path.pointAtPercent(k / 800) for k in range(801)]
    return [box for box in boxes if any(box.contains(point) for point in points)]


@settings(deadline=None, max_examples=150)
@given(st.integers(-20, 40), st.integers(-16, 16), BOXES)
def test_a_detour_crosses_no_node_and_a_straight_way_is_kept(
    run: int, rise: int, boxes: list[QRectF]
) -> None:
    start, end = QPointF(-200, 0), QPointF(-200 + 25 * run, 25 * rise)
    boxes = [box for box in boxes if not box.contains(start) and not box.contains(end)]
    straight = wire_path(start, end)
    lane = find_lane(start, end, boxes)
    if not crossed(straight, [box.adjusted(-5, -5, 5, 5) for box in boxes]):
        assert lane is None
    if lane is not None:
        path = lane_path(start, end, lane)
        assert crossed(path, boxes) == []
        assert (path.elementAt(0).x, path.currentPosition()) == (start.x(), end)


def test_a_skip_connection_goes_around_the_layers_between(hand: Hand) -> None:
    one, between, last = hand.node("Dense", -400, 0), hand.node("Dense", -100, 0), hand.node("Add", 200, 0)
    skip = hand.link(one, last)
    wire = hand.scene.wire(skip)
    hand.scene.router.finish()
    assert wire.lane is not None
    body = hand.scene.nodes_rect([between.id])
    assert crossed(wire.path(), [body]) == []
    assert not body.contains(wire.middle())
    assert hand.scene.wire_at(wire.middle()) is wire
    hand.stack.push_edit(MoveNodes({between.id: (-100, 400)}))
    hand.scene.router.finish()
    assert crossed(wire.path(), [hand.scene.nodes_rect([between.id]), body]) == [body]  # straight again
    hand.stack.undo()
    hand.scene.router.finish()
    assert crossed(wire.path(), [body]) == []


def test_a_level_wire_goes_around_too_in_the_middle_between_what_it_passes(hand: Hand) -> None:
    start, end = QPointF(0, 37), QPointF(600, 37)
    inside = QRectF(200, 0, 150, 74)
    lane = find_lane(start, end, [inside, QRectF(200, 100, 150, 74)])
    assert lane is not None
    assert lane.y == (74 + 100) / 2
    close = find_lane(start, end, [inside, QRectF(200, 95, 150, 74), QRectF(200, -95, 150, 74)])
    assert close is not None
    assert close.y in ((74 + 95) / 2, (-95 + 74) / 2)  # rows that are close, too
    alone = find_lane(start, end, [inside])
    assert alone is not None
    assert alone.y in (-18, 92)
    one, between, last = hand.node("Dense", -400, 0), hand.node("Dense", -100, 0), hand.node("ReLU", 200, 0)
    wire = hand.scene.wire(hand.link(one, last))
    wire.set_shape_text("16")
    hand.scene.router.finish()
    body = hand.scene.nodes_rect([between.id])
    assert wire.lane is not None
    assert wire.pill().center().y() == wire.lane.y  # on the wire, near where it begins
    assert not wire.pill().intersects(body)


def test_wires_run_straight_while_they_are_dragged_and_go_around_afterwards(hand: Hand) -> None:
    one, last = hand.node("Dense", -400, 0), hand.node("Dense", 200, 0)
    between = hand.node("Dense", -100, 200)
    wire = hand.scene.wire(hand.link(one, last))
    hand.scene.router.finish()
    assert wire.lane is None
    hand.drag(hand.middle(between), hand.middle(between) - QPointF(0, 200), Qt.MouseButton.LeftButton)
    hand.qtbot.waitUntil(lambda: not hand.scene.router.is_busy())
    assert hand.graph.nodes[between.id].position[1] < 100
    assert crossed(wire.path(), [hand.scene.nodes_rect([between.id])]) == [] or wire.lane is None
    hand.press(hand.middle(last))
    hand.move(hand.middle(last) + QPointF(0, 50))
    assert wire.lane is None
    hand.release(hand.middle(last) + QPointF(0, 50))


def test_nodes_that_move_together_take_their_detours_along(hand: Hand) -> None:
    one, between, last = hand.node("Dense", -400, 0), hand.node("Dense", -100, 0), hand.node("Add", 200, 0)
    wire = hand.scene.wire(hand.link(one, last))
    hand.scene.router.finish()
    lane = wire.lane
    assert lane is not None
    hand.scene.move_nodes({n.id: QPointF(*n.position) + QPointF(50, 25) for n in (one, between, last)})
    assert wire.lane == lane.moved(QPointF(50, 25))


def test_an_edit_has_its_frame_before_work_goes_on(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: set[Slices] = set()
    monkeypatch.setattr(Slices, "give_way", lambda slices: waiting.update({slices}))
    hand.node("Dense", 0, 0)
    assert len(waiting) == 1
    hand.scene.words.want()
    assert len(waiting) == 2


def test_ways_are_looked_for_again_only_where_a_setting_moves_ports(hand: Hand) -> None:
    one, two = hand.node("Dense", 0, 0), hand.node("LSTM", 300, 0)
    hand.link(one, two)
    hand.scene.router.finish()
    hand.stack.push_edit(SetSettings(one.id, one.layer.model_copy(update={"units": 5})))  # type: ignore[union-attr]  # known layers
    assert not hand.scene.router.is_busy()
    hand.stack.push_edit(SetSettings(two.id, two.layer.model_copy(update={"return_state": True})))  # type: ignore[union-attr]  # known layers
    assert hand.scene.router.is_busy()


def test_lanes_are_looked_for_when_the_hand_rests(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(hand.scene.router, "give_way", lambda: asked.append("lanes"))
    monkeypatch.setattr(hand.scene.words, "give_way", lambda: asked.append("words"))
    hand.node("Dense", 0, 0)
    hand.view.pan(QPoint(5, 0))
    assert asked == ["lanes", "words"]
    hand.view.zoom_by(1.2)
    assert len(asked) == 4
    hand.move(QPointF(300, 300))  # nothing is held
    assert len(asked) == 4
    hand.press(QPointF(300, 300))
    hand.move(QPointF(400, 400))
    assert len(asked) == 6
    hand.release(QPointF(400, 400))


def test_ways_around_the_blocks_of_the_residual_template_run_on_one_side_of_their_line(theme: Theme) -> None:
    scene = GraphScene(templates()["residual-pictures"].graph(), theme)
    scene.router.finish()
    bodies = {i: item.body().translated(item.pos()) for i, item in scene.nodes.items()}
    back = 0
    for wire in scene.wires():
        others = [body for i, body in bodies.items() if i not in (wire.edge.source, wire.edge.target)]
        assert crossed(wire.path(), others) == []
        start, end = wire.ends()
        back += start.x() > end.x()
        if start.x() < end.x():  # within a line
            assert abs(start.y() - end.y()) < NODE_HEIGHT / 2
            assert wire.path().boundingRect().height() < NODE_HEIGHT
    assert back == 2  # to the next line
    scene.close()
