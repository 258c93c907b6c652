"""Many variants of a model trained side by side: seeds, rates, penalties, activations, sizes.

On a device that can run many models at once, all variants train in the same launches where their programs can be told as
one (`engine.compiler.joining`), else as many of them as that is true of. On other devices they train one after the other.
Each variant learns what it would learn alone, within rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np

from engine.compiler.joining import joined
from engine.compiler.lower import FROZEN, PARAMS, STATS
from engine.compiler.model import DATA, REPORT, ModelCompiler
from engine.compiler.padding import Padded, padded
from engine.compiler.variants import UnlikeError, shape_of
from engine.compiler.widest import widest
from engine.data.bundle import DataBundle
from engine.devices.base import Device, Executable, Memory, Watch
from engine.graph.document import ModelGraph
from engine.program.program import Program, Storage
from engine.schedules.base import Run
from engine.tensor.spec import Array
from engine.training.adaptation import HostSide, adapt_weights
from engine.training.features import class_counts, feature_specs
from engine.training.memory import Memory as RunMemory
from engine.training.objectives import objectives_of
from engine.training.order import BatchOrder
from engine.training.pace import Pace
from engine.training.settings import TrainingSettings


class ManyModels(Protocol):
    """A program that trains several models, each from its own states."""

    def write(self, name: str, array: Array) -> None:
        """A state of all models: (models, ...)."""
        ...

    def read(self, name: str) -> Array:
        """A state of all models."""
        ...

    def run(self, feeds: Mapping[str, Array], steps: int) -> None:
        """Run steps of all models; feeds are (steps, models, ..), or (steps, 1, ..) where they are the same for all."""
        ...

    def close(self) -> None:
        """Free everything."""
        ...


@runtime_checkable
class TrainsMany(Protocol):
    """A device that trains many models at once, where they are small."""

    def compile_many(
        self, program: Program, memory: Memory, models: int, watch: Watch | None = None
    ) -> ManyModels | None:
        """The program for so many models on the data in `memory`; None where it does not fit."""
        ...


@dataclass(frozen=True)
class Variant:
    """A network without errors, and how it is trained."""

    graph: ModelGraph
    settings: TrainingSettings


class Member:
    """What a variant is made of, before any device."""

    def __init__(self, variant: Variant, bundle: DataBundle) -> None:
        self.settings = variant.settings
        self._graph, self._bundle = variant.graph, bundle
        objectives = objectives_of(variant.graph, bundle.spec, class_counts(bundle))
        self.compiler = ModelCompiler(variant.graph, feature_specs(bundle.spec), objectives)
        self.batch = min(self.settings.batch_size, len(bundle.train))
        rows = len(next(iter(bundle.inputs.values())))
        self._rows = rows
        self.program = self.wide = self.compiler.train(self.settings.optimizer, rows, self.batch)
        self.order = BatchOrder(self.settings.seed, bundle.train, self.batch)
        run = Run(self.settings.optimizer.learning_rate, self.order.last_step(self.settings.epochs))
        self.pace = Pace(self.settings.schedule, run, RunMemory())

    def widen(self, graph: ModelGraph) -> None:
        """Let it also be trained as part of another graph, which has room for it."""
        if graph is self._graph:
            return
        try:
            objectives = objectives_of(graph, self._bundle.spec, class_counts(self._bundle))
            compiler = ModelCompiler(graph, feature_specs(self._bundle.spec), objectives)
            self.wide = compiler.train(self.settings.optimizer, self._rows, self.batch)
        except ValueError:  # settings that do not go together: it trains as it is
            return

    @property
    def key(self) -> Hashable:
        """Equal for variants of one program."""
        plain = self.settings.optimizer.model_copy(update={"learning_rate": 1.0})
        return id(self._graph), type(plain), plain.model_dump_json(), self.batch

    @cached_property
    def inputs(self) -> dict[str, Array]:
        """The inputs of the device's part of the network."""
        return HostSide(self.compiler, self._bundle.inputs, self._bundle.train, None).inputs(
            self._bundle.inputs
        )

    @property
    def data(self) -> dict[str, Array]:
        """What programs gather from."""
        arrays = {**self.inputs, **self._bundle.targets, **self._bundle.weights}
        return {f"{DATA}/{name}": array for name, array in arrays.items()}

    def initial(self) -> dict[str, Array]:
        """All states before the first step."""
        states = self.compiler.initial(self.program, self.settings.optimizer, self.settings.seed)
        adapt_weights(self.compiler, self.inputs, self._bundle.train, states)
        return {name: states[name] for name in self.program.named(Storage.STATE)}

    def feeds(self, step: int, steps: int) -> dict[str, Array]:
        """Of all steps but for the batches."""
        numbers = np.arange(step, step + steps, dtype=np.int32)
        return {
            "step": numbers,
            "seed": np.full(steps, self.settings.seed, np.int32),
            "learning_rate": self.pace.rates(numbers),
            **self.settings.optimizer.feeds(numbers),
        }


class _Group(Protocol):
    """Variants that train together."""

    members: Sequence[Member]

    def advance(self, step: int, steps: int) -> None: ...

    def read(self, name: str) -> Array: ...

    def state(self, number: int, name: str) -> Array: ...

    def states(self, names: Collection[str]) -> list[dict[str, Array]]: ...

    def write(self, name: str, array: Array) -> None: ...

    def close(self) -> None: ...


class Sweep:
    """Variants side by side on one device. Used by the device's thread only.

    Args:
        variants: at least one; all learn from the same data.
        bundle: the data.
        device: stays open when the sweep is closed.
        watch: sees how the device prepares the steps, and may end that by raising.
    """

    def __init__(
        self, variants: Sequence[Variant], bundle: DataBundle, device: Device, watch: Watch | None = None
    ) -> None:
        self.step = 0
        self._members = [Member(v, bundle) for v in variants]
        graphs = [v.graph for v in variants]
        for member, variant in zip(self._members, variants, strict=True):
            member.widen(widest(variant.graph, graphs))
        self._groups = _grouped(self._members, range(len(variants)), device, watch)

    @property
    def groups(self) -> list[list[int]]:
        """Numbers of the variants that train in the same launches."""
        return [numbers for numbers, _ in self._groups]

    def advance(self, steps: int) -> None:
        """Run the next `steps` training steps of every variant."""
        for _, group in self._groups:
            group.advance(self.step, steps)
        self.step += steps

    def report(self) -> list[dict[str, float]]:
        """Loss and metrics of each variant's steps since the last call; empty if there were none."""
        found: list[dict[str, float]] = [{} for _ in self._members]
        for numbers, group in self._groups:
            sums = group.read(REPORT)
            group.write(REPORT, np.zeros_like(sums))
            for i, row in zip(numbers, sums, strict=True):
                found[i] = self._members[i].compiler.layout.read(row.astype(np.float64))
        return found

    @property
    def together(self) -> bool:
        """Whether no variant waits for another of its group."""
        return all(isinstance(group, _Together) for _, group in self._groups)

    def wait(self) -> None:
        """Until all steps are done."""
        for _, group in self._groups:
            group.read(REPORT)

    @property
    def members(self) -> Sequence[Member]:
        """What each variant is made of."""
        return self._members

    def weights(self) -> list[dict[str, Array]]:
        """Copies of the arenas of all weights of each variant, all of them read at once."""
        found: list[dict[str, Array]] = [{} for _ in self._members]
        for numbers, group in self._groups:
            for i, states in zip(numbers, group.states((PARAMS, STATS, FROZEN)), strict=True):
                found[i] = states
        return found

    def states(self, variant: int) -> dict[str, Array]:
        """Copies of all states of one variant, as a `Session` takes them."""
        numbers, group = next(g for g in self._groups if variant in g[0])
        names = self._members[variant].program.named(Storage.STATE)
        return {name: group.state(numbers.index(variant), name) for name in names}

    def close(self) -> None:
        """Free everything on the device."""
        for _, group in self._groups:
            group.close()
        self._groups.clear()


def _wide_shape(member: Member) -> Hashable:
    return shape_of(member.wide)


def _own_shape(member: Member) -> Hashable:
    return shape_of(member.program)


Alike = Callable[[Member], Hashable]  # equal for variants that may train together
WAYS: tuple[Alike, ...] = (lambda _member: True, _wide_shape, _own_shape)


def _grouped(
    members: Sequence[Member],
    numbers: Sequence[int],
    device: Device,
    watch: Watch | None,
    ways: Sequence[Alike] = WAYS,
) -> list[tuple[list[int], _Group]]:
    """Those numbers of members in as few groups as possible: by the first of the ways, else by those after it."""
    if not ways or not isinstance(device, TrainsMany):
        return [(list(numbers), _OneByOne([members[i] for i in numbers], device, watch))]
    groups: list[tuple[list[int], _Group]] = []
    try:
        for own in _gathered(members, numbers, ways[0]):
            by_kind = _gathered(members, own, _wide_shape)
            group = _together([[members[i] for i in kind] for kind in by_kind], device, watch)
            if group is None:
                groups += _grouped(members, own, device, watch, ways[1:])
            else:
                groups.append(([i for kind in by_kind for i in kind], group))
    except BaseException:
        for _, made in groups:
            made.close()
        raise
    return groups


def _gathered(members: Sequence[Member], numbers: Sequence[int], alike: Alike) -> list[list[int]]:
    found: dict[Hashable, list[int]] = {}
    for i in numbers:
        found.setdefault(alike(members[i]), []).append(i)
    return list(found.values())


def _together(kinds: Sequence[Sequence[Member]], device: Device, watch: Watch | None) -> _Together | None:
    """Members in the same launches, each kind with a widest program of its own; None where that is not possible."""
    assert isinstance(device, TrainsMany)  # the caller has looked
    try:
        whole = joined([padded(kind[0].wide, [m.program for m in kind]) for kind in kinds])
    except UnlikeError:
        return None
    members = [m for kind in kinds for m in kind]
    memory = device.memory()
    many = None
    try:
        for name, array in members[0].data.items():
            memory.write(name, array)
        many = device.compile_many(whole.program, memory, len(members), watch)
    finally:
        if many is None:
            memory.close()
    return None if many is None else _Together(members, memory, many, whole)


class _Together:
    """Variants in the same launches."""

    def __init__(self, members: Sequence[Member], memory: Memory, many: ManyModels, joined: Padded) -> None:
        self.members = members
        self._memory, self._many = memory, many
        self._joined = joined
        self._beside = ThreadPoolExecutor(1, "batches")
        self._ready: tuple[tuple[int, int], Future[Array] | None] = ((0, 0), None)
        initial = [m.initial() for m in members]
        for name in initial[0]:
            many.write(name, np.stack([joined.embed(name, i, own[name]) for i, own in enumerate(initial)]))
        for name, array in joined.states.items():
            many.write(name, array)

    def advance(self, step: int, steps: int) -> None:
        each = [m.feeds(step, steps) for m in self.members]
        feeds = {name: np.stack([f[name] for f in each], axis=1) for name in each[0]}
        feeds["index"] = self._batches(step, steps)
        for name, array in self._joined.feeds.items():
            feeds[name] = np.broadcast_to(array, (steps, *array.shape))
        self._many.run(feeds, steps)

    def _batches(self, step: int, steps: int) -> Array:
        """The batches of those steps, which were drawn while the device was busy with the steps before."""
        wanted, ready = self._ready
        found = ready.result() if ready is not None else None
        if found is None or wanted != (step, steps):
            found = self._drawn(step, steps)
        following = (step + steps, steps)
        self._ready = (following, self._beside.submit(self._drawn, *following))
        return found

    def _drawn(self, step: int, steps: int) -> Array:
        drawn = {m.settings.seed: m.order.batches(step, steps) for m in self._first_of_each_seed()}
        readers = self.members if len(drawn) > 1 else self.members[:1]
        return np.stack([drawn[m.settings.seed] for m in readers], axis=1)

    def _first_of_each_seed(self) -> Sequence[Member]:
        return list({m.settings.seed: m for m in self.members}.values())

    def read(self, name: str) -> Array:
        return self._many.read(name)

    def state(self, number: int, name: str) -> Array:
        like = self.members[number].program.named(Storage.STATE)[name].spec
        return self._joined.extract(name, number, self._many.read(name)[number], like)

    def states(self, names: Collection[str]) -> list[dict[str, Array]]:
        known = [m.program.named(Storage.STATE) for m in self.members]
        rows = {name: self._many.read(name) for name in names if any(name in own for own in known)}
        return [
            {n: self._joined.extract(n, i, array[i], own[n].spec) for n, array in rows.items() if n in own}
            for i, own in enumerate(known)
        ]

    def write(self, name: str, array: Array) -> None:
        self._many.write(name, array)

    def close(self) -> None:
        self._beside.shutdown(cancel_futures=True)
        self._many.close()
        self._memory.close()


class _OneByOne:
    """Variants one after the other; those of one program take turns on it."""

    def __init__(self, members: Sequence[Member], device: Device, watch: Watch | None) -> None:
        self.members = members
        self._made: list[tuple[Memory, Executable]] = []
        self._places: list[int] = []  # of each member's program
        self._states: list[dict[str, Array]] = [m.initial() for m in members]
        known: dict[Hashable, int] = {}
        for member in members:
            place = known.setdefault(member.key, len(self._made))
            if place == len(self._made):
                self._make(member, device, watch)
            self._places.append(place)

    def _make(self, member: Member, device: Device, watch: Watch | None) -> None:
        memory = device.memory()
        try:
            for name, array in {**member.data, **member.initial()}.items():
                memory.write(name, array)
            self._made.append((memory, device.compile(member.program, memory, watch)))
        except BaseException:
            memory.close()
            self.close()
            raise

    def advance(self, step: int, steps: int) -> None:
        for member, place, states in zip(self.members, self._places, self._states, strict=True):
            memory, executable = self._made[place]
            for name, array in states.items():
                memory.write(name, array)
            executable.run({**member.feeds(step, steps), "index": member.order.batches(step, steps)}, steps)
            for name in states:
                states[name] = memory.read(name)

    def read(self, name: str) -> Array:
        return np.stack([states[name] for states in self._states])

    def state(self, number: int, name: str) -> Array:
        return self._states[number][name]

    def states(self, names: Collection[str]) -> list[dict[str, Array]]:
        return [{n: own[n] for n in names if n in own} for own in self._states]

    def write(self, name: str, array: Array) -> None:
        for states, row in zip(self._states, array, strict=True):
            states[name] = np.array(row)

    def close(self) -> None:
        for memory, executable in self._made:
            executable.close()
            memory.close()
