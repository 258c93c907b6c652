"""The window's end of a study: a worker of its own for as long as it takes, so that the run is left alone."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.mailbox import Mailbox
from app.workers import Worker, WorkerPool
from engine.training.many.reports import ManyEnded
from engine.training.reports import Cancelled, Failed
from engine.training.studies import RatesTried
from engine.worker.messages import ManyJob, RatesJob, Reported, Stop, Take


class Study(QObject):
    """One study at a time. `told` carries its reports, `ended` a sentence where it failed, "" where it did not.

    Variants that are done stay there to be taken until the next study begins.
    """

    told = Signal(object)
    ended = Signal(str)

    def __init__(self, pool: WorkerPool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = pool
        self._worker: Worker | None = None
        self._job = 0
        self.is_running = False  # whether it has begun and not ended
        self._mailbox = Mailbox(self)

    def begin(self, make: Callable[[int], RatesJob | ManyJob]) -> None:
        """Begin a study, which is made of its number; one that runs is given up."""
        self.close()
        self.is_running = True
        self._job = self._pool.next_job()
        self._worker = self._pool.take(
            partial(self._mailbox.post, self._on_worker_message),
            partial(self._mailbox.post, self._on_worker_died),
        )
        self._worker.send(make(self._job))

    def take(self, variant: int) -> bool:
        """Ask for all states of a variant; False where they are gone."""
        if self._worker is not None:
            self._worker.send(Take(variant))
        return self._worker is not None

    def cancel(self) -> None:
        """End it; `ended` follows."""
        if self._worker is not None and self.is_running:
            self._worker.send(Stop())

    def close(self) -> None:
        """Let go of the worker; nothing more is heard."""
        if self._worker is not None:
            self._worker.send(Stop())
            self._worker.send(Stop())  # nor is anything to be had of it any more
        self.is_running = False
        self._give_back()

    def _on_worker_message(self, message: object) -> None:
        if not isinstance(message, Reported) or message.job != self._job or self._worker is None:
            return
        report = message.report
        gone = isinstance(report, Cancelled | Failed) or (isinstance(report, RatesTried) and report.over)
        if gone:
            self._give_back()
        if gone or isinstance(report, ManyEnded):
            self.is_running = False
        if not isinstance(report, Failed):
            self.told.emit(report)
        if gone or isinstance(report, ManyEnded):
            self.ended.emit(report.sentence if isinstance(report, Failed) else "")

    def _on_worker_died(self, _code: object) -> None:
        if self._worker is not None and self._worker.ended:
            self._worker.close()
            self._worker, self.is_running = None, False
            self.ended.emit(self.tr("The process that did this ended unexpectedly. Try it again."))

    def _give_back(self) -> None:
        if self._worker is not None:
            worker, self._worker = self._worker, None
            self._pool.give_back(worker)
