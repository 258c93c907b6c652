"""A project or an example as the commands see it: the graph, its settings, and what it has learned so far."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from engine.cli.errors import UsageError
from engine.cli.near import meant
from engine.data.bundle import DataSpec
from engine.data.recipe.preparation import Preparation
from engine.data.settings import DataSettings
from engine.exchange.formats import format_of, read_network
from engine.formats.embedding import SHARED, unpack
from engine.formats.examples import examples
from engine.formats.project import SUFFIX, LoadedProject, load_project
from engine.formats.sections import DATA, TRAINING
from engine.formats.sharing import with_data
from engine.graph.diagnostics import Severity
from engine.graph.document import ModelGraph
from engine.graph.inference import infer
from engine.models.bundled import bundled_networks, open_bundled_network
from engine.models.exchange import imported_project
from engine.paths import data_dir
from engine.training.features import feature_specs
from engine.training.named import NamedStates
from engine.training.settings import TrainingSettings


@dataclass(frozen=True, eq=False)
class Opened:
    """A project.

    Attributes:
        name: of the example or file.
        graph: a document of one's own, with all sections.
        learned: weights and optimizer state by name; empty before training.
        preparation: the fitted recipe of the file it was trained on.
    """

    name: str
    graph: ModelGraph
    learned: NamedStates
    preparation: Preparation | None = None

    @property
    def data(self) -> DataSettings:
        """The choice of data."""
        section = self.graph.sections.get(DATA)
        return section if isinstance(section, DataSettings) else DataSettings()

    @property
    def training(self) -> TrainingSettings:
        """The training settings."""
        section = self.graph.sections.get(TRAINING)
        return section if isinstance(section, TrainingSettings) else TrainingSettings()


def open_project(name: str) -> Opened:
    """The example of that name, or the project in that file; what is odd about a file is said on stderr.

    Raises:
        UsageError: there is neither.
        FormatError: the file can't be read.
    """
    if name in examples():
        return Opened(name, examples()[name].graph(), NamedStates())
    path = Path(name)
    if name in bundled_networks():
        project: LoadedProject = imported_project(open_bundled_network(name))
    elif not path.exists():
        raise UsageError(_unknown(name))
    else:
        project = imported_project(read_network(path)) if format_of(path) else load_project(path)
    if project.data is not None:
        project = with_data(project, unpack(path, project.data, data_dir() / SHARED))
    for warning in project.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    learned = NamedStates(project.weights, project.optimizer, project.step)
    return Opened(path.stem, project.graph, learned, project.preparation)


def _unknown(name: str) -> str:
    """That there is nothing of that name, and what may be meant: the file without its ending, or what is called alike."""
    whole = f"{name}{SUFFIX}"
    asked = (
        f"Did you mean {whole!r}?"
        if Path(whole).is_file()
        else meant(name, (*examples(), *bundled_networks()), _is_network)
    )
    rest = f". {asked}" if asked else f"; the examples are {', '.join(examples())}."
    return f"there is no file and no example {name!r}{rest}"


def _is_network(path: Path) -> bool:
    found = format_of(path)
    return path.name.lower().endswith(SUFFIX) or (found is not None and found.read is not None)


def require_sound(graph: ModelGraph, data: DataSpec) -> None:
    """Raise UsageError with the first error of the network on this data, if there is one."""
    for problem in infer(graph, feature_specs(data)).diagnostics:
        if problem.severity is Severity.ERROR:
            node = graph.nodes.get(problem.node)
            raise UsageError(f"{node.name}: {problem.sentence}" if node else problem.sentence)
