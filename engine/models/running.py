"""Runs a network forward, without data set, loss or optimizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.compiler.model import ModelCompiler
from engine.devices.base import Executable
from engine.devices.registry import open_device
from engine.tensor.spec import Array
from engine.training.adaptation import TABLE, HostSide

PREFIX = "given"


class Runner:
    """A compiled network with its weights on a device.

    Args:
        compiler: of the network, without targets.
        weights: by `<node>/<weight>`, what layers on the host learned included.
        ends: (node, port) of each output.
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
        arrays = self._host.inputs(inputs)
        rows = len(next(iter(arrays.values())))
        batch = min(batch, rows)
        for name, array in arrays.items():
            dtype = self._compiler.inputs[name].as_seen.dtype
            self._memory.write(f"{PREFIX}/{name}", np.ascontiguousarray(array, dtype.numpy))
        executable = self._executable(rows, batch)
        parts: list[list[Array]] = [[] for _ in self._ends]
        zero = np.zeros(1, np.int32)
        for start in range(0, rows, batch):
            index = np.minimum(np.arange(start, start + batch), rows - 1).astype(np.int32)
            executable.run({"index": index[None], "step": zero, "seed": zero}, 1)
            for found, (node, port) in zip(parts, self._ends, strict=True):
                found.append(executable.output(f"{node}/{port}")[: rows - start].copy())
        return [np.concatenate(found) for found in parts]

    def _executable(self, rows: int, batch: int) -> Executable:
        key = (rows, batch)
        if key not in self._compiled:
            program = self._compiler.predict(rows, batch, PREFIX, self._ends)
            self._compiled[key] = self._device.compile(program, self._memory)
        return self._compiled[key]

    def close(self) -> None:
        """Give everything back."""
        for executable in self._compiled.values():
            executable.close()
        self._memory.close()
        self._device.close()
