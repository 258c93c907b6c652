"""Beginning from a network that came without data, or from one that knows something else: binding data, a new head."""

from __future__ import annotations

import sys

from engine.cli.errors import UsageError
from engine.cli.opened import Opened
from engine.data.bundle import DataBundle
from engine.data.load import describe
from engine.formats.dataless import bound, fitted
from engine.formats.sections import DATA, INPUTS, InputShapes
from engine.graph.inference import infer
from engine.proposals.transfer import starting_point
from engine.training.features import feature_specs
from engine.training.reports import Snapshot
from engine.training.states import partial_snapshot

HEAD = "head"  # a value of --network


def bind(project: Opened) -> bool:
    """Let a network that says itself what it takes read the data that was given; whether it is such a one.

    Raises:
        UsageError: there is no data, or it does not fit.
    """
    section = project.graph.sections.get(INPUTS)
    if not isinstance(section, InputShapes):
        return False
    if DATA not in project.graph.sections:
        raise UsageError(f"{project.name} came without data; give it some: --data PATH.")
    settings = fitted(project.data, section)
    edit = bound(project.graph, describe(settings), settings)
    if isinstance(edit, str):
        raise UsageError(edit)
    edit.apply(project.graph)
    return True


def use_head(project: Opened, bundle: DataBundle) -> None:
    """Freeze what was learned and put a head for this data behind it.

    Raises:
        EditError: there is nothing to begin from.
    """
    features = feature_specs(bundle.spec)
    start = starting_point(project.graph, infer(project.graph, features), features)
    start.edit.apply(project.graph)
    name = project.graph.nodes[start.behind].name
    print(
        f"note: frozen layers: {start.frozen}; new head behind {name}: {start.answers:,} outputs.",
        file=sys.stderr,
    )


def first_weights(project: Opened, bundle: DataBundle) -> Snapshot | None:
    """The weights that came along, where they fit, and new ones for the rest; None where none fits."""
    found = partial_snapshot(project.graph, bundle.spec, project.learned, project.training.seed)
    return found[0] if found is not None else None
