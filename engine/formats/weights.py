"""Whether stored weights belong to a network, found from the declarations of its layers alone."""

from __future__ import annotations

from collections.abc import Mapping

from engine.data.errors import DataError
from engine.data.load import describe
from engine.data.settings import DataSettings
from engine.formats.sections import DATA, INPUTS, InputShapes
from engine.graph.document import ModelGraph, UnknownLayer
from engine.graph.effective import effective
from engine.graph.features import FeatureSpec
from engine.graph.inference import infer
from engine.layers.host import HostLayer
from engine.tensor.spec import Array, DType, Shape, format_shape
from engine.training.features import feature_specs


def bundled_features(graph: ModelGraph) -> dict[str, FeatureSpec]:
    """The features that a project says it takes, or of the bundled data set it names; {} where it names a file.

    Files are not looked at: opening a stranger's project must not touch what it points to.
    """
    given = graph.sections.get(INPUTS)
    if isinstance(given, InputShapes):
        return {name: FeatureSpec(i.shape, DType(i.dtype)) for name, i in given.shapes.items()}
    settings = graph.sections.get(DATA, DataSettings())
    if not isinstance(settings, DataSettings) or settings.path is not None:
        return {}
    try:
        return feature_specs(describe(settings))
    except DataError:
        return {}


def expected_shapes(graph: ModelGraph, features: Mapping[str, FeatureSpec]) -> dict[str, Shape]:
    """The shape of every weight whose layer can be built on these features, by `<node id>/<weight name>`."""
    found = infer(graph, features).nodes
    graph = effective(graph)
    return {
        f"{node_id}/{name}": weight.shape
        for node_id, node in found.items()
        if graph.nodes[node_id].shares is None
        for name, weight in node.weights.items()
    }


def misfit(
    graph: ModelGraph, weights: Mapping[str, Array], features: Mapping[str, FeatureSpec] | None = None
) -> str:
    """Why weights can't be those of the network, in one sentence; "" if they can.

    Without features only the layers are known that lead from bundled data; the others are not judged, and neither is
    an unknown layer.
    """
    trained = effective(graph)
    owners = {n.id for g in (graph, trained) for n in g.nodes.values() if n.shares is None}
    tables = {
        f"{n.id}/{table}"
        for n in graph.nodes.values()
        if isinstance(n.layer, HostLayer)
        for table in n.layer.tables
    }
    for name, array in weights.items():
        if name in tables and array.ndim == 1 and array.dtype.name in ("uint8", "int64", "float32"):
            continue
        if array.dtype.name != "float32":
            return f"{name} has numbers of type {array.dtype.name} instead of float32."
        if name.partition("/")[0] not in owners:
            return f"{name} belongs to no layer of it."
    shapes = (
        expected_shapes(graph, bundled_features(graph) if features is None else features) if weights else {}
    )
    for name, shape in shapes.items():
        if name not in weights:
            return f"{name} is missing."
        if weights[name].shape != shape:
            received = format_shape(weights[name].shape)
            return f"{name} is to be {format_shape(shape)}, received {received}."
    built = {name.partition("/")[0] for name in shapes}
    surplus = [n for n in weights if n not in shapes and n.partition("/")[0] in built]
    unknown = {n.id for n in graph.nodes.values() if isinstance(n.layer, UnknownLayer)}
    surplus = [n for n in surplus if n.partition("/")[0] not in unknown]
    return f"{surplus[0]} is not a weight of its layer." if surplus else ""
