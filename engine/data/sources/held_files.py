"""The files that a set of pictures, sounds or texts was made of, and whether they are still what they were.

A date and a size of each: looking at all of 60,000 takes a third of a second, so that who trains looks at some each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

GLANCED_AT = 2_000  # files at a time: ten milliseconds
GONE = (0, 0)  # size and date of a file that is not there, or cannot be looked at


@dataclass(frozen=True, eq=False)
class HeldFiles:
    """Files below a folder.

    Attributes:
        root: the folder.
        names: paths in it, with slashes.
        states: size in bytes and time of the last change (ns since 1970) of each; `GONE`.
        folders: the folders they were found in, with the times of their last change: it tells of files that came.
    """

    root: Path
    names: Sequence[str]
    states: Sequence[tuple[int, int]]
    folders: tuple[tuple[str, int], ...] = ()
    _turns: count[int] = field(default_factory=count)

    @classmethod
    def of(cls, root: Path, names: Sequence[str]) -> HeldFiles:
        """As they are now; nothing lies under an empty name."""
        return cls(root, names, [state(root, name) for name in names])

    def changed(self) -> bool:
        """Whether any of them came, went, or was written anew."""
        return self._other(0, len(self.names))

    def glance(self) -> bool:
        """The same of folders, and of some of the files: others each time, so that in the end all were looked at."""
        turns = max(1, -(-len(self.names) // GLANCED_AT))
        first = next(self._turns) % turns * GLANCED_AT
        return self._other(first, first + GLANCED_AT)

    def _other(self, start: int, stop: int) -> bool:
        try:
            if any((self.root / name).stat().st_mtime_ns != date for name, date in self.folders):
                return True
        except OSError:
            return True
        names = self.names[start:stop]
        return any(state(self.root, n) != s for n, s in zip(names, self.states[start:stop], strict=True))


def state(root: Path, name: str) -> tuple[int, int]:
    """Size and date of a file."""
    try:
        found = (root / name).stat() if name else None
    except (OSError, ValueError):
        return GONE
    return GONE if found is None else (found.st_size, found.st_mtime_ns)
