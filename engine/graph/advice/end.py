"""An end of the network that does not fit its loss."""

from __future__ import annotations

from collections.abc import Iterator

from engine.graph.advice.remedies import with_activation, without
from engine.graph.advice.view import LINEAR, View, behaviour
from engine.graph.diagnostics import Diagnostic, Remedy, Severity
from engine.graph.document import Node
from engine.graph.edits import SetSettings
from engine.graph.targets import FEATURE, LOSS, changed, task_of
from engine.layers.base import Layer
from engine.objectives.crossentropy import Linked
from engine.objectives.loss import Link
from engine.objectives.registry import find_loss
from engine.tensor.spec import DType


def end_of_network(view: View, target: Node) -> Iterator[Diagnostic]:
    """What stands before a target says twice what the loss says, or keeps predictions from taking every value."""
    feature = view.features.get(getattr(target.layer, FEATURE, ""))
    before = view.only_before(target)
    if feature is None or before is None:
        return
    try:
        loss = find_loss(getattr(target.layer, LOSS), task_of(feature))
    except ValueError:
        return
    end, node = view.end(before)
    link = loss.link.value if loss.link is not Link.NONE else ""
    if link and end == link:
        yield from _twice(view, target, node, link, loss)
    elif (
        (link or len(feature.shape) < 2) and feature.dtype is not DType.STRING and behaviour(end) is not None
    ):
        what = "scores" if link else "predictions"
        sentence = f"{node.name} ends in {end}, which keeps the {what} from taking every value."
        edit = with_activation(view, node, LINEAR) or without(view, node)
        remedy = Remedy(f"End {node.name} without it", edit) if edit is not None else None
        yield Diagnostic(Severity.WARNING, "bounded-end", sentence, target.id, remedy=remedy)


def _twice(view: View, target: Node, node: Node, link: str, loss: object) -> Iterator[Diagnostic]:
    """A soft-max (or sigmoid) of what is one already, in the network or by the loss."""
    if isinstance(loss, Linked) and loss.from_logits is True and isinstance(target.layer, Layer):
        given = loss.model_copy(update={"from_logits": "auto"})
        layer = changed(target.layer, LOSS, given)
        remedy = (
            Remedy("Let the loss find out what arrives", SetSettings(target.id, layer, LOSS))
            if layer
            else None
        )
        sentence = f"{node.name} gives probabilities, and the loss is told that scores arrive: {link} is applied twice."
        yield Diagnostic(Severity.WARNING, "link-twice", sentence, target.id, remedy=remedy)
    earlier = view.only_before(node)
    if earlier is not None and view.end(earlier)[0] == link:
        edit = with_activation(view, node, LINEAR) or without(view, node)
        remedy = Remedy(f"Apply it once, before {node.name}", edit) if edit is not None else None
        sentence = f"{node.name} applies {link} to what is the result of one already: all answers look alike."
        yield Diagnostic(Severity.WARNING, "link-twice", sentence, node.id, remedy=remedy)
