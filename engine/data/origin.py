"""Which state of a user's file a training set was made from, and whether that is still what lies there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from engine.data.errors import DataError
from engine.data.sources.base import Identity


class Files(Protocol):
    """Knows the files that something was made of; see `Source`."""

    def changed(self) -> bool:
        """Whether any of them is another, or gone."""
        ...

    def glance(self) -> bool:
        """The same of some of them."""
        ...


@dataclass(frozen=True)
class Origin:
    """A file or folder as it was when it was read; `files` says whether the files of a folder or table are others now."""

    path: Path
    identity: Identity
    files: Files | None = field(default=None, compare=False)

    def complaint(self, *, glance: bool = False) -> str:
        """A sentence if the file has changed or is gone; empty where it is as it was.

        Of a file, date and contents count: one that was only touched has not changed. Of many, dates and sizes.

        Args:
            glance: look at some of many files only, at others each time: others wait.
        """
        try:
            stat = self.path.stat()
            if self.files is not None:
                changed = self.files.glance() if glance else self.files.changed()
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
