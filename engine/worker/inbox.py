"""The commands that wait in a worker, and which of them goes first.

A thread of its own puts them in; the main thread takes them out, between two chunks of steps while a job runs. A job
that comes meanwhile is a *replacement*: whatever comes after it is meant for it, so nothing more is taken out before.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator

from engine.devices.base import Interrupted
from engine.training.control import Control
from engine.training.reports import Cancelled, Report
from engine.worker.commands import obey
from engine.worker.messages import (
    AboutPictures,
    Ask,
    Command,
    Job,
    ManyJob,
    ProfileJob,
    RatesJob,
    SetProfiling,
    Stop,
    Take,
    TrainJob,
    Warm,
)


class Inbox:
    """What is asked of a worker.

    Args:
        report: tells of a job, by its number.

    Attributes:
        replacement: a job, or a measurement that is asked for, that came while another ran.
        postponed: what to measure when nobody wants anything.
        profiling: whether somebody looks at profiles.
    """

    def __init__(self, report: Callable[[int, Report], None]) -> None:
        self._queue: queue.Queue[Command] = queue.Queue()
        self._report = report
        self.replacement: Command | None = None
        self.postponed: Warm | None = None
        self.profiling = False

    def put(self, command: Command) -> None:
        """A command has come; any thread may say so."""
        self._queue.put(command)

    def next(self, is_restless: Callable[[], bool]) -> Command | None:
        """What to work on now; None where nobody wants anything and there `is_restless` something left to show.

        Waits where there is nothing at all.
        """
        if self.replacement is not None:
            command, self.replacement = self.replacement, None
            return command
        if self._queue.empty():
            if self.postponed is not None:
                postponed, self.postponed = self.postponed, None
                return postponed
            if is_restless():
                return None
        return self._queue.get()

    def waiting(self) -> Iterator[Command]:
        """Commands that have come, up to one that the taker makes the replacement."""
        while self.replacement is None:
            try:
                yield self._queue.get_nowait()
            except queue.Empty:
                return

    def poll(self, control: Control, timeout: float) -> None:
        """Apply waiting commands to a running job; wait for one up to `timeout` seconds if there is none."""
        if timeout and self.replacement is None:
            try:
                self._apply(self._queue.get(timeout=timeout), control)
            except queue.Empty:
                return
        for command in self.waiting():
            self._apply(command, control)

    def _apply(self, command: Command, control: Control) -> None:
        if isinstance(command, SetProfiling):
            self.profiling = control.profiling = command.on
        elif isinstance(command, Warm):
            self.postponed = command
        elif isinstance(command, ProfileJob):
            self._report(command.id, Cancelled())  # a running job profiles itself
        elif isinstance(command, TrainJob | RatesJob | ManyJob):
            control.stopped = True  # a new job replaces the running one
            self.replacement = command
        else:
            obey(control, command)

    def nothing_waits(self, *, kept: bool) -> bool:
        """Whether no job has come; commands to a job that is over are let go, but for one that is `kept`."""
        for command in self.waiting():
            if isinstance(command, SetProfiling):
                self.profiling = command.on
            if isinstance(command, Job | Warm) or (kept and isinstance(command, Ask | AboutPictures)):
                self.replacement = command
        return self.replacement is None


class Audience:
    """Who a study is for: it ends when it is stopped or another job comes; a second `Stop` lets its variants go, too."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._stops = 0
        self._wanted: list[int] = []

    def stays(self) -> bool:
        """Whether somebody may still want one of the variants."""
        for command in self._inbox.waiting():
            self._stops += isinstance(command, Stop)
            if isinstance(command, Take):
                self._wanted.append(command.variant)
            elif isinstance(command, Job):
                self._inbox.replacement = command
        return self._stops < 2 and self._inbox.replacement is None

    def wants_more(self) -> bool:
        """Whether the study is to go on."""
        return self.stays() and not self._stops

    def wanted(self) -> list[int]:
        """The variants that were asked for since the last call."""
        self.stays()
        wanted, self._wanted = self._wanted, []
        return wanted

    def unless_over(self, _done: int, _total: int) -> None:
        """A `Watch` that ends what nobody waits for.

        Raises:
            Interrupted: the study is over.
        """
        if not self.wants_more():
            raise Interrupted
