"""All that is said of the run of one project; the views of it ask here."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.canvas import Badge
from app.canvas.facts import Severity as Sign
from app.canvas.scene import GraphScene
from app.i18n import said, together
from app.training import TrainingController, TrainState
from engine.graph.diagnostics import Severity
from engine.training.doctor.observation import Checked, Halted, LayerSigns, Observation, Observed
from engine.training.moments import Branched

MOST_NOTES = 40  # remarks that are marked on the curves


class Remarks(QObject):
    """Remembers what was said last, and when something was said first.

    Signals: `changed` when something else is to be said; `measured` with the layers of a checkup; `halted` with a
    `Halted`.
    """

    changed = Signal()
    measured = Signal(object)
    halted = Signal(object)

    def __init__(self, training: TrainingController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._training = training
        self._observed: tuple[Observation, ...] = ()
        self._halted: Halted | None = None
        self._epoch = 0.0
        self.layers: tuple[LayerSigns, ...] = ()
        self.notes: list[tuple[float, Observation]] = []  # the epoch at which each was said first
        training.observed.connect(self._on_observed)
        training.checked.connect(self._on_checked)
        training.halted.connect(self._on_halted)
        training.progressed.connect(self._on_progressed)
        training.answered.connect(self._on_answered)
        training.state_changed.connect(self._on_state_changed)
        training.forgotten.connect(self.forget)

    @property
    def observations(self) -> tuple[Observation, ...]:
        """What holds now, the worst first."""
        held = (self._halted.observation,) if self._halted is not None else ()
        return (*held, *self._observed)

    @property
    def is_halted(self) -> bool:
        """Whether the run waits before a step that would break it."""
        return self._halted is not None

    def forget(self) -> None:
        """Another run: nothing is said of it."""
        self._observed, self._halted, self.layers = (), None, ()
        self.notes.clear()
        self.measured.emit(())
        self.changed.emit()

    def _on_progressed(self, progress: object) -> None:
        self._epoch = float(getattr(progress, "epoch", self._epoch))

    def _on_observed(self, observed: Observed) -> None:
        known = {(o.kind, o.node) for _, o in self.notes}
        for seen in observed.observations:
            if (seen.kind, seen.node) not in known and len(self.notes) < MOST_NOTES:
                self.notes.append((self._epoch, seen))
        self._observed = observed.observations
        self.changed.emit()

    def _on_checked(self, checked: Checked) -> None:
        self.layers = checked.layers
        self.measured.emit(checked.layers)

    def _on_halted(self, halted: Halted) -> None:
        self._halted = halted
        self.notes.append((halted.epoch, halted.observation))
        self.changed.emit()
        self.halted.emit(halted)

    def _on_answered(self, answer: object) -> None:
        if isinstance(answer, Branched):
            self._go_on()

    def _on_state_changed(self, state: TrainState) -> None:
        if state is not TrainState.PAUSED:
            self._go_on()

    def _go_on(self) -> None:
        if self._halted is not None:
            self._halted = None
            self.changed.emit()


class CanvasMarks:
    """Marks on the nodes of a canvas that come from several places; what is worst shows."""

    def __init__(self, scene: GraphScene) -> None:
        self._scene = scene
        self._marks: dict[str, Mapping[str, Badge]] = {}

    def set(self, source: str, marks: Mapping[str, Badge]) -> None:
        """These are the marks of a source from now on."""
        self._marks[source] = marks
        together: dict[str, Badge] = {}
        for others in self._marks.values():
            for node, badge in others.items():
                known = together.get(node)
                if known is None or _RANKS.index(badge.severity) < _RANKS.index(known.severity):
                    together[node] = badge
        self._scene.set_marks(together)


_RANKS = ("error", "warning", "info")
_SIGNS: Final[Mapping[Severity, Sign]] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}


def badges_of(observations: tuple[Observation, ...]) -> dict[str, Badge]:
    """A mark for each node that something is said of; the first remark counts."""
    found: dict[str, Badge] = {}
    for seen in observations:
        if seen.node and seen.node not in found:
            words = together(said(seen.sentence), said(seen.advice))
            found[seen.node] = Badge(_SIGNS[seen.severity], words)
    return found
