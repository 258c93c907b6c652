"""Makes the edit of the document and the change of the run that goes on one gesture; Undo is one, too."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.document import TRAINING, Document
from app.training import TrainingController, TrainState
from engine.training.identity import Identity, identity
from engine.training.moments import Branched, Change, Changed
from engine.training.settings import TrainingSettings

SETTLE_MS = 120  # after the last edit of a drag
AT_LIBERTY = (TrainState.RUNNING, TrainState.PAUSED)
Version = tuple[Identity, TrainingSettings]


class LiveChanges(QObject):
    """Sends what the document has become to the run that goes on, as soon as it can be trained.

    Signals: `applied` with a Changed that the run has taken; `said` with a sentence where it could not.
    """

    applied = Signal(object)
    said = Signal(str)

    def __init__(
        self,
        document: Document,
        training: TrainingController,
        agreed: Callable[[], None],
        planned: Callable[[], TrainingSettings],
        parent: QObject | None = None,
    ) -> None:
        """`agreed` is called when document and run are the same again; `planned` gives the settings of the whole run."""
        super().__init__(parent)
        self._document = document
        self._training = training
        self._agreed = agreed
        self._planned = planned
        self._number = 0
        self._sent: Version | None = None  # what the run trains, or will in a moment
        self._waits = False  # somebody was told that the run goes on with the network as it was
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._send)
        self._links = [
            document.inferred.connect(self._on_document_inferred),
            document.section_changed.connect(self._on_section_changed),
            training.answered.connect(self._on_training_answered),
            training.state_changed.connect(self._on_state_changed),
        ]

    def begin(self) -> None:
        """A run begins with the document as it is."""
        self._sent, self._waits = self._version(), False

    def close(self) -> None:
        """Watch nothing any more."""
        self._timer.stop()
        for link in self._links:
            QObject.disconnect(link)

    def _version(self) -> Version:
        nodes, edges, _ = self._document.graph.snapshot()
        return identity(nodes, edges), self._planned()

    def _on_document_inferred(self, _inference: object) -> None:
        self._look_soon()

    def _on_section_changed(self, key: str) -> None:
        if key == TRAINING:
            self._look_soon()

    def _on_state_changed(self, state: TrainState) -> None:
        if state in AT_LIBERTY:
            self._look_soon()  # edits that came while the run was prepared

    def _look_soon(self) -> None:
        if self._sent is not None and self._training.state in AT_LIBERTY:
            self._timer.start()

    def _send(self) -> None:
        if self._training.state not in AT_LIBERTY or self._sent is None:
            return
        version = self._version()
        if version == self._sent:
            self._agreed()
            return
        if not self._document.inference.ok:
            if not self._waits:
                self._waits = True
                self.said.emit(
                    self.tr("Training goes on with the network as it was until this one can be trained.")
                )
            return
        self._waits = False
        self._number += 1
        nodes, edges, _ = self._document.graph.snapshot()
        if self._training.ask(Change(self._number, nodes, edges, version[1])):
            self._sent = version

    def _on_training_answered(self, answer: object) -> None:
        if isinstance(answer, Branched) and self._sent is not None:
            self._sent = (self._sent[0], answer.training)
            self._look_soon()
        elif isinstance(answer, Changed) and answer.number == self._number:
            if answer.sentence:
                self.said.emit(answer.sentence)
                return
            if self._version() == self._sent:
                self._agreed()
            self.applied.emit(answer)
