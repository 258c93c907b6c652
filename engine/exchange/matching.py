"""Weights of another program on a network that is there: by their names where these agree, else by their shapes.

A file of weights alone says nothing of layers. What belongs together there (`conv1.weight` and `conv1.bias`) is compared
with what each layer of ours has, as it has it itself, as Keras and as PyTorch would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.exchange.keras.places import paths
from engine.exchange.net import Net
from engine.exchange.outgoing import inside, specs_of
from engine.formats.errors import FormatError
from engine.graph.document import ModelGraph
from engine.graph.effective import effective
from engine.graph.features import FeatureSpec
from engine.graph.inference import infer
from engine.layers.base import Layer
from engine.layers.content import Composite
from engine.layers.torch_form import from_torch, to_torch
from engine.tensor.spec import Array, Shape, ShapeError, TensorSpec, format_shape

SHOWN = 3  # names in a sentence
_UNUSED = ("num_batches_tracked", "iterations", "seed_generator_state")


@dataclass(frozen=True)
class Match:
    """A weight that was found: `<node>/<weight>`, the same for people, its names in the file, and how it was found."""

    weight: str
    shown: str
    sources: tuple[str, ...]
    by: Literal["name", "shape"]


@dataclass(frozen=True, eq=False)
class Matched:
    """What a file of weights is to a network.

    Attributes:
        weights: arrays of ours by `<node>/<weight>`.
        matches: how each was found.
        unmatched: weights of the network, for people, that the file does not have.
        ignored: names in the file that nothing was found for.
        misfits: for names that agree, but not the shape: the sentence.
    """

    weights: Mapping[str, Array]
    matches: tuple[Match, ...]
    unmatched: tuple[str, ...]
    ignored: tuple[str, ...]
    misfits: tuple[str, ...]

    def summary(self) -> tuple[str, ...]:
        """Sentences on what fits and what does not."""
        total = len(self.matches) + len(self.unmatched)
        by_shape = sum(m.by == "shape" for m in self.matches)
        found = [f"{len(self.matches)} of {total} weights of the network are in the file."]
        if by_shape:
            found.append(
                f"{by_shape} of them fit by shape and order, not by name; look whether they are where they belong."
            )
        found += self.misfits[:SHOWN]
        if self.unmatched:
            found.append(f"Not in the file, and left as they are: {_listed(self.unmatched)}.")
        if self.ignored:
            found.append(f"In the file, and not used: {_listed(self.ignored)}.")
        return tuple(found)


@dataclass(frozen=True, eq=False)
class _Dialect:
    """How a program names and lays out the weights of one layer: shapes by name, and the way to ours."""

    shapes: Mapping[str, Shape]
    ours: Callable[[Mapping[str, Array]], Mapping[str, Array]]


@dataclass(frozen=True, eq=False)
class _Slot:
    """A layer with weights: where these lie with us, what it is called, and how it is written elsewhere."""

    home: str  # `<node>` or `<node>/<part>`
    names: tuple[str, ...]  # of the node and the parts, from the outside in
    weights: Mapping[str, Shape]
    dialects: tuple[_Dialect, ...]


def matched(
    weights_by_name: Mapping[str, Array], graph: ModelGraph, features: Mapping[str, FeatureSpec]
) -> Matched:
    """The weights of a file on a network.

    Args:
        weights_by_name: arrays as the file has them, in the order of its layers as far as that is known (`in_order`);
            names with `/` or `.` between their parts.
        graph: the network.
        features: what it reads.

    Raises:
        FormatError: nothing fits, or the network has no weights.
    """
    slots = list(_slots(graph, features))
    if not any(s.weights for s in slots):
        raise FormatError("The network has no layer with weights yet; draw it first, and give it data.")
    found = _Search(weights_by_name, slots).run()
    if not found.matches:
        example = next(iter(weights_by_name), "")
        raise FormatError(
            f"None of the {len(weights_by_name)} arrays of the file fits a weight of the network"
            f"{f' (the first is {example}, {format_shape(weights_by_name[example].shape)})' if example else ''}; "
            "open the network that they belong to."
        )
    return found


def in_order(names: Iterable[str]) -> list[str]:
    """Names in the order in which people number things, 2 before 10: for files that keep no order of their own."""
    return sorted(names, key=_natural)


def _natural(name: str) -> list[tuple[int, int, str]]:
    return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.split(r"(\d+)", name) if p]


# -- the network -------------------------------------------------------------------------------------------
def _slots(graph: ModelGraph, features: Mapping[str, FeatureSpec]) -> Iterator[_Slot]:
    graph = effective(graph)
    for node_id, facts in infer(graph, features).nodes.items():
        node = graph.nodes[node_id]
        if isinstance(node.layer, Layer) and node.shares is None and facts.weights:
            shapes = {n: w.shape for n, w in facts.weights.items()}
            yield from _layer_slots(node.layer, facts.inputs, shapes, node_id, (node.name,))


def _layer_slots(
    layer: Layer,
    inputs: tuple[TensorSpec, ...],
    shapes: Mapping[str, Shape],
    home: str,
    names: tuple[str, ...],
) -> Iterator[_Slot]:
    if isinstance(layer, Composite) and (net := _inside(layer, inputs)) is not None:
        yield from _net_slots(net, shapes, home, names)
        return
    yield _Slot(home, names, shapes, tuple(_dialects(layer, inputs, shapes)))


def _inside(layer: Composite, inputs: tuple[TensorSpec, ...]) -> Net | None:
    try:
        return inside(layer, inputs)
    except (FormatError, ShapeError):  # parts that are switched off: it is looked at as one layer
        return None


def _net_slots(net: Net, shapes: Mapping[str, Shape], home: str, names: tuple[str, ...]) -> Iterator[_Slot]:
    specs = specs_of(net)
    for part in net.parts:
        start = f"{part.id}/"
        own = {n.removeprefix(start): s for n, s in shapes.items() if n.startswith(start)}
        if own and part.shares is None and isinstance(part.what, Layer):
            reads = tuple(specs[end] for end in part.inputs)
            shown = (*names, net.names.get(part.id, part.id))
            yield from _layer_slots(part.what, reads, own, f"{home}/{part.id}", shown)


def _dialects(
    layer: Layer, inputs: tuple[TensorSpec, ...], shapes: Mapping[str, Shape]
) -> Iterator[_Dialect]:
    form = layer.torch_form(inputs)
    if form is not None and form.weights:
        state = to_torch(form, {n: np.empty(s, np.float32) for n, s in shapes.items()})
        yield _Dialect({n: a.shape for n, a in state.items()}, lambda found: from_torch(form, found, shapes))
    yield _renamed({_dotted(n): n for n in shapes}, shapes)
    yield _renamed({_dotted(layer.keras_weight(n)): n for n in shapes}, shapes)
    places = {_dotted(path): n for n, path in paths(layer, "", shapes).items()}
    yield _renamed(places, shapes)  # Keras 3: `vars/0`


def _renamed(names: Mapping[str, str], shapes: Mapping[str, Shape]) -> _Dialect:
    def ours(found: Mapping[str, Array]) -> dict[str, Array]:
        return {names[n]: np.asarray(a, np.float32).reshape(shapes[names[n]]) for n, a in found.items()}

    return _Dialect({theirs: shapes[n] for theirs, n in names.items()}, ours)


# -- the search --------------------------------------------------------------------------------------------
class _Search:
    """First by name, then by shape, each in the order of the network."""

    def __init__(self, given: Mapping[str, Array], slots: list[_Slot]) -> None:
        self._names = {_dotted(n): n for n in given}
        self._given = {_dotted(n): a for n, a in given.items()}
        self._free = dict.fromkeys(self._given)
        self._slots = slots
        self._found: dict[str, Array] = {}
        self._matches: list[Match] = []
        self._misfits: list[str] = []

    def run(self) -> Matched:
        """Go through all slots."""
        open_slots = [s for s in self._slots if not self._by_name(s)]
        for slot in open_slots:
            self._by_shape(slot)
        done = {m.weight for m in self._matches}
        unmatched = tuple(_shown(s, n) for s in self._slots for n in s.weights if f"{s.home}/{n}" not in done)
        ignored = tuple(self._names[n] for n in self._free if not n.endswith(_UNUSED))
        return Matched(self._found, tuple(self._matches), unmatched, ignored, tuple(self._misfits))

    def _groups(self, entry: str) -> Iterator[str]:
        """Where the file has an entry of that name: what stands before it."""
        end = f".{entry}"
        for name in self._free:
            if name == entry or name.endswith(end):
                yield name.removesuffix(entry)

    def _by_name(self, slot: _Slot) -> bool:
        wanted = [_loose(n) for n in slot.names]
        found: list[tuple[tuple[int, int], str, _Dialect]] = []
        for dialect in slot.dialects:
            for prefix in dict.fromkeys(p for entry in dialect.shapes for p in self._groups(entry)):
                score = _score([_loose(p) for p in prefix.split(".") if p], wanted)
                if score:
                    found.append(((score, len(self._fitting(prefix, dialect))), prefix, dialect))
        if not found:
            return False
        best, prefix, dialect = max(found, key=lambda f: f[0])
        if len({p for score, p, _ in found if score == best}) > 1 or best == (best[0] // 2 * 2, 0):
            return False  # several layers there end in this name, or one elsewhere that has nothing of it
        state = self._fitting(prefix, dialect)
        for entry, shape in dialect.shapes.items():
            array = self._given.get(prefix + entry)
            if array is not None and prefix + entry in self._free and entry not in state:
                self._misfits.append(
                    f"{self._names[prefix + entry]} is {format_shape(array.shape)}, and the network needs "
                    f"{format_shape(shape)}."
                )
                self._free.pop(prefix + entry)
        self._take(slot, dialect, prefix, state, "name")
        return True

    def _by_shape(self, slot: _Slot) -> None:
        for dialect in slot.dialects:
            first = next(iter(dialect.shapes), None)
            for prefix in list(self._groups(first)) if first else ():
                state = self._fitting(prefix, dialect)
                whole = not any(
                    name.startswith(prefix) and "." not in name.removeprefix(prefix)
                    for name in self._free
                    if name.removeprefix(prefix) not in dialect.shapes and not name.endswith(_UNUSED)
                )
                if len(state) == len(dialect.shapes) and (whole or not prefix):
                    self._take(slot, dialect, prefix, state, "shape")
                    return

    def _fitting(self, prefix: str, dialect: _Dialect) -> dict[str, Array]:
        return {
            entry: self._given[prefix + entry]
            for entry, shape in dialect.shapes.items()
            if prefix + entry in self._free and self._given[prefix + entry].shape == shape
        }

    def _take(
        self,
        slot: _Slot,
        dialect: _Dialect,
        prefix: str,
        state: dict[str, Array],
        by: Literal["name", "shape"],
    ) -> None:
        sources = tuple(self._names[prefix + entry] for entry in state)
        for name, array in dialect.ours(state).items():
            self._found[f"{slot.home}/{name}"] = array
            self._matches.append(Match(f"{slot.home}/{name}", _shown(slot, name), sources, by))
        for entry in state:
            self._free.pop(prefix + entry)


def _score(theirs: list[str], ours: list[str]) -> int:
    """How many parts of two paths agree, of which one is the end of the other; 0 where it is not."""
    shared = min(len(theirs), len(ours))
    if not shared or theirs[-shared:] != ours[-shared:]:
        return 0
    return 2 * shared + (theirs == ours)


def _dotted(name: str) -> str:
    """A name as this module compares it: `dense/kernel:0` is `dense.kernel`."""
    return re.sub(r":\d+$", "", name).replace("/", ".").strip(".")


def _loose(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _shown(slot: _Slot, weight: str) -> str:
    return "/".join((*slot.names, weight))


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
