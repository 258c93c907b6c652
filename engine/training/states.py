"""Between the flat states of a run and what a project file holds: every weight and optimizer slot by its name.

Files name weights, so that they outlive the layout of the arenas and can be read by people and other programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.compiler.lower import PARAMS
from engine.compiler.model import ModelCompiler
from engine.data.bundle import DataSpec
from engine.graph.document import ModelGraph
from engine.program.program import Member
from engine.tensor.spec import Array
from engine.training.adaptation import TABLE
from engine.training.objectives import feature_specs, objectives_of
from engine.training.reports import Snapshot

SLOT = "slot/"


@dataclass(frozen=True, eq=False)
class NamedStates:
    """Weights by `<node id>/<weight>`; optimizer slots by `<slot>/<node id>/<weight>`; the step they belong to."""

    weights: Mapping[str, Array] = field(default_factory=dict)
    optimizer: Mapping[str, Array] = field(default_factory=dict)
    step: int = 0


def named_states(graph: ModelGraph, data: DataSpec, snapshot: Snapshot) -> NamedStates:
    """The parts of a snapshot by name; raises LoweringError where graph and data do not go together."""
    weights: dict[str, Array] = {}
    optimizer: dict[str, Array] = {}
    for name, weight in _compiler(graph, data).weights().items():
        place = weight.member
        part = slice(place.offset, place.offset + place.spec.size)
        weights[name] = snapshot.states[place.arena][part].reshape(place.spec.shape)
        if place.arena != PARAMS:
            continue
        for state, flat in snapshot.states.items():
            if state.startswith(SLOT):
                optimizer[f"{state.removeprefix(SLOT)}/{name}"] = flat[part].reshape(place.spec.shape)
    tables = {n.removeprefix(TABLE): array for n, array in snapshot.states.items() if n.startswith(TABLE)}
    return NamedStates(weights | tables, optimizer, snapshot.step)


def weights_in_words(graph: ModelGraph, data: DataSpec, snapshot: Snapshot, node: str, most: int) -> str:
    """The numbers in a node's weights, a line a weight; "" if there are none or more than `most`."""
    weights = named_states(graph, data, snapshot).weights
    own = {
        name.partition("/")[2]: array
        for name, array in weights.items()
        if name.partition("/")[0] == node and array.dtype == np.float32
    }
    if not 0 < sum(array.size for array in own.values()) <= most:
        return ""
    lines = (f"{name}  {'  '.join(f'{v:.4g}' for v in array.reshape(-1))}" for name, array in own.items())
    return "\n".join(lines)


def snapshot_of(graph: ModelGraph, data: DataSpec, named: NamedStates) -> Snapshot | None:
    """The snapshot that these parts make; None unless every weight is there with its shape.

    A missing or misshapen optimizer slot starts at zero.
    """
    compiler = _compiler(graph, data)
    places = {name: w.member for name, w in compiler.weights().items()}
    if any(
        name not in named.weights or named.weights[name].shape != place.spec.shape
        for name, place in places.items()
    ) or any(name not in named.weights for name in compiler.tables()):
        return None
    sizes = compiler.arena_sizes()
    states = {arena: np.zeros(size, np.float32) for arena, size in sizes.items()}
    states |= {TABLE + name: named.weights[name] for name in compiler.tables()}
    for name, place in places.items():
        _put(states[place.arena], place, named.weights[name])
    for key, array in named.optimizer.items():
        slot, _, name = key.partition("/")
        if name in places and array.shape == places[name].spec.shape:
            flat = states.setdefault(SLOT + slot, np.zeros(sizes[PARAMS], np.float32))
            _put(flat, places[name], array)
    return Snapshot(named.step, states)


def _put(flat: Array, place: Member, array: Array) -> None:
    flat[place.offset : place.offset + place.spec.size] = array.reshape(-1)


def _compiler(graph: ModelGraph, data: DataSpec) -> ModelCompiler:
    return ModelCompiler(graph, feature_specs(data), objectives_of(graph, data))
