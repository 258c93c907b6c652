"""What training tells whoever watches it: small, plain, picklable records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.profiling.profile import Profile
from engine.tensor.spec import Array
from engine.training.doctor.observation import Checked, Halted, Observed
from engine.training.inside.records import InsideSeen
from engine.training.many.reports import ManyReport
from engine.training.moments import Answer
from engine.training.standards import Standards
from engine.training.studies import RatesTried

VALIDATION = "validation"  # name of the predictions of the rows of validation

if TYPE_CHECKING:
    from engine.data.recipe.preparation import Preparation


@dataclass(frozen=True)
class Preparing:
    """What must be there before the first step is being made; no total while that is not known.

    Attributes:
        done, total: programs of the device (shaders, on `gl`); if it is `reading`, rows of the data, over all passes.
        reading: whether the data is being prepared.
    """

    done: int = 0
    total: int = 0
    reading: bool = False


@dataclass(frozen=True)
class Cancelled:
    """Training was stopped before its first step; nothing has changed."""


@dataclass(frozen=True)
class Started:
    """Everything is compiled and on the device; the first step is about to run.

    Attributes:
        device: what the chip says ("NumPy on Intel Xeon"), and `why` it was chosen.
        parameters: trained and other weights together.
        nbytes: memory on the device.
        steps_per_epoch: batches that show every example once (not whole in general).
        preparation: the fitted recipe of the user's file, to be saved with what is learned.
        notes: what was noticed while the file was prepared; sentences.
        standards: what the figures are to be held against.
    """

    device: str
    kind: str
    why: str
    parameters: int
    nbytes: int
    steps_per_epoch: float
    epochs: int
    preparation: Preparation | None = None
    notes: tuple[str, ...] = ()
    standards: Standards = field(default_factory=Standards)


@dataclass(frozen=True)
class Noticed:
    """Something the user should know while training goes on: a sentence."""

    sentence: str


@dataclass(frozen=True)
class EpochEnded:
    """Figures of the epochs since the last one of these; those of validation carry the prefix `val_`.

    `values` are numbers, as curves show them; `arrays` are metrics that are more than one number.
    """

    step: int
    epoch: int
    values: Mapping[str, float]
    best: bool
    learning_rate: float = 0.0  # of the last step
    arrays: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """Figures of the steps since the last report, and the epochs that ended since then.

    `gradient` is the norm of all gradients in the last step, where somebody looked at it.
    """

    step: int
    epoch: float
    values: Mapping[str, float]
    steps_per_s: float
    epochs: tuple[EpochEnded, ...] = ()
    learning_rate: float = 0.0  # of the last step
    gradient: float | None = None


@dataclass(frozen=True)
class Pictured:
    """Predictions on probe inputs, or what a wish asked for: arrays by name; or a sentence why there are none."""

    probe: str
    step: int
    outputs: Mapping[str, Array]
    sentence: str = ""
    version: int = 0  # of the probe


@dataclass(frozen=True)
class Profiled:
    """Where the time of a step goes, for whoever looks at that."""

    profile: Profile


@dataclass(frozen=True)
class Snapshot:
    """All that is needed to go on exactly from here: every state, and the step they belong to.

    Beside the device's states there are `memory` (what the loop knows) and `best/<arena>` (the best weights).
    """

    step: int
    states: Mapping[str, Array]


@dataclass(frozen=True)
class Ended:
    """Training is over: `reason` is "done", "stopped", "early" or "diverged", `node` what that is about, if known."""

    reason: str
    step: int
    epoch: float
    values: Mapping[str, float]
    steps_per_s: float
    seconds: float
    sentence: str = ""
    node: str = ""
    arrays: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """Training could not start or go on; one sentence for the user, and the fault's text if it is ours."""

    sentence: str
    detail: str = ""


@dataclass(frozen=True, eq=False)
class Probe:
    """Inputs whose predictions somebody watches while the network learns.

    Attributes:
        name: returned with every answer.
        inputs: by feature, as the network expects them (standardized; batch first).
        every_s: shortest time between two answers.
        taps: further (node, port) values to return.
        version: returned with every answer; another one under the same name is answered at once.
    """

    name: str
    inputs: Mapping[str, Array] = field(default_factory=dict)
    every_s: float = 0.1
    taps: tuple[tuple[str, str], ...] = ()
    version: int = 0


Report = (
    Preparing
    | Cancelled
    | Started
    | Noticed
    | Progress
    | Pictured
    | Profiled
    | Snapshot
    | Ended
    | Failed
    | Answer
    | InsideSeen
    | Observed
    | Checked
    | Halted
    | RatesTried
    | ManyReport
)
