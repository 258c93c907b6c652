"""Step mode: one training step taken apart into forward, loss, backward and update, on a copy of a run.

The step is the trainer's own, program, feeds and all: what the copy has learned afterwards is what the run would have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from engine.compiler.lower import PARAMS
from engine.compiler.model import GRADS
from engine.data.bundle import DataBundle
from engine.devices.base import Device, Interrupted, Watch
from engine.graph.document import ModelGraph
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, Shape
from engine.training.session import Session
from engine.training.settings import TrainingSettings

SHOWN = 4  # numbers of a tensor that are told one by one


class StepPhase(StrEnum):
    """A part of a training step, in order."""

    FORWARD = "forward"
    LOSS = "loss"
    BACKWARD = "backward"
    UPDATE = "update"


PHASES = tuple(StepPhase)


@dataclass(frozen=True)
class Gist:
    """What is told of a tensor of a batch.

    Attributes:
        shape: of one example.
        first: the first numbers of the first example.
        low, high, mean: of all finite numbers of the batch.
        size: root mean square of the same.
        broken: how many are NaN or infinite.
    """

    shape: Shape
    first: tuple[float, ...]
    low: float
    high: float
    mean: float
    size: float
    broken: int = 0


@dataclass(frozen=True)
class WeightStep:
    """What a step does to a weight.

    Attributes:
        shape: of it.
        index: of the number that moves most, from 0.
        before, after, slope: of that number: before the step, after it, and the slope of the loss along it.
        change: root mean square of what all of its numbers change by.
    """

    shape: Shape
    index: tuple[int, ...]
    before: float
    after: float
    slope: float
    change: float


@dataclass(frozen=True)
class NodeStep:
    """What a step is for one node: by output port, and by the weight's name."""

    outputs: Mapping[str, Gist] = field(default_factory=dict)
    slopes: Mapping[str, Gist] = field(default_factory=dict)
    weights: Mapping[str, WeightStep] = field(default_factory=dict)


@dataclass(frozen=True)
class OneStep:
    """A training step as it was taken.

    Attributes:
        step: how many were taken before it.
        rows: of the data that its batch is made of.
        loss: of the batch, before the update.
        learning_rate: of the update.
        nodes: by id, in the order in which they are computed.
    """

    step: int
    rows: tuple[int, ...]
    loss: float
    learning_rate: float
    nodes: Mapping[str, NodeStep]


class Stepper:
    """A copy of a run that goes step by step. Used by one thread at a time.

    Args:
        graph: without errors.
        bundle: its data.
        settings: of the run.
        device: stays open.
        states: as in a snapshot; None: the weights a run begins with.
        step: that they belong to.
        watch: may end the preparation by raising.
    """

    def __init__(
        self,
        graph: ModelGraph,
        bundle: DataBundle,
        settings: TrainingSettings,
        device: Device,
        states: Mapping[str, Array] | None = None,
        step: int = 0,
        watch: Watch | None = None,
    ) -> None:
        self._session = Session(graph, bundle, settings, device, states, step, watch)
        self.begun = step
        try:
            program = self._session.compiler.dissect(self._session.rows, self._session.batch)
            self._dissected = self._session.compile(program, watch)
        except (Interrupted, ValueError):
            self._session.close()
            raise
        self._outputs, self._slopes = (_keys(program, kind) for kind in ("output", "slope"))

    @property
    def taken(self) -> int:
        """How many steps were taken."""
        return self._session.step - self.begun

    def states(self) -> dict[str, Array]:
        """Copies of all states after the last step."""
        return self._session.states()

    def next(self) -> OneStep:
        """Take the next step, and tell what happens in it."""
        session = self._session
        number, rate = session.step, session.learning_rate
        rows = tuple(int(row) for row in session.order.batches(number, 1)[0])
        session.show_next_batch(self._dissected)
        loss = float(self._dissected.output("loss"))
        outputs, slopes = self._gists("output", self._outputs), self._gists("slope", self._slopes)
        before = session.all_weights()
        session.advance(1)
        weights = self._moved(before, session.all_weights())
        known = session.compiler.graph.nodes
        nodes = {
            node: NodeStep(outputs[node], slopes.get(node, {}), weights.get(known[node].weights, {}))
            for node in outputs
        }
        return OneStep(number, rows, loss, rate, nodes)

    def _gists(self, kind: str, keys: Sequence[tuple[str, str]]) -> dict[str, dict[str, Gist]]:
        found: dict[str, dict[str, Gist]] = {}
        for node, port in keys:
            found.setdefault(node, {})[port] = gist_of(self._dissected.output(f"{kind}/{node}/{port}"))
        return found

    def _moved(
        self, before: Mapping[str, Array], after: Mapping[str, Array]
    ) -> dict[str, dict[str, WeightStep]]:
        """What the step did to the weights, by whose they are."""
        session = self._session
        found: dict[str, dict[str, WeightStep]] = {}
        trained = GRADS in session.program.named(Storage.STATE)
        gradients = session.memory.read(GRADS) if trained else np.zeros(0, np.float32)
        for full, (arena, offset, shape) in session.layout.items():
            owner, _, name = full.partition("/")
            part = slice(offset, offset + int(np.prod(shape, dtype=np.int64)))
            slopes = gradients[part] if arena == PARAMS else np.zeros(0, np.float32)
            own = _weight_step(before[arena][part], after[arena][part], slopes, shape)
            if own is not None:
                found.setdefault(owner, {})[name] = own
        return found

    def close(self) -> None:
        """Free the copy."""
        self._session.close()


def gist_of(values: Array) -> Gist:
    """What is told of a tensor, batch first."""
    example = values[0] if values.ndim else values
    finite = values[np.isfinite(values)].astype(np.float64)
    first = tuple(float(v) for v in example.reshape(-1)[:SHOWN])
    if not finite.size:
        return Gist(example.shape, first, 0.0, 0.0, 0.0, 0.0, values.size)
    size = float(np.sqrt(np.mean(np.square(finite))))
    low, high, mean = float(finite.min()), float(finite.max()), float(finite.mean())
    return Gist(example.shape, first, low, high, mean, size, values.size - finite.size)


def _weight_step(before: Array, after: Array, slopes: Array, shape: Shape) -> WeightStep | None:
    """What a step did to a weight; None for one without numbers."""
    if not before.size:
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        change = (after - before).astype(np.float64)
        most = int(np.nan_to_num(np.abs(change)).argmax())
        size = float(np.sqrt(np.mean(np.square(change))))
    index = tuple(int(i) for i in np.unravel_index(most, shape)) if shape else ()
    slope = float(slopes[most]) if slopes.size else 0.0
    return WeightStep(shape, index, float(before[most]), float(after[most]), slope, size)


def _keys(program: Program, kind: str) -> list[tuple[str, str]]:
    """Nodes and ports of the outputs of a kind, in the order in which they are computed."""
    parts = (name.split("/") for name in program.outputs)
    return [(part[1], part[2]) for part in parts if part[0] == kind]
