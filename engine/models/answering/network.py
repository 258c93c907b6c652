"""A trained network that is asked for answers: of our data, of a file of one's own, or of another program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.compiler.model import ModelCompiler
from engine.data.block import Block, Rows
from engine.data.bundle import DataBundle, DataSpec, Feature, Scaling
from engine.data.errors import DataError
from engine.data.load import load
from engine.data.pictures.centring import EXTENT, learned_extent
from engine.data.pictures.ground import learned_ground
from engine.data.pictures.ranges import Pixels
from engine.data.plain import ARRAYS, TARGET, Wanted, open_plain
from engine.data.recipe.applying import open_for
from engine.data.recipe.preparation import Preparation
from engine.data.recipe.streaming import RecipeRows
from engine.data.settings import DataSettings
from engine.devices.base import Watch
from engine.formats.dataless import end_of, given_inputs, gives_classes, supposed_features
from engine.formats.errors import FormatError
from engine.formats.project import Project
from engine.formats.sections import ANSWERS, DATA, AnswerWords
from engine.formats.weights import misfit
from engine.graph.diagnostics import Severity
from engine.graph.document import ModelGraph
from engine.graph.inference import Inference, infer
from engine.layers.base import Role
from engine.layers.target import Target
from engine.models.files import model_of
from engine.models.running import Runner
from engine.tensor.spec import Array
from engine.training.features import feature_specs
from engine.training.objectives import objectives_of

BATCH = 256
BATCH_BYTES = 1_250_000  # of inputs: large pictures run as fast one by one, and fewer of them compile sooner


@dataclass(frozen=True, eq=False)
class Answered:
    """A block with what the network says of it.

    Attributes:
        block: as it was read.
        outputs: by target in their order, (n, ..) in the units of the data, NaN for rows that can't be read.
    """

    block: Block
    outputs: tuple[Array, ...]


@dataclass(frozen=True)
class Learned:
    """What the pictures have in common that a network learned from: see `common_ground` and `common_extent`."""

    ground: float | None
    extent: float | None

    @classmethod
    def of(cls, bundle: DataBundle) -> Learned:
        """From some of them."""
        return cls(learned_ground(bundle), learned_extent(bundle))


class Answering:
    """A network on a device; `close` it when all is answered.

    Attributes:
        inputs: what must be given.
        targets: what is answered, in order. Those of classes have class names; others are numbers.
        scores: of each target, whether its outputs are scores that a soft-max makes probabilities of.
        ground: of the pictures that it learned from, as `common_ground` says; None where that is not known.
        extent: of what is drawn in them, as `common_extent` says; None where that is not known.
    """

    def __init__(
        self,
        runner: Runner,
        inputs: Sequence[Feature],
        targets: Sequence[Feature],
        scaling: Mapping[str, Scaling],
        preparation: Preparation | None = None,
        pixels: Pixels = Pixels.UNIT,
        scores: Sequence[bool] = (),
        learned: Learned | None = None,
    ) -> None:
        self._runner = runner
        self.inputs, self.targets = tuple(inputs), tuple(targets)
        self._scaling, self._preparation, self._pixels = scaling, preparation, pixels
        self.scores = tuple(scores) or tuple(False for _ in targets)
        self.ground, self.extent = (learned.ground, learned.extent) if learned else (None, None)

    def open(
        self,
        path: Path,
        watch: Watch | None = None,
        answers: str = "",
        *,
        inverted: bool = False,
        centred: bool = False,
    ) -> Rows:
        """A file or folder to answer for.

        Args:
            path: of it.
            watch: of the counting and decoding.
            answers: the column of answers, where that has no name of its own.
            inverted: pictures are turned from dark on light to light on dark, or back.
            centred: what is drawn is brought to the middle, as large as what was learned from.

        Raises:
            DataError: it can't be read, or does not have what the network takes; or there is nothing to invert or centre.
            Interrupted: by `watch`.
        """
        extent = (self.extent or EXTENT) if centred else 0.0
        wanted = Wanted(self.inputs, self._scaling, self.targets, self._pixels, answers, inverted, extent)
        rows = self._opened(path, watch, wanted)
        if (inverted or centred) and not rows.pictured:
            rows.close()
            what = "inverted" if inverted else "centred"
            raise DataError(f"Only pictures can be {what}; {path.name} holds none.")
        return rows

    def _opened(self, path: Path, watch: Watch | None, wanted: Wanted) -> Rows:
        preparation = self._preparation
        if preparation is None:
            return open_plain(path, wanted, watch)
        source = open_for(preparation, path, watch)
        names = {c.name for c in source.columns}
        if path.suffix.lower() in ARRAYS and not {c.name for c in preparation.columns} & names:
            source.close()
            return open_plain(path, wanted, watch)
        try:
            read = [f.name for f in self.inputs]
            return RecipeRows(
                preparation, source, read, watch, inverted=wanted.inverted, centred=wanted.centred
            )
        except BaseException:
            source.close()
            raise

    def answer(self, rows: Rows, watch: Watch | None = None) -> Iterator[Answered]:
        """All rows in order.

        Raises:
            DataError: a value is not what the network takes.
            Interrupted: by `watch`.
        """
        for block in rows.blocks(watch):
            outputs = tuple(self.of(block.inputs))
            for output in outputs:
                output[block.missing] = np.nan
            yield Answered(block, outputs)

    def of(self, inputs: Mapping[str, Array]) -> list[Array]:
        """The answers (n, ..) for inputs (n, ..) as the network sees them."""
        each = sum(4 * int(np.prod(f.shape)) for f in self.inputs)
        found = self._runner.run(inputs, max(1, min(BATCH, BATCH_BYTES // max(1, each))))
        return [self._in_units(t.name, values) for t, values in zip(self.targets, found, strict=True)]

    def _in_units(self, target: str, values: Array) -> Array:
        scaling = self._scaling.get(target)
        return np.array(values) if scaling is None else scaling.invert(values)

    def title_of(self, target: Feature) -> str:
        """How people call what is answered: by its column, or, of bundled classes, as what it is."""
        of_file = self._preparation.of("target") if self._preparation is not None else ()
        columns = {p.column for f in of_file if f.name == target.name for p in f.pieces}
        names = columns or set(target.column_names)
        if len(names) == 1:
            return names.pop()
        return "class" if target.class_names and target.name == TARGET else target.name

    def close(self) -> None:
        """Let go of the device."""
        self._runner.close()


def answering(
    project: Project, name: str, bundle: DataBundle | None = None, device: str = "cpu"
) -> Answering:
    """The network of a project with its weights.

    Args:
        project: trained.
        name: of it, for sentences.
        bundle: its data, where that was loaded.
        device: that computes the answers.

    Raises:
        FormatError: it can't predict; one sentence.
        DataError: its data can't be read.
        DeviceError: there is no such device.
    """
    if given_inputs(project.graph) is not None:
        return _without_data(project, name, device)
    preparation = project.preparation
    if bundle is None and preparation is not None:
        return _with_data(project, name, preparation.stand_in(), device, None)
    known = bundle if bundle is not None else load(_data_of(project.graph))
    return _with_data(project, name, known, device, Learned.of(known))


def _data_of(graph: ModelGraph) -> DataSettings:
    section = graph.sections.get(DATA)
    return section if isinstance(section, DataSettings) else DataSettings()


def _with_data(
    project: Project, name: str, bundle: DataBundle, device: str, learned: Learned | None
) -> Answering:
    spec: DataSpec = bundle.spec
    features = feature_specs(spec)
    if misfit(project.graph, project.weights, features):
        raise FormatError(f"The weights in {name} do not fit its network; train it anew.")
    objectives = objectives_of(project.graph, spec)
    compiler = ModelCompiler(project.graph, features, objectives)
    runner = Runner(compiler, project.weights, (), device)
    read = {getattr(n.layer, "feature", None) for n in project.graph.nodes.values() if n.role is Role.SOURCE}
    inputs = [f for n in bundle.inputs if (f := bundle.features[n]).kind != "text" or n in read]
    targets = [bundle.features[objective.target] for objective in objectives]
    return Answering(runner, inputs, targets, bundle.scaling, bundle.preparation, learned=learned)


def _without_data(project: Project, name: str, device: str) -> Answering:
    """A network that says itself what arrays it takes: of a script or another program."""
    model = model_of(project, name)
    inputs = [
        Feature(n, "text" if s.dtype.value == "string" else "numeric", s.spec.shape, s.dtype)
        for n, s in zip(model.input_names, model.inputs, strict=True)
    ]
    words = project.graph.sections.get(ANSWERS)
    words = words if isinstance(words, AnswerWords) else AnswerWords()
    inference = infer(project.graph, given_inputs(project.graph) or {})
    supposed = supposed_features(project.graph, inference)
    targets, scores = [], []
    for node in project.graph.nodes.values():
        if isinstance(node.layer, Target):
            wire = next(iter(project.graph.edges_into(node.id)), None)
            if wire is None or (wire.source, wire.source_port) not in inference.specs:
                raise FormatError(_why_not(project.graph, inference, name))
            shape = inference.specs[wire.source, wire.source_port].shape
            end, width = end_of(project.graph, inference, wire), shape[-1] if shape else 1
            classes = supposed[node.layer.target].classes
            if gives_classes(end, width):
                classes = max(2, width)
            names = tuple(words.classes.get(node.layer.target, ())) if classes else ()
            targets.append(_target(node.layer.target, shape, classes, names))
            scores.append(bool(classes) and not gives_classes(end, width))
    return Answering(model.runner(device), inputs, targets, {}, pixels=words.pixels, scores=scores)


def _why_not(graph: ModelGraph, inference: Inference, name: str) -> str:
    """What is wrong with a network that has nothing at its target."""
    for problem in inference.diagnostics:
        node = graph.nodes.get(problem.node)
        if problem.severity is Severity.ERROR and node is not None:
            return f"{name} can't predict: {node.name}: {problem.sentence}"
    return f"{name} can't predict: nothing arrives at its target; wire its last layer to it."


def _target(name: str, shape: tuple[int, ...], classes: int | None, names: tuple[str, ...]) -> Feature:
    if classes is None:
        return Feature(name, "numeric", shape)
    known = (*names[:classes], *(str(k) for k in range(len(names), classes)))
    return Feature(name, "category", shape[:-1], class_names=known)
