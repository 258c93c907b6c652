"""The history says to which layer something was done."""

from PySide6.QtCore import QPointF, Qt

from tests.app.canvas.conftest import Hand


def test_steps_of_the_history_name_their_layers(hand: Hand) -> None:
    source, dense = hand.node("Input", -300, 0), hand.node("Dense", 0, 0, units=3)
    editor = hand.view.editor

    def latest() -> str:
        return hand.stack.undoText()

    hand.drag(hand.out(source), hand.into(dense))
    assert latest() == "Connect Input to Dense"
    editor.disconnect_wire(hand.graph.edges[0])
    assert latest() == "Disconnect Input from Dense"
    editor.move({dense.id: QPointF(40, 80)})
    assert latest() == "Move Dense"
    editor.nudge([source.id, dense.id], 1, 0)
    assert latest() == "Move 2 layers"
    hand.scene.select([dense.id])
    hand.key(Qt.Key.Key_Delete)
    assert latest() == "Delete Dense"
