"""How high each node stands within its column, so that wires run straight and nothing touches.

Each column in turn is put where its neighbours want it: the weighted least-squares places that keep order and distance,
which is isotonic regression (pool adjacent violators, Ayer et al. 1955) of the wishes. Long wires wish the most.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.graph.layered.order import Columns

_SWEEPS = 8
_BETWEEN_BENDS, _AT_A_BEND, _BETWEEN_NODES = 8.0, 2.0, 1.0

Ports = Sequence[tuple[Sequence[float], Sequence[float]]]
"""Of each node: heights of its inputs and outputs below its top."""


def heights(columns: Columns, sizes: Sequence[float], ports: Ports, real: int, gap: float) -> list[float]:
    """The top of each node.

    Args:
        columns: ordered.
        sizes: the height of each node.
        ports: where wires begin and end.
        real: nodes with smaller numbers are nodes, the others bends of long wires.
        gap: least distance of two neighbours of a column.
    """
    top = [0.0] * len(sizes)
    for row in columns.rows:
        y = 0.0
        for node in row:
            top[node] = y
            y += sizes[node] + gap
        for node in row:
            top[node] -= (y - gap) / 2
    for sweep in range(_SWEEPS):
        ahead = sweep % 2 == 1
        both = sweep >= _SWEEPS - 2
        for row in reversed(columns.rows) if ahead else columns.rows:
            wishes = [
                _wish(columns, node, top, ports, real, (True, False) if both else (ahead,)) for node in row
            ]
            _place(row, wishes, sizes, gap, top)
    return top


def _wish(
    columns: Columns, node: int, top: Sequence[float], ports: Ports, real: int, sides: Sequence[bool]
) -> tuple[float, float]:
    """Where a node wants to stand, and how much: the weighted mean of what makes its wires straight."""
    total = weight = 0.0
    for ahead in sides:
        for other, port, here in columns.after[node] if ahead else columns.before[node]:
            pull = _pull(node >= real, other >= real)
            theirs = ports[other][0 if ahead else 1][port]
            ours = ports[node][1 if ahead else 0][here]
            total += pull * (top[other] + theirs - ours)
            weight += pull
    return (total / weight, weight) if weight else (top[node], 0.01)


def _pull(one_bends: bool, other_bends: bool) -> float:
    if one_bends and other_bends:
        return _BETWEEN_BENDS
    return _AT_A_BEND if one_bends or other_bends else _BETWEEN_NODES


def _place(
    row: Sequence[int],
    wishes: Sequence[tuple[float, float]],
    sizes: Sequence[float],
    gap: float,
    top: list[float],
) -> None:
    """Isotonic regression of the wishes less the room that is needed above each."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, members
    above = 0.0
    needed: list[float] = []
    for node, (wish, weight) in zip(row, wishes, strict=True):
        needed.append(above)
        mean, pulling, members = wish - above, weight, 1
        above += sizes[node] + gap
        while blocks and blocks[-1][0] > mean:
            other, heavier, several = blocks.pop()
            mean = (mean * pulling + other * heavier) / (pulling + heavier)
            pulling, members = pulling + heavier, members + several
        blocks.append((mean, pulling, members))
    places = [mean for mean, _, members in blocks for _ in range(members)]
    for node, place, room in zip(row, places, needed, strict=True):
        top[node] = place + room
