"""Where prepared arrays lie: in memory, or, from some size on, memory-mapped in the cache, whence every process takes them.

A set is a folder named after what it was made from and how; it is made under another name and renamed when it is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
from numpy.lib.format import open_memmap

from engine import paths
from engine.data.errors import in_bytes
from engine.data.recipe.kept_texts import KeptTexts, TextDraft, no_room
from engine.tensor.spec import Array, DType, Shape

KEPT_FROM = 2_000_000  # bytes of a set that is kept in the cache; smaller ones are made anew as fast as they are found
IN_MEMORY = 200_000_000  # bytes of a set that may be held in memory, where the disk has no room
BUDGET = 20_000_000_000  # bytes of all sets together; those not used for longest go first
SPARE = 500_000_000  # bytes of the disk that are left free for others
_ABANDONED = 86_400.0  # seconds after which nobody works on a draft any more
_FACTS = "facts.json"
_VERSION = 4  # of how sets are made; to be raised when that changes


@dataclass(frozen=True, eq=False)
class Prepared:
    """A set: the arrays by name, the fitted recipe as JSON, and what was noticed."""

    arrays: Mapping[str, Array]
    preparation: str
    notes: tuple[str, ...] = ()


def key_of(*facts: str) -> str:
    """The name of a set that is made of these."""
    return hashlib.sha256("\n".join((str(_VERSION), *facts)).encode()).hexdigest()[:40]


def found(key: str) -> Prepared | None:
    """The set if it is there and whole; marked as used just now."""
    try:
        folder = _folder() / key
        facts = json.loads((folder / _FACTS).read_text("utf-8"))
        arrays = _opened(folder, facts["arrays"], facts["texts"])
        os.utime(folder)
        return Prepared(arrays, facts["preparation"], tuple(facts["notes"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass
class Room:
    """Room for the arrays of one set while it is made.

    Args:
        key: of the set.
        nbytes: that all arrays together will have.

    Raises:
        DataError: they do not fit in memory, and the disk has no room.
    """

    key: str
    nbytes: int
    _draft: Path | None = None
    _names: list[str] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)
    _arrays: dict[str, Array] = field(default_factory=dict)
    _drafts: dict[str, TextDraft] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.nbytes < KEPT_FROM:
            return
        try:
            folder = _folder()
            _evict(folder, self.nbytes)
            free = shutil.disk_usage(folder).free - SPARE
            if free < self.nbytes:
                raise OSError(
                    f"it needs {in_bytes(self.nbytes)}, and the disk has {in_bytes(max(0, free))} to give"
                )
            self._draft = Path(tempfile.mkdtemp(prefix=f"{self.key}.", suffix=".tmp", dir=folder))
        except OSError as error:
            if self.nbytes > IN_MEMORY:
                raise no_room(error) from error

    def make(self, name: str, shape: Shape, dtype: DType) -> Array:
        """A new array; its numbers are arbitrary."""
        if self._draft is None:
            array: Array = np.empty(shape, dtype.numpy)
        else:
            stem = self._draft / str(len(self._names))
            try:
                array = self._mapped(stem, shape, dtype)
            except OSError as error:
                raise no_room(error) from error
            self._names.append(name)
            self._texts += [name] if dtype is DType.STRING else []
        self._arrays[name] = array
        return array

    def _mapped(self, stem: Path, shape: Shape, dtype: DType) -> Array:
        if dtype is DType.STRING:
            texts = self._drafts[stem.name] = TextDraft(stem, shape)
            return cast("Array", texts)  # is only written to
        array = open_memmap(stem.with_suffix(".npy"), mode="w+", dtype=dtype.numpy, shape=shape)
        _reserve(stem.with_suffix(".npy"))
        return array

    def finish(self, preparation: str, notes: tuple[str, ...] = ()) -> Prepared:
        """The set, whole, its arrays read-only."""
        if self._draft is None:
            return Prepared(_frozen(self._arrays), preparation, notes)
        try:
            for array in (*self._arrays.values(), *self._drafts.values()):
                if isinstance(array, np.memmap | TextDraft):
                    array.flush()
            facts = {
                "arrays": self._names,
                "texts": self._texts,
                "preparation": preparation,
                "notes": notes,
            }
            (self._draft / _FACTS).write_text(json.dumps(facts), encoding="utf-8")
            self._arrays.clear()
            kept = self._renamed()
        except OSError as error:
            raise no_room(error) from error
        if kept is not None:
            return kept
        arrays = _opened(self._draft, self._names, self._texts)
        shutil.rmtree(self._draft, ignore_errors=True)  # what is mapped stays until it is let go
        return Prepared(arrays, preparation, notes)

    def _renamed(self) -> Prepared | None:
        assert self._draft is not None  # only a set on the disk gets a name
        final = self._draft.parent / self.key
        with contextlib.suppress(OSError):  # another process was faster
            self._draft.rename(final)
        kept = found(self.key)
        if kept is not None and self._draft.exists():
            shutil.rmtree(self._draft, ignore_errors=True)
        return kept

    def close(self) -> None:
        """Remove what was begun and not finished."""
        for texts in self._drafts.values():
            texts.close()
        if self._draft is not None and self._arrays:
            self._arrays.clear()
            shutil.rmtree(self._draft, ignore_errors=True)


def _opened(folder: Path, names: Sequence[str], texts: Sequence[str]) -> dict[str, Array]:
    """The arrays of a set; raises OSError or ValueError where they are not there or damaged."""
    return {
        name: cast("Array", KeptTexts(folder / str(k)))  # read by the part, as training reads arrays
        if name in texts
        else np.asarray(open_memmap(folder / f"{k}.npy", mode="r"))
        for k, name in enumerate(names)
    }


def _frozen(arrays: Mapping[str, Array]) -> dict[str, Array]:
    for array in arrays.values():
        array.flags.writeable = False
    return dict(arrays)


def _folder() -> Path:
    folder = paths.cache_dir() / "prepared"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _evict(folder: Path, wanted: int) -> None:
    """Remove what was not used for longest, until there is room within the budget; drafts that nobody works on, too."""
    sets = [(path.stat().st_mtime, path) for path in folder.iterdir() if path.is_dir()]
    sizes = {path: sum(f.stat().st_size for f in path.iterdir()) for _, path in sets}
    total = sum(sizes.values())
    for _, path in sorted(sets):
        if total + wanted <= BUDGET:
            return
        if path.suffix != ".tmp" or time.time() - path.stat().st_mtime > _ABANDONED:
            shutil.rmtree(path, ignore_errors=True)
            total -= sizes[path]


def _reserve(path: Path) -> None:
    """Have the disk set all blocks aside: writing to a mapped file on a full disk would end the process."""
    if sys.platform != "win32" and sys.platform != "darwin":
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
