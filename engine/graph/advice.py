"""What is unwise about a network that can be trained: found from what its layers do, said with a change that helps.

Nothing here is an error. The rules look at ops and shapes, not at names, so they hold for layers to come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from pydantic import BaseModel

from engine.graph.diagnostics import Diagnostic, Remedy, Severity
from engine.graph.document import ModelGraph, Node, UnknownLayer
from engine.graph.edits import Compound, EditError, GraphEdit, SetSection, SetSettings
from engine.graph.facts import layer_facts
from engine.graph.features import FeatureSpec
from engine.graph.inference import Inference, NodeInference
from engine.graph.sequence import grid
from engine.graph.splice import put_behind, take_out
from engine.graph.targets import FEATURE, LOSS, changed, task_of
from engine.layers.activations import activations
from engine.layers.base import Category, Layer, Role
from engine.layers.registry import layers
from engine.objectives.crossentropy import Linked
from engine.objectives.loss import Link
from engine.objectives.registry import find_loss
from engine.ops.limits import limits_of
from engine.tensor.spec import DType, TensorSpec

MOST_OF_ALL = 0.5  # of all parameters in one layer
WORTH_A_WORD, A_BURDEN = 1_000_000, 10_000_000  # parameters
LITTLE = 0.125  # of the input: a receptive field below that sees details only
NARROWER = 4  # times, what a layer with most of the parameters is made where nothing else helps
FEW_CHANNELS = 16  # fewer say too little when each becomes one number
DEEP_SATURATION = 5  # layers in a row whose activation is flat at both ends
DEEP = 10  # layers with weights in a row, without a normalization or a short cut
LINEAR, RECTIFIED = "linear", "relu"  # names that settings of activations have


def advise(
    graph: ModelGraph, inference: Inference, features: Mapping[str, FeatureSpec]
) -> Iterator[Diagnostic]:
    """All advice on a network as a whole, for what a target depends on; `unusual` has that on single layers."""
    known, needed = inference.nodes, inference.needed
    nodes = [graph.nodes[i] for i in known if i in needed and not known[i].error]
    view = _View(graph, inference, features, nodes)
    yield from _largest(view)
    yield from _windows_beyond(view)
    yield from _reach(view)
    yield from _saturation(view)
    yield from _depth(view)
    for node in nodes:
        if node.role is Role.TARGET:
            yield from _end(view, node)
    yield from _sections(graph)


def unusual(node: Node) -> Iterator[Diagnostic]:
    """The settings of a layer that make sense in few networks."""
    if isinstance(node.layer, UnknownLayer):
        return
    for name, value, bound in _unusual(node.layer):
        sentence, label = _words(node.layer, node.name, name, value, bound)
        layer = changed(node.layer, name, type(value)(bound))
        remedy = Remedy(label, SetSettings(node.id, layer, name)) if layer is not None else None
        yield Diagnostic(Severity.INFO, "unusual", sentence, node.id, remedy=remedy)


@dataclass(frozen=True)
class _View:
    """A network, as the rules read it."""

    graph: ModelGraph
    inference: Inference
    features: Mapping[str, FeatureSpec]
    nodes: list[Node]  # what is trained, in topological order

    def facts(self, node: Node) -> NodeInference:
        return self.inference.nodes[node.id]

    def before(self, node: Node) -> list[Node]:
        return [self.graph.nodes[e.source] for e in self.graph.edges_into(node.id)]

    def only_before(self, node: Node) -> Node | None:
        before = self.before(node)
        return before[0] if len(before) == 1 and not self.facts(before[0]).error else None

    def end(self, node: Node) -> tuple[str, Node]:
        """The op that a layer's first output comes from, and the layer that has it: others only change the shape."""
        while True:
            ends = self.facts(node).ends
            earlier = self.only_before(node)
            if not ends or ends[0] or earlier is None:
                return (ends[0] if ends else ""), node
            node = earlier


# -- one layer with most of the parameters ------------------------------------------------------------------
def _largest(view: _View) -> Iterator[Diagnostic]:
    total = view.inference.parameters
    for node in view.nodes:
        own = view.facts(node).parameters
        if own < WORTH_A_WORD or own <= MOST_OF_ALL * total:
            continue
        unrolled = view.only_before(node)
        remedy = _pooled_before(view, node, unrolled) if unrolled is not None else None
        if remedy is not None:
            share = 100 * own / total
            sentence = f"{share:.0f} % of all parameters are in {node.name}, because it sees every place of a picture."
            severity = Severity.WARNING if own >= A_BURDEN else Severity.INFO
            yield Diagnostic(severity, "most-parameters", sentence, node.id, remedy=remedy)
        elif own >= A_BURDEN and (narrower := _narrower(view, node)) is not None:
            sentence = f"{100 * own / total:.0f} % of all parameters are in {node.name}."
            yield Diagnostic(Severity.WARNING, "most-parameters", sentence, node.id, remedy=narrower)


def _narrower(view: _View, node: Node) -> Remedy | None:
    """The one whole number that makes a layer smaller, where what follows goes on as before."""
    if isinstance(node.layer, UnknownLayer) or node.shares or view.graph.sharers(node.id):
        return None
    facts = view.facts(node)
    followers = [view.graph.nodes[e.target] for e in view.graph.edges_from(node.id)]
    for name, value in node.layer:
        if type(value) is not int or value < NARROWER * FEW_CHANNELS:
            continue
        smaller = value // NARROWER
        layer = changed(node.layer, name, smaller)
        made = layer_facts(layer, facts.inputs) if layer is not None else None
        if layer is None or made is None or made.error:
            continue
        fewer = sum(w.size for w in made.weights.values())
        if (
            2 * fewer < facts.parameters
            and followers
            and all(_goes_on(view, f, made.outputs) for f in followers)
        ):
            title = type(node.layer).model_fields[name].title or name
            label = (
                f"Set {title.lower()} to {smaller:,}: {fewer:,} parameters instead of {facts.parameters:,}"
            )
            return Remedy(label, SetSettings(node.id, layer, name))
    return None


def _goes_on(view: _View, follower: Node, inputs: tuple[TensorSpec, ...]) -> bool:
    """Whether a layer gives the same shapes for other inputs."""
    if isinstance(follower.layer, UnknownLayer) or follower.role is not Role.HIDDEN:
        return False
    return layer_facts(follower.layer, inputs).outputs == view.facts(follower).outputs


def _pooled_before(view: _View, node: Node, unrolled: Node) -> Remedy | None:
    """One number for each channel in place of all places in a row, where that is what stands before a layer."""
    facts = view.facts(unrolled)
    if (
        len(facts.inputs) != 1
        or facts.parameters
        or facts.ends != ("",)
        or isinstance(node.layer, UnknownLayer)
    ):
        return None
    spec = facts.inputs[0]
    if len(spec.shape) < 2 or spec.shape[-1] < FEW_CHANNELS or facts.outputs != (TensorSpec((spec.size,)),):
        return None
    pooling = _first_layer(Category.POOLING, spec, TensorSpec(spec.shape[-1:]))
    if pooling is None:
        return None
    fewer = sum(w.size for w in layer_facts(node.layer, (TensorSpec(spec.shape[-1:]),)).weights.values())
    own = view.facts(node).parameters
    if not 0 < 4 * fewer < own:
        return None
    label = f"Pool globally before it: {fewer:,} parameters instead of {own:,}"
    return Remedy(label, SetSettings(unrolled.id, pooling))


@cache
def _first_layer(category: Category, received: TensorSpec, given: TensorSpec) -> Layer | None:
    """A common layer of a category, as it comes, that makes the one of the other."""
    for kind in layers().values():
        if kind.declaration.category is category and kind.declaration.common:
            layer = kind()
            if layer_facts(layer, (received,)).outputs == (given,):
                return layer
    return None


# -- windows ------------------------------------------------------------------------------------------------
def _windows_beyond(view: _View) -> Iterator[Diagnostic]:
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


def _smaller_window(view: _View, node: Node) -> Remedy | None:
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


def _reach(view: _View) -> Iterator[Diagnostic]:
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


def _pooled_behind(view: _View, node: Node) -> Remedy | None:
    """Half as many places behind a layer: all windows that follow see twice as much."""
    (spec,) = view.facts(node).outputs
    half = TensorSpec((*(n // 2 for n in spec.shape[:-1]), spec.shape[-1]))
    return (
        _put_behind(view, node, _first_layer(Category.POOLING, spec, half)) if min(half.shape) > 1 else None
    )


# -- long ways without help ---------------------------------------------------------------------------------
def _saturation(view: _View) -> Iterator[Diagnostic]:
    """Gradients shrink in each activation that is flat at both ends; after several nothing is left."""
    ways: dict[str, tuple[str, ...]] = {}
    for node in view.nodes:
        before = min((ways.get(n.id, ()) for n in view.before(node)), key=len, default=())
        flat = view.facts(node).ends[:1] and _behaviour(view.facts(node).ends[0]) == _FLAT
        if _is_help(view, node) or _category(node) is Category.RECURRENT or (not flat and _activates(node)):
            before = ()
        elif flat:
            before = (*before, node.id)
        ways[node.id] = before
        if len(before) == DEEP_SATURATION and before[-1] == node.id:
            count = f"{DEEP_SATURATION} layers in a row end in an activation that is flat for large numbers"
            sentence = f"{count}, up to {node.name}: hardly any gradient arrives before them."
            remedy = _rectified(view, [view.graph.nodes[i] for i in before[:-1]])
            yield Diagnostic(Severity.WARNING, "saturating", sentence, node.id, remedy=remedy)


def _depth(view: _View) -> Iterator[Diagnostic]:
    """Many layers with weights one behind the other learn slowly without a normalization or a short cut."""
    depth: dict[str, int] = {}
    for node in view.nodes:
        facts = view.facts(node)
        weighted = bool(facts.trainable) and _category(node) in (Category.CORE, Category.CONVOLUTION)
        behind = min((depth.get(n.id, 0) for n in view.before(node)), default=0)
        depth[node.id] = 0 if _is_help(view, node) else behind + weighted
        if depth[node.id] == DEEP and weighted:
            helping = _first_layer(Category.NORMALIZATION, facts.outputs[0], facts.outputs[0])
            sentence = (
                f"{DEEP} layers with weights follow each other up to {node.name}, without a normalization or a short cut "
                "between them: they learn slowly."
            )
            remedy = _put_behind(view, view.before(node)[0], helping)
            yield Diagnostic(Severity.INFO, "deep", sentence, node.id, remedy=remedy)


def _is_help(view: _View, node: Node) -> bool:
    """Whether gradients get past a layer well: it normalizes, or joins a way with a shorter one."""
    trained = view.facts(node).parameters > 0
    return (_category(node) is Category.NORMALIZATION and trained) or len(view.before(node)) > 1


def _category(node: Node) -> Category | None:
    return None if isinstance(node.layer, UnknownLayer) else type(node.layer).declaration.category


def _activates(node: Node) -> bool:
    """Whether a layer is an activation, or has one as a setting."""
    if isinstance(node.layer, UnknownLayer):
        return False
    named = {value for _, value in node.layer if isinstance(value, str)} & activations().keys()
    return _category(node) is Category.ACTIVATION or bool(named - {LINEAR})


def _rectified(view: _View, nodes: list[Node]) -> Remedy | None:
    edits = [edit for node in nodes if (edit := _with_activation(view, node, RECTIFIED)) is not None]
    if not edits:
        return None
    return Remedy(f"Use ReLU in {len(edits)} of them", Compound(tuple(edits), "Use ReLU"))


def _with_activation(view: _View, node: Node, name: str) -> GraphEdit | None:
    """The one setting that lets a layer end in another activation."""
    if isinstance(node.layer, UnknownLayer):
        return None
    facts = view.facts(node)
    for setting, value in node.layer:
        other = changed(node.layer, setting, name) if isinstance(value, str) and value != name else None
        if other is not None and layer_facts(other, facts.inputs).ends != facts.ends:
            return SetSettings(node.id, other, setting)
    return None


def _put_behind(view: _View, source: Node, layer: Layer | None) -> Remedy | None:
    if layer is None or len(view.facts(source).outputs) != 1 or isinstance(source.layer, UnknownLayer):
        return None
    node = view.graph.copy().new_node(layer, source.position)
    edit = put_behind(
        view.graph, node, source.id, source.layer.output_ports()[0].name, grid(1)[0] - grid(0)[0]
    )
    return Remedy(f"Put a {layer.title()} behind {source.name}", edit)


# -- the end of the network ---------------------------------------------------------------------------------
_FLAT = (True, True)


def _behaviour(name: str) -> tuple[bool, bool] | None:
    """Whether an activation is flat for very small and for very large numbers; None for what is none."""
    limits = limits_of(name)
    return (limits.low is not None, limits.high is not None) if limits is not None else None


def _end(view: _View, target: Node) -> Iterator[Diagnostic]:
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
        (link or len(feature.shape) < 2) and feature.dtype is not DType.STRING and _behaviour(end) is not None
    ):
        what = "scores" if link else "predictions"
        sentence = f"{node.name} ends in {end}, which keeps the {what} from taking every value."
        edit = _with_activation(view, node, LINEAR) or _without(view, node)
        remedy = Remedy(f"End {node.name} without it", edit) if edit is not None else None
        yield Diagnostic(Severity.WARNING, "bounded-end", sentence, target.id, remedy=remedy)


def _twice(view: _View, target: Node, node: Node, link: str, loss: object) -> Iterator[Diagnostic]:
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
        edit = _with_activation(view, node, LINEAR) or _without(view, node)
        remedy = Remedy(f"Apply it once, before {node.name}", edit) if edit is not None else None
        sentence = f"{node.name} applies {link} to what is the result of one already: all answers look alike."
        yield Diagnostic(Severity.WARNING, "link-twice", sentence, node.id, remedy=remedy)


def _without(view: _View, node: Node) -> GraphEdit | None:
    """The network without a layer that has no weights."""
    if view.facts(node).weights:
        return None
    try:
        return take_out(view.graph, node.id, grid(1)[0] - grid(0)[0])
    except EditError:
        return None


# -- unusual settings ---------------------------------------------------------------------------------------
Finding = tuple[str, float, float]
"""Name of a setting, its value, and the nearest usual one."""


def _unusual(model: BaseModel) -> Iterator[Finding]:
    for name, (low, high) in _usual(type(model)).items():
        value = getattr(model, name)
        if isinstance(value, int | float) and not low <= value <= high:
            yield name, value, low if value < low else high


@cache
def _usual(kind: type[BaseModel]) -> Mapping[str, tuple[float, float]]:
    """Smallest and largest usual value of the settings that have such."""
    extras = {name: info.json_schema_extra for name, info in kind.model_fields.items()}
    bounds: dict[str, Any] = {
        name: extra.get("usual") for name, extra in extras.items() if isinstance(extra, dict)
    }
    return {name: (low, high) for name, (low, high) in ((n, b) for n, b in bounds.items() if b)}


def _words(model: BaseModel, owner: str, name: str, value: float, bound: float) -> tuple[str, str]:
    """The sentence, and the text of the button."""
    title = type(model).model_fields[name].title or name
    sentence = (
        f"{title} of {owner} is {value:g}; at least {bound:g} is usual."
        if value < bound
        else f"{title} of {owner} is {value:g}; at most {bound:g} is usual."
    )
    return sentence, f"Set it to {bound:g}"


def _sections(graph: ModelGraph) -> Iterator[Diagnostic]:
    """Settings of the project, and of what is chosen in them: the optimizer's learning rate."""
    for key, section in graph.sections.items():
        for model, put in _parts(section):
            for name, value, bound in _unusual(model):
                owner = model.title() if hasattr(model, "title") else key
                sentence, label = _words(model, owner, name, value, bound)
                remedy = Remedy(
                    label, SetSection(key, put(model.model_copy(update={name: type(value)(bound)})))
                )
                yield Diagnostic(Severity.INFO, "unusual", sentence, remedy=remedy)


def _parts(section: BaseModel) -> Iterator[tuple[BaseModel, Callable[[BaseModel], BaseModel]]]:
    """The models in a section, each with how the section is with another in its place."""
    for name, value in section:
        if isinstance(value, BaseModel):
            yield value, partial(_exchanged, section, name)


def _exchanged(section: BaseModel, name: str, value: BaseModel) -> BaseModel:
    return section.model_copy(update={name: value})
