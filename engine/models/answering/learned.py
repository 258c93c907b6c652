"""Whether a network can answer at all: one that has something to learn must have learned it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.formats.weights import expected_shapes
from engine.graph.document import ModelGraph
from engine.graph.features import FeatureSpec
from engine.layers.host import HostLayer
from engine.tensor.spec import Array


def is_untrained(
    graph: ModelGraph, weights: Mapping[str, Array], features: Mapping[str, FeatureSpec]
) -> bool:
    """Whether weights or tables are to be learned, and none are there.

    Args:
        graph: the network.
        weights: what it has learned.
        features: what it reads.
    """
    tables = any(isinstance(n.layer, HostLayer) and n.layer.tables for n in graph.nodes.values())
    return not weights and (tables or bool(expected_shapes(graph, features)))
