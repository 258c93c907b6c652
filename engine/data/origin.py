"""Which state of a user's file a training set was made from, and whether that is still what lies there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from engine.data.errors import DataError
from engine.data.sources.base import Identity


@dataclass(frozen=True)
class Origin:
    """A file or folder as it was when it was read; `folder_changed` says whether the files of a folder are others now."""

    path: Path
    identity: Identity
    folder_changed: Callable[[], bool] | None = field(default=None, compare=False)

    def complaint(self) -> str:
        """A sentence if the file has changed or is gone; empty where it is as it was.

        Of a file, date and contents count: one that was only touched has not changed. Of a folder, its folders and the
        dates of a sample of its files.
        """
        try:
            stat = self.path.stat()
            if self.folder_changed is not None:
                changed = self.folder_changed()
            elif self.path.is_dir():
                changed = stat.st_mtime_ns > self.identity.modified_ns
            else:
                same = (stat.st_size, stat.st_mtime_ns) == (self.identity.size, self.identity.modified_ns)
                changed = not same and Identity.of_file(self.path).digest != self.identity.digest
        except (OSError, DataError):
            return (
                f"{self.path.name} is no longer there. Training goes on with what was read of it; it is needed again "
                "before the next run."
            )
        if not changed:
            return ""
        return (
            f"{self.path.name} has changed since it was read. Training goes on with what was read of it; the next run "
            "reads it anew."
        )
