"""The loop around a session: chunks of steps, reports at display rate, epochs, early stopping, pause and stop.

It is a generator of reports, so that a worker process, the command line and a test drive the same loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from engine.compiler.lower import LoweringError
from engine.devices.base import DeviceError
from engine.graph.document import ModelGraph
from engine.tensor.spec import Array, ShapeError
from engine.training.beat import Beat
from engine.training.changes import renewed
from engine.training.control import Control
from engine.training.differences import Difference, differences
from engine.training.doctor.alarm import Alarm
from engine.training.doctor.observation import Halted
from engine.training.doctor.rounds import Rounds
from engine.training.fault import Fault, Point, fault_of, walk
from engine.training.further import trained_on
from engine.training.gradient import GradientSize
from engine.training.memory import MEMORY
from engine.training.moments import (
    Branched,
    Change,
    Changed,
    EventKind,
    Happened,
    Look,
    Retreat,
    Rewind,
    Shown,
    Travel,
    newest,
)
from engine.training.past import Past, wearing
from engine.training.picturing import Picturing
from engine.training.reports import (
    Ended,
    EpochEnded,
    Noticed,
    Progress,
    Report,
    Snapshot,
)
from engine.training.session import Session
from engine.training.settings import TrainingSettings
from engine.training.surface.records import Survey
from engine.training.surface.survey import Surveyor
from engine.training.tally import Tally
from engine.training.tempo import Tempo
from engine.training.timeline import MEGABYTE, Kept, Timeline
from engine.training.timing import Profiling
from engine.training.validation import of_validation, take_the_best, validation_stride
from engine.training.watch import Watch, require_watched

SNAPSHOT_INTERVAL = 2.0  # seconds


class Trainer:
    """Trains a session until its epochs are done, it stops early, diverges, or is told to stop.

    Raises:
        LoweringError: the settings watch a figure that the run does not have.
    """

    def __init__(
        self,
        session: Session,
        control: Control,
        clock: Callable[[], float] = time.perf_counter,
        timeline: Timeline | None = None,
    ) -> None:
        self._control = control
        self._clock = clock
        self._past = Past(timeline or Timeline(0), clock)
        self._tempo = Tempo()
        self._beat = Beat(clock)
        self._last_snapshot = clock()
        self.picturing = self._picturing = Picturing(control, clock, self._go_on)
        self._profiling = Profiling(clock)
        self._rounds = Rounds(clock)
        self._surveyor = Surveyor(clock)
        self._gradient = GradientSize(clock)
        self._alarm = Alarm(session)
        self._held = control.paused  # whether it was paused when somebody looked last
        self.goes_on = False  # whether a request asks for more steps
        self._adopt(session)

    def _adopt(self, session: Session) -> None:
        """Go on from the state in which a session is."""
        require_watched(session.settings, session.figures)
        self.session = self._session = session
        self._settings = session.settings
        self._stride = validation_stride(session.order.steps_per_epoch, session.settings.epochs)
        self._epoch = session.order.whole_epochs(session.step)
        self._tally = Tally(session)
        self._watch = Watch(session.settings, session.memory_of_run, session.best)
        self._good: Point | None = None  # the last snapshot
        self._diverged = False
        self._saved = session.step  # the step of the last snapshot
        self._first = session.step
        self._picturing.forget()
        self._alarm = Alarm(session, self._alarm)
        self._rounds.adopt(session)

    @property
    def epoch(self) -> float:
        """Epochs done, with the fraction of the current one."""
        return self._session.order.epochs(self._session.step)

    @property
    def steps_per_s(self) -> float:
        """Training steps a second of stepping time; validation and pictures do not count."""
        return self._tempo.steps_per_s

    def run(self) -> Iterator[Report]:
        """Train; yields reports, the last of which is `Ended`."""
        begun = self._clock()
        self.goes_on = False
        self._foresee()
        yield from self.answer()
        yield from self._remember()
        reason = self._reason_to_end()
        while not reason:
            self._control.poll(self._control, 0.0)
            if self._control.stopped:
                reason = "stopped"
            elif self._control.requests:
                yield from self.answer()
                reason = self._reason_to_end()
            elif self._control.paused and self._control.steps <= 0:
                held = self._clock()
                yield from self._hold()
                self._control.poll(self._control, 0.05)
                begun += self._clock() - held  # which is no time of training
            else:
                self._advance()
                wanted = self._control.profiling
                yield from self._profiling.profiles(self._session, self.steps_per_s, wanted=wanted)
                reason = self._end_of_epoch()
                if self._diverged and self._control.holds:
                    yield from self._halt()
                    reason = ""
                yield from self._report(force=self._control.paused)
                yield from self._remember(often=self._control.paused)
        yield from self._progress()
        yield from self._remember(always=True)
        if self._control.doctor and reason in ("done", "early"):
            yield from self._rounds.last(self._go_on)
        yield from self._finish(reason, begun)

    def _reason_to_end(self) -> str:
        return "done" if self._epoch >= self._settings.epochs else ""

    def _hold(self) -> Iterator[Report]:
        """What there is to do while the run is paused."""
        if not self._held and self._control.paused:
            yield self._happened(EventKind.PAUSED)
        self._held = True
        yield from self._pictures(full=True)
        yield from self._snapshots()
        yield from self._remember(often=True)
        yield from self._past.news(force=True)

    def _foresee(self) -> None:
        """Neither the first validation nor the first picture should wait for a compiler."""
        pictured = self._picturing.rows_at_first(self._session)
        self._session.foresee(len(self._session.bundle.validation), pictured)

    # -- steps ------------------------------------------------------------------------------------
    def _advance(self) -> None:
        steps = self._tempo.chunk_within(self._beat.left)
        if self._control.paused:
            steps = 1
            self._control.steps -= 1
        if self._control.learning_rate is not None:
            self._session.pace.change(self._session.step, self._control.learning_rate)
            self._control.learning_rate = None
        self._held = self._control.paused
        steps = min(steps, self._boundary - self._session.step)
        timed = self._control.profiling and self._profiling.is_due(self._tempo.steps)
        checked = not timed and self._control.doctor and self._rounds.is_due(self._tempo.step_time)
        if timed or checked:
            steps = 1
        before = self._clock()
        if timed:
            self._profiling.add(self._session.profile())
        elif checked:
            self._rounds.step()
        else:
            self._session.advance(steps)
        sums = self._session.report_sums()  # waits for the device, so that a chunk's time is its steps' time
        took = self._clock() - before
        self._tally.add(sums, steps)
        self._diverged = self._alarm.is_broken(sums, explosions=self._control.holds)
        if timed:
            self._profiling.spent(took)
        elif not checked:
            self._tempo.took(steps, took)

    @property
    def _boundary(self) -> int:
        """The step at which the network is validated next."""
        epoch = min((self._epoch // self._stride + 1) * self._stride, self._settings.epochs)
        return self._session.order.last_step(epoch)

    # -- epochs -----------------------------------------------------------------------------------
    def _end_of_epoch(self) -> str:
        """Validate if an epoch ended; the reason to end training, if there is one."""
        if self._diverged:
            self._tally.break_off()
            return "diverged"
        step = self._session.step
        if step < self._boundary:
            return ""
        before = self._epoch
        self._epoch = min((self._epoch // self._stride + 1) * self._stride, self._settings.epochs)
        whole = self._tally.take_epoch()
        validation = self._session.judge(self._session.bundle.validation, self._go_on)
        if self._control.stopped:
            return "stopped"
        values = whole.values | of_validation(validation.values)
        arrays = whole.arrays | of_validation(validation.arrays)
        epochs = self._epoch - before
        rate = self._session.pace.rate(step - 1)
        best = self._watch.epoch_ended(values, step, self._epoch, epochs, self._session.learned)
        self._session.pace.epoch_ended(values, step, self._epoch, epochs)
        end = EpochEnded(step, self._epoch, values, best, rate, arrays)
        self._tally.epoch_ended(end)
        self._rounds.epoch_ended(end)
        if self._epoch >= self._settings.epochs:
            return "done"
        return "early" if self._watch.over else ""

    # -- reports ----------------------------------------------------------------------------------
    def _report(self, *, force: bool) -> Iterator[Report]:
        if not (force or self._beat.is_due):
            return
        self._beat.told()
        yield from self._progress()
        yield from self._pictures(often=force)
        yield from self._surveyor.places(self._session)
        yield from self._snapshots()
        if self._control.doctor:
            yield from self._rounds.news(self._go_on)

    def _progress(self) -> Iterator[Report]:
        recent, ends = self._tally.news()
        if recent or ends:
            rate = self._session.pace.rate(max(0, self._session.step - 1))
            gradient = self._gradient.read(self._session) if self._control.doctor else None
            yield Progress(self._session.step, self.epoch, recent, self.steps_per_s, ends, rate, gradient)

    def _pictures(self, *, often: bool = False, full: bool = False) -> Iterator[Report]:
        """Predictions that somebody watches (`Picturing.take`); none of now while a moment is looked at."""
        if self._past.shown is None:
            yield from self._picturing.take(self._session, often=often, full=full)

    def _go_on(self) -> bool:
        """Look at the commands in the middle of something long; False if it should end."""
        self._control.poll(self._control, 0.0)
        return not self._control.stopped

    def _snapshots(self) -> Iterator[Report]:
        now = self._clock()
        due = now - self._last_snapshot > SNAPSHOT_INTERVAL and self._session.step != self._saved
        if self._control.snapshot or due:
            self._control.snapshot = False
            self._last_snapshot, self._saved = now, self._session.step
            snapshot = self._snapshot(self._session.states())
            self._good = Point(snapshot.step, snapshot.states)
            yield snapshot

    def _snapshot(self, states: Mapping[str, Array]) -> Snapshot:
        memory = self._session.memory_of_run
        memory.steps, memory.sums = self._tally.state()
        more = {MEMORY: memory.written(), **self._watch.states()}
        return Snapshot(self._session.step, {**states, **more})

    # -- the past and the future ------------------------------------------------------------------
    def _remember(
        self, *, often: bool = False, always: bool = False, states: Mapping[str, Array] | None = None
    ) -> Iterator[Report]:
        """Keep the moment of now in the timeline if it is time; `states` are those of now, where they are known."""
        given = states or {}
        self._past.keep(
            self._session, lambda: given or self._states(), self._tally.latest, often=often, always=always
        )
        yield from self._past.news(force=always)

    def answer(self) -> Iterator[Report]:
        """Do what was asked for; `goes_on` says whether there are steps to be run then."""
        while requests := newest(self._control.requests):
            self._control.requests.clear()
            for request in requests:
                before = self._session
                try:
                    if isinstance(request, Look):
                        yield from self._look(request.moment)
                    elif isinstance(request, Survey):
                        yield self._surveyor.find(request, self._session, self._past)
                    elif isinstance(request, Change):
                        yield from self._change(request)
                    elif isinstance(request, Retreat):
                        yield from self._retreat(request)
                    else:
                        yield from self._travel(request)
                except (LoweringError, ShapeError, DeviceError) as error:
                    yield Noticed(str(error))
                finally:
                    if self._session is not before:
                        self._foresee()

    def _look(self, moment: int | None) -> Iterator[Report]:
        """Show a moment, or the present where there is none or it can't be shown."""
        begun, past = self._clock(), self._past
        found = past.find(moment, self._session) if moment is not None else ""
        past.shown = self._control.looked_at = None
        self._picturing.forget()
        if isinstance(found, str):
            yield from self._pictures(often=True)
            yield Shown(None, self._clock() - begun, found)
            yield from self._pictures(full=True)
            return
        with wearing(self._session, found):
            yield from self._pictures(often=True)
            past.shown, self._control.looked_at = found, found.moment.id
            yield Shown(found.moment, self._clock() - begun)
            yield from self._surveyor.looked(found)
            yield from self._picturing.take(self._session, full=True)
            yield from self._picturing.finish(self._session)

    def _travel(self, request: Travel | Rewind) -> Iterator[Report]:
        settings = self._settings
        point = Point(0, self._session.fresh())
        kept = None
        if isinstance(request, Travel):
            found = self._past.find(request.moment, self._session)
            if isinstance(found, str):
                yield Noticed(found)
                return
            kept, point = found, Point(found.moment.step, found.states)
            settings = request.training or settings
        else:
            self._past.attic.clear()
        changes = self._differences(self._session.graph, settings)
        before = self._session
        self._control.paused = request.paused if isinstance(request, Travel) else True
        self._control.steps = 0
        yield from self._progress()
        self._renew(self._session.graph, settings, point)
        kind = EventKind.REWOUND if kept is None else EventKind.BRANCHED
        shared = kept.states if kept is not None and self._session is before else None
        yield from self._go_on_from(kept, kind, changes, shared)

    def _retreat(self, request: Retreat) -> Iterator[Report]:
        """Go back exactly so many steps, and go on from there with another network or other settings."""
        graph = ModelGraph(request.nodes, request.edges)
        changes = self._differences(graph, request.training)
        target = max(0, request.step)
        yield from self._progress()
        kept = self._past.before(target, self._session)
        begin = Point(kept.moment.step, kept.states) if kept else Point(0, self._session.fresh())
        self._renew(self._session.graph, self._settings, begin)
        walk(self._session, target, self._tempo.chunk, self._go_on)
        try:
            self._renew(graph, request.training, Point(self._session.step, self._states()))
        except (LoweringError, ShapeError, DeviceError) as error:
            changes = []
            yield Noticed(str(error))
        self._control.paused, self._control.steps = request.paused, 0
        yield from self._go_on_from(kept, EventKind.BRANCHED, changes)

    def _go_on_from(
        self,
        kept: Kept | None,
        kind: EventKind,
        changes: list[Difference],
        states: Mapping[str, Array] | None = None,
    ) -> Iterator[Report]:
        """Begin a line at the step of now, which came from a moment; `states` are those of now, where they are known."""
        past, step = self._past, self._session.step
        line = past.timeline.branch(kept, step)
        past.shown = self._control.looked_at = None
        self._held = self.goes_on = self._control.snapshot = True
        self._tally.latest = dict(kept.moment.values) if kept else {}
        parent = kept.moment.line if kept else line
        yield Branched(line, parent, step, self.epoch, self._settings, paused=self._control.paused)
        for each, detail in [(kind, ""), *changes]:
            yield self._happened(each, detail)
        yield from self._remember(always=True, states=states)

    def _change(self, request: Change) -> Iterator[Report]:
        begun = self._clock()
        graph = ModelGraph(request.nodes, request.edges)
        on = request.before is not None
        same_end = {"epochs": self._settings.epochs if on else request.training.epochs}
        changes = self._differences(graph, request.training.model_copy(update=same_end))
        sentence = ""
        yield from self._progress()
        latest, states = self._tally.latest, self._states()
        if request.before is not None:
            states = trained_on(states, request.before)
        try:
            self._renew(graph, request.training, Point(self._session.step, states))
        except (LoweringError, ShapeError, DeviceError) as error:
            sentence = str(error)
        self._tally.latest = latest
        session = self._session
        yield self._snapshot(session.states())
        yield Changed(
            request.number,
            session.order.steps_per_epoch,
            session.parameters,
            session.nbytes,
            session.settings.epochs,
            sentence,
            self._clock() - begun,
        )
        if on and not sentence:
            self._past.shown = self._control.looked_at = None
            self._control.paused, self._control.steps, self.goes_on = False, 0, True
            changes.insert(0, (EventKind.CONTINUED, str(request.training.epochs)))
        for kind, detail in () if sentence else changes:
            yield self._happened(kind, detail)

    def _states(self) -> Mapping[str, Array]:
        return self._snapshot(self._session.states()).states

    def _differences(self, graph: ModelGraph, settings: TrainingSettings) -> list[Difference]:
        nodes, edges, _ = self._session.graph.snapshot()
        return differences((nodes, edges, self._settings), (*graph.snapshot()[:2], settings))

    def _renew(self, graph: ModelGraph, settings: TrainingSettings, point: Point) -> None:
        """Train this network with these settings from now on, starting from `point`."""
        self._past.timeline.resize(settings.time_machine_mb * MEGABYTE if self._past.timeline.budget else 0)
        self._adopt(renewed(self._session, graph, settings, point, self._past.attic))

    def _happened(self, kind: EventKind, detail: str = "") -> Happened:
        return Happened(kind, self._past.timeline.line, self._session.step, self.epoch, detail)

    # -- what goes wrong --------------------------------------------------------------------------
    def _halt(self) -> Iterator[Report]:
        """Stand still before the step that would break the run, and say what would."""
        found = self._alarm.stop_short(self._known_good(), self._go_on)
        self._tally.forget()
        self._diverged = False
        self._control.paused, self._control.steps, self._held = True, 0, True
        yield from self._progress()
        yield self._snapshot(self._session.states())
        yield from self._remember(always=True)
        yield Halted(self._session.step, self.epoch, found)

    # -- the end ----------------------------------------------------------------------------------
    def _finish(self, reason: str, begun: float) -> Iterator[Report]:
        fault = Fault("")
        if reason == "diverged":
            fault = fault_of(self._session, self._known_good(), self._go_on)
        elif reason != "stopped" or self._settings.keep_best:
            fault = Fault(self._take_the_best(reason))
        if reason != "stopped":
            yield from self._pictures(full=True)
        yield self._snapshot(self._session.states())
        seconds = self._clock() - begun
        if not self._tally.values:
            self._tally.break_off()
        yield Ended(
            reason,
            self._session.step,
            self.epoch,
            self._tally.values,
            self.steps_per_s,
            seconds,
            fault.sentence,
            fault.node,
            self._tally.arrays,
        )

    def _known_good(self) -> Point:
        """The last point at which all was well."""
        return self._good or Point(self._first, self._session.beginning())

    def _take_the_best(self, reason: str) -> str:
        """Take the weights of the best epoch, or the averages, where that is wished; a sentence if they are others."""
        session = self._session
        sentence = take_the_best(session, self._watch, averaged=reason != "stopped" and self._tempo.steps > 0)
        if sentence:
            self._tally.judged(session.judge(session.bundle.validation, self._go_on))
            self._picturing.forget()
        return sentence
