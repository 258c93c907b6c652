"""Recovery files: the document as it was after the last edit, for the start after a crash.

Each open document has one file, and a lock that its process holds for as long as it lives. A file whose lock is free
belongs to a process that is gone without having discarded it: that is what is offered.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pydantic import BaseModel

from engine.formats.atomic import replacing
from engine.formats.errors import FormatError
from engine.formats.guards import read_json
from engine.formats.migrations import FORMAT_VERSION, migrate
from engine.formats.project import SUFFIX, Project, load_project
from engine.formats.sections import SECTIONS
from engine.graph.document import ModelGraph
from engine.graph.serialize import graph_from_json, graph_to_json

LARGEST_FILE = 32 << 20

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass(frozen=True)
class Recovery:
    """A document that was not saved.

    Attributes:
        key: names it in the store.
        title: what the window called it.
        path: the project file it was opened from or saved to last, if any.
        saved: when it was written, UTC.
        window: the number of the window that showed it.
    """

    key: str
    title: str
    path: Path | None
    saved: datetime
    window: int = 1


class RecoveryStore:
    """The recovery files in one folder (`engine.paths.recovery_dir()`). Used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, IO[bytes]] = {}

    def new_key(self) -> str:
        """A key for a newly opened document; nobody else is offered it while this process lives."""
        key = secrets.token_hex(8)
        lock = self._acquire(key)
        if lock is not None:
            self._locks[key] = lock
        return key

    def write(
        self,
        key: str,
        graph: ModelGraph,
        title: str = "",
        path: Path | None = None,
        lesson: bytes = b"",
        window: int = 1,
    ) -> None:
        """Note the document as it is now, with the lesson taken in it; raises FormatError if it can't be written."""
        document = {
            "format_version": FORMAT_VERSION,
            "title": title,
            "path": str(path) if path else None,
            "graph": graph_to_json(graph),
            "lesson": lesson.decode(),
            "window": window,
        }
        with replacing(self._file(key)) as file:
            file.write(json.dumps(document, ensure_ascii=False, allow_nan=False).encode())

    def list(self) -> tuple[Recovery, ...]:
        """What processes that are gone left behind, the latest first. Files that can't be read are passed over."""
        found = [entry for path in self._folder.glob("*.json") if (entry := self._entry(path))]
        return tuple(sorted(found, key=lambda entry: entry.saved, reverse=True))

    def restore(
        self, key: str, sections: Mapping[str, type[BaseModel]] = SECTIONS
    ) -> tuple[ModelGraph, tuple[str, ...]]:
        """The document, and warnings as of `graph_from_json`; raises FormatError. The file stays until discarded."""
        document = self._read(self._file(key))
        try:
            graph, warnings = graph_from_json(document.get("graph"), sections)
        except ValueError as error:
            raise FormatError(f"The recovery file can't be opened: {error}") from error
        return graph, tuple(warnings)

    def restore_lesson(self, key: str) -> bytes:
        """The lesson that was taken in the document, as a project file keeps it; empty where there was none."""
        lesson = self._read(self._file(key)).get("lesson")
        return lesson.encode() if isinstance(lesson, str) else b""

    def run_file(self, key: str) -> Path:
        """Where a project with what its run has learned is kept beside the document."""
        return self._folder / f"{key}{SUFFIX}"

    def restore_run(self, key: str, graph: ModelGraph) -> Project | None:
        """What a run of the document had learned; None where nothing was kept, or nothing that is of this graph."""
        path = self.run_file(key)
        if not path.exists():
            return None
        try:
            project = load_project(path)
        except FormatError:
            return None
        return project if project.graph.snapshot()[:2] == graph.snapshot()[:2] else None

    def discard(self, key: str) -> None:
        """Delete the file, after saving or where the user does not want it; nothing if there is none."""
        self._file(key).unlink(missing_ok=True)
        self.run_file(key).unlink(missing_ok=True)
        self._release(key)
        self._lock_file(key).unlink(missing_ok=True)

    def withdraw(self, key: str) -> None:
        """The document is as its file has it again: there is nothing to offer, unless a run has learned something."""
        if not self.run_file(key).exists():
            self._file(key).unlink(missing_ok=True)

    def close(self) -> None:
        """Give all locks back; files that were not discarded will be offered again."""
        for key in tuple(self._locks):
            self._release(key)
            self._lock_file(key).unlink(missing_ok=True)

    def _release(self, key: str) -> None:
        lock = self._locks.pop(key, None)
        if lock is not None:
            lock.close()

    def _entry(self, path: Path) -> Recovery | None:
        key = path.stem
        if key in self._locks or not self._is_left_behind(key):
            return None
        try:
            document = self._read(path)
            saved = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except (FormatError, OSError):
            return None
        origin, title = document.get("path"), document.get("title")
        window = document.get("window")
        return Recovery(
            key,
            str(title or ""),
            Path(origin) if isinstance(origin, str) else None,
            saved,
            window if isinstance(window, int) else 1,
        )

    def _is_left_behind(self, key: str) -> bool:
        if not self._lock_file(key).exists():
            return True
        lock = self._acquire(key)
        if lock is None:
            return False
        lock.close()
        return True

    def _acquire(self, key: str) -> IO[bytes] | None:
        """The lock of a document, held until it is closed; None while another process has it, or where none can be."""
        try:
            file = self._lock_file(key).open("ab")
        except OSError:
            return None  # writing the document says what is wrong with the folder
        try:
            _lock(file)
        except OSError:
            file.close()
            return None
        return file

    def _read(self, path: Path) -> dict[str, object]:
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise FormatError(f"The recovery file can't be read ({error.strerror or error}).") from error
        if len(data) > LARGEST_FILE:
            raise FormatError("The recovery file is too large.")
        document = read_json(data)
        if not isinstance(document, dict):
            raise FormatError("The recovery file is not a project.")
        return migrate(document)

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    def _lock_file(self, key: str) -> Path:
        return self._folder / f"{key}.lock"
