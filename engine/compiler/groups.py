"""Groups of nodes that will become one, kept in an order that respects the data flow, so that no cycle can arise."""

from __future__ import annotations

from collections.abc import Sequence

from engine.program.program import Node

_FREE = -1  # a place in the order that a join has emptied


class Groups:
    """Partition of a program's nodes. Each node starts alone; `join` merges two groups if order allows it.

    The groups stand in an order in which each comes after those it reads. A join touches only the stretch between
    its two groups (the idea of Pearce and Kelly, "A dynamic topological sort algorithm", 2007).
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.producer = {v: k for k, node in enumerate(nodes) for v in node.outputs}
        self.members: dict[int, list[int]] = {k: [k] for k in range(len(nodes))}
        self._leader = list(range(len(nodes)))
        self._order = list(range(len(nodes)))
        self._place = list(range(len(nodes)))  # of a leader in the order
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
        first, last = sorted((a, b), key=lambda g: self._place[g])
        begin, end = self._place[first], self._place[last]
        between = [g for g in self._order[begin + 1 : end] if g != _FREE]
        behind = {first}  # groups of the stretch that read the first one, directly or not
        for group in between:
            if not behind.isdisjoint(self.sources(group)):
                behind.add(group)
        if not (behind - {first}).isdisjoint(self.sources(last)):
            return False
        free = [g for g in between if g not in behind]
        self._merge(first, last)
        self._arrange(begin, [*free, first, *(g for g in between if g in behind)], end)
        return True

    def _merge(self, keep: int, gone: int) -> None:
        self._leader[gone] = keep
        self.members[keep] = sorted(self.members[keep] + self.members.pop(gone))
        self._sources[keep] |= self._sources.pop(gone)

    def _arrange(self, begin: int, groups: list[int], end: int) -> None:
        """Put `groups` where those from `begin` to `end` were; some places are left over."""
        left = end + 1 - begin - len(groups)
        self._order[begin : end + 1] = [*groups, *[_FREE] * left]
        for place, group in enumerate(groups, start=begin):
            self._place[group] = place

    def ordered(self) -> list[int]:
        """Leaders, each after the groups it reads."""
        return [group for group in self._order if group != _FREE]
