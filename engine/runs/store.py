"""All runs ever made, in one SQLite file: what was trained, with which settings, and how it went.

SQLite in WAL mode lets the window read while a worker's reports are written, and a crash loses nothing that was
committed. Everything is JSON or numbers: a file from a stranger can be read without harm.
"""

from __future__ import annotations

import json
import math
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.training.moments import EventKind, Happened
from engine.training.reports import EpochEnded

VERSION = 2
BUSY_TIMEOUT = 5.0  # seconds to wait for another process that writes
RUNNING = "running"
_SCHEMA = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    begun REAL NOT NULL,
    device TEXT NOT NULL,
    settings TEXT NOT NULL,
    reason TEXT NOT NULL,
    seconds REAL NOT NULL DEFAULT 0,
    summary TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE epochs (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    step INTEGER NOT NULL,
    best INTEGER NOT NULL,
    results TEXT NOT NULL,
    PRIMARY KEY (run, epoch)
) WITHOUT ROWID;
"""
_LINES = """
ALTER TABLE runs ADD COLUMN parent INTEGER;
ALTER TABLE runs ADD COLUMN parent_step INTEGER NOT NULL DEFAULT 0;
CREATE TABLE events (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    epoch REAL NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX events_of_run ON events (run);
"""  # since version 2


class RunStoreError(RuntimeError):
    """The store cannot be used, as one sentence for the user."""


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        id: never used again.
        title: of the project.
        begun: seconds since 1970.
        device: that it ran on.
        settings: JSON values by section ("data", "training").
        reason: how it ended, as in `Ended`; "running" before that (or after a crash).
        seconds: it took.
        summary: last loss and metrics by name.
        parent: the run that it went on from, if it begins in the middle of another one.
        parent_step: at which step of that.
    """

    id: int
    title: str
    begun: float
    device: str
    settings: Mapping[str, Any]
    reason: str = RUNNING
    seconds: float = 0.0
    summary: Mapping[str, float] = field(default_factory=dict)
    parent: int | None = None
    parent_step: int = 0


class RunStore:
    """The runs in one file, made if missing. May be used from several threads; several processes may have it open.

    Raises:
        RunStoreError: the file is no run store, one of a later version, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=BUSY_TIMEOUT, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise RunStoreError(
                f"The run store {path} can't be opened ({error}); check the folder."
            ) from error
        try:
            self._prepare(path)
        except sqlite3.Error as error:
            self._database.close()
            raise RunStoreError(
                f"The run store {path} can't be used ({error}); move the file away."
            ) from error
        except RunStoreError:
            self._database.close()
            raise

    def __enter__(self) -> RunStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    # -- writing ----------------------------------------------------------------------------------
    def begin(
        self,
        title: str,
        device: str,
        settings: Mapping[str, Any],
        parent: int | None = None,
        parent_step: int = 0,
        begun: float | None = None,
    ) -> int:
        """Record that a run begins (now, or `begun` seconds since 1970), or leaves another one at a step of it; its id."""
        row = (
            title,
            time.time() if begun is None else begun,
            device,
            json.dumps(settings),
            RUNNING,
            parent,
            parent_step,
        )
        with self._lock, self._database:
            cursor = self._database.execute(
                "INSERT INTO runs (title, begun, device, settings, reason, parent, parent_step) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
        return int(cursor.lastrowid or 0)

    def add_event(self, run: int, event: Happened) -> None:
        """Record what somebody did to a run."""
        row = (run, event.step, event.epoch, event.kind.value, event.detail)
        with self._lock, self._database:
            self._database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", row)

    def add_epochs(self, run: int, epochs: Sequence[EpochEnded]) -> None:
        """Record epochs; one that is there already (of a resumed run) is replaced."""
        rows = [(run, e.epoch, e.step, int(e.best), _packed(e.values)) for e in epochs]
        with self._lock, self._database:
            self._database.executemany("INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?, ?)", rows)

    def resume(self, run: int) -> None:
        """Record that a run goes on that had ended."""
        with self._lock, self._database:
            self._database.execute("UPDATE runs SET reason = ? WHERE id = ?", (RUNNING, run))

    def end(self, run: int, reason: str, seconds: float, summary: Mapping[str, float]) -> None:
        """Record how a run ended; the seconds since it began, or was resumed, are added to those before."""
        with self._lock, self._database:
            self._database.execute(
                "UPDATE runs SET reason = ?, seconds = seconds + ?, summary = ? WHERE id = ?",
                (reason, seconds, _packed(summary), run),
            )

    def delete(self, run: int) -> None:
        """Forget a run and its epochs."""
        with self._lock, self._database:
            self._database.execute("DELETE FROM runs WHERE id = ?", (run,))

    # -- reading ----------------------------------------------------------------------------------
    def runs(self, limit: int = 1000) -> list[Run]:
        """The latest runs, the newest first."""
        query = (
            "SELECT id, title, begun, device, settings, reason, seconds, summary, parent, parent_step FROM runs "
            "ORDER BY id DESC LIMIT ?"
        )
        with self._lock:
            rows = self._database.execute(query, (limit,)).fetchall()
        return [
            Run(
                n,
                title,
                begun,
                device,
                json.loads(settings),
                reason,
                seconds,
                _unpacked(summary),
                parent,
                step,
            )
            for n, title, begun, device, settings, reason, seconds, summary, parent, step in rows
        ]

    def find(self, begun: float) -> int | None:
        """The run that began then, exactly."""
        with self._lock:
            row = self._database.execute("SELECT id FROM runs WHERE begun = ?", (begun,)).fetchone()
        return None if row is None else int(row[0])

    def line(self, run: int) -> list[EpochEnded]:
        """The epochs that lead to the end of a run: those of the runs it came from, up to where it left them."""
        with self._lock:
            rows = self._database.execute("SELECT id, parent, parent_step FROM runs").fetchall()
        parents = {number: (parent, step) for number, parent, step in rows}
        found: list[EpochEnded] = []
        at: int | None = run
        last = math.inf
        while at is not None and at in parents:
            found = [e for e in self.epochs(at) if e.step <= last] + found
            parent, step = parents.pop(at)
            at, last = parent, min(last, step)
        return found

    def events(self, run: int) -> list[Happened]:
        """What somebody did to a run, in order; marks of a kind that this version does not know are left out."""
        query = "SELECT kind, step, epoch, detail FROM events WHERE run = ? ORDER BY step"
        with self._lock:
            rows = self._database.execute(query, (run,)).fetchall()
        known = {kind.value: kind for kind in EventKind}
        return [
            Happened(known[kind], 0, step, epoch, detail)
            for kind, step, epoch, detail in rows
            if kind in known
        ]

    def epochs(self, run: int) -> list[EpochEnded]:
        """The epochs of a run in order."""
        query = "SELECT step, epoch, results, best FROM epochs WHERE run = ? ORDER BY epoch"
        with self._lock:
            rows = self._database.execute(query, (run,)).fetchall()
        return [EpochEnded(step, epoch, _unpacked(values), bool(best)) for step, epoch, values, best in rows]

    def _prepare(self, path: Path) -> None:
        with self._database:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute("PRAGMA foreign_keys = ON")
        self._database.execute("BEGIN IMMEDIATE")  # two starts at once: one of them makes the tables
        try:
            version = self._database.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise RunStoreError(
                    f"The run store {path} is of a later version of Layerloom ({version}); update this one."
                )
            for number, statements in enumerate((_SCHEMA, _LINES), start=1):
                if version < number:
                    for statement in statements.split(";"):
                        self._database.execute(statement)
            self._database.execute(f"PRAGMA user_version = {VERSION}")
        finally:
            self._database.commit()


def _packed(values: Mapping[str, float]) -> str:
    """JSON; it has no NaN and no infinity, so those become null."""
    return json.dumps({name: value if math.isfinite(value) else None for name, value in values.items()})


def _unpacked(text: str) -> dict[str, float]:
    return {name: math.nan if value is None else float(value) for name, value in json.loads(text).items()}
