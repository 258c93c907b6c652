"""What a lesson knows of the learner's doing: the project now and before, the training, what was opened and used.

Whoever teaches (the window, a test) keeps one of these up to date; checks only read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.graph.document import ModelGraph
from engine.tensor.spec import Array
from engine.training.doctor.observation import Halted, Observed
from engine.training.reports import Ended, Progress


def no_weights() -> Mapping[str, Array]:
    """Of a network that was not trained."""
    return {}


def not_known() -> bool:
    """Nobody says that the network can be trained."""
    return False


@dataclass
class Seen:
    """What can be asked about. All that counts (steps, runs, deeds) counts from where the step of the lesson began.

    Attributes:
        graph: the project.
        before: the project as it was when the step of the lesson began.
        steps, epochs: trained since then.
        runs: begun since then.
        values: the newest figures of the newest run, by name ("loss", "val_loss", "accuracy").
        ended: reasons for which runs ended since then.
        deeds: what was opened, chosen and used, as `kind/name` ("panel/runs", "command/one_step").
        observed: what the doctor says of the run now, by the names of its rules.
        weights: gives the newest weights, by `<name of the node>/<weight>`.
        sound: tells whether the network can be trained.
    """

    graph: ModelGraph
    before: ModelGraph = field(default_factory=ModelGraph)
    steps: int = 0
    epochs: float = 0.0
    runs: int = 0
    values: dict[str, float] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    deeds: set[str] = field(default_factory=set)
    observed: set[str] = field(default_factory=set)
    weights: Callable[[], Mapping[str, Array]] = no_weights
    sound: Callable[[], bool] = not_known
    _last_step: int = 0
    _last_epoch: float = 0.0

    def begin_step(self) -> None:
        """A step of the lesson begins: what was done before does not count for it."""
        nodes, edges, sections = self.graph.snapshot()
        self.before = ModelGraph(nodes, edges, sections)
        self.steps, self.epochs, self.runs = 0, 0.0, 0
        self.ended.clear()
        self.deeds.clear()

    def note_run(self, step: int = 0, epoch: float = 0.0) -> None:
        """A run begins, from an earlier step of it where it goes on."""
        self.runs += 1
        self._last_step, self._last_epoch = step, epoch
        if not step:
            self.values.clear()
            self.observed.clear()

    def note_progress(self, progress: Progress) -> None:
        """Training went on."""
        self.steps += max(0, progress.step - self._last_step)
        self.epochs += max(0.0, progress.epoch - self._last_epoch)
        self._last_step, self._last_epoch = progress.step, progress.epoch
        self.values.update(progress.values)
        for epoch in progress.epochs:
            self.values.update(epoch.values)

    def note_end(self, ended: Ended) -> None:
        """A run is over."""
        self.steps += max(0, ended.step - self._last_step)
        self.epochs += max(0.0, ended.epoch - self._last_epoch)
        self._last_step, self._last_epoch = ended.step, ended.epoch
        self.values.update(ended.values)
        self.ended.add(ended.reason)

    def note_halted(self, halted: Halted) -> None:
        """A run is held before a step that would break it: it goes no further by itself."""
        self.ended.add("diverged")
        self.observed.add(halted.observation.kind)

    def note_observed(self, observed: Observed) -> None:
        """The doctor says something else now."""
        self.observed = {each.kind for each in observed.observations}
