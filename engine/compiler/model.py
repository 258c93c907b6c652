"""The programs of a model: a whole training step, an evaluation step, a prediction, over the same states.

One `Program` holds gather, forward, loss, backward, update and metrics; nothing of a step happens on the host.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.compiler.differentiate import differentiate
from engine.compiler.link import split
from engine.compiler.lower import (
    PARAMS,
    STATS,
    Forward,
    LoweringError,
    Weight,
    gather,
    lower,
    nodes_in_order,
    pack_sequence,
)
from engine.graph.document import ModelGraph
from engine.graph.features import FeatureSpec
from engine.layers.initializers import initial
from engine.objectives.loss import Loss
from engine.objectives.metric import Metric
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import pack, reshape
from engine.optimizers.base import Optimizer
from engine.program.builder import ProgramBuilder
from engine.program.program import Program, Storage
from engine.tensor.spec import Array, DType, TensorSpec

GRADS = "grads"
DATA = "data"  # prefix of the data set's features
REPORT = "report"
EVALUATION = "evaluation"


@dataclass(frozen=True)
class Objective:
    """What one target node is trained for."""

    node: str
    target: str
    loss: Loss
    weight: float
    metrics: tuple[Metric, ...]


@dataclass(frozen=True)
class Entry:
    """Place of one sum in the report; `metric` is None for a loss."""

    objective: Objective
    metric: Metric | None
    offset: int
    size: int


@dataclass(frozen=True)
class ReportLayout:
    """Flat sums that a step adds to: [weight of examples, total loss, then the entries]."""

    entries: tuple[Entry, ...]
    size: int

    @classmethod
    def of(cls, sums: Sequence[tuple[Objective, Metric | None, int]]) -> ReportLayout:
        """Loss and metrics with their numbers of sums, one after the other."""
        entries: list[Entry] = []
        offset = 2
        for objective, metric, size in sums:
            entries.append(Entry(objective, metric, offset, size))
            offset += size
        return cls(tuple(entries), offset)

    def read(self, sums: Array) -> dict[str, float]:
        """Means by name: `loss`, metric names; with several targets also `<target>_loss` and so on."""
        values = sums.astype(np.float64)
        count = float(values[0])
        if count == 0:
            return {}
        result = {"loss": float(values[1] / count)}
        several = len({e.objective.node for e in self.entries}) > 1
        for e in self.entries:
            prefix = f"{e.objective.target}_" if several else ""
            part = values[e.offset : e.offset + e.size]
            if e.metric is not None:
                result[prefix + e.metric.name] = float(e.metric.result(part, count))
            elif several:
                result[prefix + "loss"] = float(part[0] / count)
        return result


class ModelCompiler:
    """Makes the programs of one graph on one kind of data.

    Args:
        graph: a graph without errors.
        features: everything the data has, inputs and targets, by name.
        objectives: one per target node.
    """

    def __init__(
        self, graph: ModelGraph, features: Mapping[str, FeatureSpec], objectives: Sequence[Objective]
    ) -> None:
        self.graph = graph
        self.features = features
        self.objectives = tuple(objectives)
        self.layout = ReportLayout((), 2)  # known once a program that reports was made
        targets = {o.target for o in objectives}
        self.inputs = {n: f for n, f in features.items() if n not in targets}

    # -- programs ---------------------------------------------------------------------------------
    def train(self, optimizer: Optimizer, rows: int, batch: int) -> Program:
        """One optimizer step on the rows `index` (batch,); feeds `step`, `learning_rate` and `seed` beside it."""
        builder = ProgramBuilder("train")
        forward, per_example = self._losses(builder, rows, batch, training=True)
        ones = builder.constant(np.ones(batch, np.float32))
        self._report(builder, forward, per_example, ones, REPORT)
        total = self._total(per_example)
        loss = sum_(total, axes=(0,), keepdims=False) * (1.0 / batch)
        self._optimize(builder, forward, loss, optimizer)
        self._update_statistics(builder, forward)
        builder.output("loss", loss)
        return builder.finish()

    def evaluate(self, rows: int, batch: int) -> Program:
        """Adds the sums of loss and metrics over the rows `index`, each times `sample_weight`, to `evaluation`."""
        builder = ProgramBuilder("evaluate")
        forward, per_example = self._losses(builder, rows, batch, training=False)
        weight = builder.feed("sample_weight", TensorSpec((batch,)))
        self._report(builder, forward, per_example, weight, EVALUATION)
        return builder.finish()

    def predict(
        self, rows: int, batch: int, prefix: str = DATA, taps: Sequence[tuple[str, str]] = ()
    ) -> Program:
        """Outputs `y0`, `y1` .. (one per target node, or per free output) and `<node>/<port>` for each tap.

        The inputs are rows of `<prefix>/<feature>`: of the data set as stored, or, under another prefix, of arrays as
        the network sees them.
        """
        builder = ProgramBuilder("predict")
        index = builder.feed("index", TensorSpec((batch,), DType.INT32))
        features = self.inputs if prefix == DATA else {n: f.as_seen for n, f in self.inputs.items()}
        forward = lower(self.graph, builder, gather(builder, features, prefix, rows, index), training=False)
        for k, prediction in enumerate(self._predictions(forward)):
            builder.output(f"y{k}", prediction)
        for node, port in taps:
            builder.output(f"{node}/{port}", forward.tensors[node, port])
        return builder.finish()

    # -- states -----------------------------------------------------------------------------------
    def weights(self) -> dict[str, Weight]:
        """All weights with their places, in the order in which the layers make them."""
        return self._forward_only().weights

    def arena_sizes(self) -> dict[str, int]:
        """Elements of the flat states that the weights lie in."""
        program = self._forward_only().builder.finish()
        return {v.name: v.spec.size for v in program.named(Storage.STATE).values()}

    def _forward_only(self) -> Forward:
        builder = ProgramBuilder("weights")
        index = builder.feed("index", TensorSpec((1,), DType.INT32))
        return lower(self.graph, builder, gather(builder, self.inputs, DATA, 1, index), training=False)

    def initial(self, train: Program, seed: int) -> dict[str, Array]:
        """All states of a training program at step 0; the same seed gives the same bits on every device."""
        states = {
            name: np.zeros(v.spec.shape, v.spec.dtype.numpy) for name, v in train.named(Storage.STATE).items()
        }
        states[EVALUATION] = np.zeros_like(states[REPORT])
        for name, weight in self.weights().items():
            place = weight.member
            generator = np.random.Generator(np.random.Philox(key=[seed, zlib.crc32(name.encode())]))
            array = initial(weight.initializer, place.spec.shape, generator)
            states[place.arena][place.offset : place.offset + place.spec.size] = array.reshape(-1)
        return states

    # -- parts of a step --------------------------------------------------------------------------
    def _losses(
        self, builder: ProgramBuilder, rows: int, batch: int, *, training: bool
    ) -> tuple[Forward, list[tuple[Objective, Tensor, Tensor, Tensor]]]:
        index = builder.feed("index", TensorSpec((batch,), DType.INT32))
        features = gather(builder, self.features, DATA, rows, index)
        forward = lower(self.graph, builder, features, training=training)
        parts = []
        for objective in self.objectives:
            with builder.origin(objective.node):
                scores = forward.targets[objective.node]
                prediction, logits = split(builder, objective.loss.link, scores)
                target = features[objective.target]
                parts.append((objective, objective.loss.function(logits, target), prediction, target))
        return forward, parts

    def _predictions(self, forward: Forward) -> list[Tensor]:
        if not self.objectives:
            return self._free_outputs(forward)
        return [split(forward.builder, o.loss.link, forward.targets[o.node])[0] for o in self.objectives]

    def _free_outputs(self, forward: Forward) -> list[Tensor]:
        used = {(e.source, e.source_port) for e in self.graph.edges}
        free = [tensor for key, tensor in forward.tensors.items() if key not in used]
        if not free:
            names = ", ".join(n.name for n in nodes_in_order(self.graph)) or "nothing"
            raise LoweringError(f"The network has no output; it has {names}. Add a Target.")
        return free

    def _total(self, parts: Sequence[tuple[Objective, Tensor, Tensor, Tensor]]) -> Tensor:
        total: Tensor | None = None
        for objective, loss, _, _ in parts:
            term = loss * objective.weight
            total = term if total is None else total + term
        if total is None:
            raise LoweringError("The network has no target. Add a Target and wire the last layer to it.")
        return total

    def _report(
        self,
        builder: ProgramBuilder,
        forward: Forward,
        parts: Sequence[tuple[Objective, Tensor, Tensor, Tensor]],
        weight: Tensor,
        state: str,
    ) -> None:
        def summed(values: Tensor) -> Tensor:
            column = reshape(weight, shape=(weight.shape[0], *(1 for _ in values.shape[1:])))
            return reshape(sum_(values * column, axes=(0,), keepdims=False), shape=(-1,))

        sums = [reshape(sum_(weight, axes=(0,), keepdims=False), shape=(1,)), summed(self._total(parts))]
        entries: list[tuple[Objective, Metric | None, int]] = []
        for objective, loss, prediction, target in parts:
            for metric in (None, *objective.metrics):
                total = summed(metric.function(prediction, target) if metric else loss)
                sums.append(total)
                entries.append((objective, metric, total.spec.size))
        self.layout = ReportLayout.of(entries)
        offsets, size = pack_sequence(sums)
        before = builder.state(state, TensorSpec((size,)))
        builder.update(before, before + pack(*sums, offsets=offsets, size=size))

    def _optimize(
        self, builder: ProgramBuilder, forward: Forward, loss: Tensor, optimizer: Optimizer
    ) -> None:
        trained = {name: w for name, w in forward.weights.items() if w.trainable}
        if not trained:
            return
        grads = differentiate(builder, loss, [forward.handles[name] for name in trained])
        params = builder.seal(PARAMS)
        offsets = tuple(w.member.offset for w in trained.values())
        flat = pack(*grads, offsets=offsets, size=params.spec.size)
        builder.update(builder.state(GRADS, params.spec), flat)
        flat = optimizer.clipped(flat, [w.member for w in trained.values()])
        slots = {name: builder.state(f"slot/{name}", params.spec) for name in optimizer.slots()}
        rate = builder.feed("learning_rate", TensorSpec(()))
        step = builder.feed("step", TensorSpec((), DType.INT32))
        new_params, new_slots = optimizer.update(params, flat, slots, rate, step)
        builder.update(params, new_params)
        for name, value in new_slots.items():
            builder.update(slots[name], value)

    def _update_statistics(self, builder: ProgramBuilder, forward: Forward) -> None:
        fixed = {name: w for name, w in forward.weights.items() if not w.trainable}
        if not forward.statistics:
            return
        values = [forward.statistics.get(name, forward.handles[name]) for name in fixed]
        stats = builder.seal(STATS)
        offsets = tuple(w.member.offset for w in fixed.values())
        builder.update(stats, pack(*values, offsets=offsets, size=stats.spec.size))
