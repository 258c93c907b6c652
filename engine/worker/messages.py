"""What the window asks of a worker. What comes back are the reports of `engine.training.reports`, each with its job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a new worker says which devices there are before it imports what it needs for jobs
    from engine.data.settings import DataSettings
    from engine.devices.base import DeviceInfo
    from engine.graph.document import Edge, Node
    from engine.tensor.spec import Array
    from engine.training.inside.records import Inside
    from engine.training.moments import Request
    from engine.training.reports import Probe, Report, Snapshot, Started
    from engine.training.settings import TrainingSettings
    from engine.training.watching.wish import Wish


@dataclass(frozen=True)
class TrainJob:
    """Train a network.

    Attributes:
        id: comes back with every report.
        resume: go on from here instead of from fresh weights.
        paused: compile and wait (for Step).
        watched: whether somebody sees how the rows of validation are predicted.
        wishes: further things that somebody watches.
    """

    id: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    data: DataSettings
    training: TrainingSettings
    probes: tuple[Probe, ...] = ()
    resume: Snapshot | None = None
    paused: bool = False
    watched: bool = True
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True)
class Pause:
    """Stop after the current chunk of steps and keep everything."""


@dataclass(frozen=True)
class Resume:
    """Go on after a pause."""


@dataclass(frozen=True)
class Step:
    """Run so many steps although paused."""

    steps: int = 1


@dataclass(frozen=True)
class Stop:
    """End the job; its last snapshot is sent."""


@dataclass(frozen=True)
class SetProbes:
    """Watch these predictions from now on, and no others."""

    probes: tuple[Probe, ...]


@dataclass(frozen=True)
class SetInsides:
    """Look into these layers from now on, and into no others."""

    insides: tuple[Inside, ...]


@dataclass(frozen=True)
class SetWishes:
    """Answer these wishes from now on and no others, and show how the rows of validation are predicted, or do not."""

    wishes: tuple[Wish, ...] = ()
    validation: bool = False


@dataclass(frozen=True)
class SetLearningRate:
    """Use this learning rate from the next chunk of steps on."""

    learning_rate: float


@dataclass(frozen=True)
class Ask:
    """Look at the past of a job, go back to it, or change what it trains; also once it has ended.

    A job that has ended is kept until the next one begins.

    Attributes:
        job: whose.
        request: what.
    """

    job: int
    request: Request


@dataclass(frozen=True)
class SetProfiling:
    """While `on`, a running job reports from time to time where the time of its steps goes."""

    on: bool


@dataclass(frozen=True)
class ProfileJob:
    """Time a few steps of a network, each op by itself, without training it."""

    id: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    data: DataSettings
    training: TrainingSettings


@dataclass(frozen=True)
class RatesJob:
    """Try growing learning rates on a copy of a network; `Stop` ends it.

    Attributes:
        states, step: of the run to start from; None: fresh weights.
    """

    id: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    data: DataSettings
    training: TrainingSettings
    states: Mapping[str, Array] | None = None
    step: int = 0


@dataclass(frozen=True)
class ManyJob:
    """Train variants of a network side by side; `Stop` ends it.

    Attributes:
        networks: those that are different.
        variants: the number of its network and the training of each.
    """

    id: int
    networks: tuple[tuple[tuple[Node, ...], tuple[Edge, ...]], ...]
    variants: tuple[tuple[int, TrainingSettings], ...]
    data: DataSettings


@dataclass(frozen=True)
class Take:
    """Send all states of a variant of the `ManyJob` that runs."""

    variant: int


@dataclass(frozen=True)
class Warm:
    """Read the data and measure the devices on this network now, so that Train starts at once.

    With an `id` it is answered by a `Planned`.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    data: DataSettings
    training: TrainingSettings
    id: int = 0


@dataclass(frozen=True)
class Planned:
    """What a run would take, measured before it begins.

    Attributes:
        id: of the `Warm` that asked.
        started: what a run would say when it begins: the device and why, its memory, steps an epoch.
        seconds: of a step.
        validation: seconds of it that each epoch takes, on average: short epochs are not all validated.
    """

    id: int
    started: Started
    seconds: float
    validation: float = 0.0

    @property
    def epoch(self) -> float:
        """Seconds of an epoch."""
        return self.seconds * self.started.steps_per_epoch + self.validation


@dataclass(frozen=True)
class Ready:
    """The worker is up; the devices it found, and a sentence for each one that is not there."""

    devices: tuple[DeviceInfo, ...]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reported:
    """A report of a job."""

    job: int
    report: Report


Command = (
    TrainJob
    | ProfileJob
    | RatesJob
    | ManyJob
    | Take
    | Pause
    | Resume
    | Step
    | Stop
    | SetProbes
    | SetInsides
    | SetWishes
    | SetLearningRate
    | Ask
    | SetProfiling
    | Warm
)

Job = TrainJob | ProfileJob | RatesJob | ManyJob
"""Commands whose reports carry their number; another one of them ends what runs."""

AboutPictures = SetProbes | SetInsides | SetWishes
"""Commands that say what is watched of a run."""
