"""Layers that read text run where the data enters; on a page that is a script, and the network begins behind them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.exchange.net import Inlet, Net, Part
from engine.exchange.outgoing import Outgoing, specs_of
from engine.formats.errors import FormatError
from engine.layers.host import HostLayer


def without_texts(out: Outgoing) -> tuple[Outgoing, dict[str, dict[str, Any]]]:
    """The network behind its layers of text, and by inlet what those do.

    Raises:
        FormatError: one of them does what no script of a page does.
    """
    net = out.net
    inlets = {i.id: i for i in net.inlets}
    hosts = {p.id: p for p in net.parts if isinstance(p.what, HostLayer)}
    if not hosts:
        return out, {}
    specs = specs_of(net)
    read = {end[0] for p in net.parts if p.id not in hosts for end in p.inputs} | {e[0] for e in net.outputs}
    texts: dict[str, dict[str, Any]] = {}
    found: list[Inlet] = [i for i in net.inlets if i.id in read]
    names = dict(net.names)
    for part in hosts.values():
        if part.id not in read:
            continue
        source = part.inputs[0][0]
        if source not in inlets:
            raise FormatError(
                f"{names[part.id]} stands behind another layer of text, which a page can't run."
            )
        texts[part.id] = _plain(part, out)
        spec = specs[part.id, 0]
        found.append(Inlet(part.id, spec.shape, spec.dtype))
        names[part.id] = names.get(source, source)
    rest = tuple(p for p in net.parts if p.id not in hosts)
    return replace(out, net=Net(tuple(found), rest, net.outputs, net.name, names)), texts


def _plain(part: Part, out: Outgoing) -> dict[str, Any]:
    assert isinstance(part.what, HostLayer)  # they were chosen by it
    owner = part.shares or part.id
    prefix = f"{owner}/"
    tables = {name.removeprefix(prefix): a for name, a in out.weights.items() if name.startswith(prefix)}
    plain = part.what.plain(tables)
    if plain is None:
        name = out.net.names.get(part.id, part.id)
        raise FormatError(
            f"{name} ({part.what.title()}) can't run on a page as it is set; let it give word numbers without groups."
        )
    return plain
