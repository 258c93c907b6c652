"""Writes every run into the run store, on a thread of its own, so that a slow disk never holds up the window."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine.runs.store import Run, RunStore, RunStoreError
from engine.training.moments import Branched, Happened
from engine.training.reports import Ended, EpochEnded, Progress, Started


class RunWriter:
    """Writes down the runs of one project, one after the other."""

    def __init__(self, submit: Callable[[Callable[[RunStore], None], bool], object]) -> None:
        self._submit = submit
        self._run = 0  # known to the store's thread alone
        self._lines: dict[int, int] = {}  # the runs that its lines are

    def begin(self, title: str, started: Started, settings: Mapping[str, Any]) -> None:
        """A run begins."""

        def work(store: RunStore) -> None:
            self._run = store.begin(title, started.device, settings)
            self._lines = {0: self._run}

        self._submit(work, True)

    def branch(self, title: str, branched: Branched, device: str, settings: Mapping[str, Any]) -> None:
        """The run goes on from an earlier step, or from its beginning, as a run of its own."""
        anew = branched.line == branched.parent

        def work(store: RunStore) -> None:
            parent = None if anew else self._lines.get(branched.parent, self._run)
            self._run = store.begin(title, device, settings, parent, branched.step)
            self._lines[branched.line] = self._run

        self._submit(work, True)

    def note(self, event: Happened) -> None:
        """Somebody did something to the run."""
        self._submit(lambda store: store.add_event(self._run, event), False)

    def add(self, progress: Progress) -> None:
        """Epochs have ended."""
        if progress.epochs:
            self._submit(lambda store: store.add_epochs(self._run, progress.epochs), False)

    def end(self, ended: Ended) -> None:
        """The run is over."""
        self._submit(lambda store: store.end(self._run, ended.reason, ended.seconds, ended.values), True)


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
        return RunWriter(lambda work, listing: self._submit(work, listing=listing))

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
