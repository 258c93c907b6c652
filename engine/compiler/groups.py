"""Groups of nodes that will become one, kept in an order that respects the data flow, so that no cycle can arise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.program.program import Node

_FREE = -1  # a place in the order that a join has emptied
_LANDMARKS = 4  # groups, at most, past which the ways are known
_FARTHEST = 500  # groups looked at before two are taken to depend on each other


@dataclass(frozen=True)
class _Landmark:
    """A group with all that it depends on and all that depends on it, itself among both.

    Groups that merge keep the ways between them, so this stays true; of a group that is gone nobody asks.
    """

    before: set[int]
    behind: set[int]

    def between(self, first: int, others: set[int]) -> bool:
        """Whether a way from the first to one of the others is known to lead through here."""
        return first in self.before and not self.behind.isdisjoint(others)


def _reached_from(group: int, edges: Mapping[int, set[int]]) -> set[int]:
    """The group and all that is reached from it."""
    reached = {group}
    stack = [group]
    while stack:
        new = edges[stack.pop()] - reached
        reached |= new
        stack += new
    return reached


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
        self._sources: dict[int, set[int]] = {  # leaders of the groups that a group reads, itself left out
            k: {self.producer[v] for v in node.inputs if v in self.producer} for k, node in enumerate(nodes)
        }
        self._landmarks: list[_Landmark] = []
        self._readers: dict[int, set[int]] = {k: set() for k in range(len(nodes))}
        for k, sources in self._sources.items():
            for source in sources:
                self._readers[source].add(k)

    def of(self, node: int) -> int:
        """The group's leader."""
        while self._leader[node] != node:
            self._leader[node] = self._leader[self._leader[node]]
            node = self._leader[node]
        return node

    def join(self, a: int, b: int) -> bool:
        """Merge two groups; False (and nothing changed) if something outside lies, or may lie, between them."""
        if a == b:
            return True
        first, last = sorted((a, b), key=lambda g: self._place[g])
        behind = self._behind(first, last)
        if behind is None:
            return False
        begin, end = self._place[first], self._place[last]
        between = [g for g in self._order[begin + 1 : end] if g != _FREE]
        self._merge(first, last)
        free = [g for g in between if g not in behind]
        self._arrange(begin, [*free, first, *(g for g in between if g in behind)], end)
        return True

    def _behind(self, first: int, last: int) -> set[int] | None:
        """Groups before the last that read the first, directly or not; None if the last reads one of them.

        Also None where there are very many: then the two are a forward value and its use on the way back, with the
        rest of the network between them.
        """
        end = self._place[last]
        forbidden = self._sources[last] - {first}
        if any(landmark.between(first, forbidden) for landmark in self._landmarks):
            return None
        behind: set[int] = set()
        stack = [first]
        while stack:
            for reader in self._readers[stack.pop()]:
                if reader in behind or self._place[reader] >= end:
                    continue
                if reader in forbidden:
                    return None
                if len(behind) > _FARTHEST:
                    self._remember(forbidden)
                    return None
                behind.add(reader)
                stack.append(reader)
        return behind

    def _remember(self, near: set[int]) -> None:
        """Take one of the groups before a far one as a landmark, past which the next such question need not look."""
        if near and len(self._landmarks) < _LANDMARKS:
            landmark = min(near, key=lambda group: self._place[group])
            before, behind = (_reached_from(landmark, edges) for edges in (self._sources, self._readers))
            self._landmarks.append(_Landmark(before, behind))

    def _merge(self, keep: int, gone: int) -> None:
        self._leader[gone] = keep
        self.members[keep] = sorted(self.members[keep] + self.members.pop(gone))
        for source in self._sources.pop(gone):
            self._readers[source].discard(gone)
            if source != keep:
                self._readers[source].add(keep)
                self._sources[keep].add(source)
        for reader in self._readers.pop(gone):
            self._sources[reader].discard(gone)
            if reader != keep:
                self._sources[reader].add(keep)
                self._readers[keep].add(reader)

    def _arrange(self, begin: int, groups: list[int], end: int) -> None:
        """Put `groups` where those from `begin` to `end` were; some places are left over."""
        left = end + 1 - begin - len(groups)
        self._order[begin : end + 1] = [*groups, *[_FREE] * left]
        for place, group in enumerate(groups, start=begin):
            self._place[group] = place

    def ordered(self) -> list[int]:
        """Leaders, each after the groups it reads."""
        return [group for group in self._order if group != _FREE]
