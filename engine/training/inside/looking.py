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
from engine.program.program import Program
from engine.tensor.spec import Array, Shape
from engine.training.inference import GoOn, always
from engine.training.inside.records import Inside, InsideSeen, LayerSeen
from engine.training.inside.views import (
    LARGE,
    SMALL,
    attention_tiles,
    output_tiles,
    spread_of,
    weight_tiles,
)
from engine.training.session import Session
from engine.training.watching.beside import Beside

PREFIX = "inside"  # of the example on the device
MOST_UNITS = 512  # whose single numbers are shown
_Key = tuple[tuple[str, ...], int, bool]  # nodes, rows, whether they are shown large


class Looking:
    """Looks into one session, on a copy of the network beside it. Used by the device's thread only."""

    def __init__(self, session: Session, beside: Beside | None = None) -> None:
        self._session = session
        self._own = beside is None
        self._beside = beside or Beside(session)
        self._inner: dict[_Key, dict[str, Inner]] = {}

    def look(self, wish: Inside, go_on: GoOn = always) -> InsideSeen | None:
        """What is inside now; None where `go_on` said no."""
        session, beside = self._session, self._beside
        known = session.compiler.graph.nodes
        nodes = tuple(node for node in wish.nodes if node in known)
        if not nodes or not go_on():
            return InsideSeen(wish.name, session.step, {}) if not nodes else None
        rows = len(next(iter(wish.inputs.values())))
        executable, inner = self._program((nodes, rows, wish.large))
        beside.refresh()
        arenas = {name: session.memory.read(name) for name in self._arenas()}
        beside.put(f"{PREFIX}{rows}", wish.inputs)
        beside.run(executable, rows)
        found = {}
        for node in nodes:
            if not go_on():
                return None
            found[node] = self._seen(node, executable, inner[node], arenas, wish)
        return InsideSeen(wish.name, session.step, found)

    def _arenas(self) -> set[str]:
        return {arena for arena, _, _ in self._session.layout.values()} | {GRADS}

    def _program(self, key: _Key) -> tuple[Executable, dict[str, Inner]]:
        nodes, rows, large = key
        made: dict[str, Inner] = {}

        def make() -> Program:
            program, inner = self._session.compiler.inspect(f"{PREFIX}{rows}", nodes, rows, closely=large)
            made.update(inner)
            return program

        executable = self._beside.executable((PREFIX, key), make)
        if made:
            self._inner[key] = made
        return executable, self._inner[key]

    def _seen(
        self, node: str, executable: Executable, inner: Inner, arenas: Mapping[str, Array], wish: Inside
    ) -> LayerSeen:
        room = LARGE if wish.large else SMALL
        layer = self._session.compiler.graph.nodes[node].layer
        ports = [port.name for port in output_ports(layer)]
        values = {port: _shown(executable.output(f"output/{node}/{port}"), wish.plane) for port in ports}
        attention = [executable.output(f"attention/{node}/{k}")[0] for k in range(len(inner.attention))]
        states = [
            (name, executable.output(f"state/{node}/{k}")[:, 0]) for k, (name, _) in enumerate(inner.states)
        ]
        weights = self._weights(node, arenas, PARAMS)
        gradients = self._weights(node, arenas, GRADS)
        filters = {name: weight_tiles(array, inner.over, room) for name, array in weights.items()}
        return LayerSeen(
            {port: output_tiles(value, room) for port, value in values.items()},
            {port: spread_of(value) for port, value in values.items()},
            tuple(attention_tiles(a, room) for a in attention),
            tuple((name, output_tiles(s, room)) for name, s in states),
            {name: spread_of(array) for name, array in weights.items()},
            {name: spread_of(array) for name, array in gradients.items()},
            {name: tiles for name, tiles in filters.items() if tiles is not None},
            {n: np.array(a[:MOST_UNITS]) for n, a in weights.items() if wish.large and a.ndim == 1},
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
        """Free what was made for looking alone."""
        if self._own:
            self._beside.close()


def _part(arena: Array, offset: int, shape: Shape) -> Array:
    size = int(np.prod(shape, dtype=np.int64))
    return arena[offset : offset + size].reshape(shape)


def _shown(output: Array, plane: tuple[int, int]) -> Array:
    """The output for the one example, or, over a plane, a map for each unit: (rows, columns, units)."""
    shown: Array = output[0] if plane == (0, 0) else output.reshape(*plane, -1)
    return shown
