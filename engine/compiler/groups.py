"""Groups of nodes that will become one: a union-find that never lets the group graph get a cycle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.program.program import Node


class Groups:
    """Partition of a program's nodes. Each node starts alone; `join` merges two groups if order allows it."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self.producer = {v: k for k, node in enumerate(nodes) for v in node.outputs}
        self._leader = list(range(len(nodes)))
        self.members: dict[int, list[int]] = {k: [k] for k in range(len(nodes))}
        self._sources: dict[int, set[int]] = {
            k: {self.producer[v] for v in node.inputs if v in self.producer} for k, node in enumerate(nodes)
        }

    def of(self, node: int) -> int:
        """The group's leader."""
        while self._leader[node] != node:
            self._leader[node] = self._leader[self._leader[node]]
            node = self._leader[node]
        return node

    def sources(self, group: int) -> set[int]:
        """Groups whose values the group reads, itself left out."""
        found = {self.of(s) for s in self._sources[group]}
        found.discard(group)
        return found

    def join(self, a: int, b: int) -> bool:
        """Merge two groups; False (and nothing changed) if something outside lies between them."""
        if a == b:
            return True
        if self._detour(a, b) or self._detour(b, a):
            return False
        keep, gone = min(a, b), max(a, b)
        self._leader[gone] = keep
        self.members[keep] = sorted(self.members[keep] + self.members.pop(gone))
        self._sources[keep] |= self._sources.pop(gone)
        return True

    def _detour(self, start: int, goal: int) -> bool:
        """Whether `goal` reads `start` through a third group."""
        first = self.members[start][0]
        pending = [s for s in self.sources(goal) if s != start]
        visited = set(pending)
        while pending:
            group = pending.pop()
            if self.members[group][-1] < first:
                continue  # all of it lies before the start, and so does all it reads
            for source in self.sources(group):
                if source == start:
                    return True
                if source not in visited:
                    visited.add(source)
                    pending.append(source)
        return False

    def ordered(self) -> list[int]:
        """Leaders, each after the groups it reads; otherwise in program order."""
        done: set[int] = set()
        order: list[int] = []
        for leader in sorted(self.members, key=lambda g: self.members[g][-1]):
            self._place(leader, done, order)
        return order

    def _place(self, leader: int, done: set[int], order: list[int]) -> None:
        stack: list[tuple[int, Iterable[int]]] = [(leader, iter(sorted(self.sources(leader))))]
        while stack:
            group, pending = stack[-1]
            source = next((s for s in pending if s not in done), None)
            if source is not None:
                stack.append((source, iter(sorted(self.sources(source)))))
                continue
            stack.pop()
            if group not in done:
                done.add(group)
                order.append(group)
