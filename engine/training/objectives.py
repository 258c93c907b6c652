"""What a network is trained for on the data at hand: the loss that `auto` means, and metrics people expect."""

from __future__ import annotations

from collections.abc import Mapping

from engine.compiler.losses import Objective
from engine.compiler.lower import LoweringError, nodes_in_order
from engine.data.bundle import DataSpec
from engine.graph.document import ModelGraph
from engine.graph.features import FeatureSpec
from engine.graph.targets import task_of, unsuited
from engine.layers.target import Target
from engine.objectives.registry import default_metrics, find_loss
from engine.tensor.spec import Array
from engine.training.features import feature_spec


def objectives_of(
    graph: ModelGraph, data: DataSpec, counts: Mapping[str, Array] | None = None
) -> list[Objective]:
    """One objective per target node, in the graph's order.

    Args:
        graph: the network.
        data: what there is to learn from.
        counts: examples of each class by target, as `class_counts` gives them; without them no class is balanced.

    Raises:
        LoweringError: a target names something the data does not have, or an unknown loss.
    """
    found = []
    for node in nodes_in_order(graph):
        if isinstance(node.layer, Target):
            try:
                found.append(_objective(node.id, node.layer, data, counts or {}))
            except ValueError as error:
                raise LoweringError(f"{node.name}: {error}") from error
    return found


def _objective(node: str, layer: Target, data: DataSpec, counts: Mapping[str, Array]) -> Objective:
    """Raises ValueError: one sentence on what does not fit the data."""
    if layer.target not in (*data.targets, *data.inputs):  # what an autoencoder is to give is what it reads
        known = ", ".join(data.targets)
        raise ValueError(f"the data has no target named {layer.target}; it has {known}.")
    feature = feature_spec(data.features[layer.target])
    task = task_of(feature)
    loss = find_loss(layer.loss, task)
    if sentence := unsuited(layer.metrics, layer.class_weight, feature):
        raise ValueError(sentence)
    metrics = layer.metrics or (default_metrics(task) if loss.predicts else ())
    return Objective(
        node,
        layer.target,
        loss,
        layer.weight,
        metrics,
        _sample_weight(layer.sample_weight, data),
        _class_weights(layer, feature, counts.get(layer.target), always=data.balanced),
        layer.weigh_metrics,
    )


def _sample_weight(name: str, data: DataSpec) -> tuple[str, FeatureSpec] | None:
    if not name:
        return None
    if name not in data.weights:
        known = f"it has {', '.join(data.weights)}" if data.weights else "it has none"
        raise ValueError(
            f"the data has no weights named {name}; {known}. Choose the weight column of the file in the data settings."
        )
    return name, feature_spec(data.features[name])


def _class_weights(
    layer: Target, feature: FeatureSpec, counts: Array | None, *, always: bool
) -> tuple[float, ...]:
    """By class number; classes beyond the end of a chosen list count as 1, as in Keras.

    `always`: the data is to be balanced where the layer says nothing.
    """
    if (layer.class_weight == "none" and not always) or feature.classes is None:
        return ()
    if layer.class_weight in ("none", "balanced"):
        return () if counts is None else balanced(counts)
    return (*layer.class_weight, *(1.0 for _ in range(feature.classes - len(layer.class_weight))))


def balanced(counts: Array) -> tuple[float, ...]:
    """Weights under which all classes that occur count the same: n / (k n_i). Source: scikit-learn, class_weight."""
    occurring = max(1, int((counts > 0).sum()))
    return tuple(float(counts.sum() / (occurring * n)) if n else 0.0 for n in counts)
