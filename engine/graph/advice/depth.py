"""Long ways on which the gradient gets lost."""

from __future__ import annotations

from collections.abc import Iterator

from engine.graph.advice.remedies import first_layer, layer_behind, with_activation
from engine.graph.advice.view import FLAT, View, activates, behaviour, category_of
from engine.graph.diagnostics import Diagnostic, Remedy, Severity
from engine.graph.document import Node
from engine.graph.edits import Compound
from engine.layers.base import Category

DEEP_SATURATION = 5  # layers in a row whose activation is flat at both ends
DEEP = 10  # layers with weights in a row, without a normalization or a short cut
RECTIFIED = "relu"  # the name that settings of activations have for it


def saturation(view: View) -> Iterator[Diagnostic]:
    """Gradients shrink in each activation that is flat at both ends; after several nothing is left."""
    ways: dict[str, tuple[str, ...]] = {}
    for node in view.nodes:
        before = min((ways.get(n.id, ()) for n in view.before(node)), key=len, default=())
        flat = view.facts(node).ends[:1] and behaviour(view.facts(node).ends[0]) == FLAT
        if _is_help(view, node) or category_of(node) is Category.RECURRENT or (not flat and activates(node)):
            before = ()
        elif flat:
            before = (*before, node.id)
        ways[node.id] = before
        if len(before) == DEEP_SATURATION and before[-1] == node.id:
            count = f"{DEEP_SATURATION} layers in a row end in an activation that is flat for large numbers"
            sentence = f"{count}, up to {node.name}: hardly any gradient arrives before them."
            remedy = _rectified(view, [view.graph.nodes[i] for i in before[:-1]])
            yield Diagnostic(Severity.WARNING, "saturating", sentence, node.id, remedy=remedy)


def too_deep(view: View) -> Iterator[Diagnostic]:
    """Many layers with weights one behind the other learn slowly without a normalization or a short cut."""
    depth: dict[str, int] = {}
    for node in view.nodes:
        facts = view.facts(node)
        weighted = bool(facts.trainable) and category_of(node) in (Category.CORE, Category.CONVOLUTION)
        behind = min((depth.get(n.id, 0) for n in view.before(node)), default=0)
        depth[node.id] = 0 if _is_help(view, node) else behind + weighted
        if depth[node.id] == DEEP and weighted:
            helping = first_layer(Category.NORMALIZATION, facts.outputs[0], facts.outputs[0])
            sentence = (
                f"{DEEP} layers with weights follow each other up to {node.name}, without a normalization or a short cut "
                "between them: they learn slowly."
            )
            remedy = layer_behind(view, view.before(node)[0], helping)
            yield Diagnostic(Severity.INFO, "deep", sentence, node.id, remedy=remedy)


def _is_help(view: View, node: Node) -> bool:
    """Whether gradients get past a layer well: it normalizes, or joins a way with a shorter one."""
    trained = view.facts(node).parameters > 0
    return (category_of(node) is Category.NORMALIZATION and trained) or len(view.before(node)) > 1


def _rectified(view: View, nodes: list[Node]) -> Remedy | None:
    edits = [edit for node in nodes if (edit := with_activation(view, node, RECTIFIED)) is not None]
    if not edits:
        return None
    return Remedy(f"Use ReLU in {len(edits)} of them", Compound(tuple(edits), "Use ReLU"))
