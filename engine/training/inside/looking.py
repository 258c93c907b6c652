"""Looking into the layers of a session, while it trains or not: for one example, and only for those that are asked for.

Weights and gradients are those in the run's own memory (the gradients of the last batch). Nothing of the run is changed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.compiler.inspect import Inner
from engine.compiler.lower import PARAMS
from engine.compiler.model import GRADS
from engine.devices.base import Executable
from engine.graph.document import output_ports
from engine.tensor.spec import Array, Shape
from engine.training.inside.records import Inside, InsideSeen, LayerSeen
from engine.training.inside.views import (
    LARGE,
    SMALL,
    attention_tiles,
    output_tiles,
    spread_of,
    weight_tiles,
)
from engine.training.session import GoOn, Session, always

PREFIX = "inside"  # of the example on the device
MOST_PROGRAMS = 4  # kept: people look at one layer, then at another, and back


class Looking:
    """Looks into one session. Used by the device's thread only.

    One example is little work, so NumPy does it, on a copy of the weights: it needs no compiler, which a run would have to
    wait for, and no part of the device that trains.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        from engine.devices.cpu.device import CpuDevice  # a device, for those who look

        self._device = CpuDevice(native=False)
        self._memory = self._device.memory()
        self._programs: dict[tuple[tuple[str, ...], int], tuple[Executable, dict[str, Inner]]] = {}

    def look(self, wish: Inside, go_on: GoOn = always) -> InsideSeen | None:
        """What is inside now; None where `go_on` said no."""
        session = self._session
        known = session.compiler.graph.nodes
        nodes = tuple(node for node in wish.nodes if node in known)
        if not nodes or not go_on():
            return InsideSeen(wish.name, session.step, {}) if not nodes else None
        rows = len(next(iter(wish.inputs.values())))
        executable, inner = self._program(nodes, rows)
        names = {arena for arena, _, _ in session.layout.values()} | {GRADS}
        arenas = {name: session.memory.read(name) for name in names}
        for name in names - {GRADS}:
            self._memory.write(name, arenas[name])
        for feature, array in session.as_seen(wish.inputs).items():
            self._memory.write(f"{PREFIX}{rows}/{feature}", array)
        zero, index = np.zeros(1, np.int32), np.arange(rows, dtype=np.int32)
        executable.run({"index": index[None], "step": zero, "seed": zero}, 1)
        found = {}
        for node in nodes:
            if not go_on():
                return None
            found[node] = self._seen(node, executable, inner[node], arenas, wish)
        return InsideSeen(wish.name, session.step, found)

    def _program(self, nodes: tuple[str, ...], rows: int) -> tuple[Executable, dict[str, Inner]]:
        known = self._programs.pop((nodes, rows), None)
        if known is None:
            session = self._session
            program, inner = session.compiler.inspect(f"{PREFIX}{rows}", nodes, rows)
            known = (self._device.compile(program, self._memory), inner)
        self._programs[nodes, rows] = known  # the last one is the newest
        if len(self._programs) > MOST_PROGRAMS:
            self._programs.pop(next(iter(self._programs)))[0].close()
        return known

    def _seen(
        self, node: str, executable: Executable, inner: Inner, arenas: Mapping[str, Array], wish: Inside
    ) -> LayerSeen:
        room = LARGE if wish.large else SMALL
        layer = self._session.compiler.graph.nodes[node].layer
        ports = [port.name for port in output_ports(layer)]
        values = {port: _shown(executable.output(f"output/{node}/{port}"), wish.plane) for port in ports}
        attention = [executable.output(f"attention/{node}/{k}")[0] for k in range(len(inner.attention))]
        states = [executable.output(f"state/{node}/{k}")[:, 0] for k in range(len(inner.states))]
        weights = self._weights(node, arenas, PARAMS)
        gradients = self._weights(node, arenas, GRADS)
        filters = {name: weight_tiles(array, inner.over, room) for name, array in weights.items()}
        return LayerSeen(
            {port: output_tiles(value, room) for port, value in values.items()},
            {port: spread_of(value) for port, value in values.items()},
            tuple(attention_tiles(a, room) for a in attention),
            tuple(output_tiles(s, room) for s in states),
            {name: spread_of(array) for name, array in weights.items()},
            {name: spread_of(array) for name, array in gradients.items()},
            {name: tiles for name, tiles in filters.items() if tiles is not None},
        )

    def _weights(self, node: str, arenas: Mapping[str, Array], kind: str) -> dict[str, Array]:
        """Arrays of a node's weights (of all arenas), or the gradients of those that are trained."""
        found: dict[str, Array] = {}
        owner = self._session.compiler.graph.nodes[node].weights
        for name, (arena, offset, shape) in self._session.layout.items():
            if name.partition("/")[0] != owner or (kind == GRADS and arena != PARAMS):
                continue
            source = arenas[GRADS if kind == GRADS else arena]
            found[name.partition("/")[2]] = _part(source, offset, shape)
        return found

    def close(self) -> None:
        """Free the programs."""
        for executable, _ in self._programs.values():
            executable.close()
        self._programs.clear()
        self._memory.close()
        self._device.close()


def _part(arena: Array, offset: int, shape: Shape) -> Array:
    size = int(np.prod(shape, dtype=np.int64))
    return arena[offset : offset + size].reshape(shape)


def _shown(output: Array, plane: tuple[int, int]) -> Array:
    """The output for the one example, or, over a plane, a map for each unit: (rows, columns, units)."""
    shown: Array = output[0] if plane == (0, 0) else output.reshape(*plane, -1)
    return shown
