"""Adding, selecting, moving, copying and deleting nodes, with mouse and keys."""

from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.canvas.announce import describe_canvas, describe_selection
from app.canvas.geometry import GRID, NODE_WIDTH, PORT_REACH
from app.canvas.node_item import LEFT
from app.canvas.style import CanvasStyle
from app.palette.entries import layer_mime
from app.theme import Theme
from engine.objectives.registry import losses
from tests.app.canvas.conftest import Hand

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def selected(hand: Hand) -> list[str]:
    return hand.scene.selected_nodes()


def test_a_layer_is_dropped_from_the_palette_on_the_grid(hand: Hand) -> None:
    hand.drop(layer_mime("Dense"), QPointF(33, 47))
    (node,) = hand.graph.nodes.values()
    assert node.layer.title() == "Dense"
    assert all(c % GRID == 0 for c in node.position)
    assert (hand.middle(node) - QPointF(33, 47)).manhattanLength() <= GRID
    assert selected(hand) == [node.id]
    hand.stack.undo()
    assert not hand.graph.nodes
    assert not hand.scene.nodes


def test_a_drop_of_something_else_is_ignored(hand: Hand) -> None:
    mime = layer_mime("NoSuchLayer")
    with hand.qtbot.waitSignal(hand.view.refused):
        hand.drop(mime, QPointF(0, 0))
    assert not hand.graph.nodes


def test_click_shift_click_and_rubber_band_select(hand: Hand) -> None:
    one, two, three = (hand.node("Dense", x, 0) for x in (-300, -50, 200))
    hand.click(hand.middle(one))
    assert selected(hand) == [one.id]
    hand.click(hand.middle(two), SHIFT)
    assert selected(hand) == [one.id, two.id]
    hand.click(hand.middle(one), CTRL)
    assert selected(hand) == [two.id]
    hand.click(QPointF(0, 250))
    assert selected(hand) == []
    hand.drag(QPointF(-100, -80), QPointF(300, 60))
    assert selected(hand) == [two.id, three.id]
    hand.key(Qt.Key.Key_A, CTRL)
    assert len(selected(hand)) == 3


def test_a_node_at_the_origin_is_painted_once_in_every_frame(hand: Hand) -> None:
    hand.node("Dense", 0, 0)
    frames = []
    for _ in range(5):
        frame = QImage(200, 100, QImage.Format.Format_ARGB32_Premultiplied)
        frame.fill(Qt.GlobalColor.white)
        painter = QPainter(frame)
        hand.scene.render(painter, QRectF(0, 0, 200, 100), QRectF(0, 0, 200, 100))
        painter.end()
        frames.append(frame)
    # the first two lead to a picture of it: its edges are smoothed in a slightly other way
    assert frames[2] == frames[3] == frames[4] == frames[1]


def test_moving_the_selection_snaps_and_is_one_undo(hand: Hand) -> None:
    one, two = hand.node("Dense", -200, 0), hand.node("Dense", 0, 0)
    hand.scene.select([one.id, two.id])
    before = hand.stack.count()
    hand.drag(hand.middle(one), hand.middle(one) + QPointF(62, 38))
    assert hand.graph.nodes[one.id].position == (-150, 50)
    assert hand.graph.nodes[two.id].position == (50, 50)
    assert hand.stack.count() == before + 1
    hand.stack.undo()
    assert hand.graph.nodes[two.id].position == (0, 0)
    assert hand.scene.nodes[two.id].pos() == QPointF(0, 0)


def test_escape_takes_a_move_back(hand: Hand) -> None:
    node = hand.node("Dense", 0, 0)
    before = hand.stack.count()
    hand.press(hand.middle(node))
    hand.move(hand.middle(node) + QPointF(100, 100))
    hand.move(hand.middle(node) + QPointF(110, 100))
    assert hand.scene.nodes[node.id].pos() != QPointF(0, 0)
    hand.key(Qt.Key.Key_Escape)
    hand.release(QPointF(100, 100))
    assert hand.scene.nodes[node.id].pos() == QPointF(0, 0)
    assert hand.stack.count() == before


def test_delete_and_undo_bring_nodes_with_their_wires_back(hand: Hand) -> None:
    one, two = hand.node("Input", -200, 0), hand.node("Flatten", 50, 0)
    edge = hand.link(one, two)
    for key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
        hand.click(hand.middle(two))
        hand.key(key)
        assert list(hand.graph.nodes) == [one.id]
        assert hand.scene.wires() == []
        hand.stack.undo()
        assert hand.edges() == [edge]
        assert [w.edge for w in hand.scene.wires()] == [edge]


def test_copy_paste_duplicate_and_cut(hand: Hand) -> None:
    one, two = hand.node("Dense", -200, 0, units=3), hand.node("Dense", 50, 0)
    hand.link(one, two)
    hand.key(Qt.Key.Key_A, CTRL)
    hand.key(Qt.Key.Key_C, CTRL)
    hand.key(Qt.Key.Key_V, CTRL)
    assert len(hand.graph.nodes) == 4
    assert len(hand.graph.edges) == 2
    assert len({n.name for n in hand.graph.nodes.values()}) == 4
    assert [n.layer for n in hand.graph.nodes.values()][2] == one.layer
    hand.key(Qt.Key.Key_D, CTRL)
    assert len(hand.graph.nodes) == 6
    hand.key(Qt.Key.Key_X, CTRL)
    assert len(hand.graph.nodes) == 4
    hand.stack.undo()
    hand.stack.undo()
    hand.stack.undo()
    assert list(hand.graph.nodes) == [one.id, two.id]


def test_f2_renames(hand: Hand) -> None:
    node = hand.node("Dense", 0, 0)
    hand.click(hand.middle(node))
    hand.key(Qt.Key.Key_F2)
    field = hand.view.findChild(QLineEdit)
    assert field is not None
    assert field.isVisible()
    QTest.keyClicks(field, "head")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert hand.graph.nodes[node.id].name == "head"
    assert hand.scene.nodes[node.id].title() == "head"
    assert not field.isVisible()
    hand.key(Qt.Key.Key_F2)
    QTest.keyClicks(field, "other")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert hand.graph.nodes[node.id].name == "head"


def test_tab_double_click_and_a_tap_of_space_search_for_a_layer(hand: Hand) -> None:
    popup = hand.view.popup
    hand.key(Qt.Key.Key_Tab)
    assert popup.isVisible()
    QTest.keyClick(popup.search, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    hand.key(Qt.Key.Key_Space)
    assert popup.isVisible()
    QTest.keyClick(popup.search, Qt.Key.Key_Escape)
    place = QPointF(100, 100)
    QTest.mouseDClick(hand.view.viewport(), Qt.MouseButton.LeftButton, pos=hand.at(place))
    assert popup.isVisible()
    QTest.keyClicks(popup.search, "conv")
    QTest.keyClick(popup.search, Qt.Key.Key_Return)
    (node,) = hand.graph.nodes.values()
    assert node.layer.title() == "Conv2D"
    assert (hand.middle(node) - place).manhattanLength() <= GRID


def test_the_palette_adds_behind_the_selected_node(hand: Hand) -> None:
    source = hand.node("Input", -200, 0)
    hand.settle()
    hand.click(hand.middle(source))
    hand.panel.add_from_palette("Flatten")
    flat = list(hand.graph.nodes.values())[1]
    assert [(e.source, e.target) for e in hand.graph.edges] == [(source.id, flat.id)]
    assert flat.position[0] > source.position[0] + 150
    hand.panel.add_from_palette("Input")
    assert len(hand.graph.edges) == 1


def test_arrows_walk_along_wires_and_nudge_with_ctrl(hand: Hand) -> None:
    one, two = hand.node("Input", -200, 0), hand.node("Flatten", 50, 0)
    below = hand.node("Dense", 50, 150)
    hand.link(one, two)
    hand.key(Qt.Key.Key_Right)
    assert selected(hand) == [one.id]
    hand.key(Qt.Key.Key_Right)
    assert selected(hand) == [two.id]
    hand.key(Qt.Key.Key_Down)
    assert selected(hand) == [below.id]
    hand.key(Qt.Key.Key_Up)
    hand.key(Qt.Key.Key_Left)
    assert selected(hand) == [one.id]
    before = hand.stack.count()
    hand.key(Qt.Key.Key_Right, CTRL)
    hand.key(Qt.Key.Key_Down, CTRL)
    assert hand.graph.nodes[one.id].position == (-200 + GRID, GRID)
    assert hand.stack.count() == before + 1
    hand.stack.undo()
    assert hand.graph.nodes[one.id].position == (-200, 0)


def test_tidy_leads_every_wire_to_the_right_without_overlaps(hand: Hand) -> None:
    nodes = [hand.node("Input", 0, 0), *(hand.node("Dense", -50 * i, 30 * i) for i in range(1, 5))]
    add, alone = hand.node("Add", -300, 0), hand.node("Dense", 40, 10)
    for a, b in ((0, 1), (1, 2), (0, 3), (3, 4)):
        hand.link(nodes[a], nodes[b])
    hand.link(nodes[2], add)
    hand.link(nodes[4], add)
    hand.key(Qt.Key.Key_L)
    places = {i: n.position for i, n in hand.graph.nodes.items()}
    assert places[alone.id][1] > max(y for i, (_, y) in places.items() if i != alone.id)
    assert all(places[e.target][0] > places[e.source][0] for e in hand.graph.edges)
    rects = [i.body().translated(i.pos()) for i in hand.scene.nodes.values()]
    assert not any(a.intersects(b) for n, a in enumerate(rects) for b in rects[n + 1 :])
    count = hand.stack.count()
    hand.key(Qt.Key.Key_L)
    assert hand.stack.count() == count  # tidy already


def test_the_selection_is_told_to_screen_readers(hand: Hand) -> None:
    node = hand.node("Dense", 0, 0)
    hand.click(hand.middle(node))
    assert describe_canvas(hand.scene) == "One layer on the canvas."
    assert "Dense" in describe_selection(hand.scene)
    assert hand.view.accessibleName()


def test_ports_that_differ_have_their_names_beside_them(hand: Hand) -> None:
    attention = hand.node("MultiHeadAttention", -200, 0)
    item = hand.scene.nodes[attention.id]
    assert item.port_names() == ["query", "value", "key"]
    places = [item.port_position(slot, output=False) for slot in item.inputs]
    assert all(below.y() - above.y() >= 2 * PORT_REACH for above, below in pairwise(places))
    assert item.body().translated(item.pos()).contains(places[-1] + QPointF(1, PORT_REACH))
    source = hand.node("Dense", -500, 0)
    hand.drag(hand.out(source), places[1])
    assert [edge.target_port for edge in hand.edges()] == ["value"]


def test_ports_that_are_alike_need_no_names(hand: Hand) -> None:
    for name in ("Add", "Dense"):
        assert hand.scene.nodes[hand.node(name, 0, 0).id].port_names() == []


def test_names_of_outputs_come_with_the_setting_that_adds_them(hand: Hand) -> None:
    node = hand.node("LSTM", 0, 0)
    before = hand.scene.nodes[node.id].port_names()
    other = hand.node("LSTM", 300, 0, return_state=True)
    assert hand.scene.nodes[other.id].port_names() == [*before, "output", "state", "cell"]


def test_the_name_of_each_loss_fits_a_target(theme: Theme) -> None:
    style = CanvasStyle(theme)
    names = [loss.brief or loss.title() for loss in losses().values()]
    assert [n for n in names if style.elided(n, style.small_font, NODE_WIDTH - LEFT - 10) != n] == []
