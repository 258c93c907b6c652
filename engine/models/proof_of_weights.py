"""A file of weights alone says nothing by itself: it is proved on the network without what it learned."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.exchange.formats import read_network, write_network
from engine.exchange.outgoing import Outgoing
from engine.exchange.weights import weights_kind_of
from engine.formats.project import LoadedProject
from engine.formats.weights import bundled_features
from engine.models.files import model_of
from engine.models.model import Model
from engine.models.weights import weights_for


@contextmanager
def bare_network(out: Outgoing, path: Path) -> Iterator[Path | None]:
    """A file with the network and zeros for weights, to load those of `path` into; None if `path` has a network."""
    if weights_kind_of(path) is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="layerloom-") as folder:
        network = Path(folder) / "network.keras"
        zeros = {name: np.zeros_like(array) for name, array in out.weights.items()}
        write_network(replace(out, weights=zeros, slots={}), network)
        yield network


def with_weights(network: Path, weights: Path) -> Model:
    """The network of one file with the weights of another.

    Raises:
        FormatError: one of them can't be read, or they do not belong together.
    """
    read = read_network(network)
    found, _ = weights_for(read.graph, bundled_features(read.graph), read.weights, weights)
    return model_of(LoadedProject(read.graph, found), weights.name)
