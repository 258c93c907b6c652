"""Search on the canvas, values edited on nodes, wires made with keys, and the ring around a node one is led to."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from app.canvas.facts import Badge
from app.theme import Theme
from engine.graph.edits import RenameNode
from engine.graph.notes import Note, put
from engine.layers.base import Layer
from tests.app.canvas.conftest import LEFT, NONE, Hand

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def pale(hand: Hand) -> set[str]:
    return {i for i, item in hand.scene.nodes.items() if item.faded}


def look_for(hand: Hand, text: str) -> None:
    hand.key(Qt.Key.Key_F, CONTROL)
    QTest.keyClicks(hand.view.finder.search, text)


def test_layers_are_found_by_kind_name_and_setting_and_all_others_are_dimmed(hand: Hand) -> None:
    one, two = hand.node("Dense", -300, 0, units=64), hand.node("Dense", 0, 0, units=10)
    pool = hand.node("MaxPooling2D", 200, 100)
    look_for(hand, "dense")
    bar = hand.view.finder
    assert pale(hand) == {pool.id}
    assert bar.count.text().endswith("of 2")
    QTest.keyClick(bar.search, Qt.Key.Key_Return)
    assert hand.scene.selected_nodes() == [one.id]
    assert bar.count.text() == "1 of 2"
    QTest.keyClick(bar.search, Qt.Key.Key_Return)
    assert hand.scene.selected_nodes() == [two.id]
    QTest.keyClick(bar.search, Qt.Key.Key_Return)
    assert hand.scene.selected_nodes() == [one.id]
    QTest.keyClick(bar.search, Qt.Key.Key_Return, SHIFT)
    assert hand.scene.selected_nodes() == [two.id]
    bar.search.setText("units 64")
    assert pale(hand) == {two.id, pool.id}
    bar.search.setText("nothing like that")
    assert bar.count.text() == "none"
    QTest.keyClick(bar.search, Qt.Key.Key_Escape)
    assert pale(hand) == set()
    assert hand.view.hasFocus()


def test_f3_goes_on_from_the_canvas_and_an_edit_is_searched_again(hand: Hand) -> None:
    one, two = hand.node("Dense", -300, 0), hand.node("Flatten", 3000, 0)
    look_for(hand, "dense")
    hand.stack.push_edit(RenameNode(two.id, "the dense end"))
    assert hand.view.finder.count.text().endswith("of 2")
    hand.view.setFocus()
    hand.key(Qt.Key.Key_F3)
    hand.key(Qt.Key.Key_F3)
    assert hand.scene.selected_nodes() == [two.id]
    assert hand.view.visible_rect().contains(hand.middle(two))
    hand.key(Qt.Key.Key_F3, SHIFT)
    assert hand.scene.selected_nodes() == [one.id]


def test_comments_are_found_too(hand: Hand) -> None:
    hand.node("Dense", -300, 0)
    put(hand.graph, [Note(id="n", kind="comment", text="ask about the skip")], "").apply(hand.graph)
    look_for(hand, "skip")
    QTest.keyClick(hand.view.finder.search, Qt.Key.Key_Return)
    assert hand.scene.notes.selected() == ["n"]


def editing(hand: Hand) -> QLineEdit:
    """The first field of the form on a node."""
    form = hand.view.values.form
    assert form is not None
    field = form.field(form.field_names()[0])
    assert isinstance(field, QWidget)
    boxes = field.findChildren(QLineEdit)
    assert boxes
    return boxes[0]


def units(hand: Hand, node_id: str) -> object:
    layer = hand.graph.nodes[node_id].layer
    assert isinstance(layer, Layer)
    return getattr(layer, "units", None)


def test_the_value_on_a_node_is_edited_by_a_double_click_on_it(hand: Hand) -> None:
    dense = hand.node("Dense", -100, 0, units=32)
    place = hand.at(hand.scene.nodes[dense.id].pos() + QPointF(60, 34))
    QTest.mouseDClick(hand.view.viewport(), LEFT, NONE, place)
    box = editing(hand)
    assert hand.view.values.isVisible()
    box.selectAll()
    QTest.keyClicks(box, "96")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert units(hand, dense.id) == 96
    assert not hand.view.values.isVisible()
    assert hand.view.hasFocus()
    hand.stack.undo()
    assert units(hand, dense.id) == 32


def test_enter_edits_the_selected_node_and_escape_leaves_it(hand: Hand) -> None:
    dense = hand.node("Dense", -100, 0, units=32)
    hand.scene.select([dense.id])
    hand.key(Qt.Key.Key_Return)
    box = editing(hand)
    box.selectAll()
    QTest.keyClicks(box, "5")
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert not hand.view.values.isVisible()
    assert len(hand.graph.nodes) == 1
    hand.key(Qt.Key.Key_Return)
    assert hand.view.values.isVisible()
    hand.click(QPointF(300, 250))
    hand.view.setFocus()
    assert not hand.view.values.isVisible()
    hand.key(Qt.Key.Key_A, CONTROL)
    hand.key(Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_Escape)
    hand.scene.select([dense.id])
    hand.key(Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_Delete) if hand.view.hasFocus() else hand.view.editor.delete([dense.id])
    assert not hand.view.values.isVisible()


def test_a_group_or_a_layer_without_settings_has_nothing_to_edit(hand: Hand) -> None:
    flat = hand.node("Flatten", -100, 0)
    hand.scene.select([flat.id])
    hand.key(Qt.Key.Key_Return)
    assert not hand.view.values.isVisible()


def test_a_double_click_on_the_name_renames(hand: Hand) -> None:
    dense = hand.node("Dense", -100, 0)
    place = hand.at(hand.scene.nodes[dense.id].pos() + QPointF(60, 14))
    QTest.mouseDClick(hand.view.viewport(), LEFT, NONE, place)
    (line,) = [w for w in hand.view.viewport().findChildren(QLineEdit) if w.isVisible()]
    QTest.keyClicks(line, "head")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert hand.graph.nodes[dense.id].name == "head"


def test_two_selected_layers_are_wired_with_a_key(hand: Hand) -> None:
    one, two = hand.node("Dense", -300, 0), hand.node("Dense", 0, 0)
    hand.scene.select([two.id, one.id])
    hand.key(Qt.Key.Key_W)
    assert [(e.source, e.target) for e in hand.edges()] == [(one.id, two.id)]
    said: list[str] = []
    hand.view.refused.connect(said.append)
    hand.key(Qt.Key.Key_W)
    assert len(hand.edges()) == 1
    assert said == ["These two are connected already."]


def test_a_wire_is_chosen_from_a_list_and_cut_from_another(hand: Hand) -> None:
    one, two, add = hand.node("Dense", -300, 0), hand.node("Flatten", 0, 0), hand.node("Add", 200, 200)
    hand.scene.select([one.id])
    hand.key(Qt.Key.Key_W)
    popup = hand.view.choices
    hand.qtbot.waitUntil(lambda: not popup.is_busy())
    assert "\N{RIGHTWARDS ARROW} flatten" in popup.titles()
    QTest.keyClicks(popup.search, "add")
    QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert [(e.source, e.target) for e in hand.edges()] == [(one.id, add.id)]
    assert hand.view.hasFocus()
    hand.key(Qt.Key.Key_W, SHIFT)
    assert popup.titles() == ["\N{RIGHTWARDS ARROW} add"]
    QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert hand.edges() == []
    hand.key(Qt.Key.Key_W)
    QTest.keyClick(popup.search, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert two.id in hand.graph.nodes


def test_a_ring_pulses_around_a_node_and_stands_still_without_motion(hand: Hand, theme: Theme) -> None:
    dense = hand.node("Dense", -100, 0)
    hand.scene.set_badges({dense.id: Badge("error", "wrong")})
    pulse = hand.view.pulse
    pulse.begin(dense.id)
    assert pulse.ring.isVisible()
    assert not pulse.is_moving()
    steady = pulse.ring.path().boundingRect()
    assert steady.contains(hand.scene.nodes_rect([dense.id]))
    theme.set_reduced_motion(False)
    pulse.begin(dense.id)
    assert pulse.is_moving()
    hand.qtbot.waitUntil(lambda: pulse.ring.path().boundingRect() != steady)
    hand.view.editor.delete([dense.id])
    hand.qtbot.waitUntil(lambda: not pulse.ring.isVisible())
    pulse.begin("gone")
    assert not pulse.ring.isVisible()
