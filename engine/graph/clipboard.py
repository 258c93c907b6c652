"""Copied layers as JSON text, and pasting them with new ids and names; what is pasted is checked like a file."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace

from engine.graph.boundary import Boundary
from engine.graph.document import Edge, ModelGraph, Node, Position, UnknownLayer
from engine.graph.edits import AddNode, Compound, Connect, EditError, GraphEdit
from engine.graph.notes import NOTES, Note, Notes, new_id, notes_of, put
from engine.graph.serialize import graph_from_json, graph_to_json

LONGEST_TEXT = 4_000_000
OFFSET = (40.0, 40.0)


def copy(graph: ModelGraph, ids: Collection[str], notes: Collection[str] = ()) -> str:
    """These nodes with the wires between them, and these notes, as text."""
    chosen = [n for n in graph.nodes.values() if n.id in ids and not isinstance(n.layer, Boundary)]
    copied = {n.id: n.id.removeprefix(graph.prefix) for n in chosen}
    nodes = [replace(n, id=copied[n.id], shares=copied.get(n.shares or "")) for n in chosen]
    wires = [
        replace(e, source=copied[e.source], target=copied[e.target])
        for e in graph.edges
        if e.source in copied and e.target in copied
    ]
    written = Notes(items=tuple(note for i, note in notes_of(graph).items() if i in notes))
    return json.dumps(graph_to_json(ModelGraph(nodes, wires, {NOTES: written} if notes else None)))


def read(text: str) -> ModelGraph:
    """The copied nodes, wires and notes in a text.

    Raises:
        EditError: the text holds no layers.
    """
    try:
        if len(text) > LONGEST_TEXT:
            raise ValueError
        copied, _ = graph_from_json(json.loads(text), {NOTES: Notes})
        if not copied.nodes and not notes_of(copied):
            raise ValueError
    except (ValueError, RecursionError):
        raise EditError("There are no layers on the clipboard; copy some first.") from None
    return copied


def paste(
    graph: ModelGraph, copied: ModelGraph, offset: Position = OFFSET, label: str = "Paste"
) -> tuple[Compound, tuple[str, ...]]:
    """The edit that adds copied nodes and notes, moved by `offset`, and the ids that the nodes will have.

    A copy of a node that shares weights shares them with the copy of their owner, or has its own. Wires
    of unknown layers are left out.
    """
    ids: dict[str, str] = {}
    names: set[str] = set()
    nodes: list[Node] = []
    for node in copied.nodes.values():
        ids[node.id] = graph.new_node(node.layer).id
        name = graph.free_name(node.name, names)
        names.add(name)
        place = (node.position[0] + offset[0], node.position[1] + offset[1])
        nodes.append(replace(node, id=ids[node.id], name=name, position=place))
    # owners first, so that those who share find them
    nodes = [
        replace(n, shares=n.shares and ids[n.shares])
        for n in sorted(nodes, key=lambda n: n.shares is not None)
    ]
    wires = [
        Edge(ids[e.source], e.source_port, ids[e.target], e.target_port)
        for e in copied.edges
        if not any(isinstance(copied.nodes[i].layer, UnknownLayer) for i in (e.source, e.target))
    ]
    edits: list[GraphEdit] = [AddNode(n) for n in nodes]
    edits += [Connect(w) for w in wires]
    if notes := pasted_notes(graph, copied, offset):
        edits.append(put(graph, notes, label))
    return Compound(tuple(edits), label), tuple(n.id for n in nodes)


def pasted_notes(graph: ModelGraph, copied: ModelGraph, offset: Position) -> tuple[Note, ...]:
    """The copied notes as they will be: moved, with ids of their own."""
    made: dict[str, Note] = {}
    for note in notes_of(copied).values():
        new = new_id(graph, made)
        made[new] = note.moved(*offset).model_copy(update={"id": new})
    return tuple(made.values())
