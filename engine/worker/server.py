"""The worker process: holds the devices, runs one job at a time, and leaves when its pipe closes.

Training runs on the main thread, because an OpenGL context belongs to one thread; a second thread only reads
commands, so that Pause and Stop are seen between two chunks of steps and a vanished window is noticed at once.
"""

from __future__ import annotations

import os
import threading
import time
import traceback
from dataclasses import replace
from typing import NoReturn

from engine.compiler.lower import LoweringError
from engine.data.errors import DataError
from engine.devices.base import Device, DeviceError, Interrupted, Watch
from engine.devices.registry import Survey
from engine.graph.document import ModelGraph
from engine.profiling.peaks import peaks_of
from engine.tensor.spec import ShapeError
from engine.training.beat import REPORT_INTERVAL
from engine.training.choose import CPU, DevicePool, choose, is_remembered
from engine.training.control import Control
from engine.training.inference import EVALUATION_BATCH
from engine.training.measures import standards_of
from engine.training.moments import Change, Changed
from engine.training.plan import judging_seconds, step_seconds
from engine.training.profiles import profile_steps
from engine.training.reports import Cancelled, Failed, Noticed, Preparing, Profiled, Report, Started
from engine.training.session import Session
from engine.training.timeline import MEGABYTE, Timeline
from engine.training.trainer import Trainer
from engine.training.validation import validation_stride
from engine.worker.channel import Channel
from engine.worker.commands import obey
from engine.worker.inbox import Audience, Inbox
from engine.worker.kept_data import Guard, KeptData
from engine.worker.kept_run import KeptRun
from engine.worker.messages import (
    AboutPictures,
    Ask,
    Command,
    Job,
    ManyJob,
    Planned,
    ProfileJob,
    RatesJob,
    Reported,
    SetProfiling,
    TrainJob,
    Warm,
)
from engine.worker.studies import find_rate, train_many

GONE = "The run is no longer kept; press Train to begin anew."
EXPECTED = (DataError, DeviceError, LoweringError, ShapeError)  # they carry a sentence for the user
NICENESS = 10  # training takes every core it can get; the window's frames go first


def serve(channel: Channel, devices: Survey) -> None:
    """Work on commands, on these devices."""
    if hasattr(os, "nice"):  # not on Windows
        os.nice(NICENESS)
    Server(channel, devices).run()


class Server:
    """Reads commands and works on them one after the other."""

    def __init__(self, channel: Channel, devices: Survey) -> None:
        self._channel = channel
        self._inbox = Inbox(self._report)
        self._pool = DevicePool(devices)
        self._data = KeptData()
        self._kept: KeptRun | None = None  # the run that ended last: its past can be looked at

    def run(self) -> NoReturn:
        """Serve until the pipe closes; never returns."""
        threading.Thread(target=self._read, name="commands", daemon=True).start()
        self._pool.get(CPU)  # every job needs it sooner or later: what makes its machine code loads now
        while True:
            command = self._inbox.next(self._is_restless)
            try:
                self._work(command)
            except EXPECTED as error:
                self._fail(command, str(error), "")
            except MemoryError:
                self._fail(
                    command, "There is not enough memory. Use a smaller batch, network or data set.", ""
                )
            except Exception:  # noqa: BLE001 - a fault of ours must reach the window as a report, not end the worker
                self._fail(command, "Something in Layerloom went wrong.", traceback.format_exc())

    def _is_restless(self) -> bool:
        """Whether there is more to be shown of the run that has ended."""
        return self._kept is not None and self._kept.is_restless

    def _read(self) -> None:
        try:
            while True:
                self._inbox.put(self._channel.receive())
        except (EOFError, OSError):
            os._exit(0)  # the window is gone; there is nobody to clean up for

    def _send(self, message: object) -> None:
        try:
            self._channel.send(message)
        except OSError:
            os._exit(0)

    def _fail(self, command: Command | None, sentence: str, detail: str) -> None:
        if isinstance(command, Job | Ask):
            job = command.job if isinstance(command, Ask) else command.id
            self._send(Reported(job, Failed(sentence, detail)))

    def _work(self, command: Command | None) -> None:
        if command is None:
            self._idle()
        elif isinstance(command, TrainJob):
            self._train(command)
        elif isinstance(command, ProfileJob):
            self._profile(command)
        elif isinstance(command, RatesJob | ManyJob):
            self._study(command)
        elif isinstance(command, SetProfiling):
            self._inbox.profiling = command.on
        elif isinstance(command, Warm):
            self._warm(command)
        elif isinstance(command, Ask):
            self._look_back(command)
        elif isinstance(command, AboutPictures) and self._kept is not None:
            control = self._kept.control
            obey(control, command)
            if control.requests:
                self._answer(self._kept)

    # -- jobs -------------------------------------------------------------------------------------
    def _train(self, job: TrainJob) -> None:
        self._forget()
        graph = ModelGraph(job.nodes, job.edges)
        control = Control(paused=job.paused, probes={p.name: p for p in job.probes}, poll=self._inbox.poll)
        control.profiling = self._inbox.profiling
        control.doctor = control.holds = True
        control.watch_validation, control.wishes = job.watched, {w.name: w for w in job.wishes}
        watch = self._preparing(job.id, control)
        states, step = (job.resume.states, job.resume.step) if job.resume else (None, 0)
        try:
            bundle = self._data.get(job.data, self._preparing(job.id, control, reading=True))
            if not is_remembered(self._pool, graph, bundle, job.training):
                self._inbox.postponed = Warm(job.nodes, job.edges, job.data, job.training)
            device, why = choose(self._pool, graph, bundle, job.training, patient=False, watch=watch)
            session = Session(graph, bundle, job.training, device, states, step, watch)
        except Interrupted:
            self._report(job.id, Cancelled())
            return
        control.job = job.id
        try:
            self._report(job.id, _started(session, why, job.training.epochs))
            trainer = Trainer(session, control, timeline=Timeline(job.training.time_machine_mb * MEGABYTE))
        except BaseException:
            session.close()
            raise
        self._kept = KeptRun(job.id, trainer, control)
        self._run(self._kept)

    def _run(self, run: KeptRun) -> None:
        """Let it train; it is kept when it ends, and given up when it fails."""
        try:
            seen = Guard(run.trainer.session.bundle)
            for report in run.trainer.run():
                self._report(run.job, self._with_peaks(report, run.trainer.session.device))
                if sentence := seen.complaint():
                    self._report(run.job, Noticed(sentence))
        except BaseException:
            self._forget()
            raise

    def _look_back(self, command: Ask) -> None:
        """Answer for a run that has ended; it may go on."""
        run = self._kept
        if run is None or run.job != command.job:
            if isinstance(command.request, Change):
                self._report(command.job, Changed(command.request.number, 0.0, 0, 0, 0, GONE))
            return
        run.control.requests.append(command.request)
        self._answer(run)
        if run.trainer.goes_on:
            self._run(run)

    def _idle(self) -> None:
        """Show the rest; what is asked for meanwhile goes first."""
        run = self._kept
        if run is None:
            return
        run.control.stopped = run.control.news = False
        try:
            for report in run.trainer.picturing.take(run.trainer.session, full=True):
                self._report(run.job, report)
            for report in run.trainer.picturing.finish(run.trainer.session):
                self._report(run.job, report)
        except BaseException:  # it would be tried for ever: what could not be shown is still to be shown
            self._forget()
            raise
        if run.control.requests:
            self._answer(run)
            if run.trainer.goes_on:
                self._run(run)

    def _answer(self, run: KeptRun) -> None:
        run.control.stopped = False
        for report in run.trainer.answer():
            self._report(run.job, report)

    def _forget(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.trainer.session.close()

    def _preparing(self, job: int, control: Control, *, reading: bool = False) -> Watch:
        """Says how far the preparation of a job is, and ends it where the job was stopped meanwhile."""
        said = -1.0

        def watch(done: int, total: int) -> None:
            nonlocal said
            self._inbox.poll(control, 0.0)
            if control.stopped:
                raise Interrupted
            if time.monotonic() - said >= REPORT_INTERVAL:
                said = time.monotonic()
                self._report(job, Preparing(done, total, reading))

        return watch

    def _warm(self, command: Warm) -> None:
        """Measure, and have all programs of a run compiled; a job that comes meanwhile goes first."""
        graph = ModelGraph(command.nodes, command.edges)
        try:
            bundle = self._data.get(command.data, self._unless_wanted)
            device, why = choose(self._pool, graph, bundle, command.training, watch=self._unless_wanted)
            if device.info.kind == CPU and not command.id:
                return
            session = Session(graph, bundle, command.training, device, watch=self._unless_wanted)
            try:
                if command.id:
                    started = _started(session, why, command.training.epochs)
                    seconds = step_seconds(session, lambda: self._unless_wanted(0, 0))
                    self._send(Planned(command.id, started, seconds, self._validation_seconds(session)))
                if device.info.kind == CPU:
                    return
                watched = bundle.validation or bundle.train
                session.judge(bundle.validation[:EVALUATION_BATCH], self._nothing_waits)
                session.predict_rows(watched[:EVALUATION_BATCH], self._nothing_waits)
            finally:
                session.close()
        except Interrupted:
            if not isinstance(self._inbox.replacement, Warm):
                self._inbox.postponed = command

    def _validation_seconds(self, session: Session) -> float:
        """Of an epoch, on average."""
        whole = judging_seconds(session, session.bundle.validation, self._nothing_waits)
        self._unless_wanted(0, 0)
        return whole / validation_stride(session.order.steps_per_epoch, session.settings.epochs)

    def _profile(self, job: ProfileJob) -> None:
        """Time steps of a network that nobody keeps; a job that comes meanwhile goes first."""
        graph = ModelGraph(job.nodes, job.edges)
        watch = self._unless_wanted
        try:
            bundle = self._data.get(job.data, watch)
            device, _ = choose(self._pool, graph, bundle, job.training, watch=watch)
            session = Session(graph, bundle, job.training, device, watch=watch)
            try:
                profile = profile_steps(session, lambda: watch(0, 0))
            finally:
                session.close()
            self._report(job.id, Profiled(replace(profile, peaks=peaks_of(device, watch, again=True))))
        except Interrupted:
            self._report(job.id, Cancelled())

    def _with_peaks(self, report: Report, device: Device) -> Report:
        """A profile also says what the device can do."""
        if not isinstance(report, Profiled):
            return report
        return Profiled(replace(report.profile, peaks=peaks_of(device)))

    def _unless_wanted(self, _done: int, _total: int) -> None:
        if not self._nothing_waits():
            raise Interrupted

    def _nothing_waits(self) -> bool:
        return self._inbox.nothing_waits(kept=self._kept is not None)

    def _study(self, job: RatesJob | ManyJob) -> None:
        """Study copies of a network, until that is stopped or another job comes."""
        audience = Audience(self._inbox)

        def tell(report: Report) -> None:
            self._report(job.id, report)

        try:
            bundle = self._data.get(job.data, audience.unless_over)
            if isinstance(job, RatesJob):
                find_rate(job, bundle, self._pool, tell, audience.wants_more)
            else:
                train_many(
                    job, bundle, self._pool, tell, audience.wants_more, audience.wanted, audience.stays
                )
        except Interrupted:
            tell(Cancelled())

    def _report(self, job: int, report: Report) -> None:
        self._send(Reported(job, report))


def _started(session: Session, why: str, epochs: int) -> Started:
    info, bundle = session.device.info, session.bundle
    per_epoch = session.order.steps_per_epoch
    reasons = f"{why} {session.how}".strip()
    facts = (info.name, info.kind, reasons, session.parameters, session.nbytes, per_epoch, epochs)
    standards = standards_of(session.compiler.layout, bundle)
    return Started(*facts, bundle.preparation, bundle.notes, standards)
