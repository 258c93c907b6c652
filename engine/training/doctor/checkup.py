"""Checkups of a session: a few numbers of every layer and weight, on the batch that comes next.

They change no bit of the run: the program reads the run's states and writes none, and the training step that the size of
updates is measured on is the one that was due anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.compiler.checkup import GRADIENT, WEIGHT, Output, Signs, read_signs
from engine.compiler.lower import PARAMS
from engine.devices.base import Executable, Watch
from engine.tensor.spec import Array
from engine.training.doctor.observation import LayerSigns
from engine.training.session import Session


@dataclass(frozen=True)
class WeightSigns:
    """What was measured of one trained weight: root mean squares of its numbers, their gradients, and their last change.

    `matrix`: it multiplies; biases and the like begin at 0, so that a step is as large as they are.
    """

    size: float
    gradient: float
    update: float
    matrix: bool = True

    @property
    def ratio(self) -> float:
        """How far a step moves it, against its size; 0 for a weight of nothing but zeros."""
        return self.update / self.size if self.size else 0.0


@dataclass(frozen=True)
class Checkup:
    """All that was measured at one step.

    Attributes:
        step: steps taken before.
        outputs: by node and port.
        weights: by `<node>/<weight>`.
    """

    step: int
    outputs: Mapping[Output, Signs] = field(default_factory=dict)
    weights: Mapping[str, WeightSigns] = field(default_factory=dict)


class Checkups:
    """Measures a session. Used by the device's thread only."""

    def __init__(self, session: Session, watch: Watch | None = None) -> None:
        self._session = session
        program, self._units = session.compiler.checkup(session.rows, session.batch)
        self._names = [
            name.removeprefix(f"{WEIGHT}/") for name in program.outputs if name.startswith(f"{WEIGHT}/")
        ]
        self._outputs = tuple(program.outputs)
        self._executable: Executable = session.compile(program, watch)

    def next_step(self) -> Checkup:
        """Take the next training step, and measure the network before it and what the step changed."""
        session, step = self._session, self._session.step
        before = session.memory.read(PARAMS)
        session.show_next_batch(self._executable)
        values = {name: self._executable.output(name) for name in self._outputs}
        session.advance(1)
        change = session.memory.read(PARAMS) - before
        return Checkup(step, read_signs(values, self._units), self._weights(values, {PARAMS: change}))

    def _weights(self, values: Mapping[str, Array], change: Mapping[str, Array]) -> dict[str, WeightSigns]:
        places = {name: w.member for name, w in self._session.compiler.weights().items()}
        found = {}
        for name in self._names:
            place = places[name]
            moved = change[place.arena][place.offset : place.offset + place.spec.size]
            size, gradient = (float(values[f"{kind}/{name}"]) for kind in (WEIGHT, GRADIENT))
            update = float(np.sqrt(np.mean(np.square(moved, dtype=np.float64))))
            found[name] = WeightSigns(size, gradient, update, matrix=place.spec.rank > 1)
        return found

    def close(self) -> None:
        """Free what the program took."""
        self._session.free(self._executable)


def layer_signs(checkup: Checkup) -> tuple[LayerSigns, ...]:
    """What a checkup found, by layer, in the order of the network."""
    nodes = dict.fromkeys([n for n, _ in checkup.outputs] + [w.partition("/")[0] for w in checkup.weights])
    return tuple(_of_layer(checkup, node) for node in nodes)


def _of_layer(checkup: Checkup, node: str) -> LayerSigns:
    signs = next((s for (n, _), s in checkup.outputs.items() if n == node), None)
    weights = [w for name, w in checkup.weights.items() if name.partition("/")[0] == node]
    matrices = [w for w in weights if w.matrix] or weights
    return LayerSigns(
        node,
        signs.units if signs else 0,
        signs.dead if signs else None,
        signs.flat if signs else None,
        signs.slope if signs else None,
        max((w.gradient for w in weights), default=None),
        max((w.ratio for w in matrices), default=None),
    )
