"""The file formats of networks: one declaration each, from which `convert`, `check`, dialogs and drops are derived."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.formats.errors import FormatError
from engine.formats.project import SUFFIX

if TYPE_CHECKING:
    from engine.exchange.imported import Imported
    from engine.exchange.outgoing import Outgoing


@dataclass(frozen=True)
class Format:
    """A format of networks beside our own.

    Attributes:
        name: short, as on the command line and in sentences.
        title: for people.
        suffixes: endings of its files, the usual one first.
        read: raises FormatError; None where it is only written.
        write: raises FormatError; None where it is only read.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], Imported] | None = None
    write: Callable[[Outgoing, Path], None] | None = None


def _reader(home: str, name: str) -> Callable[[Path], Imported]:
    """A reader that is imported when it is first needed: most who open a window read no file of another program."""

    def read(path: Path) -> Imported:
        imported: Imported = getattr(importlib.import_module(home), name)(path)
        return imported

    return read


def _writer(home: str, name: str) -> Callable[[Outgoing, Path], None]:
    def write(out: Outgoing, path: Path) -> None:
        getattr(importlib.import_module(home), name)(out, path)

    return write


_KERAS, _TFJS = "engine.exchange.keras", "engine.exchange.tfjs"
_ALL = (
    Format(
        "keras",
        "Keras 3",
        (".keras",),
        _reader(f"{_KERAS}.reading", "read_keras"),
        _writer(f"{_KERAS}.writing", "write_keras"),
    ),
    Format(
        "h5",
        "Keras HDF5",
        (".h5", ".hdf5"),
        _reader(f"{_KERAS}.reading", "read_h5"),
        _writer(f"{_KERAS}.writing", "write_h5"),
    ),
    Format(
        "tfjs",
        "TensorFlow.js",
        ("model.json",),
        _reader(f"{_TFJS}.reading", "read_tfjs"),
        _writer(f"{_TFJS}.writing", "write_tfjs"),
    ),
)


def formats() -> Mapping[str, Format]:
    """All formats by name."""
    return MappingProxyType({f.name: f for f in _ALL})


def format_of(path: Path) -> Format | None:
    """The format that a file name stands for; None for others."""
    return next((f for f in _ALL if path.name.lower().endswith(f.suffixes)), None)


def read_network(path: Path) -> Imported:
    """A network in a file of another program.

    Raises:
        FormatError: one sentence: there is no such format, or the file can't be read.
    """
    found = format_of(path)
    if found is None or found.read is None:
        known = ", ".join(s for f in _ALL if f.read for s in f.suffixes)
        raise FormatError(f"Networks are read from {SUFFIX}, {known}; received {path.name}.")
    if not path.is_file():
        raise FormatError(f"There is no file {path.name}.")
    return found.read(path)


def write_network(out: Outgoing, path: Path) -> None:
    """Write a network in the format of the file name.

    Raises:
        FormatError: one sentence: there is no such format, it can't hold the network, or the disk is full.
    """
    found = format_of(path)
    if found is None or found.write is None:
        known = ", ".join(s for f in _ALL if f.write for s in f.suffixes)
        raise FormatError(f"Networks are written as {SUFFIX}, {known}; received {path.name}.")
    found.write(out, path)
