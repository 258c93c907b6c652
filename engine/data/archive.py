"""Reads the bundled data, checked against its manifest, and keeps unpacked pictures where they load at once.

A half-copied or damaged file must not become a network that learns nonsense, so size and SHA-256 of each file
are checked before it is used. Unpacking MNIST takes most of a second; the unpacked array goes to the cache
folder and is memory-mapped from there, so that window and worker share one copy.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import lzma
import os
import tempfile
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import numpy as np
from numpy.lib.format import open_memmap
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine import paths
from engine.data.errors import DataError
from engine.tensor.spec import Array

BUNDLED = Path(__file__).resolve().parents[2] / "resources" / "datasets"
_CACHED_FROM = 1_000_000  # bytes; what is smaller unpacks faster than it is looked up
_HEADER = 4096  # bytes; an .npy header is 128


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Annotated[str, Field(pattern=r"^[a-z0-9.]+$")]
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _PackedArray(_File):
    dtype: Literal["uint8"]
    shape: tuple[Annotated[int, Field(ge=0)], ...]
    axes: tuple[int, ...]  # the order in which they lie in the file

    @model_validator(mode="after")
    def _axes_are_those_of_the_shape(self) -> _PackedArray:
        if sorted(self.axes) != list(range(len(self.shape))):
            raise ValueError("axes must name each axis of the shape once")
        return self


class PackedText(_File):
    """A text: its length, and its different characters in order."""

    characters: Annotated[int, Field(ge=1)]
    alphabet: Annotated[str, Field(min_length=1, max_length=256)]


E = TypeVar("E", bound=_File)


def read_array(name: str, key: str, folder: Path = BUNDLED) -> Array:
    """An array of the bundled data set `name`, C-contiguous, possibly read-only and memory-mapped.

    Raises:
        DataError: a file is missing, damaged, or not what the manifest says.
    """
    entry = _entry(folder / name, key, _PackedArray)
    if np.prod(entry.shape) < _CACHED_FROM:
        return _unpack(folder / name, entry)
    cached = _cached(name, key, entry)
    if cached is None:
        array = _unpack(folder / name, entry)
        with contextlib.suppress(OSError):  # no place to keep it: it is unpacked again next time
            _keep(array, _cache_path(name, key, entry))
        cached = _cached(name, key, entry)
        return array if cached is None else cached
    return cached


def read_table(name: str, folder: Path = BUNDLED) -> list[list[str]]:
    """The rows of the bundled table `name`, its header first.

    Raises:
        DataError: a file is missing or damaged.
    """
    raw = _checked_bytes(folder / name, _entry(folder / name, "table", _File))
    return [line.split(",") for line in raw.decode("ascii").splitlines()]


def read_plain(name: str, key: str, folder: Path = BUNDLED) -> str:
    """A text of the bundled data set `name` that is not packed.

    Raises:
        DataError: a file is missing or damaged.
    """
    return _checked_bytes(folder / name, _entry(folder / name, key, _File)).decode("utf-8")


def describe_text(name: str, key: str, folder: Path = BUNDLED) -> PackedText:
    """What is known of a text of the bundled data set `name` without unpacking it.

    Raises:
        DataError: the manifest is missing or damaged.
    """
    return _entry(folder / name, key, PackedText)


def read_text(name: str, key: str, folder: Path = BUNDLED) -> Array:
    """A text of the bundled data set `name`: int32 (characters,), each the place of its character in the alphabet.

    Raises:
        DataError: a file is missing, damaged, or not what the manifest says.
    """
    entry = describe_text(name, key, folder)
    raw = _checked_bytes(folder / name, entry)
    try:
        plain = lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(raw, max_length=entry.characters + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise _damaged(folder / name / entry.file) from error
    letters = np.frombuffer(entry.alphabet.encode("latin-1"), np.uint8)
    codes = np.frombuffer(plain, np.uint8)
    if len(codes) != entry.characters or not np.isin(codes, letters).all():
        raise _damaged(folder / name / entry.file)
    return np.searchsorted(letters, codes).astype(np.int32)


def _entry(folder: Path, key: str, model: type[E]) -> E:
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        return model.model_validate(manifest[key])
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise _damaged(folder / "manifest.json") from error


def _checked_bytes(folder: Path, entry: _File) -> bytes:
    path = folder / entry.file
    try:
        if path.stat().st_size != entry.size:
            raise _damaged(path)
        raw = path.read_bytes()
    except OSError as error:
        raise _damaged(path) from error
    if hashlib.sha256(raw).hexdigest() != entry.sha256:
        raise _damaged(path)
    return raw


def _damaged(path: Path) -> DataError:
    state = "does not match its checksum" if path.is_file() else "is missing"
    return DataError(f"Bundled data must be as it was installed; {path} {state}. Install Layerloom again.")


def _unpack(folder: Path, entry: _PackedArray) -> Array:
    raw = _checked_bytes(folder, entry)
    limit = int(np.prod(entry.shape)) + _HEADER
    try:
        plain = lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(raw, max_length=limit)
        stored: Array = np.load(io.BytesIO(plain), allow_pickle=False)
        array = np.ascontiguousarray(stored.transpose(np.argsort(entry.axes)))
    except (lzma.LZMAError, ValueError, EOFError) as error:
        raise _damaged(folder / entry.file) from error
    if array.shape != entry.shape or array.dtype != np.dtype(entry.dtype):
        raise _damaged(folder / entry.file)
    return array


def _cache_path(name: str, key: str, entry: _PackedArray) -> Path:
    return paths.cache_dir() / "datasets" / f"{name}-{key}-{entry.sha256[:16]}.npy"


def _cached(name: str, key: str, entry: _PackedArray) -> Array | None:
    """The unpacked array from the cache, if it is there and whole."""
    try:
        array = np.asarray(open_memmap(_cache_path(name, key, entry), mode="r"))
    except (OSError, ValueError):
        return None
    return array if array.shape == entry.shape and array.dtype == np.dtype(entry.dtype) else None


def _keep(array: Array, path: Path) -> None:
    """Write atomically: another process may be reading, or doing the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, array, allow_pickle=False)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
