"""Finds the kinds of files, so that a new kind is one new module; and opens a path with the one that fits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import engine.data.sources as package
from engine.data.errors import DataError
from engine.data.sources.base import Source, SourceKind, Watch
from engine.registry import Registry, instances
from engine.settings import problems

HEAD_BYTES = 65_536
_PACKED = frozenset({".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst"})
_PACKED_HEADS = (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")


@cache
def source_kinds() -> Mapping[str, SourceKind[Any]]:
    """All kinds of files by name, in alphabetical order."""
    found = Registry[SourceKind[Any]](
        package.__name__,
        "kinds of files",
        instances(SourceKind),
        lambda kind: kind.name,
        order=lambda kind: kind.name,
    )
    return found.whole


def kind_of(path: Path) -> SourceKind[Any]:
    """The kind that fits a file or folder best, judged by its name and its first 64 kB.

    Raises:
        DataError: it cannot be read, or no kind fits.
    """
    head = _head(path)
    scores = {kind.name: kind.matches(path, head) for kind in source_kinds().values()}
    best = max(scores, key=scores.__getitem__, default=None)
    if best is None or scores[best] <= 0:
        raise DataError(_unknown(path, head))
    return source_kinds()[best]


def open_source(
    path: Path, options: Mapping[str, Any], watch: Watch | None = None, kind: str | None = None
) -> Source:
    """Opens a file or folder, as the kind of that name or the one that fits best.

    Raises:
        DataError: it cannot be read, no kind fits, or an option is wrong.
        Interrupted: by `watch`.
    """
    path = Path(path).expanduser().absolute()
    known = source_kinds()
    if kind is not None and kind not in known:
        raise DataError(f"There is no kind of file named {kind!r}; take one of {', '.join(known)}.")
    chosen = kind_of(path) if kind is None else known[kind]
    try:
        checked = chosen.options.model_validate(dict(options))
    except ValidationError as error:
        name, sentence = next(iter(problems(chosen.options, error).items()))
        names = ", ".join(chosen.options.model_fields) or "none"
        raise DataError(
            f"The option {name!r} of {path.name} is wrong. {sentence} Options: {names}."
        ) from error
    return chosen.open(path, checked, watch)


def _head(path: Path) -> bytes:
    try:
        if path.is_dir():
            next(path.iterdir(), None)  # says so where nobody may look into it
            return b""
        if not path.is_file() and path.exists():
            raise DataError(f"Data must be a file or a folder; {path} is neither. Choose another.")
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}. Choose another file.") from error
    except ValueError as error:  # a NUL in the path
        raise DataError(f"{str(path)!r} is not a path. Choose a file or a folder.") from error


def _unknown(path: Path, head: bytes) -> str:
    if path.is_dir():
        return (
            f"A folder must hold pictures, sounds, texts, melodies or IDX files; {path.name} has none that can be read. "
            "Choose another folder."
        )
    if not head:
        return f"A file must hold data; {path.name} is empty. Choose another file."
    if path.suffix.lower() in _PACKED or head.startswith(_PACKED_HEADS):
        return f"Data must not be packed; {path.name} is an archive. Unpack it, and choose what was in it."
    kinds = ", ".join(kind.title for kind in source_kinds().values())
    what = f"of the kind {path.suffix!r}" if path.suffix else "of an unknown kind"
    return f"Data must be of a kind that can be read ({kinds}); {path.name} is {what}. Convert it or choose another."
