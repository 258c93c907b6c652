"""What of a network makes it another one to train: its layers and wires, not its places and names on the canvas.

The window asks this after every edit, so nothing here imports what training takes.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.graph.document import Edge, Node
from engine.layers.group import Group

Identity = tuple[tuple[tuple[str, object, str | None, bool, bool], ...], tuple[Edge, ...]]


def essence(layer: object) -> object:
    """A layer without what a program does not know of it: places, names and looks of what is inside a group."""
    if not isinstance(layer, Group):
        return layer
    parts = tuple(
        p.model_copy(update={"layer": essence(p.layer), "name": "", "position": (0.0, 0.0), "tag": ""})
        for p in layer.content.parts
    )
    outlets = tuple(o.model_copy(update={"position": None}) for o in layer.content.outlets)
    content = layer.content.model_copy(update={"parts": parts, "outlets": outlets, "places": ()})
    return layer.model_copy(update={"content": content, "label": "", "exposed": (), "link": ""})


def identity(nodes: Sequence[Node], edges: Sequence[Edge]) -> Identity:
    """What of a document a program is made from: places and names on the canvas do not matter."""
    return tuple((n.id, essence(n.layer), n.shares, n.bypassed, n.muted) for n in nodes), tuple(edges)
