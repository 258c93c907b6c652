"""The times of the ops of some steps, put together for people: by layer, phase, launches, bytes and multiply-adds."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.devices.base import Timing
from engine.profiling.peaks import Peaks
from engine.program.program import Phase


@dataclass(frozen=True)
class LayerTime:
    """What one layer takes of a step.

    Attributes:
        node: id of the canvas node; empty for what belongs to no layer (the batch, the loss, the optimizer).
        seconds: by phase.
        launches: GPU programs started, or calls of NumPy.
        nbytes: read and written at least.
        multiply_adds: of products and convolutions.
    """

    node: str
    seconds: Mapping[Phase, float]
    launches: int
    nbytes: int
    multiply_adds: int

    @property
    def total(self) -> float:
        """Seconds of all phases."""
        return sum(self.seconds.values())


@dataclass(frozen=True)
class Profile:
    """Where the time of a training step goes.

    Attributes:
        device: name, as the device chip has it.
        kind: "cpu" or "gl".
        batch: examples in a step.
        steps: how many were timed.
        steps_per_s: of ordinary steps, which nobody times op by op; 0 where that is not known.
        timeline: the ops of a step in order, each with its median time.
        peaks: what the device can do; None where that was not measured.
    """

    device: str
    kind: str
    batch: int
    steps: int
    steps_per_s: float
    timeline: tuple[Timing, ...]
    peaks: Peaks | None = None
    layers: tuple[LayerTime, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", _by_layer(self.timeline))

    @property
    def whole(self) -> bool:
        """Whether a step is one GPU program."""
        return not self.in_parts or sum(timing.launches for timing in self.timeline) == 1

    @property
    def in_parts(self) -> bool:
        """Whether the times of layers are known."""
        return len(self.timeline) > 1

    @property
    def seconds(self) -> float:
        """Of a step whose ops are timed one by one."""
        return sum(t.seconds for t in self.timeline)

    @property
    def slowdown(self) -> float:
        """How many times as long a step takes as an ordinary one, because it is timed; 0 where that is not known."""
        return self.seconds * self.steps_per_s

    def share(self, layer: LayerTime) -> float:
        """Of the time of a step, 0 to 1."""
        return layer.total / self.seconds if self.seconds else 0.0

    def of_peak(self, layer: LayerTime) -> float | None:
        """How near a layer comes to what the device can do, 0 to 1; None where that or its work is not known.

        A layer cannot be faster than its multiply-adds at the peak of products, nor than its bytes at that of memory
        (Williams, Waterman, Patterson: Roofline, CACM 52, 2009): the slower of both is compared to its time.
        """
        if self.peaks is None or not layer.total or not (layer.nbytes or layer.multiply_adds):
            return None
        least = max(
            layer.multiply_adds / self.peaks.multiply_adds_per_s, layer.nbytes / self.peaks.bytes_per_s
        )
        return min(1.0, least / layer.total)


def median_step(steps: Sequence[Sequence[Timing]]) -> tuple[Timing, ...]:
    """The ops of a step with the median time of each, one after the other as they began in the first."""
    timeline: list[Timing] = []
    begun = 0.0
    alike = [ops for ops in steps if len(ops) == len(steps[-1])]  # a device may learn to time ops meanwhile
    for ops in zip(*alike, strict=True):
        first = ops[0]
        seconds = statistics.median(op.seconds for op in ops)
        timeline.append(first._replace(begun=begun, seconds=seconds))
        begun += seconds
    return tuple(timeline)


def _by_layer(timeline: Sequence[Timing]) -> tuple[LayerTime, ...]:
    """Layers, those that take longest first; what belongs to none is one entry for each phase."""
    groups: dict[tuple[str, Phase | None], list[Timing]] = {}
    for timing in timeline:
        key = (timing.origin, None if timing.origin else timing.phase)
        groups.setdefault(key, []).append(timing)
    layers = [
        LayerTime(
            node,
            {phase: sum(t.seconds for t in found if t.phase is phase) for phase in Phase},
            sum(t.launches for t in found),
            sum(t.nbytes for t in found),
            sum(t.multiply_adds for t in found),
        )
        for (node, _), found in groups.items()
    ]
    return tuple(sorted(layers, key=lambda layer: -layer.total))
