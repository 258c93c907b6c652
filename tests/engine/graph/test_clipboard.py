"""Copies are new nodes with free names; text from elsewhere is refused in a sentence."""

from __future__ import annotations

import pytest

from engine.graph.clipboard import copy, paste, read
from engine.graph.edits import EditError, SetShares
from engine.graph.sequence import build_sequential
from engine.layers.dense import Dense
from engine.layers.input import Input
from engine.layers.target import Target


def test_pasted_nodes_are_wired_named_and_shared_like_their_originals() -> None:
    graph = build_sequential([Input(), Dense(units=4), Dense(units=4), Target()])
    SetShares("n2", "n3").apply(graph)
    before = graph.snapshot()
    edit, ids = paste(graph, read(copy(graph, ["n2", "n3"])), offset=(10.0, 20.0))
    undo = edit.apply(graph)
    owner, sharer = (graph.nodes[i] for i in ids)
    assert {owner.name, sharer.name} == {"dense_2", "dense_3"}
    assert sharer.shares == owner.id
    assert sharer.layer == Dense(units=4)
    assert owner.position == (graph.nodes["n3"].position[0] + 10, graph.nodes["n3"].position[1] + 20)
    assert [(e.source, e.target) for e in graph.edges_into(owner.id)] == [(sharer.id, owner.id)]
    undo.apply(graph)
    assert graph.snapshot() == before


@pytest.mark.parametrize(
    "text", ["", "{}", "hello", "[]", '{"nodes": 3}', "[" * 100_000, '{"nodes": []' + " " * 5_000_000]
)
def test_text_that_is_no_layers_is_refused(text: str) -> None:
    with pytest.raises(EditError):
        read(text)
