"""Puts ranks, order and heights together: boxes with ports and wires in, the top left corner of every box out."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.graph.layered.order import Columns, improve, sift
from engine.graph.layered.place import heights
from engine.graph.layered.ranks import ranks, without_cycles

_SMALL = 220  # nodes and bends
_BY_CHANCE = 4  # orders

Position = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A node to be drawn.

    Attributes:
        height: in units of the canvas.
        inputs, outputs: how far below the top its ports are.
        hint: where it is now; of drawings that are equally good, the one that keeps the order from top to bottom is taken.
    """

    height: float
    inputs: tuple[float, ...] = (0.0,)
    outputs: tuple[float, ...] = (0.0,)
    hint: Position = (0.0, 0.0)


@dataclass(frozen=True)
class Link:
    """A wire from a port to a port, by name of the box and number of the port."""

    source: str
    target: str
    output: int = 0
    input: int = 0


def layered(
    boxes: Mapping[str, Box], links: Sequence[Link], *, column: float, gap: float
) -> dict[str, Position]:
    """The top left corners, from (0, 0) on, columns from left to right.

    Parts that no wire joins lie below each other, in the order of their hints. Wires that close a cycle are not
    followed. The same input gives the same drawing.

    Args:
        boxes: by name.
        links: wires between them.
        column: distance of two columns.
        gap: least distance of two boxes of a column.
    """
    places: dict[str, Position] = {}
    below = 0.0
    for names in _parts(boxes, links):
        members = set(names)
        inside = [link for link in links if link.source in members]
        part = _drawn(names, boxes, inside, column, gap)
        upper = min(y for _, y in part.values())
        places |= {name: (x, y - upper + below) for name, (x, y) in part.items()}
        below = max(places[name][1] + boxes[name].height for name in names) + 2 * gap
    return places


def _parts(boxes: Mapping[str, Box], links: Sequence[Link]) -> list[list[str]]:
    """Names of the boxes that hang together, the topmost part first; within one in the order of the hints."""
    near: dict[str, list[str]] = defaultdict(list)
    for link in links:
        near[link.source].append(link.target)
        near[link.target].append(link.source)
    in_order = sorted(boxes, key=lambda name: (boxes[name].hint[1], boxes[name].hint[0]))
    seen: set[str] = set()
    parts = []
    for name in in_order:
        if name in seen:
            continue
        seen.add(name)
        part = [name]
        for member in part:  # grows while it is read
            fresh = [other for other in dict.fromkeys(near[member]) if other not in seen]
            seen.update(fresh)
            part += fresh
        parts.append(part)
    return [sorted(part, key=in_order.index) for part in parts]


def _drawn(
    names: Sequence[str], boxes: Mapping[str, Box], links: Sequence[Link], column: float, gap: float
) -> dict[str, Position]:
    number = {name: k for k, name in enumerate(names)}
    arcs = [(number[link.source], number[link.target]) for link in links]
    rank, columns = arranged(arcs, links, len(names))
    count = len(columns.before)
    sizes = [boxes[name].height for name in names] + [0.0] * (count - len(names))
    ports = [(boxes[name].inputs, boxes[name].outputs) for name in names]
    ports += [((0.0,), (0.0,))] * (count - len(names))
    top = heights(columns, sizes, ports, len(names), gap)
    return {name: (rank[k] * column, top[k]) for name, k in number.items()}


def arranged(arcs: Sequence[tuple[int, int]], links: Sequence[Link], count: int) -> tuple[list[int], Columns]:
    """The column of each of `count` nodes that hang together, and the columns in their order; bends come after them."""
    forward = without_cycles(count, arcs)
    kept = [(arc, link) for arc, link, ahead in zip(arcs, links, forward, strict=True) if ahead]
    rank = ranks(count, [arc for arc, _ in kept])
    return rank, _best(_columns(rank, kept), count)


def _columns(rank: Sequence[int], kept: Sequence[tuple[tuple[int, int], Link]]) -> Columns:
    """Nodes in their columns, with a bend in every column that a long wire passes."""
    count = len(rank)
    rows: list[list[int]] = [[] for _ in range(max(rank, default=0) + 1)]
    for node, place in enumerate(rank):
        rows[place].append(node)
    before: list[list[tuple[int, int, int]]] = [[] for _ in range(count)]
    after: list[list[tuple[int, int, int]]] = [[] for _ in range(count)]
    for (source, target), link in kept:
        last, port = source, link.output
        for place in range(rank[source] + 1, rank[target]):
            bend = len(before)
            rows[place].append(bend)
            before.append([(last, port, 0)])
            after.append([])
            after[last].append((bend, 0, port))
            last, port = bend, 0
        before[target].append((last, port, link.input))
        after[last].append((target, link.input, port))
    return Columns(rows, before, after)


def _best(columns: Columns, real: int) -> Columns:
    """The best order of four attempts, from how it stands now and depth first from the data, sifted in the end.

    Of small drawings, each attempt is sifted, for which of them is the best is only seen then, and others are made from
    orders by chance, the same each time: there is time for it.
    """
    now, walked = _beside_neighbours(columns, real), _depth_first(columns)
    small = len(columns.before) <= _SMALL
    best, fewest = columns, -1
    starts = [(now, True), (walked, False), (now, False), (walked, True)]
    if small:
        starts += [(rows, True) for rows in _shuffled(columns)]
    for rows, mean in starts:
        attempt = Columns([list(row) for row in rows], columns.before, columns.after)
        count = improve(attempt, mean=mean)
        if small:
            count = _refined(attempt, count, mean=mean)
        if fewest < 0 or count < fewest:
            best, fewest = attempt, count
        if not fewest:
            break
    if fewest and not small:
        sift(best)
    return best


def _refined(columns: Columns, count: int, *, mean: bool = False) -> int:
    """Sifts, and where that helped goes on from there; says how many crossings are left."""
    while count:
        sift(columns)
        fewer = improve(columns, mean=mean)
        if fewer >= count:
            return fewer
        count = fewer
    return count


def _beside_neighbours(columns: Columns, real: int) -> list[list[int]]:
    """Nodes keep their order; a bend starts where its wire comes from."""
    share: dict[int, float] = {}  # how far down its column each node stands
    rows = []
    for row in columns.rows:
        own = sum(node < real for node in row)
        share |= {node: place / own for place, node in enumerate(row) if node < real}
        share |= {node: share[columns.before[node][0][0]] for node in row if node >= real}
        rows.append(sorted(row, key=lambda node: (share[node], node)))
    return rows


def _shuffled(columns: Columns) -> Iterator[list[list[int]]]:
    rng = random.Random(len(columns.before))
    for _ in range(_BY_CHANCE):
        yield [rng.sample(row, len(row)) for row in columns.rows]


def _depth_first(columns: Columns) -> list[list[int]]:
    """Rows in the order in which a walk along the wires meets the nodes."""
    rank = {node: k for k, row in enumerate(columns.rows) for node in row}
    rows: list[list[int]] = [[] for _ in columns.rows]
    seen: set[int] = set()
    for root in (node for row in columns.rows for node in row):
        way = [root]
        while way:
            node = way.pop()
            if node not in seen:
                seen.add(node)
                rows[rank[node]].append(node)
                way += [other for other, _, _ in reversed(columns.after[node])]
    return rows
