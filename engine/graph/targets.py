"""Whether what arrives at a target can be compared with the answers in the data, and which setting would make it so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from pydantic import ValidationError

from engine.graph.diagnostics import Remedy
from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer
from engine.graph.edits import SetSettings
from engine.graph.facts import SpecBuilder, layer_facts
from engine.graph.features import FeatureSpec
from engine.layers.base import Layer
from engine.objectives.loss import BINARY, MULTICLASS, REGRESSION, Loss
from engine.objectives.metric import Metric
from engine.objectives.registry import find_loss, find_metric
from engine.tensor.spec import Shape, ShapeError, TensorSpec, format_shape

# The settings that a layer of role TARGET has.
FEATURE, LOSS, METRICS, CLASS_WEIGHT = "target", "loss", "metrics", "class_weight"


def task_of(feature: FeatureSpec) -> str:
    """The kind of target a feature is, as losses name it."""
    if feature.classes is None:
        return REGRESSION
    return BINARY if feature.classes <= 2 else MULTICLASS


def wanted_shapes(loss: Loss, feature: FeatureSpec) -> tuple[Shape, ...]:
    """Shapes, without the batch, of what may arrive, the usual one first; none: any.

    Raises:
        ValueError: the loss is not for such a target.
    """
    return find_loss(loss, task_of(feature)).wanted(feature.shape, feature.classes)


@lru_cache(256)
def misfit(loss: Loss, feature: FeatureSpec, received: TensorSpec) -> str:
    """Why `received` (without the batch) can't be compared with a feature under a loss; "" if it can."""
    try:
        shapes = wanted_shapes(loss, feature)
        if shapes and received.shape not in shapes:
            return _wrong_shape(shapes[0], feature, received)
        builder = SpecBuilder({FEATURE: feature})
        find_loss(loss, task_of(feature)).values(
            builder.example("scores", received), builder.feature(FEATURE)
        )
    except (ShapeError, ValueError) as error:
        return str(error)
    return ""


def unsuited(metrics: Sequence[Metric], class_weight: object, feature: FeatureSpec) -> str:
    """Why a target's metrics or class weights have no meaning for a feature; "" if they have."""
    try:
        for metric in metrics:
            find_metric(metric, task_of(feature))
    except ValueError as error:
        return str(error)
    if class_weight == "none":
        return ""
    if feature.classes is None:
        return "Class weights are for targets that are classes. Set the class weights to none."
    if isinstance(class_weight, tuple) and len(class_weight) > feature.classes:
        return (
            f"There is one class weight for each of {feature.classes} classes, received {len(class_weight)}. "
            "Take some away."
        )
    return ""


def _wrong_shape(shape: Shape, feature: FeatureSpec, received: TensorSpec) -> str:
    wanted = "1 score" if shape == (1,) else f"{format_shape(shape)} scores"
    purpose = f"for {feature.classes} classes"
    if feature.classes is None:
        wanted = "1 number" if shape == (1,) else f"{format_shape(shape)} numbers"
        purpose = f"to predict {feature.title}" if feature.title else "as in the data"
    advice = (
        "Put a Flatten before the last layer" if len(received.shape) > len(shape) else "Change the last layer"
    )
    return (
        f"The target needs {wanted} per example {purpose}, received {format_shape(received.shape)}. {advice}."
    )


def changed(layer: Layer, setting: str, value: object) -> Layer | None:
    """The layer with one other setting, or None where its declaration does not allow that."""
    try:
        return type(layer).model_validate({**layer.model_dump(), setting: value})
    except ValidationError:
        return None


def width_remedy(
    graph: ModelGraph,
    target: Node,
    loss: Loss,
    feature: FeatureSpec,
    specs: Mapping[tuple[str, str], TensorSpec],
) -> Remedy | None:
    """The one whole-number setting, of the last layer that has such, that makes the target fit.

    Layers are tried backwards from the target as long as there is one wire and nothing else hangs on it.
    """
    try:
        wanted = next(iter(wanted_shapes(loss, feature)), ())
    except ValueError:
        return None
    chain: list[tuple[Node, Layer]] = []
    edges = graph.edges_into(target.id)
    while len(edges) == 1 and len(graph.edges_from(edges[0].source)) == 1 and wanted:
        node = graph.nodes[edges[0].source]
        edges = graph.edges_into(node.id)
        if isinstance(node.layer, UnknownLayer) or node.shares or graph.sharers(node.id):
            return None
        chain.insert(0, (node, node.layer))
        remedy = _first_that_fits(chain, edges, specs, wanted)
        if remedy is not None:
            return remedy
    return None


def _first_that_fits(
    chain: list[tuple[Node, Layer]],
    edges: tuple[Edge, ...],
    specs: Mapping[tuple[str, str], TensorSpec],
    wanted: Shape,
) -> Remedy | None:
    (node, layer), *rest = chain
    inputs = tuple(specs[e.source, e.source_port] for e in edges if (e.source, e.source_port) in specs)
    if len(inputs) != len(edges) or not inputs:
        return None
    for name, value in layer.model_dump().items():
        if type(value) is not int or (other := changed(layer, name, wanted[-1])) is None:
            continue
        outputs = layer_facts(other, inputs).outputs
        for _, follower in rest:
            outputs = layer_facts(follower, outputs).outputs if len(outputs) == 1 else ()
        if len(outputs) == 1 and outputs[0].shape == wanted:
            title = type(layer).model_fields[name].title or name
            return Remedy(
                f"Set {title.lower()} of {node.name} to {wanted[-1]}",
                SetSettings(node.id, other, title.lower()),
            )
    return None
