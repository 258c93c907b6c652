"""An ONNX file as a network of ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx

from engine.exchange.imported import Imported, completed, document, with_notes
from engine.exchange.net import Placed
from engine.exchange.onnx.graphs import graph_of, loaded
from engine.exchange.onnx.networks import Drawn, network
from engine.exchange.onnx.patterns import put_together
from engine.exchange.onnx.quantized import ranges_of, without_rounding
from engine.exchange.onnx.writing_columns import without_columns
from engine.formats.errors import FormatError
from engine.tensor.spec import Array


def read_onnx(path: Path) -> Imported:
    """A model in an `.onnx` file.

    Raises:
        FormatError: one sentence: it can't be read.
    """
    try:
        return _read(path)
    except FormatError as error:
        sentence = "".join(
            c if c.isprintable() else " " for c in str(error)
        )  # names in damaged files hold anything
        raise FormatError(" ".join(sentence.split())) from error


def _read(path: Path) -> Imported:
    model = loaded(path)
    made = without_columns(model)
    graph = graph_of(model, path.parent)
    try:
        graph, notes = without_rounding(graph, ranges_of(model))
        drawn = network(put_together(graph))
        placed = document(drawn.net, {})
    except FormatError:
        raise
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        ArithmeticError,
        RecursionError,
        MemoryError,
    ) as error:
        why = " ".join(str(error).split())[:160]
        raise FormatError(f"{path.name} can't be read ({why}); it is damaged.") from error
    notes += [
        *drawn.notes,
        *(
            f"The file makes {name} of the columns of a table; the network begins behind that."
            for name in made
        ),
    ]
    newest = onnx.defs.onnx_opset_version()
    if graph.opset > newest:
        notes.append(
            f"The file is of opset {graph.opset}; here operators are known up to opset {newest}, and newer ones may differ."
        )
    own = _by_node(placed, drawn)
    weights = own | completed(placed, drawn.net, own, notes)
    producer = f", written by {graph.producer[:40]}" if graph.producer else ""
    about = f"an ONNX model of opset {graph.opset}{producer}"
    return with_notes(Imported(placed.graph, weights, notes=drawn.notes, format=about), notes)


def _by_node(made: Placed, drawn: Drawn) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for node_id, part in made.parts.items():
        for name, array in drawn.weights.get(part.id, {}).items():
            found[f"{node_id}/{name}"] = np.asarray(array, np.float32)
    return found
