"""Runs a network forward, without data set, loss or optimizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.compiler.model import ModelCompiler
from engine.devices.base import Executable
from engine.devices.registry import open_device
from engine.tensor.spec import Array
from engine.training.adaptation import HostSide
from engine.training.memory import TABLE

PREFIX = "given"
MOST_ROOM = 64  # times the rows that are given; more would take longer to fill than to compile anew


class Batches:
    """Inputs on the device, cut into batches of equal size; the last one is filled up with the last row.

    Args:
        executable: reads the rows `index` of them.
        rows: of the inputs; those behind them only fill a place that is larger.
        size: of a batch.
        names: of the outputs.
    """

    def __init__(self, executable: Executable, rows: int, size: int, names: Sequence[str]) -> None:
        self._executable = executable
        self._names = tuple(names)
        self.rows = rows
        self.size = size
        self.count = -(-rows // size)
        index = np.minimum(np.arange(self.count * size), rows - 1)
        self._index = index.astype(np.int32).reshape(self.count, size)

    def compute(self, first: int, steps: int = 1) -> None:
        """Run the network on `steps` batches from batch `first` on; after the last one comes the first."""
        zero = np.zeros(steps, np.int32)
        index = self._index[np.arange(first, first + steps) % self.count]
        self._executable.run({"index": index, "step": zero, "seed": zero}, steps)

    def outputs(self) -> list[Array]:
        """The outputs (size, ..) for the batch that was computed last."""
        return [self._executable.output(name) for name in self._names]


class Runner:
    """A compiled network with its weights on a device.

    Args:
        compiler: of the network, without targets.
        weights: by `<node>/<weight>`, what layers on the host learned included.
        ends: (node, port) of each output; none: those of the compiler's targets.
        device: cpu or gl.
    """

    def __init__(
        self,
        compiler: ModelCompiler,
        weights: Mapping[str, Array],
        ends: Sequence[tuple[str, str]],
        device: str,
    ) -> None:
        self._compiler = compiler
        self._ends = tuple(ends)
        self._placed = tuple(e for e in ends if e[0] in compiler.graph.nodes)  # others are on the host
        self._names = [f"{n}/{p}" for n, p in self._placed]
        if not self._ends:
            self._names = [f"y{k}" for k in range(len(compiler.objectives))]
        tables = {TABLE + name: weights[name] for name in compiler.tables()}
        self._host = HostSide(compiler, {}, range(0), tables or {"": np.zeros(0)})
        self._device = open_device(device)
        self._memory = self._device.memory()
        self._compiled: dict[tuple[int, int], Executable] = {}
        flats = {arena: np.zeros(size, np.float32) for arena, size in compiler.arena_sizes().items()}
        for name, weight in compiler.weights().items():
            place = weight.member
            flats[place.arena][place.offset : place.offset + place.spec.size] = weights[name].reshape(-1)
        for arena, flat in flats.items():
            self._memory.write(arena, flat)

    def run(self, inputs: Mapping[str, Array], batch: int) -> list[Array]:
        """The outputs (rows, ..) for inputs (rows, ..) as stored."""
        found = self._on_device(inputs, batch) if self._names else []
        if not self._ends:
            return found
        computed = dict(zip(self._placed, found, strict=True))
        return [computed[end] if end in computed else self._host.output(end[0], inputs) for end in self._ends]

    def _on_device(self, inputs: Mapping[str, Array], batch: int) -> list[Array]:
        placed = self.place(inputs, batch)
        parts: list[list[Array]] = [[] for _ in self._names]
        for k in range(placed.count):
            placed.compute(k)
            for found, output in zip(parts, placed.outputs(), strict=True):
                found.append(output[: placed.rows - k * placed.size])
        return [np.concatenate(found) for found in parts]

    def place(self, inputs: Mapping[str, Array], batch: int) -> Batches:
        """Bring inputs (rows, ..) as stored to the device; what was placed before is gone."""
        arrays = self._host.inputs(inputs)
        rows = len(next(iter(arrays.values())))
        room, size = self._room_for(rows, batch)
        for name, array in arrays.items():
            dtype = self._compiler.inputs[name].as_seen.dtype
            filled = np.concatenate([array, np.repeat(array[-1:], room - rows, 0)]) if room > rows else array
            self._memory.write(f"{PREFIX}/{name}", np.ascontiguousarray(filled, dtype.numpy))
        return Batches(self._executable(room, size), rows, size, self._names)

    def _room_for(self, rows: int, batch: int) -> tuple[int, int]:
        """Rows to place and the size of a batch: as compiled before, where that has room; compiling takes longest."""
        fitting = [(room, size) for room, size in self._compiled if room >= rows and size <= batch]
        spare = [(room, size) for room, size in fitting if room <= MOST_ROOM * rows]
        return min(spare, default=(rows, min(batch, rows)))

    def _executable(self, rows: int, batch: int) -> Executable:
        key = (rows, batch)
        if key not in self._compiled:
            program = self._compiler.predict(rows, batch, PREFIX, self._placed)
            self._compiled[key] = self._device.compile(program, self._memory)
        return self._compiled[key]

    def close(self) -> None:
        """Give everything back."""
        for executable in self._compiled.values():
            executable.close()
        self._memory.close()
        self._device.close()
