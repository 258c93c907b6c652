"""Between the flat states of a run and what a project file holds: every weight and optimizer slot by its name.

Files name weights, so that they outlive the layout of the arenas and can be read by people and other programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.compiler.lower import PARAMS
from engine.compiler.update import SLOT
from engine.data.bundle import DataSpec
from engine.graph.document import ModelGraph
from engine.program.program import Member
from engine.tensor.spec import Array
from engine.training.features import feature_specs
from engine.training.memory import BEST, MEMORY, TABLE
from engine.training.named import NamedStates

if TYPE_CHECKING:
    from engine.compiler.model import ModelCompiler
    from engine.training.reports import Snapshot


def named_states(graph: ModelGraph, data: DataSpec, snapshot: Snapshot) -> NamedStates:
    """The parts of a snapshot by name; raises LoweringError where graph and data do not go together."""
    places = [w.member for w in _compiler(graph, data).weights().values()]
    weights: dict[str, Array] = {}
    optimizer: dict[str, Array] = {}
    for place in places:
        weights[place.name] = _taken(snapshot.states[place.arena], place)
        if BEST + place.arena in snapshot.states:
            optimizer[BEST + place.name] = _taken(snapshot.states[BEST + place.arena], place)
    trained = [place for place in places if place.arena == PARAMS]
    size = snapshot.states[PARAMS].shape if trained else ()
    for state, array in snapshot.states.items():
        slot = state.removeprefix(SLOT)
        if state == MEMORY or (slot != state and ("/" in slot or array.shape != size)):
            optimizer[state] = array  # of the whole run, or of one weight in a shape of its own
        elif slot != state:
            for place in trained:
                optimizer[f"{slot}/{place.name}"] = _taken(array, place)
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

    A missing optimizer slot starts anew; of one that is there, what is missing or misshapen starts at zero.
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
        if key == MEMORY or key.startswith(SLOT):
            states[key] = array
        elif name in places and array.shape == places[name].spec.shape:
            place = places[name]
            state, arena = (BEST + place.arena, place.arena) if f"{slot}/" == BEST else (SLOT + slot, PARAMS)
            _put(states.setdefault(state, np.zeros(sizes[arena], np.float32)), place, array)
    from engine.training.reports import Snapshot  # reports of training, which a model is drawn without

    return Snapshot(named.step, states)


def partial_snapshot(
    graph: ModelGraph, data: DataSpec, named: NamedStates, seed: int
) -> tuple[Snapshot, int, int] | None:
    """A beginning with every weight of these that the network has in the same shape; the others start as in a new one.

    Returns:
        The snapshot (at step 0, without what an optimizer remembers), how many weights were taken, and of how many;
        None where no weight fits, or a table of a layer on the host is missing.
    """
    compiler = _compiler(graph, data)
    places = {name: w.member for name, w in compiler.weights().items()}
    fits = [n for n, p in places.items() if n in named.weights and named.weights[n].shape == p.spec.shape]
    if not fits or any(name not in named.weights for name in compiler.tables()):
        return None
    fresh = compiler.fresh_weights(seed)
    weights = {name: named.weights[name] if name in fits else fresh[name] for name in places}
    tables = {name: named.weights[name] for name in compiler.tables()}
    found = snapshot_of(graph, data, NamedStates(weights | tables))
    return None if found is None else (found, len(fits), len(places))


def _taken(flat: Array, place: Member) -> Array:
    return flat[place.offset : place.offset + place.spec.size].reshape(place.spec.shape)


def _put(flat: Array, place: Member, array: Array) -> None:
    flat[place.offset : place.offset + place.spec.size] = array.reshape(-1)


def _compiler(graph: ModelGraph, data: DataSpec) -> ModelCompiler:
    # here, since the window needs no compiler before something is trained
    from engine.compiler.model import ModelCompiler
    from engine.training.objectives import objectives_of

    return ModelCompiler(graph, feature_specs(data), objectives_of(graph, data))
