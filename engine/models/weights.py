"""Weights of a file put on a network that is there: by their names, else by their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.data.random import generator
from engine.exchange.matching import Matched, matched
from engine.exchange.weights import read_weights
from engine.graph.document import ModelGraph
from engine.graph.features import FeatureSpec
from engine.graph.inference import infer
from engine.tensor.spec import Array


def weights_for(
    graph: ModelGraph, features: Mapping[str, FeatureSpec], known: Mapping[str, Array], path: Path
) -> tuple[dict[str, Array], Matched]:
    """All weights of a network: those of the file where they fit, else those it has, else fresh ones.

    Args:
        graph: the network.
        features: what it reads.
        known: what it has learned so far, by `<node>/<weight>`; may be empty.
        path: of the file of weights.

    Returns:
        The weights, and what was found of the file; its `summary` is for people.

    Raises:
        FormatError: one sentence: the file can't be read, or nothing in it fits.
    """
    found = matched(read_weights(path), graph, features)
    weights = {**known, **found.weights}
    for node_id, facts in infer(graph, features).nodes.items():
        if graph.nodes[node_id].shares is not None:
            continue
        for name, spec in facts.weights.items():
            if f"{node_id}/{name}" not in weights:
                fresh = spec.initializer.sample(spec.shape, generator(0, node_id, name))
                weights[f"{node_id}/{name}"] = np.asarray(fresh, np.float32)
    return weights, found
