"""Frames and comments: made, written on, moved with what they hold, resized, coloured, copied, undone."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.canvas.announce import describe_selection
from app.canvas.menu import menu_at
from app.canvas.note_field import NoteField
from engine.graph.edits import MoveNodes
from engine.graph.notes import Note, notes_of
from tests.app.canvas.conftest import Hand

CONTROL = Qt.KeyboardModifier.ControlModifier


def field(hand: Hand) -> NoteField:
    (found,) = hand.view.viewport().findChildren(NoteField)
    return found


def only(hand: Hand) -> Note:
    (note,) = notes_of(hand.graph).values()
    return note


def rect(note: Note) -> QRectF:
    return QRectF(*note.place, *note.size)


def framed(hand: Hand, *nodes: str, heading: str = "Encoder") -> Note:
    """A frame around nodes, made with keys."""
    hand.scene.select(nodes)
    hand.key(Qt.Key.Key_F)
    QTest.keyClicks(field(hand), heading)
    QTest.keyClick(field(hand), Qt.Key.Key_Return)
    return only(hand)


def test_a_frame_is_put_around_the_selection_and_named_at_once(hand: Hand) -> None:
    one, two = hand.node("Dense", -200, 0), hand.node("Dense", 50, 100)
    other = hand.node("Dense", 300, 0)
    frame = framed(hand, one.id, two.id)
    assert (frame.kind, frame.text) == ("frame", "Encoder")
    assert rect(frame).contains(hand.scene.nodes_rect([one.id, two.id]))
    assert not rect(frame).contains(hand.middle(other))
    assert hand.scene.notes.selected() == [frame.id]
    assert "Encoder" in describe_selection(hand.scene)
    assert not field(hand).isVisible()
    hand.stack.undo()
    hand.stack.undo()
    assert not notes_of(hand.graph)


def test_a_frame_dragged_by_its_heading_takes_its_layers_along(hand: Hand) -> None:
    one, other = hand.node("Dense", -200, 0), hand.node("Dense", 150, 0)
    frame = framed(hand, one.id)
    inside = hand.graph.nodes[one.id].position
    head = QPointF(*frame.place) + QPointF(30, 12)
    hand.drag(head, head + QPointF(50, 75))
    assert only(hand).place == (frame.place[0] + 50, frame.place[1] + 75)
    assert hand.graph.nodes[one.id].position == (inside[0] + 50, inside[1] + 75)
    assert hand.graph.nodes[other.id].position == (150, 0)
    hand.stack.undo()
    assert only(hand) == frame
    assert hand.graph.nodes[one.id].position == inside
    assert hand.scene.notes.items[frame.id].rect() == rect(frame)


def test_the_inside_of_a_frame_is_canvas(hand: Hand) -> None:
    frame = framed(hand, hand.node("Dense", -200, 0).id)
    hand.scene.select()
    inside = rect(frame).center() + QPointF(0, 50)
    hand.press(inside)
    hand.move(inside + QPointF(-60, -60))
    hand.release(inside + QPointF(-60, -60))
    assert len(hand.scene.selected_nodes()) == 1
    assert hand.scene.notes.selected() == []


def test_the_corner_makes_a_frame_larger_but_not_too_small(hand: Hand) -> None:
    frame = framed(hand, hand.node("Dense", -200, 0).id)
    corner = rect(frame).bottomRight() - QPointF(5, 5)
    hand.drag(corner, corner + QPointF(100, 50))
    assert only(hand).size == (frame.size[0] + 100, frame.size[1] + 50)
    hand.stack.undo()
    hand.drag(corner, corner - QPointF(500, 500))
    assert only(hand).size == (100, 50)
    hand.stack.undo()
    hand.press(corner)
    hand.move(corner + QPointF(40, 40))
    hand.key(Qt.Key.Key_Escape)
    assert hand.scene.notes.items[frame.id].rect() == rect(frame)


def test_a_comment_is_written_moved_coloured_and_deleted_with_keys(hand: Hand) -> None:
    hand.key(Qt.Key.Key_C)
    QTest.keyClicks(field(hand), "why two branches")
    QTest.keyClick(field(hand), Qt.Key.Key_Return)
    QTest.keyClicks(field(hand), "see the paper")
    QTest.keyClick(field(hand), Qt.Key.Key_Return, CONTROL)
    comment = only(hand)
    assert (comment.kind, comment.text) == ("comment", "why two branches\nsee the paper")
    hand.key(Qt.Key.Key_Right, CONTROL)
    hand.key(Qt.Key.Key_Right, CONTROL)
    assert only(hand).place == (comment.place[0] + 50, comment.place[1])
    hand.stack.undo()
    assert only(hand).place == comment.place
    hand.key(Qt.Key.Key_3)
    assert only(hand).tag == "green"
    hand.key(Qt.Key.Key_F2)
    assert field(hand).toPlainText() == comment.text
    QTest.keyClicks(field(hand), "other words")
    QTest.keyClick(field(hand), Qt.Key.Key_Escape)
    assert only(hand).text == comment.text
    hand.key(Qt.Key.Key_Delete)
    assert not notes_of(hand.graph)
    hand.stack.undo()
    assert only(hand).text == comment.text


def test_an_empty_comment_leaves_nothing_behind(hand: Hand) -> None:
    hand.key(Qt.Key.Key_C)
    QTest.keyClick(field(hand), Qt.Key.Key_Return, CONTROL)
    assert not notes_of(hand.graph)
    hand.key(Qt.Key.Key_C)
    QTest.keyClicks(field(hand), "kept")
    QTest.keyClick(field(hand), Qt.Key.Key_Return, CONTROL)
    assert only(hand).text == "kept"
    hand.key(Qt.Key.Key_Return)
    QTest.keyClick(field(hand), Qt.Key.Key_Backspace)
    QTest.keyClick(field(hand), Qt.Key.Key_Return, CONTROL)
    assert not notes_of(hand.graph)


def test_a_double_click_on_a_heading_writes_it(hand: Hand) -> None:
    frame = framed(hand, hand.node("Dense", -200, 0).id)
    head = hand.at(QPointF(*frame.place) + QPointF(40, 12))
    QTest.mouseDClick(hand.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, head)
    QTest.keyClicks(field(hand), "Decoder")
    hand.view.setFocus()  # leaving it keeps what was written
    assert only(hand).text == "Decoder"


def test_layers_and_notes_are_selected_copied_and_moved_together(hand: Hand) -> None:
    node = hand.node("Dense", -200, 0)
    frame = framed(hand, node.id)
    hand.key(Qt.Key.Key_A, CONTROL)
    assert (hand.scene.selected_nodes(), hand.scene.notes.selected()) == ([node.id], [frame.id])
    hand.key(Qt.Key.Key_C, CONTROL)
    hand.key(Qt.Key.Key_V, CONTROL)
    assert len(hand.graph.nodes) == 2
    copied = [note for note in notes_of(hand.graph).values() if note.id != frame.id]
    assert [note.text for note in copied] == ["Encoder"]
    assert hand.scene.notes.selected() == [copied[0].id]
    hand.stack.undo()
    hand.scene.select([node.id], notes=[frame.id])
    hand.drag(hand.middle(node), hand.middle(node) + QPointF(100, 0))
    assert only(hand).place == (frame.place[0] + 100, frame.place[1])
    assert hand.graph.nodes[node.id].position == (-100, 0)


def test_tidy_leaves_frames_around_what_they_held(hand: Hand) -> None:
    one, two = hand.node("Dense", -200, 0), hand.node("Dense", 250, 300)
    hand.link(one, two)
    frame = framed(hand, two.id)
    hand.key(Qt.Key.Key_L)
    moved = only(hand)
    assert moved.place != frame.place
    assert rect(moved).contains(hand.scene.nodes_rect([two.id]))
    assert not rect(moved).contains(hand.middle(one))
    hand.stack.undo()
    assert only(hand) == frame


def test_the_menu_of_a_frame_fits_it_to_its_layers(hand: Hand) -> None:
    node = hand.node("Dense", -200, 0)
    frame = framed(hand, node.id)
    hand.stack.push_edit(MoveNodes({node.id: (-150, 25)}))
    menu = menu_at(hand.view, QPointF(*frame.place) + QPointF(40, 12))
    assert isinstance(menu, QMenu)
    next(a for a in menu.actions() if a.text().startswith("Fit the frame")).trigger()
    assert rect(only(hand)).contains(hand.scene.nodes_rect([node.id]))
    assert only(hand) != frame
