"""The window's end of training: one warm worker, its reports as Qt signals, and what Train, Pause and Stop mean now."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.mailbox import Mailbox
from app.workers import Worker, WorkerPool
from engine.data.settings import DataSettings
from engine.graph.document import ModelGraph
from engine.training.doctor.observation import Checked, Halted, Observed
from engine.training.inside.records import Inside, InsideSeen
from engine.training.moments import Answer, Branched, Change, Changed, Request
from engine.training.reports import (
    Cancelled,
    Ended,
    Failed,
    Noticed,
    Pictured,
    Preparing,
    Probe,
    Profiled,
    Progress,
    Snapshot,
    Started,
)
from engine.training.settings import TrainingSettings
from engine.worker.messages import (
    Ask,
    Command,
    Pause,
    Planned,
    ProfileJob,
    Ready,
    Reported,
    Resume,
    SetInsides,
    SetLearningRate,
    SetProbes,
    SetProfiling,
    SetWishes,
    Step,
    Stop,
    TrainJob,
    Warm,
)

if TYPE_CHECKING:
    from engine.data.recipe.preparation import Preparation
    from engine.training.watching.wish import Wish

MOST_FALSE_STARTS = 3
HOPELESS = (
    "The training process ends as soon as it starts (exit code {code}). Press Train to try again; if it stays so, "
    "`python3 main.py devices` says which device is at fault."
)


class TrainState(StrEnum):
    """What training is doing."""

    IDLE = "idle"
    STARTING = "starting"  # compiling, measuring, moving data
    RUNNING = "running"
    PAUSED = "paused"
    DIED = "died"  # the worker vanished; the last snapshot is here


class TrainingController(QObject):
    """Has a worker while its project is in front or trains. All signals are emitted on the window's thread."""

    state_changed = Signal(object)  # TrainState
    worker_ready = Signal(object)  # Ready
    planned = Signal(object)  # Planned: what a run of the network would take
    preparing = Signal(object)  # Preparing
    cancelled = Signal()  # before the first step
    started = Signal(object)  # Started
    noticed = Signal(str)  # a sentence
    progressed = Signal(object)  # Progress
    pictured = Signal(object)  # Pictured
    seen = Signal(object)  # InsideSeen
    observed = Signal(object)  # Observed: what the doctor says
    checked = Signal(object)  # Checked: what he measured
    halted = Signal(object)  # Halted: the run waits before a step that would break it
    profiled = Signal(object)  # Profile
    profile_failed = Signal(str)  # a sentence
    profile_put_off = Signal()  # something else went first
    snapshot_taken = Signal()
    answered = Signal(object)  # Answer: of the timeline, to what was asked
    forgotten = Signal()  # the past of the run is gone: its worker is, or another run begins
    ended = Signal(object)  # Ended
    failed = Signal(object)  # Failed

    def __init__(self, parent: QObject | None = None, workers: WorkerPool | None = None) -> None:
        super().__init__(parent)
        self._pool = workers if workers is not None else WorkerPool()
        self._own_pool = workers is None
        self._worker: Worker | None = None
        self._closed = False
        self._resting = False
        self.exit_code: int | None = None  # of the worker that vanished last
        self._state = TrainState.IDLE
        self._job: TrainJob | None = None
        self._kept = False  # whether the worker has its run, under way or over
        self.continues = False  # while its past is forgotten: whether the run is the same one still
        self._profiling = False
        self._watched: dict[str, tuple[tuple[Wish, ...], tuple[Probe, ...], bool]] = {}  # by who wants it
        self._plan = 0  # number of the one that was asked for last
        self._profile_job = 0  # number of the one that was asked for last
        self._profile_pending = False  # whether it has not been answered
        self._false_starts = 0  # workers in a row that died before they were ready
        self._snapshot: Snapshot | None = None
        self.preparation: Preparation | None = None  # of the data that the snapshot was learned from
        self._mailbox = Mailbox(self)

    @property
    def state(self) -> TrainState:
        """What training is doing now."""
        return self._state

    @property
    def workers(self) -> WorkerPool:
        """Where further workers come from."""
        return self._pool

    @property
    def ready(self) -> Ready | None:
        """What its worker said when it was ready: which devices there are."""
        return self._worker.ready if self._worker else None

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest complete state of the current run: what would be resumed or saved."""
        return self._snapshot

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, if one runs."""
        return self._worker.pid if self._worker else None

    def start_worker(self) -> None:
        """Start the worker ahead of time, so that Train finds it warm; not once the window is closed."""
        if self._worker is not None or self._closed:
            return
        self._worker = self._pool.take(
            partial(self._mailbox.post, self._on_worker_message),
            partial(self._mailbox.post, self._on_worker_died),
        )
        if self._worker.ready is not None:
            self.worker_ready.emit(self._worker.ready)
        if self._profiling:
            self._worker.send(SetProfiling(on=True))
        self._say_watched()  # it may still keep the run of this project

    def wake(self) -> None:
        """The project is in front again."""
        self._resting = False

    def rest(self) -> None:
        """Another project is in front: unless something runs, the worker is for others now."""
        self._resting = True
        self._let_go()

    def warm(self, graph: ModelGraph, data: DataSettings, training: TrainingSettings) -> None:
        """Let the worker read the data and measure the devices before Train is pressed."""
        if self._state is TrainState.IDLE and not self._resting:
            nodes, edges, _ = graph.snapshot()
            self._plan = self._pool.next_job()
            self._send(Warm(nodes, edges, data, training, self._plan))

    # -- what the buttons do ----------------------------------------------------------------------
    def train(
        self,
        graph: ModelGraph,
        data: DataSettings,
        training: TrainingSettings,
        probes: tuple[Probe, ...],
        *,
        resume: Snapshot | None = None,
        paused: bool = False,
        steps: int = 0,
        continues: bool = False,
    ) -> None:
        """Start a run, from fresh weights or from a snapshot; a running one is replaced.

        With `paused`, only `steps` steps are run, and the predictions are shown. `continues` says that the snapshot is that
        of the run that there was: what happened to it still did.
        """
        nodes, edges, _ = graph.snapshot()
        self._snapshot = resume
        job = self._pool.next_job()
        self._forget_past(same_run=continues)
        self._job = TrainJob(job, nodes, edges, data, training, probes, resume, paused)
        self._job = replace(self._job, watched=self.validation_watched, wishes=self.wishes)
        self._send(self._job)
        if paused and steps:
            self._send(Step(steps))
        self._set_state(TrainState.STARTING)

    def train_on(self, change: Change) -> None:
        """Go on with the run that has ended and that the worker keeps (`keeps_run`)."""
        if self.ask(change):
            self._set_state(TrainState.STARTING)

    @property
    def keeps_run(self) -> bool:
        """Whether the worker has the run, under way or over, with all that it can go on with."""
        return self._kept and self.has_run

    def pause(self) -> None:
        """Hold after the current chunk of steps."""
        if self._state is TrainState.RUNNING:
            self._send(Pause())
            self._set_state(TrainState.PAUSED)

    def resume(self) -> None:
        """Go on after a pause, or after the worker died."""
        if self._state is TrainState.PAUSED:
            self._send(Resume())
            self._set_state(TrainState.RUNNING)

    def step(self, steps: int = 1) -> None:
        """Run one batch, or some, and hold."""
        if self._state in (TrainState.RUNNING, TrainState.PAUSED):
            self._send(Step(steps))
            self._set_state(TrainState.PAUSED)

    def stop(self) -> None:
        """End the run; its last state is kept. Before its first step it is over at once, whatever the worker is at."""
        if self._state is not TrainState.IDLE:
            self._send(Stop())
        if self._state is TrainState.STARTING:
            # nothing has been learned; what the worker says of it until it hears is of no interest
            self._job = None
            self._set_state(TrainState.IDLE)
            self.cancelled.emit()

    def abandon(self) -> None:
        """End the run because its network is no longer open; nothing more is heard of it."""
        if self._state is not TrainState.IDLE:
            self._send(Stop())
        self._job = None
        self._snapshot = None
        self._forget_past(same_run=False)
        self._set_state(TrainState.IDLE)

    def watch(
        self,
        who: str,
        *,
        wishes: tuple[Wish, ...] = (),
        probes: tuple[Probe, ...] = (),
        validation: bool = False,
    ) -> None:
        """What somebody wants to see of runs from now on, in place of what they wanted before.

        Args:
            who: wants it; what others want stays.
            wishes: further things to be shown.
            probes: inputs to be predicted.
            validation: whether the predictions of the rows of validation are wanted.

        While another project is in front all stays as it was, or the last that is heard of a run that ends meanwhile would
        be how it began.
        """
        if self._resting:
            return
        self._watched[who] = (wishes, probes, validation)
        self._say_watched()

    def _say_watched(self) -> None:
        if self._worker is not None and self._job is not None:
            self._send(SetProbes(self.probes))
            self._send(SetWishes(self.wishes, self.validation_watched))

    @property
    def has_run(self) -> bool:
        """Whether there is a run, under way or over, that can be looked into."""
        return self._worker is not None and self._job is not None

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """All that is wanted beside predictions."""
        return tuple(wish for wishes, _, _ in self._watched.values() for wish in wishes)

    @property
    def probes(self) -> tuple[Probe, ...]:
        """All inputs that are to be predicted."""
        return tuple(probe for _, probes, _ in self._watched.values() for probe in probes)

    @property
    def validation_watched(self) -> bool:
        """Whether somebody sees how the rows of validation are predicted."""
        return any(validation for _, _, validation in self._watched.values())

    def set_insides(self, insides: tuple[Inside, ...]) -> None:
        """Look into these layers, where there is a run to look into."""
        if self._worker is not None and self._job is not None:
            self._send(SetInsides(insides))

    def set_learning_rate(self, learning_rate: float) -> None:
        """Change the learning rate of the running job."""
        self._send(SetLearningRate(learning_rate))

    def ask(self, request: Request) -> bool:
        """Look at the past of the run, go back to it or change what it trains; False where there is no run."""
        if self._job is None or self._worker is None:
            return False
        self._send(Ask(self._job.id, request))
        return True

    def set_profiling(self, on: bool) -> None:
        """Let running jobs say where their time goes, or no longer."""
        self._profiling = on
        if self._worker is not None:
            self._worker.send(SetProfiling(on))

    def profile(self, graph: ModelGraph, data: DataSettings, training: TrainingSettings) -> bool:
        """Let the worker time some steps of a network; False where a run is under way, which then tells by itself."""
        if self._state is not TrainState.IDLE or self._resting:
            return False
        nodes, edges, _ = graph.snapshot()
        self._profile_job, self._profile_pending = self._pool.next_job(), True
        self._send(ProfileJob(self._profile_job, nodes, edges, data, training))
        return True

    def forget(self) -> None:
        """Drop the last state: the network has changed and it fits no more."""
        self._snapshot = None

    def keep(self, snapshot: Snapshot, preparation: Preparation | None = None) -> None:
        """Take a state that came from a file."""
        self._snapshot, self.preparation = snapshot, preparation

    def close(self) -> None:
        """Give the worker back; what is still on its way to it starts no other."""
        self._closed = True
        self._give_back()
        if self._own_pool:
            self._pool.close()

    # -- what comes back --------------------------------------------------------------------------
    def _on_worker_message(self, message: object) -> None:
        if isinstance(message, Ready):
            self._false_starts = 0
            self.worker_ready.emit(message)
        elif isinstance(message, Planned):
            if message.id == self._plan:
                self.planned.emit(message)
        elif isinstance(message, Reported) and message.job == self._profile_job:
            self._take_profile(message.report)
        elif isinstance(message, Reported) and self._job is not None and message.job == self._job.id:
            self._take(message.report)

    def _take_profile(self, report: object) -> None:
        self._profile_pending = False
        if isinstance(report, Profiled):
            self.profiled.emit(report.profile)
        elif isinstance(report, Failed):
            self.profile_failed.emit(report.sentence)
        elif isinstance(report, Cancelled):
            self.profile_put_off.emit()

    def _take(self, report: object) -> None:
        if isinstance(report, Answer):
            self.answered.emit(report)
            if isinstance(report, Branched):
                self._set_state(TrainState.PAUSED if report.paused else TrainState.RUNNING)
            elif isinstance(report, Changed) and self._state is TrainState.STARTING:  # `train_on`
                self._set_state(TrainState.IDLE if report.sentence else TrainState.RUNNING)
        else:
            self._take_report(report)

    def _take_report(self, report: object) -> None:
        plain = {
            Preparing: self.preparing,
            Progress: self.progressed,
            Pictured: self.pictured,
            InsideSeen: self.seen,
            Observed: self.observed,
            Checked: self.checked,
        }.get(type(report))
        if plain is not None:
            plain.emit(report)
        elif isinstance(report, Cancelled):
            self._set_state(TrainState.IDLE)
            self.cancelled.emit()
        elif isinstance(report, Started):
            self._kept = True
            paused = self._job is not None and self._job.paused
            self._set_state(TrainState.PAUSED if paused else TrainState.RUNNING)
            self.preparation = report.preparation
            self.started.emit(report)
        elif isinstance(report, Noticed):
            self.noticed.emit(report.sentence)
        elif isinstance(report, Profiled):
            self.profiled.emit(report.profile)
        elif isinstance(report, Halted):
            self._set_state(TrainState.PAUSED)
            self.halted.emit(report)
        elif isinstance(report, Snapshot):
            self._snapshot = report
            self.snapshot_taken.emit()
        elif isinstance(report, Ended):
            self._set_state(TrainState.IDLE)
            self.ended.emit(report)
        elif isinstance(report, Failed):
            self._kept = False
            self._set_state(TrainState.IDLE)
            self.failed.emit(report)

    def _forget_past(self, *, same_run: bool) -> None:
        self._kept, self.continues = False, same_run
        self.forgotten.emit()

    def _on_worker_died(self, exit_code: object) -> None:
        if self._worker is None or not self._worker.ended:
            return  # it was another, which has been given back meanwhile
        self._worker.close()
        self._worker = None
        self.exit_code = exit_code if isinstance(exit_code, int) else None
        was_busy = self._state is not TrainState.IDLE
        self._forget_past(same_run=True)
        self._false_starts += 1
        if self._false_starts < MOST_FALSE_STARTS and not self._resting:
            self.start_worker()
        if was_busy:
            self._set_state(TrainState.DIED)
        if self._profile_pending:
            self._profile_pending = False
            self.profile_failed.emit(self.tr("The process that did this ended unexpectedly. Try it again."))
        if self._false_starts >= MOST_FALSE_STARTS:
            self.failed.emit(Failed(self.tr(HOPELESS).format(code=exit_code)))

    def _send(self, command: Command) -> None:
        self.start_worker()
        if self._worker is not None:
            self._worker.send(command)

    def _set_state(self, state: TrainState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)
        self._let_go()

    def _let_go(self) -> None:
        """Another project may have the worker, where nothing runs here and this one is not in front."""
        if self._resting and self._state in (TrainState.IDLE, TrainState.DIED):
            self._give_back()

    def _give_back(self) -> None:
        if self._worker is not None:
            worker, self._worker, self._profile_pending = self._worker, None, False
            self._pool.give_back(worker)
            self._forget_past(same_run=True)
