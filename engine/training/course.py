"""Where a run is, and what it tells of itself: figures, pictures, snapshots, moments.

The loop (`trainer.py`) moves it step by step; what somebody asks for (`requests.py`) moves it to other steps and networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.tensor.spec import Array
from engine.training.control import Control
from engine.training.doctor.alarm import Alarm
from engine.training.doctor.rounds import Rounds
from engine.training.fault import Point
from engine.training.gradient import GradientSize
from engine.training.memory import MEMORY
from engine.training.moments import EventKind, Happened
from engine.training.past import Past
from engine.training.picturing import Picturing
from engine.training.reports import Progress, Report, Snapshot
from engine.training.session import Session
from engine.training.surface.survey import Surveyor
from engine.training.tally import Tally
from engine.training.tempo import Tempo
from engine.training.timeline import Timeline
from engine.training.validation import validation_stride
from engine.training.watch import Watch, require_watched

SNAPSHOT_INTERVAL = 2.0  # seconds


class Course:
    """The course of a run.

    Attributes:
        session: the network with its weights of now; another one after a change of the network.
        whole_epochs: the epochs that have ended.
        stride: epochs between two validations.
        diverged: whether a number of the last chunk of steps was not finite, or exploded.
        held: whether it was paused when somebody looked last.
        goes_on: whether a request asks for more steps.
    """

    def __init__(
        self, session: Session, control: Control, clock: Callable[[], float], timeline: Timeline | None
    ) -> None:
        self.control = control
        self.clock = clock
        self.past = Past(timeline or Timeline(0), clock)
        self.tempo = Tempo()
        self.picturing = Picturing(control, clock, self.go_on)
        self.rounds = Rounds(clock)
        self.surveyor = Surveyor(clock)
        self.alarm = Alarm(session)
        self.held = control.paused
        self.goes_on = False
        self._gradient = GradientSize(clock)
        self._last_snapshot = clock()
        self.adopt(session)

    def adopt(self, session: Session) -> None:
        """Go on from the state in which a session is.

        Raises:
            LoweringError: the settings watch a figure that the run does not have.
        """
        require_watched(session.settings, session.figures)
        self.session = session
        self.settings = session.settings
        self.stride = validation_stride(session.order.steps_per_epoch, session.settings.epochs)
        self.whole_epochs = session.order.whole_epochs(session.step)
        self.tally = Tally(session)
        self.watch = Watch(session.settings, session.memory_of_run, session.best)
        self._good: Point | None = None  # the last snapshot
        self.diverged = False
        self._saved = session.step  # the step of the last snapshot
        self._first = session.step
        self.picturing.forget()
        self.alarm = Alarm(session, self.alarm)
        self.rounds.adopt(session)

    @property
    def epoch(self) -> float:
        """Epochs done, with the fraction of the current one."""
        return self.session.order.epochs(self.session.step)

    @property
    def steps_per_s(self) -> float:
        """Training steps a second of stepping time; validation and pictures do not count."""
        return self.tempo.steps_per_s

    def foresee(self) -> None:
        """Neither the first validation nor the first picture should wait for a compiler."""
        pictured = self.picturing.rows_at_first(self.session)
        self.session.foresee(len(self.session.bundle.validation), pictured)

    def go_on(self) -> bool:
        """Look at the commands in the middle of something long; False if it should end."""
        self.control.poll(self.control, 0.0)
        return not self.control.stopped

    def progress(self) -> Iterator[Report]:
        """The losses and metrics since the last time, if there are any."""
        recent, ends = self.tally.news()
        if recent or ends:
            rate = self.session.pace.rate(max(0, self.session.step - 1))
            gradient = self._gradient.read(self.session) if self.control.doctor else None
            yield Progress(self.session.step, self.epoch, recent, self.steps_per_s, ends, rate, gradient)

    def pictures(self, *, often: bool = False, full: bool = False) -> Iterator[Report]:
        """Predictions that somebody watches (`Picturing.take`); none of now while a moment is looked at."""
        if self.past.shown is None:
            yield from self.picturing.take(self.session, often=often, full=full)

    def snapshots(self) -> Iterator[Report]:
        """What the run could go on from, every few seconds or when somebody wants it."""
        now = self.clock()
        due = now - self._last_snapshot > SNAPSHOT_INTERVAL and self.session.step != self._saved
        if self.control.snapshot or due:
            self.control.snapshot = False
            self._last_snapshot, self._saved = now, self.session.step
            snapshot = self.snapshot(self.session.states())
            self._good = Point(snapshot.step, snapshot.states)
            yield snapshot

    def snapshot(self, states: Mapping[str, Array]) -> Snapshot:
        """These states, with what the run remembers beside them."""
        memory = self.session.memory_of_run
        memory.steps, memory.sums = self.tally.state()
        more = {MEMORY: memory.written(), **self.watch.states()}
        return Snapshot(self.session.step, {**states, **more})

    def states(self) -> Mapping[str, Array]:
        """All states of now, as in a snapshot."""
        return self.snapshot(self.session.states()).states

    def remember(
        self, *, often: bool = False, always: bool = False, states: Mapping[str, Array] | None = None
    ) -> Iterator[Report]:
        """Keep the moment of now in the timeline if it is time; `states` are those of now, where they are known."""
        given = states or {}
        self.past.keep(
            self.session, lambda: given or self.states(), self.tally.latest, often=often, always=always
        )
        yield from self.past.news(force=always)

    def happened(self, kind: EventKind, detail: str = "") -> Happened:
        """A mark for the curves, at the step of now."""
        return Happened(kind, self.past.timeline.line, self.session.step, self.epoch, detail)

    def known_good(self) -> Point:
        """The last point at which all was well."""
        return self._good or Point(self._first, self.session.beginning())
