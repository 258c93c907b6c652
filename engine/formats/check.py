"""Whether a file can be read, and why not: what `main.py check` says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.formats.errors import FormatError
from engine.formats.project import load_project
from engine.formats.weights import bundled_features
from engine.graph.inference import infer


@dataclass(frozen=True)
class Report:
    """The finding.

    Attributes:
        readable: whether it can be opened at all.
        summary: one line on what it is, or why it can't be opened.
        warnings: what is not as it was saved.
        problems: what keeps the network from training, as far as can be known without the data.
    """

    readable: bool
    summary: str
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def check(path: Path) -> Report:
    """Open a project and look it over; raises nothing for a file that can't be read."""
    try:
        project = load_project(path)
    except FormatError as error:
        return Report(False, str(error))
    graph = project.graph
    features = bundled_features(graph)
    trained = f"trained for {project.step:,} steps" if project.weights else "not trained"
    problems: tuple[str, ...] = ()
    size = f"{len(graph.nodes)} layers"
    if features:
        inference = infer(graph, features)
        size += f", {inference.parameters:,} parameters"
        problems = tuple(d.sentence for d in inference.diagnostics)
    own = (
        f" Its data is in it: {project.data.name}, {project.data.size:,} bytes."
        if project.data is not None
        else ""
    )
    return Report(True, f"A project with {size}, {trained}.{own}", project.warnings, problems)
