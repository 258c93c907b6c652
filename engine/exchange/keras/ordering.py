"""The order in which Keras lists the layers of a functional model, which numbers their weights in its files.

As `keras/src/ops/function.py` finds it: layers far from the outputs come first, those equally far in the order in
which they are met on the way from the outputs.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.exchange.net import Net


def in_order(net: Net) -> list[str]:
    """Ids of inlets and of parts that own their weights, as Keras orders them."""
    reads: dict[str, list[str]] = {i.id: [] for i in net.inlets}
    reads |= {p.id: [end[0] for end in p.inputs] for p in net.parts}
    owner = {p.id: p.shares or p.id for p in net.parts} | {i.id: i.id for i in net.inlets}
    met: dict[str, int] = {}
    finished: list[str] = []
    for node in _walk([end[0] for end in net.outputs], reads, owner, met):
        finished.append(node)
    depths: dict[str, int] = {}
    layers: dict[str, int] = {}
    for node in reversed(finished):
        depth = max(depths.get(node, 0), layers.get(owner[node], 0))
        layers[owner[node]] = depths[node] = depth
        for before in reads[node]:
            depths[before] = max(depth + 1, depths.get(before, 0))
    for inlet in net.inlets:
        layers.setdefault(inlet.id, 0)
        met.setdefault(inlet.id, -1)
    return sorted(layers, key=lambda layer: (-layers[layer], met[layer]))


def _walk(
    outputs: list[str], reads: dict[str, list[str]], owner: dict[str, str], met: dict[str, int]
) -> Iterator[str]:
    """Nodes, each after those it reads; `met` tells in which order layers were come to. No recursion: networks are deep."""
    done: set[str] = set()
    for output in outputs:
        stack = [(output, iter(reads[output]))]
        if output in done:
            continue
        met.setdefault(owner[output], len(met))
        while stack:
            node, rest = stack[-1]
            following = next((n for n in rest if n not in done), None)
            if following is not None:
                met.setdefault(owner[following], len(met))
                stack.append((following, iter(reads[following])))
                continue
            stack.pop()
            if node not in done:
                done.add(node)
                yield node
