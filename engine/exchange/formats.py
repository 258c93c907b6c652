"""The file formats of networks: one declaration each, from which `convert`, `check`, dialogs and drops are derived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from engine.exchange.imported import Imported
from engine.exchange.keras.reading import read_h5, read_keras
from engine.exchange.keras.writing import write_h5, write_keras
from engine.exchange.outgoing import Outgoing
from engine.exchange.tfjs.reading import read_tfjs
from engine.exchange.tfjs.writing import write_tfjs
from engine.formats.errors import FormatError
from engine.formats.project import SUFFIX


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


_ALL = (
    Format("keras", "Keras 3", (".keras",), read_keras, write_keras),
    Format("h5", "Keras HDF5", (".h5", ".hdf5"), read_h5, write_h5),
    Format("tfjs", "TensorFlow.js", ("model.json",), read_tfjs, write_tfjs),
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
