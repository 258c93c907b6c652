"""Training on after the end of a run: whether that can be, how far it goes, and where it happens.

The worker keeps a run that has ended until the next one begins: there it goes on with its past. Where it does not, or other
data was chosen, the last state goes into a new job, and the run is the same one still.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.document import Document
from app.i18n import said, together
from app.training import TrainingController, TrainState
from engine.training.differences import Difference, differences
from engine.training.further import (
    epochs_before,
    epochs_done,
    impatient,
    on_other_data,
    trained_before,
    trained_on,
    without_slots,
)
from engine.training.moments import Branched, Change, Changed, EventKind, Happened
from engine.training.reports import Snapshot, Started
from engine.training.settings import TrainingSettings

if TYPE_CHECKING:
    from engine.graph.document import Edge, Node
    from engine.tensor.spec import Shape


@dataclass(frozen=True)
class Trained:
    """What the last run trained: a network with its weights, and how."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    training: TrainingSettings
    shapes: Mapping[str, Shape]

    @classmethod
    def now(cls, document: Document, training: TrainingSettings) -> Trained:
        """Of the document as it is."""
        return cls(*document.graph.snapshot()[:2], training, _shapes(document))


class RunOn(QObject):
    """How the run of one document goes on after its end.

    Signals: `went_on` with a Changed once it does, where its worker kept it; `said` with a sentence.
    """

    went_on = Signal(object)
    said = Signal(str)

    def __init__(
        self, document: Document, training: TrainingController, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._training = document, training
        self._before = 0  # epochs that were done when the run was trained on last
        self._number = 0  # of what was asked for last; below those of `LiveChanges`
        self._trained: Trained | None = None
        self._news: list[Difference] = []  # to be marked once the new job has begun
        self._words: list[str] = []  # to be said then
        self.diverged = False
        self._link = training.answered.connect(self._on_training_answered)

    def close(self) -> None:
        """Hear nothing any more."""
        QObject.disconnect(self._link)

    # -- how far ------------------------------------------------------------------------------------
    def planned(self, training: TrainingSettings | None = None) -> TrainingSettings:
        """The settings of the document, or these, with the epochs of the whole run."""
        asked = training or self._document.training
        return asked.model_copy(update={"epochs": self._before + asked.epochs})

    def planned_from(self, epoch: float, training: TrainingSettings | None = None) -> TrainingSettings:
        """The same for a run that goes on from an epoch: what is asked for comes after it, where the end was reached."""
        asked = training or self._document.training
        self._before = epochs_before(asked.epochs, self._before, epoch)
        return self.planned(asked)

    def end_from(self, epoch: float) -> int:
        """Up to which epoch it would be trained on."""
        epochs = self._document.training.epochs
        return epochs_before(epochs, self._before, epoch) + epochs

    # -- what has been ------------------------------------------------------------------------------
    def note_anew(self) -> None:
        """A run begins with fresh weights."""
        self._before, self.diverged = 0, False
        self._news, self._words = [], []
        self.note_trained()

    def note_trained(self) -> None:
        """The run trains what the document says."""
        self._trained = Trained.now(self._document, self.planned())

    def note_adopted(self, snapshot: Snapshot) -> Snapshot:
        """A state came from a file or a study: it, with patience where that had ended its run early."""
        self._before, self.diverged = trained_before(snapshot.states), False
        if not impatient(snapshot.states, self._document.training.early_stopping_patience):
            return snapshot
        return Snapshot(snapshot.step, trained_on(snapshot.states, self._before))

    def forget(self) -> None:
        """Nothing has been learned."""
        self._before, self._trained = 0, None

    # -- whether ------------------------------------------------------------------------------------
    def why_not(self, *, same_network: bool, same_data: bool) -> str:
        """Why it can't be trained on, in a sentence; "" if it can.

        Args:
            same_network: whether the document's network is that of the run.
            same_data: likewise.
        """
        state = self._training.state
        if state in (TrainState.RUNNING, TrainState.STARTING):
            return self.tr("The network is being trained.")
        if state is TrainState.PAUSED or (state is TrainState.DIED and same_network):
            return self.tr("The run is not over: press Resume to go on with it.")
        if self._training.snapshot is None or self._trained is None:
            return self.tr("Nothing has been learned yet that could be trained on: press Train first.")
        if self.diverged:
            return self.tr(
                "The run broke, and nothing of it can be trained on: train anew, or go back in time."
            )
        if self._document.is_reading or self._document.data_problem:
            return ""  # that is said when it is tried
        fits = _shapes(self._document) == self._trained.shapes
        if not fits or not (same_network or (same_data and self._training.keeps_run)):
            return self.tr(
                "The network was changed, and what was learned does not fit it any more: undo the change, or train anew."
            )
        return ""

    def hint(self, rows: int, batch: int) -> str:
        """What it would do."""
        snapshot = self._training.snapshot
        if snapshot is None:
            return ""
        done = epochs_done(snapshot.states, snapshot.step, rows, batch)
        end = self.end_from(done)
        return self.tr("Go on with what was learned, up to epoch {end}").format(end=end)

    # -- doing it -----------------------------------------------------------------------------------
    def ask(self, rows: int, batch: int) -> None:
        """Let the worker go on with the run that it keeps."""
        snapshot = self._training.snapshot
        assert snapshot is not None
        planned = self.planned_from(epochs_done(snapshot.states, snapshot.step, rows, batch))
        self._say_of_optimizer()
        self.note_trained()
        self._number -= 1
        nodes, edges, _ = self._document.graph.snapshot()
        self._training.train_on(Change(self._number, nodes, edges, planned, self._before))

    def prepared(self, rows: int, batch: int, other_rows: int | None) -> Snapshot:
        """The last state, for a new job that goes on with it.

        Args:
            rows: that it was learned from.
            batch: examples of a step.
            other_rows: of the data that is there now, where it is other data.
        """
        snapshot, trained = self._training.snapshot, self._trained
        assert snapshot is not None
        assert trained is not None
        done = epochs_done(snapshot.states, snapshot.step, rows, batch)
        planned = self.planned_from(done)
        states = trained_on(snapshot.states, self._before)
        if other_rows is not None:
            states = on_other_data(states, snapshot.step, done, other_rows, planned.batch_size)
            self._words.append(
                self.tr("What was learned is trained on with other data. Its best epoch does not count.")
            )
        if type(planned.optimizer) is not type(trained.training.optimizer):
            states = without_slots(states)
        self._say_of_optimizer()
        nodes, edges, _ = self._document.graph.snapshot()
        same_end = trained.training.model_copy(update={"epochs": planned.epochs})
        changes = differences((trained.nodes, trained.edges, same_end), (nodes, edges, planned))
        self._news = [(EventKind.CONTINUED, str(planned.epochs)), *changes]
        self.note_trained()
        return Snapshot(snapshot.step, states)

    def mark_begin(self, step: int, epoch: float) -> None:
        """The new job has begun: mark what it began with."""
        news, self._news = self._news, []
        for kind, detail in news:
            self._training.answered.emit(Happened(kind, 0, step, epoch, detail))

    def tell(self) -> None:
        """It goes on: say what is not as it was."""
        words, self._words = self._words, []
        if words:
            self.said.emit(together(*words))

    def _say_of_optimizer(self) -> None:
        """Another rule begins without a memory."""
        if self._trained is None:
            return
        before, now = self._trained.training.optimizer, self._document.training.optimizer
        if type(before) is not type(now):
            words = self.tr("{new} begins anew from the weights: what {old} remembered is of no use to it.")
            self._words.append(words.format(new=type(now).key(), old=type(before).key()))

    def _on_training_answered(self, answer: object) -> None:
        if isinstance(answer, Branched) and answer.line == answer.parent:
            self._before = 0  # it was rewound
        if not isinstance(answer, Changed) or answer.number != self._number or self._number == 0:
            return
        if answer.sentence:
            self.said.emit(said(answer.sentence))
        else:
            self.went_on.emit(answer)


def gone_on(started: Started, changed: Changed) -> Started:
    """What the run would say if it began where it goes on."""
    return replace(
        started,
        parameters=changed.parameters,
        nbytes=changed.nbytes,
        steps_per_epoch=changed.steps_per_epoch,
        epochs=changed.epochs,
    )


def _shapes(document: Document) -> dict[str, Shape]:
    """The shape of each weight by the way to it."""
    found = document.inference.nodes
    return {f"{node}/{name}": w.shape for node, known in found.items() for name, w in known.weights.items()}
