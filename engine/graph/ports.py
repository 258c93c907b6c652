"""Ports of a group under other names and in another order, seen from outside."""

from __future__ import annotations

from engine.graph.edits import EditError
from engine.layers.content import Content
from engine.layers.group import Group

LONGEST = 80


def renamed(group: Group, port: str, name: str, *, output: bool) -> Group:
    """The group with another name for a port.

    Raises:
        EditError: the name is taken or unusable.
    """
    content = group.content
    taken = [o.name for o in content.outlets] if output else list(content.inlets)
    name = name.strip()
    if not name or len(name) > LONGEST or not name.isprintable():
        raise EditError(f"A port has a name of 1 to {LONGEST} printable characters, received {name[:90]!r}.")
    if name != port and name in taken:
        raise EditError(f"There is a port {name} on this side already; choose another name.")
    return group.with_content(
        _outlet_renamed(content, port, name) if output else _inlet_renamed(content, port, name)
    )


def _outlet_renamed(content: Content, port: str, name: str) -> Content:
    outlets = tuple(o.model_copy(update={"name": name}) if o.name == port else o for o in content.outlets)
    return content.model_copy(update={"outlets": outlets})


def _inlet_renamed(content: Content, port: str, name: str) -> Content:
    wires = tuple(
        (source, name if not source and at == port else at, target, end)
        for source, at, target, end in content.wires
    )
    outlets = tuple(
        o.model_copy(update={"port": name}) if not o.part and o.port == port else o for o in content.outlets
    )
    return content.model_copy(
        update={
            "inlets": tuple(name if i == port else i for i in content.inlets),
            "places": tuple((name if i == port else i, place) for i, place in content.places),
            "wires": wires,
            "outlets": outlets,
        }
    )


def moved(group: Group, port: str, step: int, *, output: bool) -> Group:
    """The group with a port so many places further down (up, if negative), as far as that goes."""
    content = group.content
    if output:
        outlets = list(content.outlets)
        at = next(k for k, o in enumerate(outlets) if o.name == port)
        outlets.insert(min(max(at + step, 0), len(outlets) - 1), outlets.pop(at))
        return group.with_content(content.model_copy(update={"outlets": tuple(outlets)}))
    inlets = list(content.inlets)
    at = inlets.index(port)
    inlets.insert(min(max(at + step, 0), len(inlets) - 1), inlets.pop(at))
    return group.with_content(content.model_copy(update={"inlets": tuple(inlets)}))
