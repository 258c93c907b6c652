"""Networks of other programs as models, and what an exported file says beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.exchange.formats import read_network
from engine.exchange.imported import Imported
from engine.formats.project import LoadedProject
from engine.formats.sections import INPUTS, InputShape, InputShapes
from engine.graph.document import ModelGraph
from engine.graph.features import FeatureSpec
from engine.models.files import model_of
from engine.models.model import Model
from engine.tensor.spec import Array, DType

PROBES = 8  # examples that two networks are compared on


def imported_project(imported: Imported) -> LoadedProject:
    """What was read as the content of a project file."""
    return LoadedProject(
        imported.graph,
        imported.weights,
        imported.optimizer,
        imported.step,
        warnings=imported.notes,
    )


def import_model(path: str | Path) -> Model:
    """A network in a file of another program, ready to predict and to be trained.

    Raises:
        FormatError: one sentence: it can't be read.
    """
    return model_of(imported_project(read_network(Path(path))), str(path))


def probes(model: Model) -> list[Array]:
    """Random examples for a model: standard normal numbers, small class and word numbers."""
    generator = np.random.default_rng(0)
    found: list[Array] = []
    for symbol in model.inputs:
        shape = (PROBES, *symbol.spec.shape)
        if symbol.dtype is DType.INT32:
            found.append(generator.integers(0, 2, shape).astype(np.int32))
        else:
            found.append(generator.normal(size=shape).astype(np.float32))
    return found


def difference_of(
    graph: ModelGraph, weights: Mapping[str, Array], features: Mapping[str, FeatureSpec], path: Path
) -> float:
    """How far the predictions of a written file, read again, are from those of the network at most, on random examples.

    Raises:
        FormatError: one of them can't be read or has nothing to predict.
    """
    graph = graph.copy()
    seen = {name: feature.as_seen for name, feature in features.items()}
    shapes = {
        name: InputShape.model_validate({"shape": f.shape, "dtype": f.dtype.value})
        for name, f in seen.items()
    }
    graph.put_section(INPUTS, InputShapes(shapes=shapes))
    one, other = model_of(LoadedProject(graph, weights), "the project"), import_model(path)
    x = probes(one)
    pairs = zip(_listed(one.predict(x)), _listed(other.predict(x)), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def _listed(outputs: Array | list[Array]) -> list[Array]:
    return outputs if isinstance(outputs, list) else [outputs]
