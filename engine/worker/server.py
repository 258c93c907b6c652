"""The worker process: holds the devices, runs one job at a time, and leaves when its pipe closes.

Training runs on the main thread, because an OpenGL context belongs to one thread; a second thread only reads
commands, so that Pause and Stop are seen between two chunks of steps and a vanished window is noticed at once.
"""

from __future__ import annotations

import os
import queue
import threading
import time
import traceback
from dataclasses import replace
from typing import NoReturn

from engine.compiler.lower import LoweringError
from engine.data.bundle import DataBundle
from engine.data.errors import DataError
from engine.data.load import load
from engine.data.settings import DataSettings
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
from engine.training.moments import Change, Changed, Look
from engine.training.plan import judging_seconds, step_seconds
from engine.training.profiles import profile_steps
from engine.training.reports import Cancelled, Failed, Noticed, Preparing, Profiled, Report, Started
from engine.training.session import Session
from engine.training.timeline import MEGABYTE, Timeline
from engine.training.trainer import Trainer
from engine.training.validation import validation_stride
from engine.worker.channel import Channel
from engine.worker.kept_run import KeptRun
from engine.worker.messages import (
    Ask,
    Command,
    ManyJob,
    Pause,
    Planned,
    ProfileJob,
    RatesJob,
    Reported,
    Resume,
    SetInsides,
    SetLearningRate,
    SetProbes,
    SetProfiling,
    SetWishes,
    Step,
    Stop,
    Take,
    TrainJob,
    Warm,
)
from engine.worker.studies import find_rate, train_many

GONE = "The run is no longer kept; press Train to begin anew."
EXPECTED = (DataError, DeviceError, LoweringError, ShapeError)  # they carry a sentence for the user

JOBS = TrainJob | ProfileJob | RatesJob | ManyJob
ABOUT_PICTURES = SetProbes | SetInsides | SetWishes
KEPT_BUNDLES = 2
FILE_INTERVAL = 1.0  # seconds between two looks at the file that is trained on
NICENESS = 10  # training takes every core it can get; the window's frames go first


def serve(channel: Channel, devices: Survey) -> None:
    """Work on commands, on these devices."""
    if hasattr(os, "nice"):  # not on Windows
        os.nice(NICENESS)
    Server(channel, devices).run()


class _Idle:
    """Nobody wants anything: there is time for what is left to be shown of the run that has ended."""


class Server:
    """Reads commands and works on them one after the other."""

    def __init__(self, channel: Channel, devices: Survey) -> None:
        self._channel = channel
        self._inbox: queue.Queue[Command] = queue.Queue()
        self._pool = DevicePool(devices)
        self._bundles: dict[str, DataBundle] = {}
        self._replacement: Command | None = None  # a job that came while another ran
        self._postponed: Warm | None = None  # what to measure when nobody wants anything
        self._profiling = False  # whether somebody looks at profiles
        self._kept: KeptRun | None = None  # the run that ended last: its past can be looked at

    def run(self) -> NoReturn:
        """Serve until the pipe closes; never returns."""
        threading.Thread(target=self._read, name="commands", daemon=True).start()
        self._pool.get(CPU)  # every job needs it sooner or later: what makes its machine code loads now
        while True:
            command, self._replacement = self._replacement or self._next(), None
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

    def _next(self) -> Command | _Idle:
        """The next command; where there is none, measuring a network that has not been measured, or idling."""
        if self._postponed is not None and self._inbox.empty():
            command, self._postponed = self._postponed, None
            return command
        if self._kept is not None and self._inbox.empty() and self._kept.is_restless:
            return _Idle()
        return self._inbox.get()

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

    def _fail(self, command: Command | _Idle, sentence: str, detail: str) -> None:
        if isinstance(command, JOBS | Ask):
            job = command.job if isinstance(command, Ask) else command.id
            self._send(Reported(job, Failed(sentence, detail)))

    def _work(self, command: Command | _Idle) -> None:
        if isinstance(command, _Idle):
            self._idle()
        elif isinstance(command, TrainJob):
            self._train(command)
        elif isinstance(command, ProfileJob):
            self._profile(command)
        elif isinstance(command, RatesJob | ManyJob):
            self._study(command)
        elif isinstance(command, SetProfiling):
            self._profiling = command.on
        elif isinstance(command, Warm):
            self._warm(command)
        elif isinstance(command, Ask):
            self._look_back(command)
        elif isinstance(command, ABOUT_PICTURES) and self._kept is not None:
            control = self._kept.control
            _change(control, command)
            if control.requests:
                self._answer(self._kept)

    # -- jobs -------------------------------------------------------------------------------------
    def _train(self, job: TrainJob) -> None:
        self._forget()
        graph = ModelGraph(job.nodes, job.edges)
        control = Control(paused=job.paused, probes={p.name: p for p in job.probes}, poll=self._poll)
        control.profiling = self._profiling
        control.doctor = control.holds = True
        control.watch_validation, control.wishes = job.watched, {w.name: w for w in job.wishes}
        watch = self._preparing(job.id, control)
        states, step = (job.resume.states, job.resume.step) if job.resume else (None, 0)
        try:
            bundle = self._bundle(job.data, self._preparing(job.id, control, reading=True))
            if not is_remembered(self._pool, graph, bundle, job.training):
                self._postponed = Warm(job.nodes, job.edges, job.data, job.training)
            device, why = choose(self._pool, graph, bundle, job.training, patient=False, watch=watch)
            session = Session(graph, bundle, job.training, device, states, step, watch)
        except Interrupted:
            self._report(job.id, Cancelled())
            return
        control.job = job.id
        try:
            self._report(job.id, _started(session, why, job.training.epochs))
            trainer = Trainer(session, control, timeline=Timeline(job.training.time_machine_mb * MEGABYTE))
        except LoweringError:
            session.close()
            raise
        self._kept = KeptRun(job.id, trainer, control)
        self._run(self._kept)

    def _run(self, run: KeptRun) -> None:
        """Let it train; it is kept when it ends, and given up when it fails."""
        try:
            seen = _Guard(run.trainer.session.bundle)
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
        for report in run.trainer.picturing.take(run.trainer.session, full=True):
            self._report(run.job, report)
        for report in run.trainer.picturing.finish(run.trainer.session):
            self._report(run.job, report)
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
            self._poll(control, 0.0)
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
            bundle = self._bundle(command.data, self._unless_wanted)
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
            if not isinstance(self._replacement, Warm):
                self._postponed = command

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
            bundle = self._bundle(job.data, watch)
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
        """Whether no job has come; commands to a job that is over are let go."""
        while self._replacement is None:
            try:
                command = self._inbox.get_nowait()
            except queue.Empty:
                return True
            if isinstance(command, SetProfiling):
                self._profiling = command.on
            about_kept = self._kept is not None and isinstance(command, Ask | ABOUT_PICTURES)
            if about_kept or isinstance(command, JOBS | Warm):
                self._replacement = command
        return False

    def _study(self, job: RatesJob | ManyJob) -> None:
        """Study copies of a network, until that is stopped or another job comes; a second `Stop` lets variants go."""
        stops, wanted = 0, []

        def stays() -> bool:
            nonlocal stops
            while self._replacement is None and not self._inbox.empty():
                command = self._inbox.get_nowait()
                stops += isinstance(command, Stop)
                if isinstance(command, Take):
                    wanted.append(command.variant)
                elif isinstance(command, JOBS):
                    self._replacement = command
            return stops < 2 and self._replacement is None

        def go_on() -> bool:
            return stays() and not stops

        def take() -> list[int]:
            stays()
            taken = wanted.copy()
            wanted.clear()
            return taken

        def tell(report: Report) -> None:
            self._report(job.id, report)

        def unless_over(_done: int, _total: int) -> None:
            if not go_on():
                raise Interrupted

        try:
            bundle = self._bundle(job.data, unless_over)
            if isinstance(job, RatesJob):
                find_rate(job, bundle, self._pool, tell, go_on)
            else:
                train_many(job, bundle, self._pool, tell, go_on, take, stays)
        except Interrupted:
            tell(Cancelled())

    def _report(self, job: int, report: Report) -> None:
        self._send(Reported(job, report))

    def _bundle(self, settings: DataSettings, watch: Watch | None = None) -> DataBundle:
        """The data, which is kept as long as its file is what it was."""
        key = settings.model_dump_json()
        kept = self._bundles.pop(key, None)
        if kept is None or (kept.origin is not None and kept.origin.complaint()):
            while len(self._bundles) >= KEPT_BUNDLES:
                self._bundles.pop(next(iter(self._bundles)))
            if watch is not None:
                watch(0, 0)  # some data is read in one go: that it is read is said before
            kept = load(settings, watch)
        self._bundles[key] = kept
        return kept

    def _poll(self, control: Control, timeout: float) -> None:
        """Apply waiting commands to a running job; wait for one up to `timeout` seconds if there is none."""
        wait = timeout
        while self._replacement is None:  # what comes after a new job is for that job
            try:
                command = self._inbox.get(timeout=wait) if wait else self._inbox.get_nowait()
            except queue.Empty:
                return
            wait = 0.0
            if isinstance(command, SetProfiling):
                self._profiling = control.profiling = command.on
            elif isinstance(command, Warm):
                self._postponed = command
            elif isinstance(command, ProfileJob):
                self._report(command.id, Cancelled())  # a running job profiles itself
            elif isinstance(command, TrainJob | RatesJob | ManyJob):
                control.stopped = True  # a new job replaces the running one
                self._replacement = command
                return
            else:
                _change(control, command)


class _Guard:
    """Looks now and then whether the file that a run was prepared from is still there, unchanged; says so once."""

    def __init__(self, bundle: DataBundle) -> None:
        self._origin = bundle.origin
        self._looked = time.monotonic()

    def complaint(self) -> str:
        """A sentence, the first time that there is one."""
        if self._origin is None or time.monotonic() - self._looked < FILE_INTERVAL:
            return ""
        sentence = self._origin.complaint(glance=True)
        self._looked = time.monotonic()
        if sentence:
            self._origin = None
        return sentence


def _started(session: Session, why: str, epochs: int) -> Started:
    info, bundle = session.device.info, session.bundle
    per_epoch = session.order.steps_per_epoch
    reasons = f"{why} {session.how}".strip()
    facts = (info.name, info.kind, reasons, session.parameters, session.nbytes, per_epoch, epochs)
    standards = standards_of(session.compiler.layout, bundle)
    return Started(*facts, bundle.preparation, bundle.notes, standards)


def _change(control: Control, command: Command) -> None:
    """What a command means to a running job."""
    if isinstance(command, Pause):
        control.paused = control.snapshot = True  # somebody may want to look at what it has learned
    elif isinstance(command, Resume):
        control.paused, control.steps = False, 0
    elif isinstance(command, Step):
        control.paused = True
        control.steps += command.steps
    elif isinstance(command, Stop):
        control.stopped = True
    elif isinstance(command, SetProbes):
        control.probes = {p.name: p for p in command.probes}
    elif isinstance(command, SetInsides):
        control.insides = {i.name: i for i in command.insides}
    elif isinstance(command, Ask) and command.job == control.job:
        control.requests.append(command.request)
    elif isinstance(command, SetLearningRate):
        control.learning_rate = command.learning_rate
    elif isinstance(command, SetWishes):
        control.wishes = {w.name: w for w in command.wishes}
        control.watch_validation = command.validation
    if isinstance(command, ABOUT_PICTURES):
        control.news = True
    waiting = any(isinstance(request, Look) for request in control.requests)  # which is about another moment
    if isinstance(command, ABOUT_PICTURES) and control.looked_at is not None and not waiting:
        control.requests.append(Look(control.looked_at))
