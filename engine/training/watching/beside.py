"""The network a second time, on NumPy beside the device that trains: for looks that must neither disturb nor wait.

A few examples are little work. NumPy needs no compiler, which a run would have to wait for, and no part of the device.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np

from engine.compiler.model import GRADS
from engine.devices.base import Executable
from engine.graph.document import output_ports
from engine.program.program import Program
from engine.tensor.spec import Array
from engine.training.session import Session

MOST_PROGRAMS = 8  # kept: people look at one thing, then at another, and back
Tap = tuple[str, str]


class Beside:
    """The network of one session with its weights of now. Used by the device's thread only."""

    def __init__(self, session: Session) -> None:
        self.session = session
        from engine.devices.cpu.device import CpuDevice  # a device, for those who look

        self._device = CpuDevice(native=False)
        self._memory = self._device.memory()
        self._programs: dict[Hashable, Executable] = {}
        self._copied: int | None = None  # step that the weights are of

    def forget(self) -> None:
        """The weights are others although the step may be the same."""
        self._copied = None

    def refresh(self) -> None:
        """Take the weights of now."""
        session = self.session
        if self._copied == session.step:
            return
        for arena in {arena for arena, _, _ in session.layout.values()}:
            self._memory.write(arena, session.memory.read(arena))
        self._copied = session.step

    def weights(self) -> dict[str, Array]:
        """Copies of those that it has, by arena."""
        arenas = {arena for arena, _, _ in self.session.layout.values()}
        return {arena: self._memory.read(arena) for arena in arenas}

    def wear(self, weights: Mapping[str, Array]) -> None:
        """Take these until it is refreshed."""
        for arena, array in weights.items():
            self._memory.write(arena, array)
        self._copied = None

    def gradients(self) -> Array:
        """Those of the last batch, as they lie in the arena."""
        return self.session.memory.read(GRADS)

    def tap_of(self, node: str) -> Tap | None:
        """The first output of a node that the device's part of the network has."""
        found = self.session.compiler.graph.nodes.get(node)
        ports = output_ports(found.layer) if found is not None else ()
        return (node, ports[0].name) if ports else None

    def executable(self, key: Hashable, make: Callable[[], Program]) -> Executable:
        """A program on this copy of the network, made where it is not known yet."""
        known = self._programs.pop(key, None) or self._device.compile(make(), self._memory)
        self._programs[key] = known  # the last one is the newest
        if len(self._programs) > MOST_PROGRAMS:
            self._programs.pop(next(iter(self._programs))).close()
        return known

    def put(self, prefix: str, inputs: Mapping[str, Array]) -> None:
        """Give inputs (batch first, as the network sees them) to the programs that read under a prefix."""
        for feature, array in self.session.as_seen(inputs).items():
            self._memory.write(f"{prefix}/{feature}", array)

    def write(self, name: str, array: Array) -> None:
        """Give any other tensor to the programs."""
        self._memory.write(name, array)

    def read(self, name: str) -> Array:
        """A copy of a tensor."""
        return self._memory.read(name)

    def run(self, executable: Executable, rows: int, **feeds: Array) -> None:
        """Run a program on the rows that were put."""
        zero, index = np.zeros(1, np.int32), np.arange(rows, dtype=np.int32)
        executable.run({"index": index[None], "step": zero, "seed": zero, **feeds}, 1)

    def predict(self, inputs: Mapping[str, Array], taps: Sequence[Tap] = ()) -> dict[str, Array]:
        """Outputs `y0` .. and `<node>/<port>` for a batch of inputs, with the weights of now."""
        self.refresh()
        rows, compiler = len(next(iter(inputs.values()))), self.session.compiler
        prefix, taps = f"beside{rows}", tuple(taps)
        self.put(prefix, inputs)
        made = self.executable(("predict", rows, taps), lambda: compiler.predict(rows, rows, prefix, taps))
        self.run(made, rows)
        names = (*(f"y{k}" for k in range(self.session.outputs)), *(f"{n}/{p}" for n, p in taps))
        return {name: np.array(made.output(name)) for name in names}

    def close(self) -> None:
        """Free everything."""
        for executable in self._programs.values():
            executable.close()
        self._programs.clear()
        self._memory.close()
        self._device.close()
