"""In which order the nodes of a column stand, so that wires cross rarely: sweeps of medians, then exchanges of neighbours.

After Gansner, Koutsofios, North and Vo, "A technique for drawing directed graphs" (1993), section 3.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_SWEEPS = 24
_PATIENCE = 4  # sweeps without gain
_ROUNDS = 8  # of sifting
_PORTS = 1024  # more than a node has


_Sides = tuple[list[int], list[int]]  # where a node's wires end in the columns beside it


@dataclass(eq=False)
class Columns:
    """Nodes in columns with the wires between one column and the next.

    Attributes:
        rows: the nodes of each column, from top to bottom.
        before, after: of each node, its neighbours in the columns beside it: node, port there, port here.
    """

    rows: list[list[int]]
    before: list[list[tuple[int, int, int]]]
    after: list[list[tuple[int, int, int]]]
    place: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.place = [0] * len(self.before)
        for row in self.rows:
            self.settle(row)

    def settle(self, row: Sequence[int]) -> None:
        """Notes the order of a column."""
        for place, node in enumerate(row):
            self.place[node] = place

    def neighbours(self, node: int, *, ahead: bool) -> list[int]:
        """Where the ends of a node's wires lie in the column on one side, sorted."""
        near = self.after[node] if ahead else self.before[node]
        place = self.place
        if len(near) == 1:
            ((other, port, _),) = near
            return [place[other] * _PORTS + port]
        return sorted([place[other] * _PORTS + port for other, port, _ in near])


def crossings(columns: Columns) -> int:
    """How many pairs of wires cross."""
    return sum(_crossings_behind(columns, row) for row in columns.rows)


def _crossings_behind(columns: Columns, row: Sequence[int]) -> int:
    """Crossings between a column and the next: inversions among the ends, counted while they are inserted."""
    ends: list[int] = []
    count = 0
    for node in row:
        wires = sorted(
            (here, columns.place[other] * _PORTS + port) for other, port, here in columns.after[node]
        )
        for _, end in wires:
            count += len(ends) - bisect_right(ends, end)
            insort(ends, end)
    return count


def improve(columns: Columns, *, mean: bool = False) -> int:
    """Orders the columns anew, in place, and says how many crossings are left; never more than before.

    Nodes are sorted by the median of their neighbours' places, or by the mean.
    """
    best, fewest = [list(row) for row in columns.rows], crossings(columns)
    waited = 0
    for sweep in range(_SWEEPS):
        if not fewest or waited >= _PATIENCE:
            break
        ahead = sweep % 2 == 1
        for row in reversed(columns.rows) if ahead else columns.rows:
            _sort(columns, row, _mean if mean else _median, ahead=ahead)
        for row in columns.rows:
            _exchange(columns, row, least=sweep // 2 % 2)
        for row in reversed(columns.rows):
            _exchange(columns, row, least=1)
        count = crossings(columns)
        waited = 0 if count < fewest else waited + 1
        if count < fewest:
            best, fewest = [list(row) for row in columns.rows], count
    columns.rows = best
    for row in best:
        columns.settle(row)
    return fewest


def _sort(
    columns: Columns, row: list[int], middle: Callable[[list[int]], float | None], *, ahead: bool
) -> None:
    """By the middle of the neighbours; nodes without any keep their places."""
    if len(row) < 2:
        return
    wishes = {node: middle(columns.neighbours(node, ahead=ahead)) for node in row}
    moving = sorted((n for n in row if wishes[n] is not None), key=lambda n: wishes[n] or 0.0)
    following = iter(moving)
    row[:] = [node if wishes[node] is None else next(following) for node in row]
    columns.settle(row)


def _mean(places: list[int]) -> float | None:
    return sum(places) / len(places) if places else None


def _median(places: list[int]) -> float | None:
    """Weighted towards the side where neighbours stand closer together, as in the paper."""
    if not places:
        return None
    middle = len(places) // 2
    if len(places) % 2:
        return places[middle]
    if len(places) == 2:
        return (places[0] + places[1]) / 2
    left, right = places[middle - 1] - places[0], places[-1] - places[middle]
    if left + right == 0:
        return (places[middle - 1] + places[middle]) / 2
    return (places[middle - 1] * right + places[middle] * left) / (left + right)


def _exchange(columns: Columns, row: list[int], *, least: int) -> None:
    """Swaps neighbours in a column while that takes crossings away.

    With `least` 0 the first pass also swaps where that changes nothing, which leads out of dead ends.
    """
    if len(row) < 2:
        return
    near = {
        node: (columns.neighbours(node, ahead=False), columns.neighbours(node, ahead=True)) for node in row
    }
    improved = True
    while improved:
        improved = False
        for k in range(len(row) - 1):
            gain = _gain(near[row[k]], near[row[k + 1]])
            if gain >= least:
                row[k], row[k + 1] = row[k + 1], row[k]
                improved = improved or gain > 0
        least = 1
    columns.settle(row)


def sift(columns: Columns) -> None:
    """Puts each node where in its column it crosses the fewest wires, until none has a better place.

    After Matuszewski, Schönfeld and Molitor, "Using sifting for k-layer straightline crossing minimization" (1999). An
    exchange of neighbours does not find a way past one that is worse.
    """
    for _ in range(_ROUNDS):
        moved = [_sift_row(columns, row) for row in columns.rows]
        moved += [_sift_row(columns, row) for row in reversed(columns.rows)]
        if not any(moved):
            return


def _sift_row(columns: Columns, row: list[int]) -> bool:
    if len(row) < 2:
        return False
    near = {
        node: (columns.neighbours(node, ahead=False), columns.neighbours(node, ahead=True)) for node in row
    }
    moved = False
    for node in list(row):
        at = row.index(node)
        place, gain = _best_place(row, at, near)
        if gain > 0:
            row.insert(place, row.pop(at))
            moved = True
    columns.settle(row)
    return moved


def _best_place(row: list[int], at: int, near: dict[int, _Sides]) -> tuple[int, int]:
    """Where the node at a place crosses fewest wires, and how many fewer than there."""
    own = near[row[at]]
    place, most = at, 0
    gain = 0
    for k in range(at - 1, -1, -1):
        gain += _gain(near[row[k]], own)
        if gain > most:
            place, most = k, gain
    gain = 0
    for k in range(at + 1, len(row)):
        gain += _gain(own, near[row[k]])
        if gain > most:
            place, most = k, gain
    return place, most


def _gain(upper: _Sides, lower: _Sides) -> int:
    """How many crossings a swap of two neighbours takes away."""
    gain = 0
    for one, two in zip(upper, lower, strict=True):
        if len(one) == 1 == len(two):
            gain += (one[0] > two[0]) - (one[0] < two[0])
        elif one and two:
            gain += _inversions(one, two) - _inversions(two, one)
    return gain


def _inversions(upper: list[int], lower: list[int]) -> int:
    """Pairs that cross when `upper` stands above `lower`; both sorted."""
    if upper[-1] <= lower[0]:
        return 0
    return sum(len(upper) - bisect_right(upper, end) for end in lower)
