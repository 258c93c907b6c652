"""The loop around a session: chunks of steps, reports at display rate, epochs, early stopping, pause and stop.

It is a generator of reports, so that a worker process, the command line and a test drive the same loop.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from engine.compiler.losses import TOTAL
from engine.devices.base import Timing
from engine.profiling.profile import Profile, median_step
from engine.tensor.spec import Array
from engine.training.fault import Fault, Point, find_fault
from engine.training.memory import MEMORY
from engine.training.reports import Ended, EpochEnded, Pictured, Probe, Profiled, Progress, Report, Snapshot
from engine.training.session import Session
from engine.training.sums import Sums
from engine.training.watch import Watch, require_watched

REPORT_INTERVAL = 1 / 30  # seconds
CHUNK_TIME = 0.02  # seconds a chunk of steps should take, so that Stop reacts at once
SNAPSHOT_INTERVAL = 2.0  # seconds
VALIDATION = "validation"  # name of the pictures of the validation rows
ALL_ROWS = 10_000  # validation rows that are pictured at most
LIVE_ROWS = 1_000  # of them, while steps run
PICTURE_SHARE = 0.1  # of the time that pictures may take
PROFILE_SHARE = 0.2  # of the time that profiles may take while somebody looks at them
PROFILE_INTERVAL = 1.0  # seconds between two profiles
PROFILED_STEPS = 5
AT_ONCE = 0.05  # seconds that a picture may take to be made after every single step
STEPS_BETWEEN_VALIDATIONS = 100  # at least, where the run still gets a hundred validations
F = TypeVar("F")


@dataclass
class Control:
    """What a watcher wants. `poll(control, timeout)` changes it; it is called between chunks of steps."""

    paused: bool = False
    stopped: bool = False
    steps: int = 0  # to run although paused
    snapshot: bool = False
    learning_rate: float | None = None  # to take from the next chunk of steps on
    probes: dict[str, Probe] = field(default_factory=dict)
    profiling: bool = False  # somebody wants to know where the time goes
    watch_validation: bool = True
    poll: Callable[[Control, float], None] = lambda control, timeout: None


class Trainer:
    """Trains a session until its epochs are done, it stops early, diverges, or is told to stop.

    Raises:
        LoweringError: the settings watch a figure that the run does not have.
    """

    def __init__(
        self, session: Session, control: Control, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._session = session
        self._settings = session.settings
        self._control = control
        self._clock = clock
        self._stride = _validation_stride(session.order.steps_per_epoch, session.settings.epochs)
        self._epoch = _epochs_before(session)
        self._chunk = 1
        memory = session.memory_of_run
        layout = session.compiler.layout
        self._recent, self._whole = Sums(layout), Sums(layout, memory.steps, memory.sums)
        self._values: dict[str, float] = {}
        self._arrays: dict[str, Array] = {}
        self._ends: list[EpochEnded] = []
        require_watched(session.settings, session.figures)
        self._watch = Watch(session.settings, memory, session.best)
        self._good: Point | None = None  # the last snapshot
        self._diverged = False
        self._busy = 0.0  # seconds spent in steps
        self._steps = 0  # in this run
        self._last_report = self._last_snapshot = clock()
        self._saved = session.step  # the step of the last snapshot
        self._first = session.step
        self._pictured: dict[str, tuple[float, int, int]] = {}  # probe: when, at which step, how many rows
        self._costs: dict[str, float] = {}  # probe: seconds it took last
        self._timed: list[list[Timing]] = []  # ops of steps, for the profile that comes next
        self._timed_at, self._timed_for = -math.inf, 0.0  # when, and seconds that it took

    @property
    def epoch(self) -> float:
        """Epochs done, with the fraction of the current one."""
        return self._session.step / self._session.order.steps_per_epoch

    @property
    def steps_per_s(self) -> float:
        """Training steps a second of stepping time; validation and pictures do not count."""
        return self._steps / self._busy if self._busy else 0.0

    def run(self) -> Iterator[Report]:
        """Train; yields reports, the last of which is `Ended`."""
        begun = self._clock()
        self._foresee()
        reason = "done" if self._epoch >= self._settings.epochs else ""
        while not reason:
            self._control.poll(self._control, 0.0)
            if self._control.stopped:
                reason = "stopped"
            elif self._control.paused and self._control.steps <= 0:
                yield from self._pictures(full=True)
                yield from self._snapshots()
                self._control.poll(self._control, 0.05)
            else:
                self._advance()
                yield from self._profiles()
                reason = self._end_of_epoch()
                yield from self._report(force=self._control.paused)
        yield from self._progress()
        yield from self._finish(reason, begun)

    def _foresee(self) -> None:
        """Neither the first validation nor the first picture should wait for a compiler."""
        bundle, pictured = self._session.bundle, 0
        if self._control.watch_validation:
            pictured = min(LIVE_ROWS, len(bundle.validation or bundle.train))
        self._session.foresee(len(bundle.validation), pictured)

    # -- steps ------------------------------------------------------------------------------------
    def _advance(self) -> None:
        steps = self._chunk
        if self._control.paused:
            steps = 1
            self._control.steps -= 1
        if self._control.learning_rate is not None:
            self._session.pace.change(self._session.step, self._control.learning_rate)
            self._control.learning_rate = None
        steps = min(steps, self._boundary - self._session.step)
        timed = self._control.profiling and self._profile_is_due()
        if timed:
            steps = 1
        before = self._clock()
        if timed:
            self._timed.append(self._session.profile())
        else:
            self._session.advance(steps)
        sums = self._session.report_sums()  # waits for the device, so that a chunk's time is its steps' time
        took = self._clock() - before
        self._recent.add(sums, steps)
        self._whole.add(sums, steps)
        self._diverged = not math.isfinite(sums[TOTAL])
        if timed:
            self._timed_for += took
            return
        self._busy += took
        self._steps += steps
        if steps == self._chunk:
            ideal = int(self._chunk * CHUNK_TIME / max(took, 1e-6))
            self._chunk = max(1, min(ideal, 4 * self._chunk))

    @property
    def _boundary(self) -> int:
        """The step at which the network is validated next."""
        epoch = min((self._epoch // self._stride + 1) * self._stride, self._settings.epochs)
        return self._session.order.last_step(epoch)

    # -- epochs -----------------------------------------------------------------------------------
    def _end_of_epoch(self) -> str:
        """Validate if an epoch ended; the reason to end training, if there is one."""
        if self._diverged:
            self._values = self._whole.take().values
            return "diverged"
        step = self._session.step
        if step < self._boundary:
            return ""
        before = self._epoch
        self._epoch = min((self._epoch // self._stride + 1) * self._stride, self._settings.epochs)
        whole = self._whole.take()
        validation = self._session.judge(self._session.bundle.validation, self._go_on)
        if self._control.stopped:
            return "stopped"
        values = self._values = whole.values | _of_validation(validation.values)
        arrays = self._arrays = whole.arrays | _of_validation(validation.arrays)
        epochs = self._epoch - before
        rate = self._session.pace.rate(step - 1)
        best = self._watch.epoch_ended(values, step, self._epoch, epochs, self._session.learned)
        self._session.pace.epoch_ended(values, step, self._epoch, epochs)
        self._ends.append(EpochEnded(step, self._epoch, values, best, rate, arrays))
        if self._epoch >= self._settings.epochs:
            return "done"
        return "early" if self._watch.over else ""

    # -- reports ----------------------------------------------------------------------------------
    def _report(self, *, force: bool) -> Iterator[Report]:
        now = self._clock()
        if now - self._last_report < REPORT_INTERVAL and not force:
            return
        self._last_report = now
        yield from self._progress()
        yield from self._pictures(often=force)
        yield from self._snapshots()

    def _progress(self) -> Iterator[Report]:
        recent = self._recent.take().values
        if recent or self._ends:
            ends, self._ends = tuple(self._ends), []
            rate = self._session.pace.rate(max(0, self._session.step - 1))
            yield Progress(self._session.step, self.epoch, recent, self.steps_per_s, ends, rate)

    def _pictures(self, *, often: bool = False, full: bool = False) -> Iterator[Report]:
        """Predictions that somebody watches.

        Args:
            often: after every step, where they are cheap.
            full: whatever they cost, and of all validation rows.
        """
        for probe in list(self._control.probes.values()):
            rows = len(next(iter(probe.inputs.values()), ()))
            if self._due(probe.name, probe.every_s, rows, often=often, full=full):
                predict = partial(self._session.predict, probe.name, probe.inputs, probe.taps, self._go_on)
                yield from self._picture(probe.name, rows, predict)
        watched = self._session.bundle.validation or self._session.bundle.train
        watched = watched[: ALL_ROWS if full else LIVE_ROWS]
        if self._control.watch_validation and self._due(
            VALIDATION, REPORT_INTERVAL, len(watched), often=often, full=full
        ):
            predict = partial(self._session.predict_rows, watched, self._go_on)
            yield from self._picture(VALIDATION, len(watched), predict)

    def _picture(self, name: str, rows: int, predict: Callable[[], dict[str, Array]]) -> Iterator[Report]:
        begun = self._clock()
        outputs = predict()
        now = self._clock()
        self._costs[name] = now - begun
        if outputs:
            self._pictured[name] = (now, self._session.step, rows)
            yield Pictured(name, self._session.step, outputs)

    def _due(self, name: str, every_s: float, rows: int, *, often: bool, full: bool) -> bool:
        when, step, seen = self._pictured.get(name, (-math.inf, -1, 0))
        if step == self._session.step and seen >= rows:
            return False
        cost = self._costs.get(name, 0.0)
        if full or (often and cost <= AT_ONCE):
            return True
        return self._clock() - when >= max(every_s, cost / PICTURE_SHARE)

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
            states = self._session.states()
            self._good = Point(self._session.step, states)
            yield self._snapshot(states)

    def _snapshot(self, states: Mapping[str, Array]) -> Snapshot:
        memory = self._session.memory_of_run
        memory.steps, memory.sums = self._whole.state()
        more = {MEMORY: memory.written(), **self._watch.states()}
        return Snapshot(self._session.step, {**states, **more})

    # -- profiles ---------------------------------------------------------------------------------
    def _profile_is_due(self) -> bool:
        """Whether the next step is to be timed; the first steps of a run also fill caches, and do not count."""
        if self._timed:
            return True
        wait = max(PROFILE_INTERVAL, self._timed_for / PROFILE_SHARE)
        due = self._steps > 0 and self._clock() - self._timed_at >= wait
        if due:
            self._timed_for = 0.0
        return due

    def _profiles(self) -> Iterator[Report]:
        if not self._control.profiling:
            self._timed.clear()
        if len(self._timed) < PROFILED_STEPS:
            return
        timeline, steps = median_step(self._timed), len(self._timed)
        self._timed.clear()
        self._timed_at = self._clock()
        info = self._session.device.info
        batch = self._session.batch
        yield Profiled(Profile(info.name, info.kind, batch, steps, self.steps_per_s, timeline))

    # -- the end ----------------------------------------------------------------------------------
    def _finish(self, reason: str, begun: float) -> Iterator[Report]:
        fault = Fault("")
        if reason == "diverged":
            fault = self._find_fault()
        elif reason != "stopped" or self._settings.keep_best:
            fault = Fault(self._take_the_best(reason))
        if reason != "stopped":
            yield from self._pictures(full=True)
        yield self._snapshot(self._session.states())
        seconds = self._clock() - begun
        values = self._values or self._whole.take().values
        yield Ended(
            reason,
            self._session.step,
            self.epoch,
            values,
            self.steps_per_s,
            seconds,
            fault.sentence,
            fault.node,
            self._arrays,
        )

    def _find_fault(self) -> Fault:
        """Where the loss stopped to be a number; the states stay those in which it did."""
        session = self._session
        end = Point(session.step, session.states())
        good = self._good or Point(self._first, session.beginning())
        try:
            return find_fault(session, good, self._go_on)
        finally:
            session.restore(end.states, end.step)
            session.report()

    def _take_the_best(self, reason: str) -> str:
        """Take the weights of the best epoch, or the averages, where that is wished; a sentence if they are others."""
        session = self._session
        if self._settings.keep_best:
            best = self._watch.memory.best_step
            if not self._watch.kept or best == session.step:
                return ""
            session.restore(self._watch.kept, session.step)
            sentence = f"Kept the weights of step {best}, where {self._monitored} was best."
        elif reason != "stopped" and self._steps and session.take_average():
            sentence = "The weights are the moving average of those of all steps."
        else:
            return ""
        validation = session.judge(session.bundle.validation, self._go_on)
        self._values = self._values | _of_validation(validation.values)
        self._arrays = self._arrays | _of_validation(validation.arrays)
        self._pictured.clear()
        return sentence

    @property
    def _monitored(self) -> str:
        """The watched figure in words."""
        name = self._settings.monitoring.monitor
        return "the validation loss" if name == "val_loss" else name


def _of_validation(figures: Mapping[str, F]) -> dict[str, F]:
    return {f"val_{name}": figure for name, figure in figures.items()}


def _validation_stride(steps_per_epoch: float, epochs: int) -> int:
    """Epochs between two validations: one, unless epochs are tiny and so many that a hundred validations remain.

    It depends on no clock, so that early stopping and the best epoch are the same in every run.
    """
    wanted = math.ceil(STEPS_BETWEEN_VALIDATIONS / steps_per_epoch)
    return max(1, min(wanted, epochs // 100))


def _epochs_before(session: Session) -> int:
    return int(session.step / session.order.steps_per_epoch)
