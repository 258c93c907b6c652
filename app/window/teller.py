"""Tells screen readers how training goes and what becomes wrong: people who see it read it off the bar and the list."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.canvas.announce import announce
from app.document import Document
from app.i18n import said
from app.training import TrainingController, TrainState
from engine.graph.diagnostics import Severity
from engine.graph.inference import Inference
from engine.training.reports import Ended, Progress

BETWEEN_S: Final = 5.0  # that hearing how many epochs are done takes, and some rest


class Teller(QObject):
    """Speaks for one project: each state of its training, some of its epochs, each new problem.

    `last` is what was said last.
    """

    def __init__(
        self,
        widget: QWidget,
        document: Document,
        training: TrainingController,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(widget)
        self._clock = clock
        self._said_at = 0.0
        self._widget = widget
        self._training = training
        self._state = training.state
        self._epoch = 0
        self._known: frozenset[str] = frozenset()
        self.last = ""
        training.state_changed.connect(self._on_training_state_changed)
        training.progressed.connect(self._on_training_progressed)
        training.ended.connect(self._on_training_ended)
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
        """Of the epochs the 1st, 3rd, 7th, 15th ..: often at first, rarely later, never while the last is still said."""
        epoch = int(progress.epoch)
        if self._state is not TrainState.RUNNING or epoch <= 2 * self._epoch:  # no late word after "paused"
            return
        if self._epoch and self._clock() - self._said_at < BETWEEN_S:
            return
        self._epoch, self._said_at = epoch, self._clock()
        said = (
            self.tr("{count} epochs are done").format(count=epoch)
            if epoch > 1
            else self.tr("One epoch is done")
        )
        result = self._result(progress.epochs[-1].values) if progress.epochs else ""
        self._say(f"{said}. {result}" if result else said)

    def _on_training_ended(self, ended: Ended) -> None:
        """What came of it; that it has ended was said."""
        result = self._result(ended.values)
        if result:
            self._say(result)

    def _result(self, values: Mapping[str, float]) -> str:
        """The most telling figure of an epoch, of validation where there is such."""
        share = values.get("val_accuracy", values.get("accuracy"))
        if share is not None:
            return self.tr("{share:.1f} % right").format(share=100 * share)
        loss = values.get("val_loss", values.get("loss"))
        return self.tr("loss {loss:.4g}").format(loss=loss) if loss is not None else ""

    def _on_document_inferred(self, found: Inference) -> None:
        faults = [d for d in found.diagnostics if d.severity is not Severity.INFO]
        new = [said(d.sentence) for d in faults if d.sentence not in self._known]
        gone = self._known and not faults
        self._known = frozenset(d.sentence for d in faults)
        if new:
            self._say(new[0] if len(new) == 1 else self.tr("%n problems", "", len(new)) + f": {new[0]}")
        elif gone:
            self._say(self.tr("Nothing is wrong."))
