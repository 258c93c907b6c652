"""Frames and comments: edits with their inverses, what a frame takes along, copies, files."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.formats.sections import SECTIONS
from engine.graph import clipboard
from engine.graph.document import TAGS, ModelGraph
from engine.graph.edits import AddNode, EditError
from engine.graph.inference import infer
from engine.graph.notes import NOTES, Note, Notes, held_by, new_id, notes_of, put, remove
from engine.graph.serialize import graph_from_json, graph_to_json
from engine.layers.registry import layers

LENGTHS = st.floats(50, 2000)
PLACES = st.tuples(st.floats(-5000, 5000), st.floats(-5000, 5000))
NOTES_MADE = st.builds(
    Note,
    id=st.sampled_from(["a", "b", "c", "d"]),
    kind=st.sampled_from(["frame", "comment"]),
    text=st.text(max_size=40),
    place=PLACES,
    size=st.tuples(LENGTHS, LENGTHS),
    tag=st.sampled_from(["", *TAGS]),
)
STEPS = st.lists(
    st.one_of(
        st.lists(NOTES_MADE, min_size=1, max_size=3),
        st.lists(st.sampled_from("abcd"), min_size=1, max_size=3),
    ),
    max_size=8,
)


@given(STEPS)
def test_every_edit_of_notes_is_taken_back_by_its_inverse(steps: list[list[Any]]) -> None:
    graph = ModelGraph()
    for step in steps:
        before = graph.snapshot()
        edit = put(graph, step, "Put") if isinstance(step[0], Note) else remove(graph, step)
        inverse = edit.apply(graph)
        after = graph.snapshot()
        redo = inverse.apply(graph)
        assert graph.snapshot() == before
        redo.apply(graph)
        assert graph.snapshot() == after
    read, warnings = graph_from_json(json.loads(json.dumps(graph_to_json(graph))), SECTIONS)
    assert not warnings
    assert notes_of(read) == notes_of(graph)


def test_a_frame_takes_along_what_lies_in_it() -> None:
    graph = ModelGraph()
    put(
        graph,
        [
            Note(id="big", size=(500, 400)),
            Note(id="small", kind="comment", place=(50, 50), size=(100, 60)),
            Note(id="half", kind="comment", place=(450, 50), size=(100, 60)),
        ],
        "Put",
    ).apply(graph)
    nodes, notes = held_by(graph, ["big"], {"in": (250.0, 200.0), "out": (600.0, 200.0)})
    assert (nodes, notes) == ({"in"}, {"big", "small"})
    assert held_by(graph, ["small"], {"in": (75.0, 75.0)}) == (set(), {"small"})


def test_the_last_note_takes_its_section_along() -> None:
    graph = ModelGraph()
    put(graph, [Note(id="a")], "Put").apply(graph)
    assert new_id(graph) == "note"
    assert NOTES in graph.sections
    remove(graph, ["a"]).apply(graph)
    assert NOTES not in graph.sections


def test_notes_of_a_foreign_file_are_read_as_far_as_they_can_be() -> None:
    assert Note(id="a", tag="tartan").tag == ""
    both = Notes(items=(Note(id="a", text="first"), Note(id="a", text="second")))
    assert [note.text for note in both.items] == ["second"]
    graph, warnings = graph_from_json(
        {"nodes": [], "sections": {"notes": {"items": [{"id": "no spaces please"}]}}}, SECTIONS
    )
    assert not notes_of(graph)
    assert len(warnings) == 1


def test_notes_are_copied_with_layers_and_pasted_beside_them() -> None:
    graph = ModelGraph()
    node = graph.new_node(layers()["Dense"](), (100.0, 100.0))
    AddNode(node).apply(graph)
    put(graph, [Note(id="note", text="the head", place=(50, 50), size=(300, 200))], "Put").apply(graph)
    before = graph.snapshot()
    text = clipboard.copy(graph, {node.id}, {"note"})
    edit, made = clipboard.paste(graph, clipboard.read(text), (40.0, 20.0))
    inverse = edit.apply(graph)
    assert len(made) == 1
    pasted = notes_of(graph)["note_1"]
    assert (pasted.text, pasted.place) == ("the head", (90.0, 70.0))
    inverse.apply(graph)
    assert graph.snapshot() == before
    only_note = clipboard.read(clipboard.copy(graph, (), {"note"}))
    assert list(notes_of(only_note)) == ["note"]
    with pytest.raises(EditError):
        clipboard.read(clipboard.copy(graph, ()))


def test_notes_do_not_change_what_is_known_of_the_network() -> None:
    graph = ModelGraph()
    AddNode(graph.new_node(layers()["Dense"]())).apply(graph)
    before = infer(graph, {})
    put(graph, [Note(id="a", text="why")], "Put").apply(graph)
    assert infer(graph, {}) == before
