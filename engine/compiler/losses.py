"""What a step is judged by: the losses of all targets, penalties, and the sums that loss and metrics are reported from.

The loss of a batch is Keras's `sum_over_batch_size`: the sum over all positions, each times the weights of its example
and class, divided by the number of positions that count. Padding (the network's mask) does not count.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.compiler.link import split
from engine.compiler.lower import Forward, LoweringError, pack_sequence
from engine.graph.features import FeatureSpec
from engine.objectives.loss import Loss
from engine.objectives.metric import Figure, Metric
from engine.ops.elementwise import floor, maximum
from engine.ops.gather import take_rows
from engine.ops.movement import cast
from engine.ops.op import Tensor
from engine.ops.reductions import argmax, broadcast_to, mean, sum_
from engine.ops.views import pack, reshape
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import Array, DType, Shape, ShapeError, TensorSpec, format_shape

COUNT, TOTAL = 0, 1  # places in the report: number of examples, total loss times that


@dataclass(frozen=True)
class Objective:
    """What one target node is trained for.

    Attributes:
        node: the target node.
        target: the feature with the answers.
        loss: how wrong a prediction is.
        weight: share of this loss in the sum.
        metrics: what is reported beside the loss.
        sample_weight: name and spec of the feature that says how much each example (or position) counts.
        class_weights: how much each class counts in training, by class number; empty: all the same.
        weigh_metrics: whether metrics count examples by their weights, too.
    """

    node: str
    target: str
    loss: Loss
    weight: float
    metrics: tuple[Metric, ...]
    sample_weight: tuple[str, FeatureSpec] | None = None
    class_weights: tuple[float, ...] = ()
    weigh_metrics: bool = False


@dataclass(frozen=True)
class Entry:
    """Place of some sums in the report: of a metric (the weight of its rows first), or of a loss (`metric` is None)."""

    objective: Objective
    metric: Metric | None
    offset: int
    size: int


@dataclass(frozen=True)
class ReportLayout:
    """Flat sums that a step adds to: [number of examples, total loss, then the entries]."""

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
        """Figures by name: `loss`, metric names; with several targets also `<target>_loss` and so on.

        Metrics that are more than one number are left out; `arrays` has them.
        """
        values = sums.astype(np.float64)
        count = float(values[0])
        if count == 0:
            return {}
        result = {"loss": float(values[1] / count)}
        if len({e.objective.node for e in self.entries}) > 1:
            for e in self.entries:
                if e.metric is None:
                    result[f"{e.objective.target}_loss"] = float(values[e.offset] / count)
        figures = self._figures(values)
        return result | {n: float(f) for n, f in figures.items() if not isinstance(f, np.ndarray)}

    def arrays(self, sums: Array) -> dict[str, Array]:
        """The metrics that are more than one number, by name."""
        if sums[0] == 0:
            return {}
        figures = self._figures(sums.astype(np.float64))
        return {n: f for n, f in figures.items() if isinstance(f, np.ndarray)}

    def named(self) -> Iterator[tuple[str, Entry]]:
        """The metrics by the names that `read` and `arrays` give them."""
        several = len({e.objective.node for e in self.entries}) > 1
        seen: Counter[str] = Counter()
        for e in self.entries:
            if e.metric is not None:
                name = (f"{e.objective.target}_" if several else "") + e.metric.key()
                seen[name] += 1
                yield (name if seen[name] == 1 else f"{name}_{seen[name] - 1}"), e

    def _figures(self, values: Array) -> dict[str, Figure]:
        figures: dict[str, Figure] = {}
        for name, e in self.named():
            part = values[e.offset : e.offset + e.size]
            if e.metric is not None:
                figures[name] = e.metric.result(part[1:], float(part[0]))
        return figures


@dataclass(frozen=True)
class Judged:
    """One target of a step.

    Attributes:
        objective: what it is trained for.
        values: the loss of each position (batch, ..), or one number for the whole batch.
        prediction, target: what is compared.
        padding: the network's mask, 1 for positions that are there (batch, time); None: all are.
        counted: the positions (batch, ..) that count in the loss; None: all do.
        weight: of examples and classes in the loss (batch, ..); None: all the same.
        metric_weight: the same for metrics.
    """

    objective: Objective
    values: Tensor
    prediction: Tensor
    target: Tensor
    padding: Tensor | None = None
    counted: Tensor | None = None
    weight: Tensor | None = None
    metric_weight: Tensor | None = None


def judge(
    forward: Forward,
    objectives: Sequence[Objective],
    features: Mapping[str, Tensor],
    present: Tensor | None = None,
) -> list[Judged]:
    """The losses of a lowered network.

    Args:
        forward: the network.
        objectives: one per target.
        features: the batch of each target and sample weight.
        present: (batch,) 1 for examples, 0 for rows that only fill the batch; None: all are examples.

    Raises:
        LoweringError: prediction, target and weights do not go together; the sentence names the feature.
    """
    parts = []
    for objective in objectives:
        with forward.builder.origin(objective.node):
            try:
                parts.append(_judged(forward, objective, features, present))
            except ShapeError as error:
                raise LoweringError(f"Target {objective.target}: {error}") from error
    return parts


def _judged(
    forward: Forward, objective: Objective, features: Mapping[str, Tensor], present: Tensor | None
) -> Judged:
    arrived = forward.targets[objective.node]
    prediction, scores = split(forward.builder, objective.loss, arrived)
    target = features[objective.target]
    values = objective.loss.values(scores, target, present)
    padding = forward.masks.get(arrived.id)
    if padding is not None and padding.shape != values.shape[: padding.spec.rank]:
        padding = None  # the values are not of positions in time
    given = _sample_weight(objective, features, values)
    weight = given
    if objective.class_weights and forward.training:
        weight = _times(_class_weight(objective.class_weights, target), given)
    return Judged(
        objective,
        values,
        prediction,
        target,
        padding,
        _times(padding, objective.loss.counted(target, present)),
        weight,
        given if objective.weigh_metrics else None,
    )


def total_loss(parts: Sequence[Judged], forward: Forward, present: Tensor | None = None) -> Tensor:
    """The loss of the batch, penalties included: float32 scalar.

    Raises:
        LoweringError: there is no target.
    """
    terms = [batch_loss(part, present) * part.objective.weight for part in parts]
    if not terms:
        raise LoweringError("The network has no target. Add a Target and wire the last layer to it.")
    total = terms[0]
    for term in (*terms[1:], *forward.penalties):
        total = total + term
    return total


def batch_loss(part: Judged, present: Tensor | None = None) -> Tensor:
    """The weighted loss of one target over the batch: float32 scalar. Source: keras.losses, `reduce_weighted_values`."""
    values = part.values
    if values.spec.rank == 0:
        if part.weight is None:
            return values
        weights = mean(part.weight, axes=tuple(range(part.weight.spec.rank)))
        if present is not None:
            weights = _sum(_spread(present, part.weight.shape) * part.weight) / maximum(
                _sum(present), _least(values)
            )
        return values * weights
    weighted = values
    for factor in (part.weight, part.counted, present):
        if factor is not None:
            weighted = weighted * _spread(factor, values.shape)
    total = _sum(weighted)
    counted = _times(part.counted, present)
    if counted is None:
        return total * (1.0 / values.spec.size)
    positions = _sum(counted) * float(values.spec.size // counted.spec.size)
    return total / maximum(positions, _least(values))


def report(
    builder: ProgramBuilder, forward: Forward, parts: Sequence[Judged], present: Tensor | None, state: str
) -> ReportLayout:
    """Add the sums of loss and metrics over the batch to a state.

    Args:
        builder: the program.
        forward: the network.
        parts: what it is judged by.
        present: (batch,) 1 for examples, 0 for rows that only fill the batch; None: all are examples.
        state: its name.
    """
    batch = parts[0].target.shape[0] if parts else 0
    count = builder.constant(float(batch), DType.FLOAT32) if present is None else _sum(present)
    sums = [_one(count), _one(total_loss(parts, forward, present) * count)]
    entries: list[tuple[Objective, Metric | None, int]] = []
    for part in parts:
        found = [(None, [_one(batch_loss(part, present) * count)]), *metric_sums(builder, part, present)]
        for metric, tensors in found:
            sums += tensors
            entries.append((part.objective, metric, sum(t.spec.size for t in tensors)))
    offsets, size = pack_sequence(sums)
    before = builder.state(state, TensorSpec((size,)))
    builder.update(before, before + pack(*sums, offsets=offsets, size=size))
    return ReportLayout.of(entries)


def metric_sums(
    builder: ProgramBuilder, part: Judged, present: Tensor | None
) -> list[tuple[Metric | None, list[Tensor]]]:
    """The weight of the rows and the sums, for each metric."""
    metrics = part.objective.metrics
    if not metrics:
        return []
    prediction, target = _rows(part.prediction, part.target)
    weight = _times(_times(part.padding, present), part.metric_weight)
    if weight is None:
        rows = builder.constant(np.ones(target.shape[0], np.float32))
    else:
        rows = reshape(_spread(weight, _positions(part.target)), shape=target.shape[:1])
    total = _one(builder.constant(float(target.shape[0]), DType.FLOAT32) if weight is None else _sum(rows))
    found: list[tuple[Metric | None, list[Tensor]]] = []
    for metric in metrics:
        found.append((metric, [total, metric.sums(prediction, target, rows)]))
    return found


def _positions(target: Tensor) -> Shape:
    """(batch, ..): the last axis of numbers is what is at a position."""
    return target.shape if target.dtype is DType.INT32 or target.spec.rank == 1 else target.shape[:-1]


def _rows(prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Prediction (rows, k) and target (rows,) or (rows, k): every position is a row."""
    rows = math.prod(_positions(target))
    if prediction.spec.size % rows:
        raise ShapeError(
            f"A metric needs a prediction for each of {format_shape(_positions(target)[1:])} positions, received "
            f"{format_shape(prediction.shape[1:])} per example. Choose other metrics."
        )
    flat = reshape(prediction, shape=(rows, prediction.spec.size // rows))
    if target.dtype is DType.INT32:
        return flat, reshape(target, shape=(rows,))
    return flat, reshape(target, shape=(rows, target.spec.size // rows))


def _sample_weight(objective: Objective, features: Mapping[str, Tensor], values: Tensor) -> Tensor | None:
    """The weight of each example (batch,) or position (batch, ..)."""
    if objective.sample_weight is None:
        return None
    name, _ = objective.sample_weight
    weight = features[name]
    if weight.dtype is DType.INT32:
        weight = cast(weight, dtype=DType.FLOAT32)
    batch = weight.shape[0]
    if weight.spec.size == batch:
        return reshape(weight, shape=(batch,))
    if weight.shape[-1] == 1:
        weight = reshape(weight, shape=weight.shape[:-1])
    if weight.shape != values.shape[: weight.spec.rank]:
        raise ShapeError(
            f"The sample weight {name} needs one number per example or position "
            f"({format_shape(values.shape[1:])}), received {format_shape(weight.shape[1:])}. Choose another one."
        )
    return weight


def _class_weight(weights: tuple[float, ...], target: Tensor) -> Tensor:
    """The weight of the class of each position; the class with the largest share, where there are shares."""
    if target.dtype is not DType.INT32:
        if target.shape[-1] == 1:
            target = cast(floor(reshape(target, shape=target.shape[:-1]) + 0.5), dtype=DType.INT32)
        else:
            target = argmax(target)
    return take_rows(target.builder.constant(np.asarray(weights, np.float32), DType.FLOAT32), target)


def _times(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    """The product, each spread over the axes that it lacks; None stands for ones."""
    if a is None or b is None:
        return b if a is None else a
    shape = a.shape if a.spec.rank >= b.spec.rank else b.shape
    return _spread(a, shape) * _spread(b, shape)


def _spread(factor: Tensor, shape: Shape) -> Tensor:
    """(batch, ..) with axes of length 1 for the axes it lacks, then as long as `shape` where that matters."""
    rank = len(shape)
    padded = reshape(factor, shape=(*factor.shape, *(1 for _ in range(rank - factor.spec.rank))))
    return padded if padded.shape == shape else broadcast_to(padded, shape=shape)


def _sum(x: Tensor) -> Tensor:
    return sum_(x, axes=tuple(range(x.spec.rank)), keepdims=False)


def _least(x: Tensor) -> Tensor:
    return x.builder.constant(1e-30, DType.FLOAT32)


def _one(x: Tensor) -> Tensor:
    return reshape(x, shape=(1,))
