"""Changing a network or its training while it trains: what was learned stays wherever it still fits.

A weight is known by its node and its name. Where its shape is another now, the part that both shapes have stays (from
the first index on, in every dimension), and the rest starts as in a new network of the same seed; what the optimizer
remembers of it goes the same way. What finds no place any more is put by, so that taking the change back (Undo) brings
back what was learned, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.compiler.lower import PARAMS, LoweringError
from engine.compiler.model import ModelCompiler
from engine.compiler.update import SLOT
from engine.data.bundle import DataBundle
from engine.devices.base import Watch
from engine.graph.document import ModelGraph
from engine.optimizers.base import Optimizer, Slot
from engine.tensor.spec import Array, DType, TensorSpec
from engine.training.adaptation import HostSide, adapt_weights
from engine.training.fault import Point
from engine.training.features import class_counts, feature_specs
from engine.training.identity import identity
from engine.training.memory import BEST, MEMORY, TABLE
from engine.training.objectives import objectives_of
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.timeline import Layout
from engine.training.watch import require_watched
from engine.training.whereabouts import new_names

LIGHT = frozenset(  # settings that no program knows
    {
        "epochs",
        "schedule",
        "device",
        "early_stopping_patience",
        "keep_best",
        "monitoring",
        "time_machine_mb",
    }
)
Place = tuple[str, int, tuple[int, ...]]  # arena, offset, shape
ATTIC_BYTES = 256_000_000


class Attic:
    """What found no place any more: weights and optimizer slots by name and shape, the oldest given up first."""

    def __init__(self, most: int = ATTIC_BYTES) -> None:
        self._most = most
        self._arrays: dict[tuple[str, tuple[int, ...]], Array] = {}

    def put(self, name: str, array: Array) -> None:
        """Keep a copy."""
        key = name, array.shape
        self._arrays.pop(key, None)
        self._arrays[key] = array.copy()
        while sum(a.nbytes for a in self._arrays.values()) > self._most:
            self._arrays.pop(next(iter(self._arrays)))

    def get(self, name: str, shape: tuple[int, ...]) -> Array | None:
        """What was put by last under this name in this shape."""
        return self._arrays.get((name, shape))

    def clear(self) -> None:
        """Forget everything: the run begins anew."""
        self._arrays.clear()


def same_programs(one: TrainingSettings, other: TrainingSettings) -> bool:
    """Whether both ask for the same programs: they differ at most in what is a feed of them, or outside of them."""
    fields = (set(TrainingSettings.model_fields) - LIGHT) - {"optimizer"}
    if any(getattr(one, name) != getattr(other, name) for name in fields):
        return False
    rate = one.optimizer.learning_rate
    return one.optimizer == other.optimizer.model_copy(update={"learning_rate": rate})


def renewed(
    session: Session,
    graph: ModelGraph,
    settings: TrainingSettings,
    point: Point,
    attic: Attic,
    watch: Watch | None = None,
) -> Session:
    """A session that goes on from a point of another one with this network and these settings.

    It is the same one where its programs do; else the other is closed once the new one is ready.

    Args:
        session: that has trained so far.
        graph: without errors.
        settings: those of the device do not count.
        point: states that have the layout of `session`, and their step.
        attic: what was put by at earlier changes; more is put there.
        watch: of the preparation of new programs; what it raises leaves the session as it was.

    Raises:
        LoweringError, ShapeError: the network cannot be trained, in a sentence; the session stays as it was.
    """
    same = identity(*graph.snapshot()[:2]) == identity(*session.graph.snapshot()[:2])
    if same and same_programs(session.settings, settings) and session.goes_on_from(point.states, point.step):
        require_watched(settings, session.figures)
        session.go_to(point.states, point.step)
        session.retune(settings)
        return session
    arena = _Arena.of_session(session)
    states = carried(arena, graph, session.bundle, settings, point.states, attic)
    new = Session(graph, session.bundle, settings, session.device, states, point.step, watch)
    try:
        require_watched(settings, new.figures)
    except LoweringError:
        new.close()
        raise
    session.close()
    return new


@dataclass(frozen=True)
class _Arena:
    """Where weights lie in the states of a network.

    Attributes:
        layout: of the weights.
        slots: of the optimizer.
        sizes: numbers in each arena.
        optimizer: that the slots are of.
        hosts: layers that run on the host.
    """

    layout: Layout
    slots: Mapping[str, Slot]
    sizes: Mapping[str, int]
    optimizer: type[Optimizer]
    hosts: tuple[object, ...] = ()

    @classmethod
    def of_session(cls, session: Session) -> _Arena:
        return cls.of(session.compiler, session.settings.optimizer)

    @classmethod
    def of(cls, compiler: ModelCompiler, optimizer: Optimizer) -> _Arena:
        places = {name: w.member for name, w in compiler.weights().items()}
        layout = {name: (p.arena, p.offset, p.spec.shape) for name, p in places.items()}
        trained = [p for p in places.values() if p.arena == PARAMS]
        sizes = compiler.arena_sizes()
        slots = optimizer.slots(TensorSpec((sizes[PARAMS],), DType.FLOAT32), trained) if trained else {}
        hosts = tuple((n.owner, n.layer) for n in compiler.hosting.nodes)
        return cls(layout, slots, sizes, type(optimizer), hosts)


def carried(
    before: _Arena,
    graph: ModelGraph,
    bundle: DataBundle,
    settings: TrainingSettings,
    states: Mapping[str, Array],
    attic: Attic,
) -> dict[str, Array]:
    """States for another network, or another optimizer, with everything of these states that fits it."""
    compiler = ModelCompiler(
        graph, feature_specs(bundle.spec), objectives_of(graph, bundle.spec, class_counts(bundle))
    )
    after = _Arena.of(compiler, settings.optimizer)
    moved = new_names(before.layout, after.layout)
    if moved:  # into groups, or out of them
        before = replace(before, layout={moved.get(n, n): place for n, place in before.layout.items()})
    mover = _Mover(before, after, states, attic)
    found = {arena: np.zeros(size, np.float32) for arena, size in after.sizes.items()}
    fresh = compiler.fresh_weights(settings.seed)
    for name, (arena, offset, shape) in after.layout.items():
        _taken(found[arena], (arena, offset, shape))[...] = mover.weight(name, fresh[name])
    tables = _tables(before, after, compiler, bundle, states)
    _adapt_new(compiler, bundle, before, found, tables)
    for name, slot in after.slots.items():
        kept = mover.slot(name, slot, found[PARAMS])
        if kept is not None:
            found[SLOT + name] = kept
    mover.put_by()
    if MEMORY in states:
        found[MEMORY] = states[MEMORY]
    return found | mover.best() | tables


@dataclass(frozen=True)
class _Mover:
    """Moves arrays from the places that they had to those that they have."""

    before: _Arena
    after: _Arena
    states: Mapping[str, Array]
    attic: Attic

    def weight(self, name: str, fresh: Array) -> Array:
        """A weight as it is to be: as learned as far as it goes, then as put by, then as new."""
        return _laid_over(fresh, self.attic.get(name, fresh.shape), self._now(name))

    def slot(self, name: str, slot: Slot, params: Array) -> Array | None:
        """What the optimizer remembers; None where it begins anew."""
        if self.before.optimizer is not self.after.optimizer:
            return None
        known = self.states.get(SLOT + name)
        if self.before.layout == self.after.layout and known is not None and known.size == slot.spec.size:
            return known
        if slot.spec.size != params.size:
            return None  # not a number for every weight: it belongs to the arena as it was
        fill = np.full(params.size, slot.initial or 0.0, slot.spec.dtype.numpy)
        start = params.copy() if slot.initial is None else fill
        for weight, place in self.after.layout.items():
            if place[0] == PARAMS:
                view = _taken(start, place)
                put_by = self.attic.get(f"{SLOT}{name}/{weight}", place[2])
                view[...] = _laid_over(view.copy(), put_by, self._now(weight, SLOT + name))
        return start

    def put_by(self) -> None:
        """Keep what has no place any more, or a smaller one."""
        for name, place in self.before.layout.items():
            there = self.after.layout.get(name)
            if there is None or there[2] != place[2]:
                self.attic.put(name, _taken(self.states[place[0]], place))
            if place[0] != PARAMS or (there is not None and (there[0], there[2]) == (PARAMS, place[2])):
                continue
            for slot in self.before.slots:
                array = self._now(name, SLOT + slot)
                if array is not None:
                    self.attic.put(f"{SLOT}{slot}/{name}", array)

    def best(self) -> dict[str, Array]:
        """The weights of the best epoch, if all of them have a place."""
        found = {BEST + arena: np.zeros(size, np.float32) for arena, size in self.after.sizes.items()}
        for name, place in self.after.layout.items():
            old = self.before.layout.get(name)
            kept = self.states.get(BEST + old[0]) if old is not None else None
            if old is None or kept is None or old[2] != place[2]:
                return {}
            _taken(found[BEST + place[0]], place)[...] = _taken(kept, old)
        return found

    def _now(self, name: str, slot: str = "") -> Array | None:
        """A weight, or what a slot (a number for every weight) has of it."""
        place = self.before.layout.get(name)
        if place is None or (slot and place[0] != PARAMS):
            return None
        array = self.states.get(slot or place[0])
        fits = array is not None and array.size == self.before.sizes[place[0]]
        return _taken(array, place) if array is not None and fits else None


def _laid_over(fresh: Array, put_by: Array | None, now: Array | None) -> Array:
    """`fresh`, with what is known laid over it as far as both reach."""
    found = fresh
    if put_by is not None and put_by.shape == fresh.shape:
        found = put_by.copy()
    if now is not None and now.ndim == fresh.ndim:
        both = tuple(slice(0, min(a, b)) for a, b in zip(now.shape, fresh.shape, strict=True))
        found = found.copy()
        found[both] = now[both]
    return found


def _taken(flat: Array, place: Place) -> Array:
    """A weight as a view of its arena."""
    _, offset, shape = place
    return flat[offset : offset + int(np.prod(shape))].reshape(shape)


def _tables(
    before: _Arena,
    after: _Arena,
    compiler: ModelCompiler,
    bundle: DataBundle,
    states: Mapping[str, Array],
) -> dict[str, Array]:
    """What layers on the host have learned; it is learned anew (from the same data) where they are others."""
    if before.hosts == after.hosts:
        return {name: array for name, array in states.items() if name.startswith(TABLE)}
    return HostSide(compiler, bundle.inputs, bundle.train, None).states()


def _adapt_new(
    compiler: ModelCompiler,
    bundle: DataBundle,
    before: _Arena,
    states: Mapping[str, Array],
    tables: Mapping[str, Array],
) -> None:
    """Let layers that came in look at the data; what others learned from it stays."""
    new = [name for name in compiler.weights() if name not in before.layout]
    if not new:
        return
    host = HostSide(compiler, bundle.inputs, bundle.train, tables or None)
    adapted = {name: array.copy() for name, array in states.items()}
    adapt_weights(compiler, host.inputs(bundle.inputs), bundle.train, adapted)
    for name in new:
        place = compiler.weights()[name].member
        part = slice(place.offset, place.offset + place.spec.size)
        states[place.arena][part] = adapted[place.arena][part]
