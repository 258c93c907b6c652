"""Ports of a group: other names and other places, and what no name may be."""

from __future__ import annotations

import pytest

from engine.graph.edits import EditError
from engine.graph.grouping import group
from engine.graph.ports import LONGEST, moved, renamed
from engine.layers.group import Group
from tests.engine.graph.test_grouping import network


@pytest.fixture(scope="module")
def joined() -> Group:
    """The two branches as a group: one way in and two out."""
    graph, ids = network()
    edit, _ = group(graph, [ids["b"], ids["c"]])
    edit.apply(graph)
    (found,) = [n.layer for n in graph.nodes.values() if isinstance(n.layer, Group)]
    return found


def _outlets(found: Group) -> list[str]:
    return [outlet.name for outlet in found.content.outlets]


def test_a_port_keeps_its_name_or_gets_a_free_one(joined: Group) -> None:
    (inlet,), (first, second) = joined.content.inlets, _outlets(joined)
    assert renamed(joined, first, f" {first} ", output=True) == joined
    assert _outlets(renamed(joined, second, "sure", output=True)) == [first, "sure"]
    other = renamed(joined, inlet, first, output=False)  # the other side may have it
    assert list(other.content.inlets) == [first]
    assert {port for node, port, *_ in other.content.wires if not node} == {first}


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * (LONGEST + 1)])
def test_a_name_can_be_read(joined: Group, name: str) -> None:
    with pytest.raises(EditError, match="printable"):
        renamed(joined, _outlets(joined)[0], name, output=True)


def test_a_name_is_taken_once(joined: Group) -> None:
    first, second = _outlets(joined)
    with pytest.raises(EditError, match="already"):
        renamed(joined, first, second, output=True)
    with pytest.raises(EditError, match="already"):
        renamed(joined, second, first, output=True)
    assert len(renamed(joined, first, "x" * LONGEST, output=True).content.outlets) == 2


@pytest.mark.parametrize(("step", "turned"), [(0, False), (1, True), (9, True), (-1, False)])
def test_a_port_moves_as_far_as_there_is_room(joined: Group, step: int, turned: bool) -> None:
    names = _outlets(joined)
    assert _outlets(moved(joined, names[0], step, output=True)) == (names[::-1] if turned else names)
    assert moved(joined, joined.content.inlets[0], step, output=False) == joined
