"""Where a weight of ours lies in a file of Keras: by path in `.keras`, by its place in a list in `.h5`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.exchange.keras.ordering import in_order
from engine.exchange.net import Net, part_ids
from engine.graph.document import UnknownLayer
from engine.layers.base import Layer


def paths(what: Layer | UnknownLayer | Net, kept: str, names: Iterable[str]) -> dict[str, str]:
    """The path of each weight in the weights of a `.keras` file, by our name.

    Args:
        what: the layer, or the network that is used as one.
        kept: its own place: `layers/dense_1`.
        names: of its weights, in the order in which it makes them.
    """
    if isinstance(what, Net):
        found: dict[str, str] = {}
        inside = part_ids(what)
        by_part: dict[str, list[str]] = {}
        for name in names:
            head, _, rest = name.partition("/")
            by_part.setdefault(head, []).append(rest)
        for head, rests in by_part.items():
            part = inside[head]
            inner = paths(part.what, f"{kept}/{part.kept}", rests)
            found |= {f"{head}/{rest}": path for rest, path in inner.items()}
        return found
    if isinstance(what, UnknownLayer):
        return {}
    counts: dict[str, int] = {}
    result: dict[str, str] = {}
    for name in _biases_last(names):
        prefix = name.rpartition("/")[0]
        number = counts.get(prefix, 0)
        counts[prefix] = number + 1
        place = what.keras_place(prefix)
        result[name] = "/".join(p for p in (kept, place, "vars", str(number)) if p)
    return result


def listed(weights: Mapping[str, bool], what: Layer | UnknownLayer | Net | None = None) -> list[str]:
    """Names of the weights of a layer in the order of `.h5` files: those that are trained, then the others.

    Args:
        weights: whether each is trained, by name in the order in which they are made.
        what: the layer, or the network that is used as one, whose layers Keras lists in an order of its own.
    """
    names = _in_order(what, list(weights)) if isinstance(what, Net) else _biases_last(weights)
    return [n for n in names if weights[n]] + [n for n in names if not weights[n]]


def _in_order(net: Net, names: list[str]) -> list[str]:
    """The names of the weights in a network, layer by layer."""
    ids = part_ids(net)
    own = {part.id: name for name, part in ids.items()}
    found: list[str] = []
    for part_id in in_order(net):
        head = own.get(part_id)
        below = [n.partition("/")[2] for n in names if n.partition("/")[0] == head]
        if head is None or not below:
            continue
        what = ids[head].what
        inner = _in_order(what, below) if isinstance(what, Net) else _biases_last(below)
        found += [f"{head}/{name}" for name in inner]
    return found


def _biases_last(names: Iterable[str]) -> list[str]:
    """The names with those of each part together, a bias after the other weights of its part, as Keras makes them."""
    parts: dict[str, list[str]] = {}
    for name in names:
        parts.setdefault(name.rpartition("/")[0], []).append(name)
    return [n for own in parts.values() for n in sorted(own, key=lambda n: n.rpartition("/")[2] == "bias")]
