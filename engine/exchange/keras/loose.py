"""Weights that Keras saved without their model: `.weights.h5` of Keras 3, and what `save_weights` wrote before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.exchange.keras.store import Store, opened
from engine.formats.errors import FormatError
from engine.tensor.spec import Array

DEEPEST, MOST = 40, 100_000
_OPTIMIZER = "optimizer"


def has_weights_alone(path: Path) -> bool:
    """Whether it is an HDF5 file of Keras with weights and no model."""
    try:
        with opened(path) as store:
            return not store.text("", "model_config") and bool(
                store.texts("", "layer_names")
                or store.names("layers")
                or store.names("_layer_checkpoint_dependencies")
            )
    except FormatError:
        return False


def loose_weights(path: Path) -> Mapping[str, Array]:
    """The arrays by name, in the order of the layers where the file keeps one; names are those of layers where it has them.

    Raises:
        FormatError: it can't be read.
    """
    with opened(path) as store:
        layers = store.texts("", "layer_names")
        return dict(_old(store, layers)) if layers else dict(_new(store))


def _old(store: Store, layers: tuple[str, ...]) -> Iterator[tuple[str, Array]]:
    """A group a layer, which lists its weights: `dense` with `dense/kernel:0`."""
    for layer in (*layers, "top_level_model_weights"):
        for name in store.texts(layer, "weight_names"):
            array = store.array(f"{layer}/{name}")
            if array.dtype.kind == "f":
                inner = name.partition(":")[0]
                yield inner if inner.split("/")[0] == layer else f"{layer}/{inner}", array


def _new(store: Store) -> Iterator[tuple[str, Array]]:
    """Groups in groups; the arrays of a layer are `vars/0`, `vars/1`, and its name is an attribute since Keras 3.4."""
    count = 0
    waiting = [("", "", 0)]
    while waiting:
        place, shown, depth = waiting.pop()
        if depth > DEEPEST:
            raise FormatError(f"The groups in it are nested more than {DEEPEST} deep.")
        inner = []
        for name in sorted(store.names(place), key=_number):
            path = f"{place}/{name}" if place else name
            if path == _OPTIMIZER:
                continue
            if store.is_array(path):
                count += 1
                if count > MOST:
                    raise FormatError(f"There are more than {MOST:,} arrays in it.")
                array = store.array(path)
                if array.dtype.kind == "f":
                    yield (f"{shown}/{name}" if shown else name), array
                continue
            own = store.text(f"{path}/vars", "name") if place.rpartition("/")[2] == "layers" else ""
            step = "" if name == "layers" else own or name
            inner.append((path, "/".join(p for p in (shown, step) if p), depth + 1))
        waiting += reversed(inner)


def _number(name: str) -> tuple[str, int]:
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :]
    return stem.rstrip("_"), int(digits) if 0 < len(digits) < 10 else -1
