"""What the run buttons do: ties the document, the data, the worker and the views of a run together."""

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QObject, QTimer, Signal

from app.document import Document
from app.loading import DataLoader
from app.timeline.live_changes import LiveChanges
from app.training import TrainingController, TrainState
from app.window.run_on import RunOn, gone_on
from engine.data.bundle import DataBundle, DataSpec
from engine.data.settings import DataSettings
from engine.graph.diagnostics import Remedy, Severity
from engine.graph.document import Edge, Node
from engine.training.doctor.observation import Cure, Halted
from engine.training.further import epochs_done
from engine.training.identity import essence
from engine.training.inside.records import InsideSeen
from engine.training.moments import Changed, Retreat
from engine.training.reports import Ended, Failed, Pictured, Progress, Snapshot, Started

WARM_DELAY_MS = 400  # after the last of a burst of edits
TELL_DELAY_MS = 60


@dataclass(frozen=True)
class RunOf:
    """What a run was started with; its state fits no other network."""

    nodes: tuple[tuple[str, object, str | None], ...]
    edges: tuple[Edge, ...]

    @classmethod
    def now(cls, document: Document) -> "RunOf":
        """Of the document as it is; places and names on the canvas do not matter."""
        nodes, edges, _ = document.graph.snapshot()
        return cls(tuple(_identity(n) for n in nodes), tuple(edges))


def _identity(node: Node) -> tuple[str, object, str | None]:
    return node.id, essence(node.layer), node.shares


class Start(Enum):
    """How a run begins."""

    TRAIN = "train"
    STEP = "step"  # one batch, then hold
    LOOK = "look"  # hold at once and show what a loaded state predicts
    ON = "on"  # some batches more from the last state, then hold
    FURTHER = "further"  # epochs more, after the end


class RunControl(QObject):
    """Starts, pauses, steps and stops the run of the open document, and passes its reports on."""

    refused = Signal(str)  # a sentence: why Train did nothing
    begun = Signal(object, bool)  # Started, whether it goes on from before
    progressed = Signal(object, float)  # Progress, steps per epoch
    pictured = Signal(object)  # Pictured, where the data is still what the run learns from
    seen = Signal(object)  # InsideSeen, likewise
    changed = Signal(object)  # Changed: the run goes on with another network or other settings
    ended = Signal(object)  # Ended
    failed = Signal(object)  # Failed
    bundle_changed = Signal(object)  # DataBundle, or None
    waiting = Signal(
        int, int
    )  # a button was pressed before the data was there: how much of it is, of how much
    train_on_changed = Signal(bool, str)  # whether the run can be trained on, and what that does or why not

    def __init__(
        self,
        document: Document,
        training: TrainingController,
        loader: DataLoader,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.training = training
        self.bundle: DataBundle | None = None
        self._loader = loader
        self._run: RunOf | None = None
        self._learned_from: tuple[object, ...] | None = None  # what tells the data of the run from other data
        self._is_of_run = False  # whether `bundle` is that data
        self._steps_per_epoch = 1.0
        self._step = 0  # that the run stands at, as far as told
        self._going_on = False
        self._started: Started | None = None  # what was said of the run when it began
        self.looks = False  # whether its state came from elsewhere: a file, a study
        self._more = 0  # batches that were asked for last
        self._waiting: Start | None = None  # what was asked for before the data was there
        self._reading = 0  # the one that `bundle` is, or will be, of
        self._loading = False
        self._links = [
            document.data_described.connect(self._on_data_described),
            loader.loaded.connect(self._on_data_loaded),
            loader.failed.connect(self._on_data_failed),
            loader.progressed.connect(self._on_data_progressed),
            training.started.connect(self._on_started),
            training.progressed.connect(self._on_progressed),
            training.pictured.connect(self._on_pictured),
            training.seen.connect(self._on_seen),
            training.halted.connect(self._on_halted),
            training.ended.connect(self._on_ended),
            training.failed.connect(self._on_failed),
        ]
        self._warming = QTimer(self)
        self._warming.setSingleShot(True)
        self._warming.setInterval(WARM_DELAY_MS)
        self._warming.timeout.connect(self._warm)
        document.inferred.connect(self._on_inferred)
        document.section_changed.connect(self._on_section_changed)
        self._profiling = False
        self.on = RunOn(document, training, self)
        self.on.went_on.connect(self._on_went_on)
        self.live = LiveChanges(document, training, self._agree, self.on.planned, self)
        self.live.applied.connect(self._on_live_applied)
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.setInterval(TELL_DELAY_MS)
        self._telling.timeout.connect(self._tell_whether_on)
        for signal in (training.state_changed, training.snapshot_taken):
            self._links.append(signal.connect(self._tell_soon))
        self._on_data_described()

    def warm_soon(self) -> None:
        """Let the worker prepare, unless more edits come."""
        self._warming.start()

    def _on_inferred(self, _inference: object) -> None:
        self._warming.start()
        self._tell_soon()

    def _on_section_changed(self, _key: str) -> None:
        """Another batch size or optimizer is another step, of another size."""
        self._warming.start()
        self._tell_soon()

    def _tell_soon(self, _news: object = None) -> None:
        self._telling.start()

    def _tell_whether_on(self) -> None:
        why_not = self.why_not_on
        hint = why_not or self.on.hint(*self._learned_rows())
        self.train_on_changed.emit(not why_not, hint)

    def _warm(self) -> None:
        """Edits have settled: let the worker prepare for the network as it is now."""
        if self.bundle is None or not self.document.inference.ok:
            return
        prepare = self.training.profile if self._profiling else self.training.warm
        prepare(self.document.graph, self.document.data, self.document.training)

    def set_profiling(self, on: bool) -> None:
        """Whether somebody looks at where the time of a step goes; it is measured anew after each edit then."""
        self._profiling = on
        self.training.set_profiling(on)
        if on:
            self._warm()

    # -- buttons --------------------------------------------------------------------------------
    def train(self) -> None:
        """Start, or go on after a pause or after the worker was lost."""
        if self.training.state is TrainState.PAUSED:
            self.training.resume()
        else:
            self._begin(Start.TRAIN)

    def train_anew(self) -> None:
        """Start from the beginning, whatever runs now."""
        self._begin(Start.TRAIN)

    @property
    def why_not_on(self) -> str:
        """Why the run can't be trained on now, in a sentence; "" if it can."""
        return self.on.why_not(same_network=self.resumable, same_data=self._is_of_run)

    def train_on(self) -> None:
        """Go on after the end of the run, with all that was learned; say why not where that can't be."""
        why_not = self.why_not_on
        if why_not:
            self.refused.emit(why_not)
        else:
            self._begin(Start.FURTHER)

    def step(self) -> None:
        """One batch."""
        if self.training.state in (TrainState.RUNNING, TrainState.PAUSED):
            self.training.step()
        else:
            self._begin(Start.STEP)

    def cure(self, remedy: Remedy) -> None:
        """Make the change that helps; the run goes on with it, from as far back as that takes."""
        if not self.document.push(remedy.edit) or not isinstance(remedy, Cure):
            return
        if remedy.back is None:
            self.train_anew()
            return
        nodes, edges, _ = self.document.graph.snapshot()
        self.live.begin()
        back = max(0, self._step - remedy.back)
        if not self.training.ask(Retreat(back, nodes, edges, self.on.planned())):
            self.train_anew()

    def go_on_by(self, steps: int) -> None:
        """Some batches more from where the run is, then hold."""
        if self.training.state in (TrainState.RUNNING, TrainState.PAUSED):
            self.training.step(steps)
        else:
            self._more = steps
            self._begin(Start.ON)

    def _begin(self, start: Start) -> None:
        errors = [d for d in self.document.inference.diagnostics if d.severity is Severity.ERROR]
        if self.document.is_reading:
            self._wait(start)
        elif self.document.data_problem:
            self.refused.emit(self.document.data_problem)
        elif errors:
            self.refused.emit(errors[0].sentence)
        elif self.bundle is None:
            self._wait(start)
        else:
            self._start(self.bundle, start)

    @property
    def spec_of_run(self) -> DataSpec | None:
        """What the data had that the last run learned from, which may be other data than is chosen now."""
        spec = self._learned_from[-1] if self._learned_from is not None else None
        return spec if isinstance(spec, DataSpec) else None

    @property
    def epochs_done(self) -> float:
        """Epochs that led to the last state."""
        snapshot = self.training.snapshot
        return epochs_done(snapshot.states, snapshot.step, *self._learned_rows()) if snapshot else 0.0

    @property
    def resumable(self) -> bool:
        """Whether the last state fits the network as it is now."""
        return self.training.snapshot is not None and self._run == RunOf.now(self.document)

    def state_for_file(self) -> Snapshot | None:
        """What to save with the project: the weights of the last run, if they fit."""
        return self.training.snapshot if self.resumable else None

    def adopt(self, snapshot: Snapshot) -> None:
        """The state that came with the opened file."""
        self._run, self._learned_from = RunOf.now(self.document), None
        self.training.keep(self.on.note_adopted(snapshot))
        self._begin(Start.LOOK)

    def forget(self) -> None:
        """The network has learned nothing: there is nothing to go on from."""
        self._run = self._learned_from = self._waiting = None
        self.on.forget()
        self.training.abandon()
        self.training.cancelled.emit()

    def close(self) -> None:
        """Let go of the shared worker and loader."""
        self._warming.stop()
        self._telling.stop()
        self.live.close()
        self.on.close()
        for link in self._links:
            QObject.disconnect(link)

    def _agree(self) -> None:
        """The run trains what the document says."""
        self._run = RunOf.now(self.document)
        self.on.note_trained()

    def _on_live_applied(self, changed: Changed) -> None:
        self._steps_per_epoch = changed.steps_per_epoch
        self.changed.emit(changed)

    def _start(self, bundle: DataBundle, start: Start) -> None:
        if start is Start.FURTHER:
            self._start_further(bundle)
            return
        goes_on = start in (Start.LOOK, Start.ON) or self.training.state is TrainState.DIED
        resume = self.training.snapshot if goes_on and self.resumable else None
        self.looks = start is Start.LOOK
        if resume is None:
            self.on.note_anew()
        elif start is Start.ON:  # also beyond the end
            self.on.planned_from(self._epochs_of(resume, bundle))
        self.on.note_trained()
        self._train(bundle, start, resume)

    def _train(self, bundle: DataBundle, start: Start, resume: Snapshot | None) -> None:
        """Give the worker a job."""
        self._going_on = resume is not None
        self._run = RunOf.now(self.document)
        self._learned_from, self._is_of_run = self._marks_of(bundle), True
        self.live.begin()
        self.training.train(
            self.document.graph,
            self.document.data,
            self.on.planned(),
            self.training.probes,
            resume=resume,
            paused=start not in (Start.TRAIN, Start.FURTHER),
            steps={Start.STEP: 1, Start.ON: self._more}.get(start, 0),
            continues=self._going_on and start is not Start.LOOK,
        )

    def _start_further(self, bundle: DataBundle) -> None:
        """Go on after the end: in the worker that has the run, else from its last state."""
        why_not = self.why_not_on  # the data may have been read meanwhile
        if why_not:
            self.refused.emit(why_not)
            return
        rows, batch = self._learned_rows()
        self.looks = False
        if self._is_of_run and self.training.keeps_run:
            self._run = RunOf.now(self.document)
            self.on.ask(rows, batch)
            self.live.begin()
        else:
            other = None if self._is_of_run or self._learned_from is None else len(bundle.train)
            self._train(bundle, Start.FURTHER, self.on.prepared(rows, batch, other))

    def _learned_rows(self) -> tuple[int, int]:
        """Rows that the run learned from, and how many at a time, if nothing else says so."""
        spec = self.spec_of_run or self.document.last_spec
        rows = spec.counts.train if spec is not None else 1
        return max(1, rows), self.document.training.batch_size

    def _epochs_of(self, snapshot: Snapshot, bundle: DataBundle) -> float:
        return epochs_done(
            snapshot.states, snapshot.step, len(bundle.train), self.document.training.batch_size
        )

    # -- data -----------------------------------------------------------------------------------
    def _on_data_described(self, _spec: object = None) -> None:
        if self._reading != self.document.readings:
            self._reading, self._loading = self.document.readings, False
            self.bundle, self._is_of_run = None, False
            self.bundle_changed.emit(None)
        if self.document.data_spec is not None and not self._loading:
            self._loading = True
            self._loader.want(self.document.data)
        elif self.document.data_problem:
            self._refuse_waiting(self.document.data_problem)

    def _on_data_loaded(self, settings: DataSettings, bundle: DataBundle) -> None:
        if settings != self.document.data:
            return
        self.bundle = bundle
        self._is_of_run = self._learned_from == self._marks_of(bundle)
        self.bundle_changed.emit(bundle)
        self._warming.start()
        if self._waiting is not None:
            start, self._waiting = self._waiting, None
            self._begin(start)

    def _marks_of(self, bundle: DataBundle) -> tuple[object, ...]:
        """What is the same again only if the data is: which was chosen, the state of its file, what it holds."""
        return self.document.data, bundle.origin, bundle.spec

    def _on_data_failed(self, settings: DataSettings, sentence: str) -> None:
        if settings == self.document.data:
            self._waiting = None
            self.refused.emit(sentence)

    def _wait(self, start: Start) -> None:
        self._waiting = start
        self.waiting.emit(0, 0)

    def _on_data_progressed(self, settings: DataSettings, done: int, total: int) -> None:
        if self._waiting is not None and settings == self.document.data:
            self.waiting.emit(done, total)

    def _refuse_waiting(self, sentence: str) -> None:
        """Somebody pressed a button before it was known that there will be no data."""
        if self._waiting is not None:
            self._waiting = None
            self.refused.emit(sentence)

    # -- reports --------------------------------------------------------------------------------
    def _on_started(self, report: Started) -> None:
        self._steps_per_epoch, self._started = report.steps_per_epoch, report
        self.begun.emit(report, self._going_on)
        snapshot = self.training.snapshot
        if snapshot is not None:
            self.on.mark_begin(snapshot.step, self.epochs_done)
        self.on.tell()

    def _on_went_on(self, changed: Changed) -> None:
        """The run that had ended goes on where it was."""
        self._steps_per_epoch = changed.steps_per_epoch
        if self._started is not None:
            self._started = gone_on(self._started, changed)
            self.begun.emit(self._started, True)
            self.on.tell()

    def _on_halted(self, halted: Halted) -> None:
        self._step = halted.step

    def _on_progressed(self, report: Progress) -> None:
        self._step = report.step
        self.progressed.emit(report, self._steps_per_epoch)

    def _on_pictured(self, report: Pictured) -> None:
        """Pass it on, unless the views are of other data by now, whose rows and columns it does not fit."""
        if self._is_of_run:
            self.pictured.emit(report)

    def _on_seen(self, report: InsideSeen) -> None:
        if self._is_of_run:
            self.seen.emit(report)

    def _on_ended(self, report: Ended) -> None:
        self.on.diverged = report.reason == "diverged"
        self.ended.emit(report)

    def _on_failed(self, report: Failed) -> None:
        self.failed.emit(report)
