"""Step mode of one project: goes through steps on a copy of the run, phase by phase, back and forth.

What the copy has learned is dropped in the end, or the run takes the same steps; they are the same to the bit on the same
device, because both are.
"""

from enum import Enum

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QWidget
from typing_extensions import override

from app.lane import Lane
from app.steps.overlay import Flow, StepOverlay
from app.steps.words import sentence, tr
from app.subject import Subject, subject_of
from app.theme import Theme
from app.training import TrainState
from app.window.run_control import RunOf
from app.window.workspace import Workspace
from engine.compiler.lower import LoweringError
from engine.data.errors import DataError
from engine.devices.base import DeviceError, Watch
from engine.devices.registry import open_device
from engine.tensor.spec import ShapeError
from engine.training.stepping import PHASES, OneStep, Stepper, StepPhase

MOST_KEPT = 200  # steps that one can go back to
WAIT_MS = 3000  # for the state of a run that was paused
STEP = "step"  # the lane's topic
KEYS = {
    Qt.Key.Key_Right: "next_phase",
    Qt.Key.Key_Space: "next_phase",
    Qt.Key.Key_Left: "phase_before",
    Qt.Key.Key_Return: "whole_step",
    Qt.Key.Key_Enter: "whole_step",
    Qt.Key.Key_Escape: "discard",
}


class Stage(Enum):
    """Where step mode is."""

    OFF = "off"
    PREPARING = "preparing"
    ON = "on"


class StepMode(QObject):
    """Step mode. `changed` says that something else is to be shown; `refused` carries a sentence."""

    changed = Signal()
    refused = Signal(str)

    def __init__(self, theme: Theme, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme, self._workspace = theme, workspace
        self._lane = Lane("steps", self)
        self._stepper: Stepper | None = None  # belongs to the lane's thread
        self._overlay = StepOverlay(workspace.canvas.scene, theme)
        self.flow = Flow(self._overlay, theme, self)
        self.stage = Stage.OFF
        self._steps: list[OneStep] = []
        self._first = 0  # number of the first of them that is kept
        self._at = 0  # which of them is shown
        self._phase = 0
        self._busy = False
        self._of: RunOf | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(WAIT_MS)
        self._patience.timeout.connect(self._prepare)
        run = workspace.run
        run.training.snapshot_taken.connect(self._on_snapshot_taken)
        run.training.state_changed.connect(self._on_training_state_changed)
        workspace.document.inferred.connect(self._on_document_inferred)
        workspace.destroyed.connect(self._lane.close)
        self.watch(workspace.canvas.view)

    # -- reading ----------------------------------------------------------------------------------
    @property
    def step(self) -> OneStep | None:
        """The step that is shown."""
        return self._steps[self._at] if self._steps and self.stage is Stage.ON else None

    @property
    def phase(self) -> StepPhase:
        """The phase that is shown."""
        return PHASES[self._phase]

    @property
    def taken(self) -> int:
        """Updates that the copy has made and that have been seen."""
        if self.stage is not Stage.ON:
            return 0
        return self._first + self._at + (self.phase is StepPhase.UPDATE)

    def sentence(self) -> str:
        """What happens now."""
        if self.stage is Stage.PREPARING:
            return tr("The first step is being prepared.")
        if self.step is None:
            return ""
        return sentence(self.step, self.phase, self._workspace.document.training.optimizer)

    # -- going ------------------------------------------------------------------------------------
    def begin(self) -> None:
        """Begin with the run as it is; one that runs is paused."""
        if self.stage is not Stage.OFF:
            return
        training = self._workspace.run.training
        self.stage = Stage.PREPARING
        self.changed.emit()  # before what may end it with a sentence
        if training.state is TrainState.RUNNING:
            training.pause()
            self._patience.start()
        else:
            self._prepare()

    def next_phase(self) -> None:
        """The next phase; after the update, that of the next step."""
        if self.stage is not Stage.ON or self._busy:
            return
        if self.flow.is_moving():
            self.flow.finish()
        elif self._phase + 1 < len(PHASES):
            self._go(self._at, self._phase + 1)
        elif self._at + 1 < len(self._steps):
            self._go(self._at + 1, 0)
        else:
            self._take(0)

    def phase_before(self) -> None:
        """The phase before, or the last one of the step before."""
        if self.stage is not Stage.ON or self._busy:
            return
        if self._phase > 0:
            self._go(self._at, self._phase - 1, still=True)
        elif self._at > 0:
            self._go(self._at - 1, len(PHASES) - 1, still=True)

    def whole_step(self) -> None:
        """To the end of this step, or of the next one."""
        last = len(PHASES) - 1
        if self.stage is not Stage.ON or self._busy:
            return
        if self._phase < last:
            self._go(self._at, last, still=True)
        elif self._at + 1 < len(self._steps):
            self._go(self._at + 1, last, still=True)
        else:
            self._take(last)

    def keep(self) -> None:
        """Leave; the run takes the steps that were seen."""
        taken = self.taken
        self._leave()
        if taken:
            self._workspace.run.go_on_by(taken)

    def discard(self) -> None:
        """Leave; the run is as it was."""
        self._leave()

    def _go(self, at: int, phase: int, *, still: bool = False) -> None:
        self._at, self._phase = at, phase
        step = self.step
        assert step is not None
        self.flow.show(step, self.phase, still=still)
        self.changed.emit()

    def _leave(self) -> None:
        if self.stage is Stage.OFF:
            return
        self.stage = Stage.OFF
        self._patience.stop()
        self._steps.clear()
        self._first = self._at = self._phase = 0
        self._busy = False
        self.flow.clear()
        self._lane.want(STEP, lambda _watch: self._close(), lambda _none: None)
        self.changed.emit()

    # -- on the lane ------------------------------------------------------------------------------
    def _prepare(self) -> None:
        self._patience.stop()
        subject = subject_of(self._workspace.run)
        if isinstance(subject, str):
            self._fail(subject)
            return
        self._of = RunOf.now(self._workspace.document)
        self._busy = True
        self._lane.want(STEP, lambda watch: self._first_step(watch, subject), self._on_first_step, self._fail)

    def _first_step(self, watch: Watch, subject: Subject) -> OneStep:
        self._close()
        try:
            device = open_device("cpu")
            self._stepper = Stepper(
                subject.graph, subject.bundle, subject.training, device, subject.states, subject.step, watch
            )
            return self._stepper.next()
        except (LoweringError, ShapeError, DeviceError) as error:
            raise DataError(str(error)) from error

    def _take(self, phase: int) -> None:
        """Let the copy take another step, and show a phase of it."""
        self._busy = True
        self._lane.want(
            STEP, lambda _watch: self._next_step(), lambda step: self._on_step(step, phase), self._fail
        )
        self.changed.emit()

    def _next_step(self) -> OneStep:
        assert self._stepper is not None
        return self._stepper.next()

    def _close(self) -> None:
        if self._stepper is not None:
            self._stepper.close()
            self._stepper = None

    # -- what comes back --------------------------------------------------------------------------
    def _on_first_step(self, step: OneStep) -> None:
        self.stage, self._busy = Stage.ON, False
        self._steps = [step]
        self._go(0, 0)

    def _on_step(self, step: OneStep, phase: int) -> None:
        self._busy = False
        self._steps.append(step)
        if len(self._steps) > MOST_KEPT:
            self._steps.pop(0)
            self._first += 1
        self._go(len(self._steps) - 1, phase, still=phase > 0)

    def _fail(self, text: str) -> None:
        self._leave()
        self.refused.emit(text)

    def _on_snapshot_taken(self) -> None:
        if self._patience.isActive():
            self._prepare()

    def _on_training_state_changed(self, state: TrainState) -> None:
        if state in (TrainState.RUNNING, TrainState.STARTING) and not self._patience.isActive():
            self._leave()

    def _on_document_inferred(self, _inference: object) -> None:
        if self.stage is Stage.ON and self._of != RunOf.now(self._workspace.document):
            self._leave()
            self.refused.emit(tr("The network has changed, so step mode has ended."))

    # -- keys -------------------------------------------------------------------------------------
    def watch(self, widget: QWidget) -> None:
        """Take the keys of step mode where this widget has the focus; a button is still pressed by Space."""
        widget.installEventFilter(self)

    def press(self, event: QKeyEvent, *, button: bool = False) -> bool:
        """Do what a key means in step mode; whether it means something."""
        name = self._deed(event, button=button)
        if name:
            getattr(self, name)()
        return bool(name)

    def _deed(self, event: QKeyEvent, *, button: bool) -> str:
        if self.stage is not Stage.ON or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return ""
        if button and event.key() == Qt.Key.Key_Space:
            return ""
        return KEYS.get(Qt.Key(event.key()), "")

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and self.stage is Stage.ON:
            button = isinstance(watched, QAbstractButton)
            ours = bool(self._deed(event, button=button))
            if ours and event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if ours and event.type() == QEvent.Type.KeyRelease:
                return True
            if event.type() == QEvent.Type.KeyPress and self.press(event, button=button):
                return True
        return super().eventFilter(watched, event)
