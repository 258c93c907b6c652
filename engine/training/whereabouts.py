"""Where the weights of a layer are after it went into a group, came out of one, or went deeper.

A weight is named by the way to its layer, `n5/n2/weight`: a layer keeps its own id wherever it goes, so the end of the name
stays. Several layers may have the same id in different groups (copies); then only the whole name counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

_NODE = re.compile(r"n\d+")


def new_names(before: Collection[str], after: Collection[str]) -> dict[str, str]:
    """For weights whose names are gone: what they are called now, where that is certain."""
    gone = [name for name in before if name not in after]
    come = [name for name in after if name not in before]
    found: dict[str, str] = {}
    for length in range(max((n.count("/") + 1 for n in (*gone, *come)), default=0), 1, -1):
        taken = set(found.values())
        old = {name: _end(name, length) for name in gone if name not in found}
        new = {name: _end(name, length) for name in come if name not in taken}
        counts = Counter(old.values()), Counter(new.values())
        by_end = {end: name for name, end in new.items()}
        for name, end in old.items():
            if counts[0][end] == counts[1][end] == 1 and _same_layer(name, by_end[end], end):
                found[name] = by_end[end]
    return found


def _end(name: str, length: int) -> tuple[str, ...]:
    return tuple(name.split("/")[-length:])


def _same_layer(one: str, other: str, end: tuple[str, ...]) -> bool:
    """Whether a common end goes back to the id of a layer: to where one of the names begins, or to a node's id."""
    whole = "/".join(end)
    return whole in (one, other) or _NODE.fullmatch(end[0]) is not None
