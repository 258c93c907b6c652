"""A program on the CPU: everything prepared once, so that a step is a plain list of calls."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.compiler.plan_memory import Planned
from engine.devices.base import DeviceError, Timing, Watch
from engine.devices.cpu.calls import Call, Lanes, Scratch, Task, Total, aligned_bytes
from engine.devices.cpu.kernels import prepare
from engine.devices.cpu.memory import CpuMemory
from engine.program.costs import cost_of
from engine.program.garbage import all_stays
from engine.program.program import Node, Storage, Value
from engine.tensor.spec import Array

if TYPE_CHECKING:
    from engine.devices.cpu.native.entry import Entry
    from engine.devices.cpu.native.lowering import Lowering, Whole

_SHARED = {Storage.DATA, Storage.STATE}


class CpuExecutable:
    """The `Executable` of the CPU device."""

    @all_stays()
    def __init__(
        self,
        planned: Planned,
        memory: CpuMemory,
        lowering: Lowering | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._planned = planned
        self._lowering = lowering
        self._memory = memory
        self._version = -1
        self._views: dict[int, Array] = {}
        self._calls: list[Call] = []
        self._whole: Whole | None = None
        self._buffers = {
            name: aligned_bytes(nbytes)
            for name, nbytes in planned.sizes.items()
            if not name.startswith(("data:", "state:"))
        }
        program = planned.program
        plain: list[tuple[Node, list[Node]]] = [(node, []) for node in planned.steps]
        self._groups = plain if lowering is None else list(lowering.grouped(planned.steps, program))
        self._feeds = {
            v.name: self._own_view(v) for v in program.values.values() if v.storage is Storage.FEED
        }
        for value_id, array in program.constants.items():
            np.copyto(self._own_view(program.values[value_id]), array)
        self._scratch = aligned_bytes(self._measure(watch))

    @property
    def nbytes(self) -> int:
        """Bytes of temporaries, constants, feeds and working memory."""
        return self._planned.own_bytes + self._scratch.nbytes

    @property
    def is_native(self) -> bool:
        """Whether its steps, once it has run, are machine code from end to end."""
        return self._whole is not None

    def run(self, feeds: Mapping[str, Array], steps: int = 1) -> None:
        """Run `steps` steps; each feed has the steps as its leading axis.

        Raises:
            DeviceError: a feed is missing or of another shape, or a shared tensor is.
        """
        if self._version != self._memory.version:
            self._bind()
        arrays = [self._checked(name, feeds, steps) for name in self._feeds]
        if self._whole is not None:
            kinds = [target.dtype for target in self._feeds.values()]
            self._whole.run([np.ascontiguousarray(a, k) for a, k in zip(arrays, kinds, strict=True)], steps)
            return
        given, calls = list(zip(self._feeds.values(), arrays, strict=True)), self._calls
        with np.errstate(all="ignore"):
            for k in range(steps):
                for target, array in given:
                    target[...] = array[k]
                for function, inputs, out in calls:
                    function(*inputs, out=out)

    def profile(self, feeds: Mapping[str, Array]) -> list[Timing]:
        """Run one step and time each op; its calls are those of `run`, prepared anew for each op by itself."""
        if self._version != self._memory.version:
            self._bind()
        for name, target in self._feeds.items():
            target[...] = self._checked(name, feeds, 1)[0]
        scratch = Scratch(self._scratch, self._lowering)
        timings: list[Timing] = []
        began = time.perf_counter()
        with np.errstate(all="ignore"):
            for node, sums in self._groups:
                calls = _lowered(self._of_node(node, sums, self._views, scratch), self._lowering)
                begun = time.perf_counter()
                for function, inputs, out in calls:
                    function(*inputs, out=out)
                took = time.perf_counter() - begun
                cost = cost_of(self._planned.program, node)
                facts = (node.op.name, node.origin, node.phase, begun - began, took, len(calls))
                timings.append(Timing(*facts, *cost))
        return timings

    def output(self, name: str) -> Array:
        """An output of the last step."""
        return self._views[self._planned.program.outputs[name]].copy()

    def close(self) -> None:
        """Free what belongs to this program alone."""
        self._views.clear()
        self._calls.clear()
        self._whole = None
        self._feeds.clear()
        self._buffers.clear()
        self._scratch = np.empty(0, np.uint8)

    # -- preparation -----------------------------------------------------------------------------------------
    @all_stays()
    def _bind(self) -> None:
        program = self._planned.program
        shared = {
            f"{v.storage.value}:{v.name}": self._shared(v)
            for v in program.values.values()
            if v.storage in _SHARED
        }
        self._views = self._all_views(shared)
        calls = self._prepare(self._views, Scratch(self._scratch, self._lowering))
        self._calls = _lowered(calls, self._lowering)
        if self._lowering is not None:
            self._whole = self._lowering.whole(self._calls, list(self._feeds.values()))
        self._version = self._memory.version

    def _measure(self, watch: Watch | None) -> int:
        """Bytes of working memory; uses untouched memory in place of the shared tensors, which may not exist yet."""
        shared = {
            n: np.empty(size, np.uint8) for n, size in self._planned.sizes.items() if n not in self._buffers
        }
        collector = None if self._lowering is None else self._lowering.collector()
        scratch = Scratch(lowering=collector)
        calls = self._prepare(self._all_views(shared), scratch)
        if collector is not None:
            _lowered(calls, collector)
            collector.make(watch)
        return scratch.needed

    def _all_views(self, shared: Mapping[str, Array]) -> dict[int, Array]:
        buffers = {**self._buffers, **shared}
        return {i: self._view(self._planned.program.values[i], buffers) for i in self._planned.locations}

    def _prepare(self, views: Mapping[int, Array], scratch: Scratch) -> list[Call]:
        calls: list[Call] = []
        for node, sums in self._groups:
            calls += self._of_node(node, sums, views, scratch)
        return calls

    def _of_node(
        self, node: Node, sums: Sequence[Node], views: Mapping[int, Array], scratch: Scratch
    ) -> list[Call]:
        scratch.release()
        inputs, outputs = ([views[i] for i in ids] for ids in (node.inputs, node.outputs))
        totals: Sequence[Total] = ()
        if sums and self._lowering is not None:
            targets = [views[s.outputs[0]] for s in sums]
            totals = self._lowering.totals(node, sums, self._planned.program, targets)
        return prepare(Task(node, inputs, outputs, scratch, totals))

    def _shared(self, value: Value) -> Array:
        array = self._memory.bind(value.name, value.spec, writable=value.storage is Storage.STATE)
        return array.reshape(-1).view(np.uint8)

    def _own_view(self, value: Value) -> Array:
        return self._view(value, self._buffers)

    def _view(self, value: Value, buffers: Mapping[str, Array]) -> Array:
        place = self._planned.locations[value.id]
        part = buffers[place.buffer][place.offset : place.offset + value.spec.nbytes]
        return part.view(value.spec.dtype.numpy).reshape(value.spec.shape)

    def _checked(self, name: str, feeds: Mapping[str, Array], steps: int) -> Array:
        if name not in feeds:
            raise DeviceError(f"The program needs the feed {name}, received {', '.join(feeds) or 'none'}.")
        array = np.asarray(feeds[name])
        expected = (steps, *self._feeds[name].shape)
        if array.shape != expected:
            raise DeviceError(f"The feed {name} must have the shape {expected}, received {array.shape}.")
        return array


def _lowered(calls: Sequence[Call], lowering: Lowering | None) -> list[Call]:
    """The calls with those for which there is machine code joined into lists."""
    if lowering is None:
        return list(calls)
    found: list[Call] = []
    entries: list[Entry] = []
    for call in calls:
        more = lowering.entries(call)
        if more is not None:
            entries += more
            continue
        found += lowering.joined(entries)
        entries = []
        if isinstance(call.function, Lanes):  # something in it is NumPy's: one list after the other
            found += _lowered([c for calls in call.function.calls for c in calls], lowering)
        else:
            found.append(call)
    return found + lowering.joined(entries)
