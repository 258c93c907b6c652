"""What somebody may ask of a run that has a timeline, and what it answers: small, plain, picklable records.

A *moment* is a point of the run that was kept; a *line* is a stretch of training: the first one, and one more for each
time that somebody went back and trained on from there. What came after that moment before stays, as the older line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from engine.graph.document import Edge, Node
from engine.training.settings import TrainingSettings
from engine.training.surface.records import Located, Survey, Surveyed


@dataclass(frozen=True)
class Moment:
    """A point of the run whose states are kept.

    Attributes:
        id: never used again in this run.
        line: the stretch of training it belongs to, from 0.
        step: steps taken.
        epoch: epochs done, with the fraction of the one that ran.
        values: the latest loss and metrics at that time; those of validation carry the prefix `val_`.
        learning_rate: of the step before.
    """

    id: int
    line: int
    step: int
    epoch: float
    values: Mapping[str, float] = field(default_factory=dict)
    learning_rate: float = 0.0


class EventKind(StrEnum):
    """What people do to a run while it trains."""

    RATE = "rate"  # the learning rate changed
    PAUSED = "paused"
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    SETTING = "setting"  # another setting of a layer or of training
    NETWORK = "network"  # layers or wires came or went
    REWOUND = "rewound"
    BRANCHED = "branched"
    CONTINUED = "continued"  # trained on after the end


# -- what is asked for ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """Let all pictures show this moment, whatever the run does meanwhile; None: show the present again."""

    moment: int | None


@dataclass(frozen=True)
class Travel:
    """Go on from a moment in a new line.

    Attributes:
        moment: to start from.
        training: settings to try from there; None: those of now.
        paused: go there and wait.
    """

    moment: int
    training: TrainingSettings | None = None
    paused: bool = False


@dataclass(frozen=True)
class Rewind:
    """Go back to the very same first weights in a new line, and wait."""


@dataclass(frozen=True)
class Retreat:
    """Go back to a step exactly, and go on from there in a new line with this network and these settings.

    Every weight that still fits stays.

    Attributes:
        step: of the line of now; it need not have been kept: what lies between is computed again.
        paused: go there and wait.
    """

    step: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    training: TrainingSettings
    paused: bool = False


@dataclass(frozen=True)
class Change:
    """Go on with this network and these settings; every weight that still fits stays.

    Attributes:
        number: comes back with the answer.
        before: a run that has ended is to be trained on: epochs before those that are trained now (`further.py`);
            None: it goes on or waits, as it did.
    """

    number: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    training: TrainingSettings
    before: int | None = None


Request = Look | Travel | Rewind | Change | Retreat | Survey


def newest(requests: Sequence[Request]) -> list[Request]:
    """Those that a later one of the same kind does not make needless."""
    last = {type(request): request for request in requests}
    return [r for r in requests if isinstance(r, Travel | Rewind | Retreat) or last[type(r)] is r]


# -- what is answered -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Remembered:
    """The timeline has grown, and what is far back has been thinned out.

    Attributes:
        added: new moments, in order.
        dropped: ids of those that are no longer kept.
        nbytes, budget: what the moments take of the host's memory, and what they may.
        sentence: why nothing is kept; "" if all is well.
    """

    added: tuple[Moment, ...]
    dropped: tuple[int, ...]
    nbytes: int
    budget: int
    sentence: str = ""


@dataclass(frozen=True)
class Shown:
    """All pictures show this moment now, or the present; `sentence` says why it could not be shown."""

    moment: Moment | None
    seconds: float = 0.0
    sentence: str = ""


@dataclass(frozen=True)
class Branched:
    """A new line begins.

    Attributes:
        line: its number.
        parent: the line that it leaves; its own number where it begins anew.
        step, epoch: where.
        training: settings it is trained with.
        paused: whether it waits.
    """

    line: int
    parent: int
    step: int
    epoch: float
    training: TrainingSettings
    paused: bool = False


@dataclass(frozen=True)
class Changed:
    """The run goes on with another network or other settings.

    Attributes:
        number: of the `Change`.
        steps_per_epoch: from now on.
        parameters, nbytes: of the network, as in `Started`.
        epochs: that are trained.
        sentence: why it could not be: the run goes on as it was; "" if it could.
        seconds: that the run stood still for it.
    """

    number: int
    steps_per_epoch: float
    parameters: int
    nbytes: int
    epochs: int
    sentence: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Happened:
    """Somebody did something to the run: a mark for its curves.

    Attributes:
        kind: what.
        line: in which it happened.
        step, epoch: when.
        detail: what exactly, as names and numbers ("0.01 to 0.001").
    """

    kind: EventKind
    line: int
    step: int
    epoch: float
    detail: str = ""


Answer = Remembered | Shown | Branched | Changed | Happened | Surveyed | Located
