"""Long drawings in several rows: a deep network of another program would else be one line that nobody can look at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from engine.graph.document import Position

SHAPE = 1.6  # width by height of what can be looked at
LEAST = 24  # columns; shorter drawings stay in one row
ASIDE = 0.25  # of a row: how far from its end it may be broken where fewer wires are in the way


def wrapped(
    places: Mapping[str, Position], heights: Mapping[str, float], wires: Iterable[tuple[str, str]], gap: float
) -> dict[str, Position]:
    """The places of a layered drawing, broken between columns into rows as a text is into lines.

    Args:
        places: top left corners; those of a column have the same x.
        heights: of the nodes.
        wires: from which node to which; a row ends where few of them have to go on in the next one.
        gap: between two rows.
    """
    columns = sorted({x for x, _ in places.values()})
    number = {x: k for k, x in enumerate(columns)}
    column_of = {node: number[x] for node, (x, _) in places.items()}
    rows = _rows(places, heights, gap)
    if len(columns) < LEAST or rows < 2:
        return dict(places)
    starts = _starts(len(columns), rows, [(column_of[a], column_of[b]) for a, b in wires])
    top = min(y for _, y in places.values())
    found: dict[str, Position] = {}
    for first, end in zip(starts, [*starts[1:], len(columns)], strict=True):
        row = [node for node in places if first <= column_of[node] < end]
        upper = min(places[node][1] for node in row)
        shift = (columns[0] - columns[first], top - upper)
        found |= {node: (places[node][0] + shift[0], places[node][1] + shift[1]) for node in row}
        top = max(found[node][1] + heights[node] for node in row) + gap
    return found


def _rows(places: Mapping[str, Position], heights: Mapping[str, float], gap: float) -> int:
    """How many rows bring the drawing nearest to its shape."""
    across = [x for x, _ in places.values()]
    width = max(across) - min(across)
    height = max(y + heights[node] for node, (_, y) in places.items()) - min(y for _, y in places.values())
    return round(math.sqrt(width / (SHAPE * (height + gap))))


def _starts(columns: int, rows: int, wires: list[tuple[int, int]]) -> list[int]:
    """The first column of each row."""
    crossing = [0] * (columns + 1)
    for a, b in wires:
        for k in range(min(a, b) + 1, max(a, b) + 1):
            crossing[k] += 1
    length = columns / rows
    aside = max(1, int(ASIDE * length))
    starts = [0]
    for row in range(1, rows):
        wanted = round(row * length)
        near = range(max(starts[-1] + 1, wanted - aside), min(columns - 1, wanted + aside) + 1)
        starts.append(min(near, key=lambda k: (crossing[k], abs(k - wanted))))
    return starts
