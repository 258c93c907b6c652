"""What a step is judged by: the losses of all targets, penalties, and the sums that loss and metrics are reported from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.compiler.link import split
from engine.compiler.lower import Forward, LoweringError, pack_sequence
from engine.objectives.loss import Loss
from engine.objectives.metric import Metric
from engine.ops.op import Tensor
from engine.ops.reductions import sum_
from engine.ops.views import pack, reshape
from engine.program.builder import ProgramBuilder
from engine.tensor.spec import Array, TensorSpec


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


@dataclass(frozen=True)
class Judged:
    """One target of a step: its objective, the loss of each example (batch,), prediction and target."""

    objective: Objective
    loss: Tensor
    prediction: Tensor
    target: Tensor


def judge(forward: Forward, objectives: Sequence[Objective], features: Mapping[str, Tensor]) -> list[Judged]:
    """The losses of a lowered network; raises ShapeError where prediction and target do not go together."""
    parts = []
    for objective in objectives:
        with forward.builder.origin(objective.node):
            scores = forward.targets[objective.node]
            prediction, logits = split(forward.builder, objective.loss.link, scores)
            target = features[objective.target]
            parts.append(Judged(objective, objective.loss.function(logits, target), prediction, target))
    return parts


def total_loss(parts: Sequence[Judged], forward: Forward) -> Tensor:
    """The weighted loss of each example, penalties included: float32 (batch,).

    Raises:
        LoweringError: there is no target.
    """
    terms = [part.loss * part.objective.weight for part in parts]
    if not terms:
        raise LoweringError("The network has no target. Add a Target and wire the last layer to it.")
    total = terms[0]
    for term in (*terms[1:], *forward.penalties):
        total = total + term
    return total


def report(
    builder: ProgramBuilder, forward: Forward, parts: Sequence[Judged], weight: Tensor, state: str
) -> ReportLayout:
    """Add the sums of loss and metrics over the batch, each example times `weight` (batch,), to a state."""

    def summed(values: Tensor) -> Tensor:
        column = reshape(weight, shape=(weight.shape[0], *(1 for _ in values.shape[1:])))
        return reshape(sum_(values * column, axes=(0,), keepdims=False), shape=(-1,))

    total = total_loss(parts, forward)
    sums = [reshape(sum_(weight, axes=(0,), keepdims=False), shape=(1,)), summed(total)]
    entries: list[tuple[Objective, Metric | None, int]] = []
    for part in parts:
        for metric in (None, *part.objective.metrics):
            value = summed(metric.function(part.prediction, part.target) if metric else part.loss)
            sums.append(value)
            entries.append((part.objective, metric, value.spec.size))
    offsets, size = pack_sequence(sums)
    before = builder.state(state, TensorSpec((size,)))
    builder.update(before, before + pack(*sums, offsets=offsets, size=size))
    return ReportLayout.of(entries)
