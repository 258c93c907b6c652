"""What a network is trained for on the data at hand: the loss that `auto` means, and metrics people expect."""

from __future__ import annotations

from engine.compiler.lower import LoweringError, nodes_in_order
from engine.compiler.model import Objective
from engine.data.bundle import DataSpec
from engine.graph.document import ModelGraph, UnknownLayer
from engine.graph.features import FeatureSpec
from engine.layers.base import Role
from engine.objectives.registry import default_metrics, find_loss


def feature_specs(spec: DataSpec) -> dict[str, FeatureSpec]:
    """Every input and target of the data, as graph and compiler know it."""
    return {
        name: FeatureSpec(f.shape, f.dtype, len(f.class_names) or None, " · ".join(f.column_names), f.scale)
        for name, f in spec.features.items()
        if name in spec.inputs or name in spec.targets
    }


def objectives_of(graph: ModelGraph, data: DataSpec) -> list[Objective]:
    """One objective per target node, in the graph's order.

    Raises:
        LoweringError: a target names something the data does not have, or an unknown loss.
    """
    found = []
    for node in nodes_in_order(graph):
        if node.role is not Role.TARGET or isinstance(node.layer, UnknownLayer):
            continue
        settings = node.layer.model_dump()
        target, name = settings["target"], settings["loss"]
        if target not in data.targets:
            known = ", ".join(data.targets)
            raise LoweringError(f"{node.name}: the data has no target named {target}; it has {known}.")
        try:
            loss = find_loss(name, data.task.value)
        except ValueError as error:
            raise LoweringError(f"{node.name}: {error}") from error
        metrics = tuple(default_metrics(data.task.value))
        found.append(Objective(node.id, target, loss, settings["weight"], metrics))
    return found
