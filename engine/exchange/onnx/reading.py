"""An ONNX file as a network of ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.exchange.imported import Imported, completed, document, with_notes
from engine.exchange.net import Placed
from engine.exchange.onnx.graphs import graph_of, loaded
from engine.exchange.onnx.networks import Drawn, network
from engine.formats.errors import FormatError
from engine.tensor.spec import Array, ShapeError


def read_onnx(path: Path) -> Imported:
    """A model in an `.onnx` file.

    Raises:
        FormatError: one sentence: it can't be read.
    """
    graph = graph_of(loaded(path), path.parent)
    try:
        drawn = network(graph)
        made = document(drawn.net, {})
    except (ShapeError, RecursionError, MemoryError, OverflowError) as error:
        raise FormatError(f"{path.name} can't be read ({str(error)[:200]}).") from error
    notes = list(drawn.notes)
    weights = completed(made, drawn.net, _by_node(made, drawn), notes)
    producer = f", written by {graph.producer[:40]}" if graph.producer else ""
    about = f"an ONNX model of opset {graph.opset}{producer}"
    return with_notes(Imported(made.graph, weights, notes=drawn.notes, format=about), notes)


def _by_node(made: Placed, drawn: Drawn) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for node_id, part in made.parts.items():
        for name, array in drawn.weights.get(part.id, {}).items():
            found[f"{node_id}/{name}"] = np.asarray(array, np.float32)
    return found
