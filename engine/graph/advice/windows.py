"""Windows that see too much or too little of what they are moved over."""

from __future__ import annotations

from collections.abc import Iterator

from engine.graph.advice.remedies import first_layer, layer_behind
from engine.graph.advice.view import View
from engine.graph.diagnostics import Diagnostic, Remedy, Severity
from engine.graph.document import Node, UnknownLayer
from engine.graph.edits import SetSettings
from engine.graph.facts import layer_facts
from engine.graph.targets import changed
from engine.layers.base import Category
from engine.tensor.spec import TensorSpec

LITTLE = 0.125  # of the input: a receptive field below that sees details only


def windows_beyond(view: View) -> Iterator[Diagnostic]:
    """A window larger than what it is moved over: most of its weights only ever see the padding."""
    for node in view.nodes:
        facts = view.facts(node)
        if not facts.windows or not facts.inputs or not facts.parameters:
            continue
        (extent, _), lengths = facts.windows[0], facts.inputs[0].shape[:-1]
        if len(extent) == len(lengths) and any(w > 2 * n - 1 for w, n in zip(extent, lengths, strict=True)):
            size, room = " × ".join(map(str, extent)), " × ".join(map(str, lengths))
            sentence = (
                f"The window of {node.name} is {size} and its input {room}: some of its weights see nothing but padding. "
                "Use a smaller window, or pool less before it."
            )
            yield Diagnostic(
                Severity.WARNING, "window", sentence, node.id, remedy=_smaller_window(view, node)
            )


def _smaller_window(view: View, node: Node) -> Remedy | None:
    """The setting that is the window, made as large as what it is moved over at most, and odd."""
    facts = view.facts(node)
    (extent, _), lengths = facts.windows[0], facts.inputs[0].shape[:-1]
    fitting = tuple(min(w, n - 1 + n % 2) for w, n in zip(extent, lengths, strict=True))
    if isinstance(node.layer, UnknownLayer) or min(fitting) < 1:
        return None
    for name, value in node.layer:
        wanted: object = None
        if value == extent:
            wanted = fitting
        elif len(extent) == 1 and type(value) is int and value == extent[0]:
            wanted = fitting[0]
        layer = changed(node.layer, name, wanted) if wanted is not None else None
        if layer is not None and not layer_facts(layer, facts.inputs).error:
            return Remedy(f"Use {' × '.join(map(str, fitting))}", SetSettings(node.id, layer, name))
    return None


def reach(view: View) -> Iterator[Diagnostic]:
    """A network that averages over places each of which has seen only a little of the picture.

    The receptive field grows by (window - 1) times the product of the strides before it (Araujo, Norris & Sim 2019,
    Computing receptive fields of convolutional neural networks).
    """
    if not any(view.facts(node).windows for node in view.nodes):
        return
    # receptive field, product of strides, length of the input, first layer with a window
    seen: dict[str, tuple[float, float, int, Node | None]] = {}
    for node in view.nodes:
        facts = view.facts(node)
        before = [seen[n.id] for n in view.before(node) if n.id in seen]
        if facts.outputs and len(facts.outputs[0].shape) > 1 and not before:
            seen[node.id] = (1.0, 1.0, facts.outputs[0].shape[0], None)
        if not before or not facts.inputs or not facts.outputs:
            continue
        field, stride, length, first = max(before, key=lambda each: each[0])
        shape, given = facts.inputs[0].shape, facts.outputs[0].shape
        if len(given) > 1 and len(given) == len(shape):
            for extent, steps in facts.windows:
                field, stride = field + (extent[0] - 1) * stride, stride * steps[0]
            first = first or (node if facts.windows and facts.parameters else None)
            seen[node.id] = (field, stride, length, first)
        elif first is not None and not facts.parameters and given == shape[-1:] and field < LITTLE * length:
            sentence = (
                f"{node.name} joins places of which each has seen {field:.0f} of {length} rows of the input: larger "
                "forms are never seen as a whole."
            )
            remedy = _pooled_behind(view, first)
            yield Diagnostic(Severity.INFO, "reach", sentence, node.id, remedy=remedy)


def _pooled_behind(view: View, node: Node) -> Remedy | None:
    """Half as many places behind a layer: all windows that follow see twice as much."""
    (spec,) = view.facts(node).outputs
    half = TensorSpec((*(n // 2 for n in spec.shape[:-1]), spec.shape[-1]))
    return (
        layer_behind(view, node, first_layer(Category.POOLING, spec, half)) if min(half.shape) > 1 else None
    )
