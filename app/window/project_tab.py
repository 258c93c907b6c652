"""One open project with all that belongs to it: canvas, inspector, worker, data, dock, messages, file.

Projects know nothing of each other; the window shows the parts of the one in front.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.crash.report import story_of_a_process
from app.document import Document
from app.help.topic import Topic
from app.loading import DataLoader
from app.palette.shelf import LayerShelf
from app.theme import Theme
from app.training import TrainingController, TrainState
from app.use.transfer import told_of_head
from app.window.bottom_dock import BottomDock
from app.window.centre import View
from app.window.messages import MessageBar
from app.window.project_file import ProjectFile
from app.window.run_bar import RunBar
from app.window.run_log import RunLog
from app.window.tab_bar import Mark
from app.window.teller import Teller
from app.window.workspace import Workspace
from app.workers import WorkerPool
from engine.formats.recovery import RecoveryStore
from engine.profiling.profile import Profile
from engine.training.moments import Branched, Happened
from engine.training.reports import Ended, EpochEnded, Failed, Progress, Started


@dataclass(frozen=True)
class Shared:
    """What the projects of a window have in common. `strip_left`: pixels that are taken at the left of the canvas."""

    theme: Theme
    workers: WorkerPool
    runs: RunLog
    shelf: LayerShelf
    recovery: RecoveryStore
    strip_left: int = 0


LONG_TRAINING = 300.0  # seconds; what took longer to learn nobody wants to lose with an example
PROFILE_DELAY_MS = 500  # after what went first


class ProjectTab(QObject):
    """An open project. `changed` says that its tab has something else to say, `help_wanted` carries a `Topic`.

    `view` is what the middle of the window showed of it last; a `welcoming` one is empty and shows the welcome page.
    """

    changed = Signal()
    help_wanted = Signal(object)

    def __init__(
        self, shared: Shared, document: Document, parent: QObject, *, welcoming: bool = False
    ) -> None:
        super().__init__(parent)
        theme = shared.theme
        self.document = document
        self.view = View.NETWORK
        self.folder: Path | None = None  # in which a file was opened or saved last while it was in front
        self._welcoming = welcoming
        self._in_front = self._closed = False
        self._device = ""  # that it trains on
        self._result = Mark.NONE  # of a run that ended while another project was in front
        self.training = TrainingController(self, shared.workers)
        self.loader = DataLoader(self)
        self.messages = MessageBar(theme)
        self.run_bar = RunBar(theme)
        self.dock = BottomDock(theme, shared.runs)
        self.workspace = Workspace(
            theme, document, self.training, self.loader, shared.strip_left, self, shared.shelf
        )
        self.teller = Teller(self.run_bar, document, self.training)
        self.log = shared.runs.writer()
        shared.runs.failed.connect(self.messages.say_problem)
        self.file = ProjectFile(self.workspace, shared.recovery, self)
        self.dock.watch(self.workspace)
        self.dock.looks.project = self.file.project
        self.file.took.connect(self.log.take)
        self.file.took_study.connect(self.dock.looks.take_study)
        self.file.record, self.file.study = lambda: self.log.record, self.dock.looks.kept_study
        self._connect_document()
        self._connect_run()
        self._connect_profile()
        self._connect_past()

    # -- what its tab says --------------------------------------------------------------------------
    @property
    def name(self) -> str:
        """How the project is called: its file, else its title."""
        document = self.document
        if self._welcoming:
            return self.tr("Welcome")
        return document.path.name if document.path else document.title or self.tr("New project")

    @property
    def mark(self) -> Mark:
        """What goes on in it."""
        state = self.training.state
        if self.is_training:
            return Mark.TRAINING
        if state is TrainState.PAUSED:
            return Mark.PAUSED
        return Mark.BROKEN if state is TrainState.DIED else self._result

    @property
    def welcoming(self) -> bool:
        """Whether it is empty and shows the welcome page."""
        return self._welcoming

    @property
    def is_training(self) -> bool:
        """Whether its run goes on, or is about to."""
        return self.training.state in (TrainState.STARTING, TrainState.RUNNING)

    @property
    def is_busy(self) -> bool:
        """Whether it trains, or holds in the middle of it."""
        return self.mark in (Mark.TRAINING, Mark.PAUSED)

    @property
    def is_unsaved(self) -> bool:
        """Whether closing it loses work: an edit, or learning that belongs into its file or took long."""
        if self.document.is_dirty:
            return True
        record = self.log.record
        worth = self.document.path is not None or (record is not None and record.seconds >= LONG_TRAINING)
        return worth and self.file.has_unsaved_learning

    @property
    def is_fresh(self) -> bool:
        """Whether nothing would be lost by putting another project in its place."""
        document = self.document
        untouched = document.stack.count() == 0 and not document.is_dirty and document.path is None
        return untouched and not self.is_busy and self.training.snapshot is None

    def begin_work(self) -> None:
        """Show the network instead of the welcome page."""
        if self._welcoming:
            self._welcoming = False
            self.changed.emit()

    # -- in front and behind --------------------------------------------------------------------------
    def come_forward(self) -> None:
        """The window shows this project."""
        self._in_front = True
        if self._result is not Mark.NONE:
            self._result = Mark.NONE
            self.changed.emit()
        self.messages.set_front(front=True)
        self.training.wake()
        self.workspace.run.warm_soon()
        self.dock.profile.ask_again()

    def step_back(self) -> None:
        """The window shows another project; a run goes on."""
        self._in_front = False
        self.messages.set_front(front=False)
        self.workspace.desk.rest()
        self.training.rest()

    def fit_soon(self) -> None:
        """Bring the whole network into view, once the canvas has its size."""
        view = self.workspace.canvas.view
        QTimer.singleShot(0, view, view.fit)

    def close(self) -> None:
        """Let go of everything; a run ends."""
        self._closed = True
        self.training.abandon()
        self.file.close()
        self.workspace.close()
        self.training.close()
        self.loader.close()
        for part in (self.dock, self.run_bar, self.messages, self):
            part.deleteLater()

    def _recall(self, epochs: Sequence[EpochEnded], events: Sequence[Happened]) -> None:
        """What led to the state of the file was found, maybe only after the project was closed."""
        if not self._closed:
            self.dock.recall(epochs, events)

    # -- connections ----------------------------------------------------------------------------------
    def _connect_document(self) -> None:
        workspace, messages, document = self.workspace, self.messages, self.document
        workspace.said.connect(messages.say)
        workspace.help_wanted.connect(self._on_help_wanted)
        document.file_changed.connect(self.changed)
        document.refused.connect(messages.say_refusal)
        document.head_missed.connect(lambda told, there: told_of_head(self, told, there))
        document.stack.indexChanged.connect(self._on_edited)
        self.file.saved.connect(messages.settle)
        self.file.said.connect(messages.say)
        self.file.refused.connect(messages.say_problem)
        self.dock.problems.node_chosen.connect(workspace.choose)

    def _connect_run(self) -> None:
        run, bar, training = self.workspace.run, self.run_bar, self.training
        run.begun.connect(lambda started, _on: bar.show_started(started))
        run.progressed.connect(bar.show_progress)
        run.waiting.connect(bar.show_reading)
        run.refused.connect(lambda _sentence: bar.show_nothing())
        run.refused.connect(self.messages.say_refusal)  # until the network is another
        run.failed.connect(self._on_run_failed)
        run.begun.connect(self._on_run_begun)
        run.progressed.connect(lambda progress, _steps_per_epoch: self.log.add(progress))
        run.ended.connect(self._on_run_ended)
        bar.pause_clicked.connect(training.pause)
        bar.stop_clicked.connect(training.stop)
        run.train_on_changed.connect(self._on_train_on_changed)
        run.on.said.connect(self.messages.say)
        run.changed.connect(lambda changed: bar.show_epochs(changed.epochs))
        run.live.said.connect(self.messages.say)
        training.state_changed.connect(self._on_training_state_changed)
        training.worker_ready.connect(bar.show_devices)
        training.preparing.connect(bar.show_preparing)
        training.cancelled.connect(bar.show_cancelled)
        training.noticed.connect(self.messages.say_problem)

    def _connect_past(self) -> None:
        past, bar = self.workspace.past, self.run_bar
        past.refused.connect(self.messages.say_problem)
        self.dock.past.refused.connect(self.messages.say_problem)
        bar.rewind_clicked.connect(self.dock.past.go_to_beginning)
        past.changed.connect(lambda: bar.rewind.setEnabled(not past.is_empty))
        past.happened.connect(self._on_happened)
        past.branched.connect(self._on_branched)

    def _on_happened(self, event: Happened) -> None:
        self.log.note(event)

    def _on_branched(self, branched: Branched) -> None:
        self.run_bar.show_epochs(branched.training.epochs)
        self.messages.clear()
        settings = {"data": self.document.data, "training": branched.training}
        dumped = {name: value.model_dump(mode="json") for name, value in settings.items()}
        self.log.branch(self.name, branched, self._device, dumped)

    def _connect_profile(self) -> None:
        profile = self.dock.profile
        profile.node_chosen.connect(self.workspace.choose)
        profile.wanted.connect(self._on_profile_wanted)
        profile.shown.connect(self._on_profile_shown)
        profile.refused.connect(self.messages.say_problem)
        self.training.profiled.connect(profile.show_profile)
        self.training.profile_failed.connect(profile.show_problem)
        self._profile_soon = QTimer(self)
        self._profile_soon.setSingleShot(True)
        self._profile_soon.setInterval(PROFILE_DELAY_MS)
        self._profile_soon.timeout.connect(profile.ask_missing)
        self.training.profile_put_off.connect(self._profile_soon.start)

    def _on_help_wanted(self, topic: Topic) -> None:
        self.help_wanted.emit(topic)

    def _on_edited(self, _index: int) -> None:
        self.messages.note_edit()
        self.begin_work()

    def _on_profile_wanted(self, on: bool) -> None:
        self.workspace.run.set_profiling(on)

    def _on_profile_shown(self, profile: Profile | None) -> None:
        self.workspace.mark_slowest(profile)

    def _on_training_state_changed(self, state: TrainState) -> None:
        self.run_bar.set_state(state, resumable=self.workspace.run.resumable)
        self.workspace.on_state(state)
        self.dock.profile.set_paused(paused=state is TrainState.PAUSED)
        if state is TrainState.IDLE:
            self._profile_soon.start()  # the run may have ended before enough of its steps were timed
        if state is TrainState.DIED:
            self.messages.add_detail(story_of_a_process(self.training.exit_code))
        self.changed.emit()

    def _on_train_on_changed(self, can: bool, hint: str) -> None:
        self.run_bar.set_train_on(can=can, hint=hint)
        self.dock.curves.invite(waits=self.training.state is TrainState.PAUSED, on=can)

    def _on_run_begun(self, started: Started, goes_on: bool) -> None:
        self._result = Mark.NONE
        self._device = started.device
        self.messages.clear()
        settings = {"data": self.document.data, "training": self.document.training}
        dumped = {name: value.model_dump(mode="json") for name, value in settings.items()}
        run, snapshot = self.workspace.run, self.training.snapshot
        if not goes_on or snapshot is None:
            self.log.begin(self.name, started, dumped)
        elif run.looks:
            self.log.look(self.name, started, dumped, snapshot.step, self._recall)
            stand = Progress(snapshot.step, run.epochs_done, {}, 0.0)
            self.run_bar.show_progress(stand, started.steps_per_epoch)
        else:
            self.log.go_on()

    def _on_run_ended(self, ended: Ended) -> None:
        self.log.end(ended)
        self.run_bar.show_ended(ended, self.log.record)
        self._note_result(Mark.BROKEN if ended.reason == "diverged" else Mark.DONE)
        self.changed.emit()  # what it has learned is to be saved

    def _on_run_failed(self, failed: Failed) -> None:
        self.messages.say_problem(failed.sentence, failed.detail)
        self.run_bar.show_nothing()
        self._note_result(Mark.BROKEN)

    def _note_result(self, mark: Mark) -> None:
        if not self._in_front:
            self._result = mark
            self.changed.emit()
