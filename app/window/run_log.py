"""Writes every run into the run store, on a thread of its own, so that a slow disk never holds up the window."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine.runs.record import RunRecord
from engine.runs.store import Run, RunStore, RunStoreError
from engine.training.moments import Branched, Happened
from engine.training.reports import Ended, EpochEnded, Progress, Started

Work = Callable[[RunStore], None]
Tell = Callable[[Callable[[], None]], None]
Past = Callable[[list[EpochEnded], list[Happened]], None]


@dataclass(frozen=True)
class _Begin:
    """What the store is told when a run begins."""

    title: str
    device: str
    settings: Mapping[str, Any]
    begun: float
    parent: int | None = None
    parent_step: int = 0

    def begin(self, store: RunStore) -> int:
        return store.begin(self.title, self.device, self.settings, self.parent, self.parent_step, self.begun)


class RunWriter:
    """Writes down the runs of one project, one after the other.

    Args:
        submit: lets the store's thread do something, and says whether the list of runs is another then.
        tell: calls a function on the window's thread.
    """

    def __init__(self, submit: Callable[[Work, bool], object], tell: Tell) -> None:
        self._submit, self._tell = submit, tell
        self.record: RunRecord | None = None  # of the run of now, for the project file
        self._taken: RunRecord | None = None  # what came with a file whose state nobody has looked at
        self._run = 0  # these are known to the store's thread alone; 0: none yet
        self._lines: dict[int, int] = {}  # the runs that its lines are
        self._waits: _Begin | None = None  # what begins once something is trained
        self._rests = False  # whether the run had ended when somebody looked at it

    def take(self, record: RunRecord | None) -> None:
        """A file says of which run its weights are."""
        self._taken = record

    def begin(self, title: str, started: Started, settings: Mapping[str, Any]) -> None:
        """A run begins."""
        self.record = RunRecord(time.time())
        begin = _Begin(title, started.device, settings, self.record.begun)

        def work(store: RunStore) -> None:
            self._waits, self._rests, self._run = None, False, begin.begin(store)
            self._lines = {0: self._run}

        self._submit(work, True)

    def look(self, title: str, started: Started, settings: Mapping[str, Any], step: int, tell: Past) -> None:
        """A state from a file or a study is looked at; it is a run in the list once it is trained on.

        Args:
            title: of the project.
            started: where it would run.
            settings: how.
            step: of the state.
            tell: is given what led there, where the store knows that.
        """
        taken, self._taken = self._taken, None
        self.record = taken or RunRecord(time.time())
        begin = _Begin(title, started.device, settings, self.record.begun)

        def work(store: RunStore) -> None:
            self._run = (store.find(taken.begun) or 0) if taken is not None else 0
            self._waits, self._rests = (None, True) if self._run else (begin, False)
            self._lines = {0: self._run}
            if self._run and taken is not None:
                known, events = store.line(self._run), store.events(self._run)
                if known and known[-1].step > step:
                    self._part(replace(begin, parent=self._run, parent_step=step), taken)
                before = [end for end in known if end.step <= step], [e for e in events if e.step <= step]
                self._tell(lambda: tell(*before))

        self._submit(work, False)

    def _part(self, begin: _Begin, taken: RunRecord) -> None:
        """Another copy of the file was trained on: this one is a run of its own from here."""
        own = replace(taken, begun=time.time())
        self._run, self._rests, self._waits = 0, False, replace(begin, begun=own.begun)

        def renew() -> None:
            if self.record == taken:
                self.record = own

        self._tell(renew)

    def go_on(self) -> None:
        """The run goes on, after its end or because its worker was lost."""

        def work(store: RunStore) -> None:
            self._rests = bool(self._run)
            self._now(store)

        self._submit(work, True)

    def _now(self, store: RunStore) -> int:
        """The run that is written: it begins, or goes on, with what is written first."""
        if self._waits is not None:
            self._run, self._waits = self._waits.begin(store), None
            self._lines[0] = self._run
        elif self._rests:
            store.resume(self._run)
        self._rests = False
        return self._run

    def branch(self, title: str, branched: Branched, device: str, settings: Mapping[str, Any]) -> None:
        """The run goes on from an earlier step, or from its beginning, as a run of its own."""
        anew = branched.line == branched.parent
        self.record = RunRecord(time.time())
        begin = _Begin(title, device, settings, self.record.begun, None, branched.step)

        def work(store: RunStore) -> None:
            parent = None if anew else self._lines.get(branched.parent, self._run) or None
            self._waits, self._rests, self._run = None, False, replace(begin, parent=parent).begin(store)
            self._lines[branched.line] = self._run

        self._submit(work, True)

    def note(self, event: Happened) -> None:
        """Somebody did something to the run."""
        self._submit(lambda store: store.add_event(self._now(store), event), False)

    def add(self, progress: Progress) -> None:
        """Epochs have ended."""
        if progress.epochs:
            self._submit(lambda store: store.add_epochs(self._now(store), progress.epochs), False)

    def end(self, ended: Ended) -> None:
        """The run is over; nothing is, where it was only looked at."""
        if not ended.steps_per_s:
            return
        if self.record is not None:
            self.record = self.record.after(ended.seconds, ended.steps_per_s)
        self._submit(
            lambda store: store.end(self._now(store), ended.reason, ended.seconds, ended.values), True
        )


class RunLog(QObject):
    """The runs that were made. `listed` carries all of them after each change, `opened` the epochs of one."""

    listed = Signal(object)  # list of Run
    opened = Signal(object, object)  # Run, list of EpochEnded
    failed = Signal(str)
    _done = Signal(object)  # a function to call on the window's thread

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._store: RunStore | None = None
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="runs")
        self._done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)

    def writer(self) -> RunWriter:
        """What a project writes its runs with."""
        return RunWriter(lambda work, listing: self._submit(work, listing=listing), self._done.emit)

    def delete(self, run: Run) -> None:
        """Forget a run."""
        self._submit(lambda store: store.delete(run.id))

    def refresh(self) -> None:
        """List the runs."""
        self._submit(lambda store: None)

    def open(self, run: Run) -> None:
        """Read the epochs of a run; `opened` follows."""

        def work(store: RunStore) -> None:
            epochs: list[EpochEnded] = store.line(run.id)
            self._done.emit(lambda: self.opened.emit(run, epochs))

        self._submit(work, listing=False)

    def close(self) -> None:
        """Finish writing."""
        self._pool.shutdown(wait=True)
        if self._store is not None:
            self._store.close()

    def _submit(self, work: Callable[[RunStore], None], *, listing: bool = True) -> Future[None]:
        return self._pool.submit(self._work, work, listing=listing)

    def _work(self, work: Callable[[RunStore], None], *, listing: bool) -> None:
        try:
            if self._store is None:
                self._store = RunStore(self._path)
            work(self._store)
            if listing:
                runs = self._store.runs()
                self._done.emit(lambda: self.listed.emit(runs))
        except (RunStoreError, OSError) as error:
            sentence = str(error)
            self._done.emit(lambda: self.failed.emit(sentence))

    @Slot(object)
    def _on_done(self, function: Callable[[], None]) -> None:
        function()
