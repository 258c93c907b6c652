"""Which column each node stands in: behind everything it reads, and as near to what it is wired to as that allows."""

from __future__ import annotations

from collections.abc import Sequence

Arc = tuple[int, int]
"""Source and target, as numbers of nodes."""

_SHORTENINGS = 8


def without_cycles(count: int, arcs: Sequence[Arc]) -> list[bool]:
    """Which arcs lead forward when those that close a cycle, found depth first, are left out."""
    leaving: list[list[int]] = [[] for _ in range(count)]
    for k, (source, _) in enumerate(arcs):
        leaving[source].append(k)
    forward = [True] * len(arcs)
    state = [0] * count  # 0: not seen, 1: on the way, 2: done
    for root in range(count):
        if state[root]:
            continue
        state[root] = 1
        way = [(root, iter(leaving[root]))]
        while way:
            node, rest = way[-1]
            for k in rest:
                target = arcs[k][1]
                if state[target] == 1:
                    forward[k] = False
                elif not state[target]:
                    state[target] = 1
                    way.append((target, iter(leaving[target])))
                    break
            else:
                state[node] = 2
                way.pop()
    return forward


def ranks(count: int, arcs: Sequence[Arc]) -> list[int]:
    """The column of each node, 0 the first, for arcs without cycles; every arc leads at least one column on.

    The longest way from a source, then every node moved as long as that makes the wires shorter in sum.
    """
    into: list[list[int]] = [[] for _ in range(count)]
    out: list[list[int]] = [[] for _ in range(count)]
    for source, target in arcs:
        into[target].append(source)
        out[source].append(target)
    order = _topological(count, into, out)
    rank = [0] * count
    for node in order:
        rank[node] = max((rank[other] + 1 for other in into[node]), default=0)
    for _ in range(_SHORTENINGS):
        if not _shorten(order, into, out, rank):
            break
    lowest = min(rank, default=0)
    return [value - lowest for value in rank]


def _topological(count: int, into: list[list[int]], out: list[list[int]]) -> list[int]:
    waiting = [len(sources) for sources in into]
    ready = [node for node in range(count) if not waiting[node]]
    for node in ready:  # grows while it is read
        for target in out[node]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return ready


def _shorten(order: list[int], into: list[list[int]], out: list[list[int]], rank: list[int]) -> bool:
    """Moves nodes with more wires on one side towards that side; whether any moved."""
    moved = False
    for node in reversed(order):
        if len(out[node]) > len(into[node]):
            nearest = min(rank[target] for target in out[node]) - 1
            moved = moved or nearest != rank[node]
            rank[node] = nearest
    for node in order:
        if len(into[node]) > len(out[node]):
            nearest = max(rank[source] for source in into[node]) + 1
            moved = moved or nearest != rank[node]
            rank[node] = nearest
    return moved
