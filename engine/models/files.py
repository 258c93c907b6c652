"""Projects read back as models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.formats.errors import FormatError
from engine.graph.document import ModelGraph, Node
from engine.graph.edits import RemoveNode
from engine.layers.base import Role
from engine.layers.input import Input as Source
from engine.layers.target import Target
from engine.models.model import Aim, Model
from engine.models.symbols import Drawing, Input, Symbol
from engine.training.named import NamedStates
from engine.training.settings import TrainingSettings

if TYPE_CHECKING:
    from engine.formats.project import Project


def load_model(path: str | Path) -> Model:
    """The network of a project with its weights; arrays are given to it as the network sees them (standardized).

    Raises:
        FormatError: one sentence: it can't be read, or has nothing to predict.
    """
    from engine.formats.project import load_project  # recipes of tables come with it, which few scripts need

    return model_of(load_project(Path(path)), str(path))


def model_of(project: Project, path: str) -> Model:
    """The network of a project that was read from `path`.

    Raises:
        FormatError: one sentence: it has nothing to predict.
    """
    graph = project.graph.copy()
    targets = [n for n in graph.nodes.values() if isinstance(n.layer, Target)]
    ends = {n.id: graph.edges_into(n.id) for n in targets}
    if not targets or not all(ends.values()):
        raise FormatError(
            f"{path} has no target that a layer is wired to; finish the network in the window first."
        )
    inputs = _inputs(graph)
    places = tuple((wires[0].source, wires[0].source_port) for wires in ends.values())
    aims = [_aim(n) for n in targets]
    for node in targets:
        RemoveNode(node.id).apply(graph)
    training = graph.sections.get("training")
    return Model.restored(
        Drawing(graph, tuple(i.name for i in inputs), places),
        inputs,
        aims,
        training if isinstance(training, TrainingSettings) else TrainingSettings(device="cpu"),
        NamedStates(project.weights, project.optimizer, project.step),
    )


def _aim(node: Node) -> Aim:
    assert isinstance(node.layer, Target)  # asked for by the caller
    return Aim(node.layer.loss, node.layer.weight, node.layer.metrics)


def _inputs(graph: ModelGraph) -> list[Symbol]:
    """The inputs with their shapes, as the project says, or as its data has them."""
    names = [
        n.layer.feature for n in graph.nodes.values() if n.role is Role.SOURCE and isinstance(n.layer, Source)
    ]
    from engine.formats.weights import bundled_features  # likewise

    known = bundled_features(graph)
    missing = [name for name in names if name not in known]
    if missing:
        raise FormatError(
            f"The shape of the input {missing[0]} is not in the file; open it in the window instead."
        )
    seen = {name: known[name].as_seen for name in dict.fromkeys(names)}
    return [Input(f.shape, dtype=f.dtype.value, name=name) for name, f in seen.items()]
