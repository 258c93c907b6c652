"""All rules on a network as a whole, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.graph.advice.depth import saturation, too_deep
from engine.graph.advice.end import end_of_network
from engine.graph.advice.oddities import unusual_in_sections
from engine.graph.advice.parameters import largest
from engine.graph.advice.view import View
from engine.graph.advice.windows import reach, windows_beyond
from engine.graph.diagnostics import Diagnostic
from engine.graph.document import ModelGraph
from engine.graph.features import FeatureSpec
from engine.graph.inference import Inference
from engine.layers.base import Role


def advise(
    graph: ModelGraph, inference: Inference, features: Mapping[str, FeatureSpec]
) -> Iterator[Diagnostic]:
    """All advice on a network as a whole, for what a target depends on; `unusual` has that on single layers."""
    known, needed = inference.nodes, inference.needed
    nodes = [graph.nodes[i] for i in known if i in needed and not known[i].error]
    view = View(graph, inference, features, nodes)
    yield from largest(view)
    yield from windows_beyond(view)
    yield from reach(view)
    yield from saturation(view)
    yield from too_deep(view)
    for node in nodes:
        if node.role is Role.TARGET:
            yield from end_of_network(view, node)
    yield from unusual_in_sections(graph)
