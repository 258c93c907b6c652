"""The undo stack: edits and their inverses, merging by key, refusals."""

import pytest
from pytestqt.qtbot import QtBot

from app.undo import EditStack
from engine.graph.document import ModelGraph
from engine.graph.edits import AddNode, EditError, MoveNodes, RemoveNode
from engine.layers.registry import layers


@pytest.fixture
def stack(qtbot: QtBot) -> EditStack:
    return EditStack(ModelGraph())


def add(stack: EditStack) -> str:
    node = stack.graph.new_node(layers()["Dense"]())
    stack.push_edit(AddNode(node))
    return node.id


def test_undo_and_redo_of_a_sequence(stack: EditStack) -> None:
    states = [stack.graph.snapshot()]
    first = add(stack)
    states.append(stack.graph.snapshot())
    stack.push_edit(MoveNodes({first: (10.0, 20.0)}))
    states.append(stack.graph.snapshot())
    stack.push_edit(RemoveNode(first))
    states.append(stack.graph.snapshot())
    for state in reversed(states[:-1]):
        stack.undo()
        assert stack.graph.snapshot() == state
    for state in states[1:]:
        stack.redo()
        assert stack.graph.snapshot() == state
    assert stack.undoText() == "Delete layer"


def test_edits_with_one_key_are_one_step_back_and_forth(stack: EditStack) -> None:
    node = add(stack)
    for x in (1.0, 2.0, 3.0):
        stack.push_edit(MoveNodes({node: (x, 0.0)}), ("move", node))
    assert stack.count() == 2
    stack.undo()
    assert stack.graph.nodes[node].position == (0.0, 0.0)
    stack.redo()
    assert stack.graph.nodes[node].position == (3.0, 0.0)
    stack.undo()
    assert stack.graph.nodes[node].position == (0.0, 0.0)


def test_other_keys_and_no_key_are_not_merged(stack: EditStack) -> None:
    one, two = add(stack), add(stack)
    stack.push_edit(MoveNodes({one: (1.0, 0.0)}), ("move", one))
    stack.push_edit(MoveNodes({two: (1.0, 0.0)}), ("move", two))
    stack.push_edit(MoveNodes({two: (2.0, 0.0)}))
    stack.push_edit(MoveNodes({two: (3.0, 0.0)}))
    assert stack.count() == 6


def test_a_saved_state_is_not_merged_away(stack: EditStack) -> None:
    node = add(stack)
    stack.push_edit(MoveNodes({node: (1.0, 0.0)}), "move")
    stack.setClean()
    stack.push_edit(MoveNodes({node: (2.0, 0.0)}), "move")
    stack.undo()
    assert stack.isClean()
    assert stack.graph.nodes[node].position == (1.0, 0.0)


def test_a_refused_edit_leaves_no_trace(stack: EditStack) -> None:
    with pytest.raises(EditError):
        stack.push_edit(RemoveNode("gone"))
    assert stack.count() == 0
