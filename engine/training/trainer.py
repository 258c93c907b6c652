"""The loop around a session: chunks of steps, reports at display rate, epochs, early stopping, pause and stop.

It is a generator of reports, so that a worker process, the command line and a test drive the same loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from engine.training.beat import Beat
from engine.training.control import Control
from engine.training.course import Course
from engine.training.doctor.observation import Halted
from engine.training.fault import Fault, fault_of
from engine.training.moments import EventKind
from engine.training.reports import Ended, EpochEnded, Report
from engine.training.requests import Requests
from engine.training.session import Session
from engine.training.timeline import Timeline
from engine.training.timing import Profiling
from engine.training.validation import of_validation, take_the_best


class Trainer(Course):
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
        super().__init__(session, control, clock, timeline)
        self._beat = Beat(clock)
        self._profiling = Profiling(clock)
        self._requests = Requests(self)

    def answer(self) -> Iterator[Report]:
        """Do what was asked for; `goes_on` says whether there are steps to be run then."""
        yield from self._requests.answer()

    def run(self) -> Iterator[Report]:
        """Train; yields reports, the last of which is `Ended`."""
        begun = self.clock()
        self.goes_on = False
        self.foresee()
        yield from self.answer()
        yield from self.remember()
        reason = self._reason_to_end()
        while not reason:
            self.control.poll(self.control, 0.0)
            if self.control.stopped:
                reason = "stopped"
            elif self.control.requests:
                yield from self.answer()
                reason = self._reason_to_end()
            elif self.control.paused and self.control.steps <= 0:
                held = self.clock()
                yield from self._hold()
                self.control.poll(self.control, 0.05)
                begun += self.clock() - held  # which is no time of training
            else:
                self._advance()
                wanted = self.control.profiling
                yield from self._profiling.profiles(self.session, self.steps_per_s, wanted=wanted)
                reason = self._end_of_epoch()
                if self.diverged and self.control.holds:
                    yield from self._halt()
                    reason = ""
                yield from self._report(force=self.control.paused)
                yield from self.remember(often=self.control.paused)
        yield from self.progress()
        yield from self.remember(always=True)
        if self.control.doctor and reason in ("done", "early"):
            yield from self.rounds.last(self.go_on)
        yield from self._finish(reason, begun)

    def _reason_to_end(self) -> str:
        return "done" if self.whole_epochs >= self.settings.epochs else ""

    def _hold(self) -> Iterator[Report]:
        """What there is to do while the run is paused."""
        if not self.held and self.control.paused:
            yield self.happened(EventKind.PAUSED)
        self.held = True
        yield from self.pictures(full=True)
        yield from self.snapshots()
        yield from self.remember(often=True)
        yield from self.past.news(force=True)

    # -- steps ------------------------------------------------------------------------------------
    def _advance(self) -> None:
        steps = self.tempo.chunk_within(self._beat.left)
        if self.control.paused:
            steps = 1
            self.control.steps -= 1
        if self.control.learning_rate is not None:
            self.session.pace.change(self.session.step, self.control.learning_rate)
            self.control.learning_rate = None
        self.held = self.control.paused
        steps = min(steps, self._boundary - self.session.step)
        timed = self.control.profiling and self._profiling.is_due(self.tempo.steps)
        checked = not timed and self.control.doctor and self.rounds.is_due(self.tempo.step_time)
        if timed or checked:
            steps = 1
        before = self.clock()
        if timed:
            self._profiling.add(self.session.profile())
        elif checked:
            self.rounds.step()
        else:
            self.session.advance(steps)
        sums = self.session.report_sums()  # waits for the device, so that a chunk's time is its steps' time
        took = self.clock() - before
        self.tally.add(sums, steps)
        self.diverged = self.alarm.is_broken(sums, explosions=self.control.holds)
        if timed:
            self._profiling.spent(took)
        elif not checked:
            self.tempo.took(steps, took)

    @property
    def _boundary(self) -> int:
        """The step at which the network is validated next."""
        return self.session.order.last_step(self._validated_next)

    @property
    def _validated_next(self) -> int:
        """The epoch at whose end that is."""
        return min((self.whole_epochs // self.stride + 1) * self.stride, self.settings.epochs)

    # -- epochs -----------------------------------------------------------------------------------
    def _end_of_epoch(self) -> str:
        """Validate if an epoch ended; the reason to end training, if there is one."""
        if self.diverged:
            self.tally.break_off()
            return "diverged"
        step = self.session.step
        if step < self._boundary:
            return ""
        before = self.whole_epochs
        self.whole_epochs = self._validated_next
        whole = self.tally.take_epoch()
        validation = self.session.judge(self.session.bundle.validation, self.go_on)
        if self.control.stopped:
            return "stopped"
        values = whole.values | of_validation(validation.values)
        arrays = whole.arrays | of_validation(validation.arrays)
        epochs = self.whole_epochs - before
        rate = self.session.pace.rate(step - 1)
        best = self.watch.epoch_ended(values, step, self.whole_epochs, epochs, self.session.learned)
        self.session.pace.epoch_ended(values, step, self.whole_epochs, epochs)
        end = EpochEnded(step, self.whole_epochs, values, best, rate, arrays)
        self.tally.epoch_ended(end)
        self.rounds.epoch_ended(end)
        if self.whole_epochs >= self.settings.epochs:
            return "done"
        return "early" if self.watch.over else ""

    # -- reports ----------------------------------------------------------------------------------
    def _report(self, *, force: bool) -> Iterator[Report]:
        if not (force or self._beat.is_due):
            return
        self._beat.told()
        yield from self.progress()
        yield from self.pictures(often=force)
        yield from self.surveyor.places(self.session)
        yield from self.snapshots()
        if self.control.doctor:
            yield from self.rounds.news(self.go_on)

    def _halt(self) -> Iterator[Report]:
        """Stand still before the step that would break the run, and say what would."""
        found = self.alarm.stop_short(self.known_good(), self.go_on)
        self.tally.forget()
        self.diverged = False
        self.control.paused, self.control.steps, self.held = True, 0, True
        yield from self.progress()
        yield self.snapshot(self.session.states())
        yield from self.remember(always=True)
        yield Halted(self.session.step, self.epoch, found)

    # -- the end ----------------------------------------------------------------------------------
    def _finish(self, reason: str, begun: float) -> Iterator[Report]:
        fault = Fault("")
        if reason == "diverged":
            fault = fault_of(self.session, self.known_good(), self.go_on)
        elif reason != "stopped" or self.settings.keep_best:
            fault = Fault(self._take_the_best(reason))
        if reason != "stopped":
            yield from self.pictures(full=True)
        yield self.snapshot(self.session.states())
        seconds = self.clock() - begun
        if not self.tally.values:
            self.tally.break_off()
        yield Ended(
            reason,
            self.session.step,
            self.epoch,
            self.tally.values,
            self.steps_per_s,
            seconds,
            fault.sentence,
            fault.node,
            self.tally.arrays,
        )

    def _take_the_best(self, reason: str) -> str:
        """Take the weights of the best epoch, or the averages, where that is wished; a sentence if they are others."""
        session = self.session
        sentence = take_the_best(session, self.watch, averaged=reason != "stopped" and self.tempo.steps > 0)
        if sentence:
            self.tally.judged(session.judge(session.bundle.validation, self.go_on))
            self.picturing.forget()
        return sentence
