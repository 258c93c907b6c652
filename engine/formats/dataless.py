"""Networks that came without data, of other programs and of scripts: what they take, and binding data that comes later."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.data.bundle import DataSpec
from engine.data.pictures.ranges import Pixels
from engine.data.recipe.settings import ColumnRecipe, PictureRecipe
from engine.data.settings import DataSettings
from engine.devices.base import Watch
from engine.formats.sections import ANSWERS, DATA, INPUTS, AnswerWords, InputShapes
from engine.graph.document import Edge, ModelGraph, Node, output_ports
from engine.graph.edits import Compound, GraphEdit, SetSection, SetSettings
from engine.graph.features import FeatureSpec
from engine.graph.inference import Inference
from engine.graph.splice import put_behind
from engine.graph.targets import misfit, unsuited
from engine.layers.input import Input
from engine.layers.rescaling import Rescaling
from engine.layers.target import Target
from engine.tensor.spec import DType, Shape, TensorSpec, format_shape
from engine.training.features import feature_specs

_STEP = 250.0  # between two columns
_RANGES = {Pixels.SYMMETRIC: (2.0, -1.0), Pixels.BYTES: (255.0, 0.0)}  # scale and offset of pixels in 0..1
_PROBABILITIES = {
    "softmax": 2,
    "sigmoid": 1,
}  # ops that end a classifier, and the least numbers they give then


def given_inputs(graph: ModelGraph) -> dict[str, FeatureSpec] | None:
    """What a network without data takes, by name; None where the project has data."""
    section = graph.sections.get(INPUTS)
    if not isinstance(section, InputShapes) or DATA in graph.sections:
        return None
    return {name: FeatureSpec(i.shape, DType(i.dtype)) for name, i in section.shapes.items()}


def supposed_features(graph: ModelGraph, inference: Inference) -> dict[str, FeatureSpec]:
    """The inputs of a network without data, and for each target what it would be compared with, going by its end.

    So shapes, costs and problems are those of the network, not of data that nobody chose.
    """
    features = given_inputs(graph) or {}
    for node in graph.nodes.values():
        wires = graph.edges_into(node.id)
        if not isinstance(node.layer, Target) or not wires:
            continue
        spec = inference.specs.get((wires[0].source, wires[0].source_port))
        if spec is not None:
            features[node.layer.target] = _answer(node.layer, spec, end_of(graph, inference, wires[0]))
    return features


def end_of(graph: ModelGraph, inference: Inference, wire: Edge) -> str:
    """The name of the op that what arrives by a wire comes from; "" where that is not known."""
    facts = inference.nodes.get(wire.source)
    names = [port.name for port in output_ports(graph.nodes[wire.source].layer)]
    at = names.index(wire.source_port) if wire.source_port in names else 0
    return facts.ends[at] if facts is not None and at < len(facts.ends) else ""


def gives_classes(end: str, width: int) -> bool:
    """Whether so many numbers that come from this op are most likely the probabilities of classes."""
    return width >= _PROBABILITIES.get(end, width + 1)


def _answer(layer: Target, spec: TensorSpec, end: str) -> FeatureSpec:
    width = spec.shape[-1] if spec.shape else 1
    classes = FeatureSpec(spec.shape[:-1], DType.INT32, max(2, width))
    numbers = FeatureSpec(spec.shape)
    likely = gives_classes(end, width)
    for feature in (classes, numbers) if likely else (numbers, classes):
        if not misfit(layer.loss, feature, spec) and not unsuited(layer.metrics, layer.class_weight, feature):
            return feature
    return classes if likely else numbers


def bound(graph: ModelGraph, spec: DataSpec, settings: DataSettings) -> Compound | str:
    """The edit that lets a network read chosen data: its inputs and targets get the names that the data has.

    Args:
        graph: with the section `inputs`; not changed.
        spec: of the data.
        settings: the data as it was brought to the shapes of the network.

    Returns:
        The edit, or a sentence on which input the data has nothing for.
    """
    section = graph.sections[INPUTS]
    assert isinstance(section, InputShapes)  # the caller looked
    known = {name: f.as_seen for name, f in feature_specs(spec).items()}
    inputs = _matched(section, {n: known[n] for n in spec.inputs})
    if isinstance(inputs, str):
        return inputs
    targets = [n for n in graph.nodes.values() if isinstance(n.layer, Target)]
    aims = dict(zip((n.id for n in targets), spec.targets, strict=False))
    edits: list[GraphEdit] = [SetSection(DATA, settings), SetSection(INPUTS, None)]
    edits += _in_range(graph, inputs, spec)
    edits += [edit for n in graph.nodes.values() if (edit := _renamed(n, inputs, aims)) is not None]
    return Compound(tuple(edits), "Read the data")


def _in_range(graph: ModelGraph, inputs: Mapping[str, str], spec: DataSpec) -> list[GraphEdit]:
    """A layer that brings pictures, which data has from 0 to 1, to the range that the project says the network takes."""
    words = graph.sections.get(ANSWERS)
    found = _RANGES.get(words.pixels) if isinstance(words, AnswerWords) else None
    if found is None:
        return []
    scratch, edits = graph.copy(), list[GraphEdit]()
    for node in graph.nodes.values():
        if isinstance(node.layer, Input) and spec.features[inputs[node.layer.feature]].kind == "image":
            scale, offset = found
            made = scratch.new_node(Rescaling(scale=scale, offset=offset))
            edits.append(put_behind(graph, made, node.id, "output", _STEP))
    return edits


def _matched(section: InputShapes, there: Mapping[str, FeatureSpec]) -> dict[str, str] | str:
    """The data's name for each input, by name where that fits, else the first of its shape."""
    left, found = dict(there), {}
    for name, shape in section.shapes.items():
        wanted = (shape.shape, DType(shape.dtype))
        fits = [k for k, f in left.items() if (f.shape, f.dtype) == wanted]
        if not fits:
            return _nothing_for(name, shape.shape, there)
        found[name] = name if name in fits else fits[0]
        del left[found[name]]
    return found


def _nothing_for(name: str, shape: Shape, there: Mapping[str, FeatureSpec]) -> str:
    has = ", ".join(f"{key} {format_shape(f.shape)}" for key, f in there.items())
    return (
        f"The network takes {format_shape(shape)} as {name}; this data has {has}. "
        "Choose other data, or put a layer behind the Input that brings it to this shape."
    )


def _renamed(node: Node, inputs: Mapping[str, str], aims: Mapping[str, str]) -> GraphEdit | None:
    if (
        isinstance(node.layer, Input)
        and inputs.get(node.layer.feature, node.layer.feature) != node.layer.feature
    ):
        layer = node.layer.model_copy(update={"feature": inputs[node.layer.feature]})
        return SetSettings(node.id, layer, "feature")
    if node.id in aims and isinstance(node.layer, Target) and node.layer.target != aims[node.id]:
        return SetSettings(node.id, node.layer.model_copy(update={"target": aims[node.id]}), "target")
    return None


def fitted(settings: DataSettings, taken: InputShapes, watch: Watch | None = None) -> DataSettings:
    """The settings with pictures of the size that the network takes, where there is one such input and nothing was decided.

    Raises:
        DataError: the file can't be opened.
        Interrupted: by `watch`.
    """
    from engine.data.sources.base import Kind  # the start of the window need not pay for readers of files
    from engine.data.sources.registry import open_source

    pictures = [i.shape for i in taken.shapes.values() if len(i.shape) == 3 and i.shape[-1] in (1, 3)]
    if settings.path is None or len(pictures) != 1 or min(pictures[0]) < 1:
        return settings
    with open_source(Path(settings.path), settings.options, watch) as source:
        columns = [c.name for c in source.columns if c.kind is Kind.PICTURE]
    if len(columns) != 1 or settings.recipe.of(columns[0]) != ColumnRecipe():
        return settings
    height, width, channels = pictures[0]
    size = PictureRecipe(height=height, width=width, grey=channels == 1)
    recipe = settings.recipe.with_column(columns[0], ColumnRecipe(picture=size))
    return settings.model_copy(update={"recipe": recipe})


def head_width(graph: ModelGraph, spec: DataSpec, inference: Inference) -> tuple[int, int] | None:
    """How many classes the network tells apart and how many the data has, where these differ; else None."""
    known = feature_specs(spec)
    for node in graph.nodes.values():
        wires = graph.edges_into(node.id)
        if not isinstance(node.layer, Target) or not wires or node.layer.target not in known:
            continue
        feature, got = known[node.layer.target], inference.specs.get((wires[0].source, wires[0].source_port))
        if feature.classes is None or got is None or not misfit(node.layer.loss, feature, got):
            continue
        if got.shape and got.shape[-1] != feature.classes:
            return got.shape[-1], feature.classes
    return None
