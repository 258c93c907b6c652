"""Layered drawing: what must hold for any graph, and how its crossings compare with those of another program."""

import random
import time
from collections.abc import Sequence

import fast_sugiyama
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.graph.layered import Box, Link, layered
from engine.graph.layered.layout import arranged
from engine.graph.layered.order import Columns, crossings, sift
from engine.graph.layered.ranks import ranks, without_cycles

Arcs = list[tuple[int, int]]
COLUMN, GAP = 250.0, 50.0


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, Box], list[Link]]:
    count = draw(st.integers(1, 14))
    sizes = st.sampled_from([75.0, 100.0, 150.0])
    spots = st.tuples(st.integers(-3, 3), st.integers(-3, 3))
    boxes = {
        f"n{k}": Box(draw(sizes), (20.0, 40.0), (30.0,), tuple(map(float, draw(spots))))  # type: ignore[arg-type]  # two numbers
        for k in range(count)
    }
    ends = st.integers(0, count - 1)
    arcs = draw(st.lists(st.tuples(ends, ends, st.integers(0, 1)), max_size=24))
    return boxes, [Link(f"n{a}", f"n{b}", 0, port) for a, b, port in arcs if a != b]


@given(graphs())
def test_boxes_do_not_touch_and_every_wire_leads_right(drawn: tuple[dict[str, Box], list[Link]]) -> None:
    boxes, links = drawn
    places = layered(boxes, links, column=COLUMN, gap=GAP)
    assert places.keys() == boxes.keys()
    for one, (x, y) in places.items():
        assert y >= 0
        for two, (x2, y2) in places.items():
            if one < two and x == x2:
                assert y2 >= y + boxes[one].height + GAP - 1e-6 or y >= y2 + boxes[two].height + GAP - 1e-6
    names = list(boxes)
    arcs = [(names.index(link.source), names.index(link.target)) for link in links]
    if all(without_cycles(len(names), arcs)):
        assert all(places[link.target][0] > places[link.source][0] for link in links)


@given(graphs())
def test_the_same_graph_gets_the_same_drawing_and_a_drawn_one_stays(
    drawn: tuple[dict[str, Box], list[Link]],
) -> None:
    boxes, links = drawn
    places = layered(boxes, links, column=COLUMN, gap=GAP)
    assert layered(boxes, links, column=COLUMN, gap=GAP) == places


def test_wires_of_a_chain_are_straight_whatever_the_heights() -> None:
    boxes = {f"n{k}": Box(60.0 + 20 * k, (10.0 * k,), (7.0 * k,)) for k in range(6)}
    links = [Link(f"n{k}", f"n{k + 1}") for k in range(5)]
    places = layered(boxes, links, column=COLUMN, gap=GAP)
    for k in range(5):
        leaves = places[f"n{k}"][1] + boxes[f"n{k}"].outputs[0]
        assert leaves == pytest.approx(places[f"n{k + 1}"][1] + boxes[f"n{k + 1}"].inputs[0])


def test_what_is_arranged_keeps_its_order_from_top_to_bottom() -> None:
    links = [Link("in", name) for name in "abcd"] + [Link(name, "out", 0, 0) for name in "abcd"]
    for order in ("abcd", "dbca"):
        boxes = {"in": Box(75.0), "out": Box(75.0)}
        boxes |= {name: Box(75.0, hint=(0.0, 100.0 * order.index(name))) for name in "abcd"}
        places = layered(boxes, links, column=COLUMN, gap=GAP)
        assert "".join(sorted("abcd", key=lambda name: places[name][1])) == order


def test_ports_decide_which_of_two_sources_stands_above() -> None:
    boxes = {name: Box(75.0, (20.0, 40.0), (30.0,)) for name in ("source", "one", "two", "join")}
    for upper, lower in (("one", "two"), ("two", "one")):
        links = [
            Link("source", "one"),
            Link("source", "two"),
            Link(upper, "join", 0, 0),
            Link(lower, "join", 0, 1),
        ]
        places = layered(boxes, links, column=COLUMN, gap=GAP)
        assert places[upper][1] < places[lower][1]


@given(st.integers(1, 12), st.data())
def test_ranks_lead_forward_and_are_no_longer_than_the_longest_way(count: int, data: st.DataObject) -> None:
    ends = st.integers(0, count - 1)
    arcs = [(a, b) for a, b in data.draw(st.lists(st.tuples(ends, ends), max_size=20)) if a < b]
    rank = ranks(count, arcs)
    assert min(rank) == 0
    assert all(rank[a] < rank[b] for a, b in arcs)
    longest = [0] * count
    for a, b in sorted(arcs):
        longest[b] = max(longest[b], longest[a] + 1)
    assert max(rank) <= max(longest)


@given(st.lists(st.lists(st.integers(0, 5), max_size=6), min_size=1, max_size=6))
def test_crossings_are_counted_as_pairs(wires: list[list[int]]) -> None:
    count = len(wires)
    pairs = [(k, count + end) for k, ends in enumerate(wires) for end in ends]
    after: list[list[tuple[int, int, int]]] = [[(count + end, 0, 0) for end in ends] for ends in wires]
    columns = Columns(
        [list(range(count)), list(range(count, count + 6))], [[] for _ in range(count + 6)], after + [[]] * 6
    )
    crossed = sum((a - c) * (b - d) < 0 for n, (a, b) in enumerate(pairs) for c, d in pairs[n + 1 :])
    assert crossings(columns) == crossed


@given(st.lists(st.lists(st.integers(0, 6), max_size=4), min_size=2, max_size=7), st.randoms())
def test_sifting_never_adds_a_crossing_and_loses_no_node(wires: list[list[int]], rng: random.Random) -> None:
    count = len(wires)
    after: list[list[tuple[int, int, int]]] = [[(count + end, 0, 0) for end in ends] for ends in wires]
    before: list[list[tuple[int, int, int]]] = [[] for _ in range(count + 7)]
    for k, ends in enumerate(wires):
        for end in ends:
            before[count + end].append((k, 0, 0))
    rows = [rng.sample(range(count), count), rng.sample(range(count, count + 7), 7)]
    columns = Columns(rows, before, after + [[]] * 7)
    crossed = crossings(columns)
    sift(columns)
    assert crossings(columns) <= crossed
    assert [sorted(row) for row in columns.rows] == [list(range(count)), list(range(count, count + 7))]


def test_sifting_takes_a_node_past_several_others() -> None:
    after: list[list[tuple[int, int, int]]] = [[(5, 0, 0)] * 4, [(3, 0, 0)], [(4, 0, 0)] * 2, [], [], []]
    before: list[list[tuple[int, int, int]]] = [[], [], [], [(1, 0, 0)], [(2, 0, 0)] * 2, [(0, 0, 0)] * 4]
    columns = Columns([[0, 1, 2], [3, 4, 5]], before, after)
    sift(columns)
    assert columns.rows[0] == [1, 2, 0]
    assert crossings(columns) == 0


def _network(count: int, kind: str, seed: int | None = None) -> Arcs:
    """Chains with short cuts, the two halves of a U, branches that join again."""
    rng = random.Random(count if seed is None else seed)
    arcs = {(k, k + 1) for k in range(count - 1)} if kind != "branches" else set()
    if kind == "short cuts":
        arcs |= {(k, k + rng.randint(2, 3)) for k in range(count - 3) if rng.random() < 0.3}
    elif kind == "u":
        arcs |= {(k, count - 1 - k) for k in range(0, count // 2 - 1, 3)}
    else:
        for k in range(1, count):
            arcs |= {(rng.randint(max(0, k - 12), k - 1), k) for _ in range(1 if rng.random() < 0.75 else 2)}
    return sorted(arcs)


def _oracle(arcs: Arcs) -> int:
    """The crossings of fast-sugiyama's drawing, counted as ours are."""
    count = 0
    for places, _, _, wires in fast_sugiyama.from_edges(arcs, dummy_vertices=True, check_layout=False):
        number = {name: k for k, (name, _) in enumerate(places)}
        levels = sorted({round(y, 3) for _, (_, y) in places}, reverse=True)
        rows: list[list[int]] = [[] for _ in levels]
        for name, (_, y) in sorted(places, key=lambda place: place[1][0]):
            rows[levels.index(round(y, 3))].append(number[name])
        rank = {node: k for k, row in enumerate(rows) for node in row}
        before: list[list[tuple[int, int, int]]] = [[] for _ in places]
        after: list[list[tuple[int, int, int]]] = [[] for _ in places]
        for source, target in wires or []:
            one, two = number[source], number[target]
            if rank[one] + 1 == rank[two]:  # a long wire is also listed as a whole
                after[one].append((two, 0, 0))
                before[two].append((one, 0, 0))
        count += crossings(Columns(rows, before, after))
    return count


def _links(arcs: Sequence[tuple[int, int]]) -> list[Link]:
    return [Link(str(a), str(b)) for a, b in arcs]


@pytest.mark.parametrize("kind", ["short cuts", "u", "branches"])
@pytest.mark.parametrize("count", [30, 100, 200])
def test_wires_cross_about_as_rarely_as_in_the_drawings_of_another_program(count: int, kind: str) -> None:
    arcs = _network(count, kind)
    _, columns = arranged(arcs, _links(arcs), count)
    assert crossings(columns) <= 1.1 * _oracle(arcs)


@pytest.mark.parametrize("seed", [300, 1300, 2300, 3300])
def test_wires_of_three_hundred_nodes_cross_as_rarely_whatever_the_branches(seed: int) -> None:
    arcs = _network(300, "branches", seed)
    _, columns = arranged(arcs, _links(arcs), 300)
    assert crossings(columns) <= 1.1 * _oracle(arcs)


@pytest.mark.parametrize(("count", "seed"), [(30, 8), (100, 3), (100, 8)])
def test_small_drawings_are_tried_from_several_orders(count: int, seed: int) -> None:
    arcs = _network(count, "branches", seed)
    _, columns = arranged(arcs, _links(arcs), count)
    assert crossings(columns) <= _oracle(arcs)


def test_three_hundred_nodes_are_drawn_while_one_waits() -> None:
    arcs = _network(300, "short cuts")
    boxes = {str(k): Box(75.0) for k in range(300)}
    begun = time.thread_time()
    layered(boxes, _links(arcs), column=COLUMN, gap=GAP)
    assert time.thread_time() - begun < 1.0  # 0.1 s on an idle machine
