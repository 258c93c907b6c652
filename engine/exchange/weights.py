"""Files of weights without a network: one declaration a kind. What is in them is put on a network that is there."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from engine.formats.errors import FormatError
from engine.tensor.spec import Array


@dataclass(frozen=True)
class WeightsKind:
    """A kind of file that holds arrays by name.

    Attributes:
        title: for people: "weights of Keras".
        suffixes: endings of its files.
        holds: whether a file with such an ending is one; others with that ending hold a network.
        read: the arrays in the order of the layers as far as the file keeps one; raises FormatError.
    """

    title: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], Mapping[str, Array]]
    holds: Callable[[Path], bool] = lambda path: True


def _of(home: str, name: str) -> Callable[[Path], Mapping[str, Array]]:
    def read(path: Path) -> Mapping[str, Array]:
        found: Mapping[str, Array] = getattr(importlib.import_module(home), name)(path)
        return found

    return read


def _asked(home: str, name: str) -> Callable[[Path], bool]:
    def holds(path: Path) -> bool:
        return bool(getattr(importlib.import_module(home), name)(path))

    return holds


_LOOSE, _STATES = "engine.exchange.keras.loose", "engine.exchange.torch.states"
_ALL = (
    WeightsKind(
        "weights of Keras",
        (".h5", ".hdf5"),
        _of(_LOOSE, "loose_weights"),
        _asked(_LOOSE, "has_weights_alone"),
    ),
    WeightsKind("tensors (safetensors)", (".safetensors",), _of(_STATES, "read_safetensors")),
    WeightsKind("weights of PyTorch", (".pt", ".pth", ".bin"), _of(_STATES, "read_state")),
)


def weights_kinds() -> Mapping[str, WeightsKind]:
    """All kinds by title."""
    return MappingProxyType({kind.title: kind for kind in _ALL})


def weights_kind_of(path: Path) -> WeightsKind | None:
    """The kind of a file of weights; None for all else. A file that can't be opened is none."""
    name = path.name.lower()
    return next((k for k in _ALL if name.endswith(k.suffixes) and path.is_file() and k.holds(path)), None)


def read_weights(path: Path) -> Mapping[str, Array]:
    """The arrays in a file of weights by name.

    Raises:
        FormatError: one sentence: it is none, or can't be read.
    """
    kind = weights_kind_of(path)
    if kind is None:
        known = ", ".join(s for k in _ALL for s in k.suffixes)
        raise FormatError(f"Weights are read from files that end in {known}; received {path.name}.")
    try:
        found = kind.read(path)
    except OSError as error:
        raise FormatError(f"{path.name} can't be read ({error.strerror or error}).") from error
    if not found:
        raise FormatError(f"There are no weights in {path.name}.")
    return found
