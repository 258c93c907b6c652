"""What a layer gives, costs and is wired to, in words: for those who hear the canvas, and for the outline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QCoreApplication

from app.canvas.facts import short_count
from engine.graph.document import ModelGraph, Node
from engine.graph.inference import NodeInference
from engine.tensor.spec import format_shape


def shape_text(known: NodeInference | None) -> str:
    """What leaves a layer: `26×26×32`; "" where that is not known."""
    outputs = known.outputs if known is not None and not known.error else ()
    shapes = (format_shape(spec.shape).replace(" ", "") for spec in outputs)
    return ", ".join(text or _tr("one number") for text in shapes)


def gives_words(known: NodeInference | None) -> Iterator[str]:
    """What leaves a layer and what that costs, as far as it is known."""
    shape = shape_text(known)
    if shape:
        yield _tr("gives {shape}").format(shape=shape)
    if known is not None and known.parameters:
        yield _tr("{count} parameters").format(count=short_count(known.parameters))
    if known is not None and known.multiply_adds:
        yield _tr("{count} multiply-adds").format(count=short_count(known.multiply_adds))


def wires_words(graph: ModelGraph, node: Node) -> Iterator[str]:
    """Behind and before which layers it is; that it has no wire, where it has none."""
    before = [graph.nodes[e.source].name for e in graph.edges_into(node.id)]
    after = [graph.nodes[e.target].name for e in graph.edges_from(node.id)]
    if before:
        yield _tr("after {names}").format(names=_listed(before))
    if after:
        yield _tr("before {names}").format(names=_listed(after))
    if not before and not after:
        yield _tr("not wired")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _tr(text: str) -> str:
    return QCoreApplication.translate("NodeWords", text)
