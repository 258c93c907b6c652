"""Lists the files of a folder somebody dropped: bounded, without leaving it, and with what their places mean.

Folders of pictures, sounds and texts are laid out alike: `train/cat/1.png`. The names of training parts, and the folders
of classes below or above them, are told apart here once for all of them.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice
from pathlib import Path

import numpy as np

from engine.data.errors import DataError
from engine.data.sources.base import MISSING, Identity, Note, Watch
from engine.data.sources.held_files import HeldFiles
from engine.tensor.spec import Array, DType

MOST_FILES = 2_000_000
_DEEPEST = 12
_GLANCE = 2_000  # entries that are looked at to see of which kind a folder is
_SHOWN_EVERY = 1_000  # files
_KINDS_SHOWN = 5  # endings of files that are left out
_FEW_OTHERS = 20  # one of so many is no warning
_DIGITS = re.compile(r"([0-9]+)")
_HIDDEN = ("__MACOSX", "Thumbs.db", "desktop.ini")
PARTS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "t10k": "test",
}


@dataclass(frozen=True, eq=False)
class Listing:
    """Files of certain kinds in a folder, in natural order (2 before 10).

    Attributes:
        root: the folder.
        names: paths in it, with slashes; bytes that are not UTF-8 as surrogates.
        identity: of all of them.
        held: says whether they are what they were.
        notes: what was left out.
    """

    root: Path
    names: tuple[str, ...]
    identity: Identity
    held: HeldFiles
    notes: tuple[Note, ...] = ()

    @classmethod
    def of_one(cls, path: Path, identity: Identity) -> Listing:
        """Of a single file."""
        return cls(path.parent, (path.name,), identity, HeldFiles.of(path.parent, (path.name,)))


@dataclass(frozen=True)
class Place:
    """What the folders of a file mean.

    Attributes:
        part: train, validation or test; "" where no folder says so.
        label: the class: the other folders, with slashes; "" where there are none.
    """

    part: str
    label: str


def place_of(name: str) -> Place:
    """What the folders in the path of a file mean: the first one named like a part is the part, the rest is the class."""
    return _meaning(name.rpartition("/")[0])


@lru_cache(maxsize=4_096)
def _meaning(path: str) -> Place:
    folders = path.split("/")
    part = next((folder for folder in folders if folder.lower() in PARTS), "")
    if part:
        folders.remove(part)
    return Place(PARTS[part.lower()] if part else "", "/".join(folders))


def list_files(root: Path, suffixes: Sequence[str], watch: Watch | None = None) -> Listing:
    """All files below a folder that have one of the suffixes; hidden ones are left out.

    Symbolic links to files are followed where they stay in the folder; links to folders never are.

    Args:
        root: the folder.
        suffixes: lower case, with the dot.
        watch: called with the number of files found so far, twice; may raise `Interrupted`.

    Raises:
        DataError: it cannot be read, or holds too many.
    """
    found: list[tuple[str, int, int]] = []
    folders: list[tuple[str, int]] = []
    skipped: Counter[str] = Counter()
    others: Counter[str] = Counter()
    try:
        folders.append(("", root.stat().st_mtime_ns))
        for entry, name in _walk(root, folders, skipped):
            if not entry.name.lower().endswith(tuple(suffixes)):
                others[Path(name).suffix.lower()] += 1
                continue
            status = entry.stat()
            found.append((name, status.st_size, status.st_mtime_ns))
            if len(found) > MOST_FILES:
                raise DataError(
                    f"A folder can hold up to {MOST_FILES:,} files; {root.name} has more. Choose a folder inside it."
                )
            if watch is not None and len(found) % _SHOWN_EVERY == 0:
                watch(len(found), len(found))
    except OSError as error:
        raise DataError(f"The folder {root} cannot be read: {error.strerror or error}.") from error
    found.sort(key=lambda file: _natural(file[0]))
    notes = tuple(Note(text.format(count), severity="warning") for text, count in skipped.items())
    notes += _left_out(others, len(found)) + _empty(folders, found)
    names = tuple(name for name, _, _ in found)
    held = HeldFiles(root, names, [(size, date) for _, size, date in found], tuple(folders))
    return Listing(root, names, Identity.of_listing(found), held, notes)


def _left_out(others: Counter[str], taken: int) -> tuple[Note, ...]:
    """What is in the folder and of no use, by endings; a warning where it is more than a text or two beside the data."""
    count = sum(others.values())
    if not count or not taken:
        return ()
    kinds = ", ".join(
        f"{suffix or 'no ending'} {times:,}" for suffix, times in others.most_common(_KINDS_SHOWN)
    )
    more = ", .." if len(others) > _KINDS_SHOWN else ""
    files = "1 file of another kind" if count == 1 else f"{count:,} files of other kinds"
    sentence = f"Left out: {files} ({kinds}{more})."
    return (Note(sentence, severity="warning" if count * _FEW_OTHERS > taken else "info"),)


def _empty(folders: Sequence[tuple[str, int]], found: Sequence[tuple[str, int, int]]) -> tuple[Note, ...]:
    """The folders without a single file that is taken: classes that somebody expects and nobody learns."""
    filled = {parent for name, _, _ in found for parent in accumulate(name.split("/")[:-1], "{}/{}".format)}
    around = {name.rpartition("/")[0] for name, _ in folders}
    empty = sorted((n for n, _ in folders if n not in filled and n not in around), key=_natural)
    if not empty or not found:
        return ()
    listed = ", ".join(repr(_shown(name)) for name in empty[:_KINDS_SHOWN])
    more = " .." if len(empty) > _KINDS_SHOWN else ""
    folder = "A folder holds" if len(empty) == 1 else f"{len(empty):,} folders hold"
    return (Note(f"{folder} nothing that can be read: {listed}{more}.", severity="warning"),)


def _shown(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def share_of(root: Path, suffixes: Sequence[str]) -> float:
    """Which share of a folder's files (of the first few thousand) has one of the suffixes; 0 for what is no folder."""
    try:
        if not root.is_dir():
            return 0.0
        entries = islice(_walk(root, [], Counter()), _GLANCE)
        names = [entry.name.lower() for entry, _ in entries]
    except OSError:
        return 0.0
    return sum(name.endswith(tuple(suffixes)) for name in names) / len(names) if names else 0.0


def texts(cells: Sequence[str]) -> Array:
    """Texts as a column: StringDType, the empty ones missing."""
    return np.array([cell or MISSING for cell in cells], DType.STRING.numpy)


def _walk(
    root: Path, folders: list[tuple[str, int]], skipped: Counter[str]
) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Files with their paths in the root, breadth first, so that a glance sees several folders."""
    waiting = [("", 0)]
    while waiting:
        prefix, depth = waiting.pop(0)
        try:
            entries = os.scandir(root / prefix)
        except OSError:
            if not prefix:
                raise
            skipped["Left out, because they cannot be read: {} of the folders."] += 1
            continue
        with entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name in _HIDDEN:
                    continue
                name = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if depth < _DEEPEST:
                        waiting.append((f"{name}/", depth + 1))
                        folders.append((name, entry.stat().st_mtime_ns))
                elif _stays(entry, root, skipped):
                    yield entry, name


def _stays(entry: os.DirEntry[str], root: Path, skipped: Counter[str]) -> bool:
    """Whether an entry is a file, in the folder."""
    if entry.is_symlink():
        try:
            inside = Path(entry.path).resolve(strict=True).is_relative_to(root.resolve())
        except (OSError, RuntimeError):
            inside = False
        if not (inside and entry.is_file()):
            skipped[
                "Not followed, because they lead out of the folder, or nowhere: {} of the symbolic links."
            ] += 1
            return False
    return entry.is_file()


def _natural(name: str) -> list[str | int]:
    """Sorts numbers in names by their value: texts and numbers take turns, so like is compared with like."""
    parts: list[str | int] = list(_DIGITS.split(name.lower()))
    parts[1::2] = map(int, parts[1::2])
    return parts
