"""What somebody may have meant who wrote a name that there is not: files beside it, examples."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

_ALIKE = 0.75  # of 1
_MOST = 3
_MOST_FILES = 5_000  # of a folder that are looked at


def no_such_file(name: str, before: str = "") -> str:
    """That there is no such file, and what it may be called; begins with the option that names it."""
    asked = meant(name)
    start = f"{before}: there" if before else "there"
    return f"{start} is no file {name!r}.{asked and f' {asked}'}"


def meant(name: str, known: Iterable[str] = (), may_be: Callable[[Path], object] = lambda _path: True) -> str:
    """A question for the nearest of some names and of the files beside, upper and lower case the same; "" for none.

    Args:
        name: as it was written.
        known: what else there is of that kind.
        may_be: whether a file is one of those that are wanted.
    """
    path = Path(name)
    files = {each: str(path.parent / each) for each in _names_in(path.parent) if may_be(Path(each))}
    by_fold = {short.casefold(): shown for short, shown in ({each: each for each in known} | files).items()}
    near = get_close_matches(path.name.casefold(), by_fold, _MOST, _ALIKE)
    *others, last = [repr(by_fold[each]) for each in near] or [""]
    return f"Did you mean {', '.join(others)}{' or ' if others else ''}{last}?" if last else ""


def _names_in(folder: Path) -> list[str]:
    """What lies there and is not hidden; nothing where that can't be seen."""
    try:
        with os.scandir(folder) as entries:
            return sorted(e.name for e in islice(entries, _MOST_FILES) if not e.name.startswith("."))
    except (OSError, ValueError):
        return []
