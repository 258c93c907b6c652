"""Groups opened in place: gone into and out of with mouse and keys, edited inside, undone across the levels."""

from itertools import pairwise

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from engine.graph.document import Node
from engine.layers.group import Group
from tests.app.canvas.conftest import LEFT, NONE, Hand

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def network(hand: Hand) -> list[Node]:
    """Input, four Dense layers, Target, in a row."""
    nodes = [hand.node("Input", -500, 0, feature="x"), hand.node("Flatten", -300, 0)]
    nodes += [hand.node("Dense", -100 + 200 * k, 0, units=4 + k) for k in range(3)]
    nodes.append(hand.node("Target", 500, 0, target="y"))
    for a, b in pairwise(nodes):
        hand.link(a, b)
    return nodes


def grouped(hand: Hand) -> str:
    """The network with three of its layers as a group, whose id is given."""
    nodes = network(hand)
    hand.scene.select([n.id for n in nodes[1:4]])
    hand.key(Qt.Key.Key_G, CTRL)
    (made,) = hand.scene.selected_nodes()
    hand.settle()
    return made


def body(hand: Hand, node_id: str) -> QPointF:
    """A place on a node that is not its name."""
    item = hand.view.graph_scene.nodes[node_id]
    return item.pos() + QPointF(80, 50)


def open_by_mouse(hand: Hand, node_id: str) -> None:
    QTest.mouseDClick(hand.view.viewport(), LEFT, NONE, hand.at(body(hand, node_id)))


def names(hand: Hand) -> list[str]:
    return [n.name for n in hand.view.graph_scene.graph.nodes.values()]


def shown(hand: Hand, name: str) -> str:
    node = hand.view.graph_scene.graph.named(name)
    assert node is not None
    return node.id


def crumb(hand: Hand, depth: int) -> QPushButton:
    return hand.panel.crumbs.findChildren(QPushButton)[depth]


def test_words_beside_a_group_stand_where_they_stood_when_one_comes_back(hand: Hand) -> None:
    one, two = hand.node("Dense", 0, 0), hand.node("Dense", 200, 0)
    hand.link(one, two)
    hand.scene.select([one.id, two.id])
    hand.key(Qt.Key.Key_G, CTRL)
    hand.settle()  # nothing leads to it, which is said beside it
    (hint,) = (hint for hint in hand.hints() if hint.sentence)
    hand.view.zoom_by(0.5)
    hand.view.refresh_callout()
    before = hint.pos()
    hand.key(Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_Escape)
    (hint,) = (hint for hint in hand.hints() if hint.sentence)
    assert (hint.pos() - before).manhattanLength() < 2


def test_a_double_click_opens_and_escape_comes_back(hand: Hand) -> None:
    made = grouped(hand)
    place = hand.view.center_place()
    open_by_mouse(hand, made)
    assert names(hand) == ["input", "flatten", "dense", "dense_1", "output"]
    assert hand.panel.crumbs.isVisible()
    assert all(wire.shape_text for wire in hand.view.graph_scene.wires())
    hand.key(Qt.Key.Key_Escape)
    assert hand.view.graph_scene is hand.scene
    assert hand.scene.selected_nodes() == [made]
    assert not hand.panel.crumbs.isVisible()
    assert (hand.view.center_place() - place).manhattanLength() < 3


def test_enter_opens_and_a_crumb_leads_back(hand: Hand) -> None:
    made = grouped(hand)
    hand.scene.select([made])
    hand.key(Qt.Key.Key_Return)
    dense = shown(hand, "dense")
    hand.view.graph_scene.select([dense, shown(hand, "dense_1")])
    hand.key(Qt.Key.Key_G, CTRL)
    (inner,) = hand.view.graph_scene.selected_nodes()
    hand.key(Qt.Key.Key_Return)
    assert inner.startswith(made)
    assert names(hand) == ["input", "dense", "dense_1", "output"]
    assert len(hand.panel.levels.all()) == 3
    QTest.mouseClick(crumb(hand, 0), LEFT)
    assert hand.view.graph_scene is hand.scene


def test_edits_inside_are_steps_of_the_one_document(hand: Hand) -> None:
    made = grouped(hand)
    before = hand.graph.copy()
    open_by_mouse(hand, made)
    scene = hand.view.graph_scene
    hand.view.graph_scene.select([shown(hand, "dense_1")])
    hand.key(Qt.Key.Key_Delete)
    assert "dense_1" not in names(hand)
    layer = hand.graph.nodes[made].layer
    assert isinstance(layer, Group)
    assert [p.name for p in layer.content.parts] == ["flatten", "dense"]
    start = scene.end_of(shown(hand, "dense"), scene.nodes[shown(hand, "dense")].outputs[0], output=True)
    end = scene.end_of(shown(hand, "output"), scene.nodes[shown(hand, "output")].inputs[0], output=False)
    hand.drag(start, end)
    assert not hand.inference.now().nodes[made].error
    hand.key(Qt.Key.Key_Escape)  # the wire is selected by nothing, so this leaves
    hand.key(Qt.Key.Key_Z, CTRL)
    hand.key(Qt.Key.Key_Z, CTRL)
    assert hand.graph == before


def test_undo_inside_shows_what_was(hand: Hand) -> None:
    made = grouped(hand)
    open_by_mouse(hand, made)
    dense = shown(hand, "dense")
    item = hand.view.graph_scene.nodes[dense]
    place = item.pos()
    hand.drag(body(hand, dense), body(hand, dense) + QPointF(0, 150))
    assert item.pos() == place + QPointF(0, 150)
    hand.key(Qt.Key.Key_Z, CTRL)
    assert item.pos() == place
    assert hand.view.graph_scene.nodes[dense] is item
    hand.key(Qt.Key.Key_Z, CTRL)  # the group itself: there is nothing open any more
    assert hand.view.graph_scene is hand.scene
    hand.key(Qt.Key.Key_Z, CTRL | SHIFT)
    assert made in hand.scene.nodes


def test_ports_are_renamed_and_added_by_what_one_does_to_nodes(hand: Hand) -> None:
    made = grouped(hand)
    open_by_mouse(hand, made)
    hand.view.graph_scene.select([shown(hand, "input")])
    hand.key(Qt.Key.Key_F2)
    field = next(f for f in hand.view.findChildren(QLineEdit) if f.hasFocus())
    QTest.keyClicks(field, "picture")
    QTest.keyClick(field, Qt.Key.Key_Return)
    layer = hand.graph.nodes[made].layer
    assert isinstance(layer, Group)
    assert [p.name for p in layer.input_ports()] == ["picture"]
    assert hand.graph.edges_into(made, "picture")
    hand.key(Qt.Key.Key_Tab)
    QTest.keyClicks(hand.view.popup.search, "group output")
    QTest.keyClick(hand.view.popup.search, Qt.Key.Key_Return)
    assert names(hand).count("output_1") == 1
    assert len(hand.scene.nodes[made].outputs) == 2


def test_a_ready_block_is_opened_and_changed_by_the_first_edit(hand: Hand) -> None:
    nodes = [hand.node("Input", -400, 0, feature="x"), hand.node("ResidualBlock", -100, 0, filters=4)]
    hand.link(*nodes)
    hand.settle()
    block = nodes[1].id
    open_by_mouse(hand, block)
    assert "conv_1" in names(hand)
    assert hand.graph.nodes[block].layer.title() == "ResidualBlock"
    hand.view.graph_scene.select([shown(hand, "add_act")])
    hand.key(Qt.Key.Key_M)
    layer = hand.graph.nodes[block].layer
    assert isinstance(layer, Group)
    assert sum(p.bypassed for p in layer.content.parts) == 1
    hand.key(Qt.Key.Key_Z, CTRL)
    assert hand.graph.nodes[block].layer.title() == "ResidualBlock"
    assert not any(n.bypassed for n in hand.view.graph_scene.graph.nodes.values())


def test_a_place_deep_inside_is_gone_to(hand: Hand) -> None:
    made = grouped(hand)
    open_by_mouse(hand, made)
    hand.view.graph_scene.select([shown(hand, "dense"), shown(hand, "dense_1")])
    hand.key(Qt.Key.Key_G, CTRL)
    (inner,) = hand.view.graph_scene.selected_nodes()
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Escape)
    assert hand.view.graph_scene is hand.scene
    hand.key(Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_Return)
    target = next(i for i in unfolded(hand, inner) if ":" not in i)
    hand.panel.levels.go_up(0)
    hand.panel.go_to(target)
    assert hand.view.graph_scene.selected_nodes() == [target]
    hand.panel.go_to(made)
    assert hand.view.graph_scene is hand.scene
    assert hand.scene.selected_nodes() == [made]


def unfolded(hand: Hand, inner: str) -> list[str]:
    hand.panel.go_to(inner)
    hand.panel.levels.open(inner)
    return list(hand.view.graph_scene.graph.nodes)


def test_nodes_inside_are_copied_to_the_network(hand: Hand) -> None:
    made = grouped(hand)
    open_by_mouse(hand, made)
    hand.view.graph_scene.select(hand.view.graph_scene.nodes)
    hand.key(Qt.Key.Key_C, CTRL)
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Escape)
    before = len(hand.graph.nodes)
    hand.key(Qt.Key.Key_V, CTRL)
    assert len(hand.graph.nodes) == before + 3


def test_ports_are_not_copied_and_that_is_said(hand: Hand) -> None:
    made = grouped(hand)
    open_by_mouse(hand, made)
    hand.view.graph_scene.select([shown(hand, "input")])
    before = hand.graph.copy()
    for key in (Qt.Key.Key_D, Qt.Key.Key_C, Qt.Key.Key_X):
        with hand.qtbot.waitSignal(hand.view.refused) as refused:
            hand.key(key, CTRL)
        assert "can't be copied" in refused.args[0]
    assert hand.graph == before


def test_where_the_inside_is_not_known_it_is_said(hand: Hand) -> None:
    block = hand.node("ResidualBlock", -100, 0)
    with hand.qtbot.waitSignal(hand.view.refused) as refused:
        open_by_mouse(hand, block.id)
    assert "connect its input first" in refused.args[0]
    assert hand.view.graph_scene is hand.scene
