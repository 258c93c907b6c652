"""Keeps what a run has learned beside the recovery file, so that a crash of the window costs seconds of training."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.compiler.lower import LoweringError
from engine.formats.errors import FormatError
from engine.formats.project import Project, save_project
from engine.runs.record import RunRecord
from engine.training.states import named_states

if TYPE_CHECKING:
    from app.window.workspace import Workspace

INTERVAL = 10.0  # seconds between two writes
SHARE = 0.02  # of the time that writing may take
LARGEST = 400_000_000  # bytes of a snapshot that is written now and then


class RunRecovery(QObject):
    """Writes the newest snapshot of a run on a thread of its own.

    Args:
        workspace: whose run.
        place: gives the file to write, and makes sure that it is offered after a crash; None: nothing is to be written.
        record: gives what is known of the run.
    """

    def __init__(
        self,
        workspace: "Workspace",
        place: Callable[[], Path | None],
        record: Callable[[], RunRecord | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._place, self._record = place, record
        self._pool: ThreadPoolExecutor | None = None
        self._writing: Future[float] | None = None
        self._next = time.monotonic() + INTERVAL
        self._link = workspace.run.training.snapshot_taken.connect(self._on_snapshot_taken)

    def settle(self) -> None:
        """Wait for what is being written."""
        if self._writing is not None:
            self._writing.result()

    def close(self) -> None:
        """Write nothing any more."""
        QObject.disconnect(self._link)
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def _on_snapshot_taken(self) -> None:
        if time.monotonic() >= self._next and (self._writing is None or self._writing.done()):
            self.write()

    def write(self) -> None:
        """Write the newest snapshot, if it fits the network as it is now."""
        run, document = self._workspace.run, self._workspace.document
        snapshot, spec = run.state_for_file(), document.last_spec
        if snapshot is None or spec is None or sum(a.nbytes for a in snapshot.states.values()) > LARGEST:
            return
        path = self._place()
        if path is None:
            return
        graph, preparation, record = document.graph.copy(), run.training.preparation, self._record()

        def work() -> float:
            begun = time.monotonic()
            try:
                named = named_states(graph, spec, snapshot)
                parts = (named.weights, named.optimizer, named.step)
                save_project(path, Project(graph, *parts, preparation=preparation, run=record))
            except (FormatError, LoweringError, OSError):
                path.unlink(missing_ok=True)  # no recovery of the weights is no reason to disturb anybody
            took = time.monotonic() - begun
            self._next = time.monotonic() + max(INTERVAL, took / SHARE)
            return took

        if self._pool is None:
            self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="run-recovery")
        self._writing = self._pool.submit(work)
