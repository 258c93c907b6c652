"""Groups of nodes against a plain search of the graph: two may become one where nothing lies between them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiler import groups
from engine.compiler.groups import Groups
from engine.ops.elementwise import add
from engine.program.program import Node

Wires = list[list[int]]  # what each node reads, earlier ones only
Joins = list[tuple[int, int]]


@st.composite
def wired(draw: st.DrawFn) -> tuple[Wires, Joins]:
    """A graph, and pairs of nodes to be joined."""
    count = draw(st.integers(2, 14))
    wires = [
        draw(st.lists(st.integers(0, k - 1), max_size=3, unique=True)) if k else [] for k in range(count)
    ]
    some = st.integers(0, count - 1)
    return wires, draw(st.lists(st.tuples(some, some), max_size=25))


def nodes_of(wires: Wires) -> list[Node]:
    return [Node(add, tuple(reads), (k,)) for k, reads in enumerate(wires)]


def joined(wires: Wires, joins: Joins) -> tuple[list[bool], list[int], list[list[int]]]:
    """What was joined, the order afterwards, and who is together."""
    made = Groups(nodes_of(wires))
    done = [made.join(made.of(a), made.of(b)) for a, b in joins]
    order = made.ordered()
    return done, order, [made.members[g] for g in order]


def has_circle(wires: Wires, parts: Sequence[Sequence[int]]) -> bool:
    """Whether groups read each other in a circle: nothing can be taken away that reads nothing which is left."""
    reads = [
        {next(i for i, p in enumerate(parts) if r in p) for k in part for r in wires[k]} for part in parts
    ]
    left = {i: sources - {i} for i, sources in enumerate(reads)}
    while free := [i for i, sources in left.items() if not sources & left.keys()]:
        for i in free:
            del left[i]
    return bool(left)


@settings(max_examples=100)
@given(wired())
def test_a_join_is_refused_just_where_it_would_make_a_circle(made: tuple[Wires, Joins]) -> None:
    wires, joins = made
    parts: list[list[int]] = [[k] for k in range(len(wires))]
    done, _, members = joined(wires, joins)
    for (a, b), was_joined in zip(joins, done, strict=True):
        one, other = (next(p for p in parts if k in p) for k in (a, b))
        rest = [p for p in parts if p is not one and p is not other]
        together = sorted({*one, *other})
        assert was_joined == (not has_circle(wires, [*rest, together]))
        if was_joined:
            parts = [*rest, together]
    assert sorted(members) == sorted(parts)


@settings(max_examples=100)
@given(wired())
def test_the_order_respects_the_wires(made: tuple[Wires, Joins]) -> None:
    wires, joins = made
    _, _, members = joined(wires, joins)
    place = {k: i for i, part in enumerate(members) for k in part}
    assert all(place[r] <= place[k] for k, reads in enumerate(wires) for r in reads)


@settings(max_examples=100)
@given(wired(), st.integers(0, 4))
def test_landmarks_change_no_answer(made: tuple[Wires, Joins], farthest: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "_FARTHEST", farthest)
        with_landmarks = joined(*made)
        patch.setattr(groups, "_LANDMARKS", 0)
        assert joined(*made) == with_landmarks


def test_ways_through_a_deep_network_are_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value of the way there and its use on the way back have all that lies deeper between them, at every depth."""
    depth, searches = 200, list[set[int]]()
    chain = [[k - 1] if k else [] for k in range(depth)]
    back = [[depth + k - 1, depth - 1 - k] for k in range(depth)]
    remember = Groups._remember

    def noted(self: Groups, near: set[int]) -> None:
        searches.append(near)
        remember(self, near)

    monkeypatch.setattr(groups, "_FARTHEST", 0)
    monkeypatch.setattr(Groups, "_remember", noted)
    made = Groups(nodes_of(chain + back))
    assert not any(made.join(depth - 1 - k, depth + k) for k in range(3, depth))
    assert len(searches) == 1
