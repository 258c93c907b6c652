"""Tells screen readers how training goes and what becomes wrong: people who see it read it off the bar and the list."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.canvas.announce import announce
from app.document import Document
from app.i18n import said
from app.training import TrainingController, TrainState
from engine.graph.diagnostics import Severity
from engine.graph.inference import Inference
from engine.training.reports import Progress


class Teller(QObject):
    """Speaks for one project: each state of its training, some of its epochs, each new problem.

    `last` is what was said last.
    """

    def __init__(self, widget: QWidget, document: Document, training: TrainingController) -> None:
        super().__init__(widget)
        self._widget = widget
        self._training = training
        self._state = training.state
        self._epoch = 0
        self._known: frozenset[str] = frozenset()
        self.last = ""
        training.state_changed.connect(self._on_training_state_changed)
        training.progressed.connect(self._on_training_progressed)
        document.inferred.connect(self._on_document_inferred)

    def _say(self, sentence: str) -> None:
        self.last = sentence
        announce(self._widget, sentence)

    def _on_training_state_changed(self, state: TrainState) -> None:
        before, self._state = self._state, state
        words = {
            TrainState.STARTING: self.tr("Preparing to train"),
            TrainState.RUNNING: self.tr("Training"),
            TrainState.PAUSED: self.tr("Training is paused"),
            TrainState.DIED: self.tr("The training process ended by itself"),
        }.get(state, self.tr("Training has ended") if before is not TrainState.IDLE else "")
        if state is not before and words:
            self._say(words)
        if state is TrainState.STARTING:
            self._epoch = 0

    def _on_training_progressed(self, progress: Progress) -> None:
        """Of the epochs the 1st, 3rd, 7th, 15th ..: often at first, rarely later, however fast they are."""
        epoch = int(progress.epoch)
        if epoch > 2 * self._epoch and self._state is TrainState.RUNNING:  # no late word after "paused"
            self._epoch = epoch
            self._say(self.tr("{count} epochs are done").format(count=epoch))

    def _on_document_inferred(self, found: Inference) -> None:
        faults = [d for d in found.diagnostics if d.severity is not Severity.INFO]
        new = [said(d.sentence) for d in faults if d.sentence not in self._known]
        gone = self._known and not faults
        self._known = frozenset(d.sentence for d in faults)
        if new:
            self._say(new[0] if len(new) == 1 else self.tr("%n problems", "", len(new)) + f": {new[0]}")
        elif gone:
            self._say(self.tr("Nothing is wrong."))
