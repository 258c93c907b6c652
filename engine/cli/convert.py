"""`main.py convert`: networks between our projects and the files of other programs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.cli.errors import UsageError
from engine.cli.opened import Opened, open_project
from engine.exchange.formats import format_of, formats, write_network
from engine.exchange.outgoing import outgoing
from engine.formats.project import SUFFIX, Project, save_project
from engine.formats.weights import bundled_features
from engine.graph.features import FeatureSpec
from engine.training.objectives import feature_specs

TOLERATED = 1e-4  # difference of predictions beyond which a warning is due


def convert(arguments: argparse.Namespace) -> int:
    """Read one file, write the other, and say how far their predictions are apart."""
    target = Path(arguments.output)
    if not target.name.lower().endswith(SUFFIX) and format_of(target) is None:
        known = ", ".join((SUFFIX, *(s for f in formats().values() if f.write for s in f.suffixes)))
        raise UsageError(f"the second file ends in {known}, received {arguments.output!r}.")
    if not target.resolve().parent.is_dir():
        raise UsageError(f"there is no folder {str(target.parent)!r}.")
    project = open_project(arguments.input)
    learned = project.learned
    if target.name.lower().endswith(SUFFIX):
        kept = Project(
            project.graph, learned.weights, learned.optimizer, learned.step, preparation=project.preparation
        )
        save_project(target, kept)
        print(f"{target.name}: {len(project.graph.nodes)} layers.")
        return 0
    features = features_of(project)
    write_network(outgoing(project.graph, features, learned.weights, learned.optimizer, learned.step), target)
    _prove(project, features, target)
    if project.preparation is not None:
        recipe = target.with_name(f"{target.stem}.recipe.txt")
        recipe.write_text(f"{project.preparation.describe()}\n", encoding="utf-8")
        print(f"The file takes prepared numbers; how the data is prepared is in {recipe.name}.")
    return 0


def features_of(project: Opened) -> dict[str, FeatureSpec]:
    """What the network reads."""
    if project.preparation is not None:
        return dict(feature_specs(project.preparation.stand_in().spec))
    return bundled_features(project.graph)


def _prove(project: Opened, features: dict[str, FeatureSpec], target: Path) -> None:
    # NumPy and the compiler, which reading alone does not need
    from engine.models.exchange import difference_of

    difference = difference_of(project.graph, project.learned.weights, features, target)
    print(f"{target.name}: read again, its predictions are the same to {difference:.1e}.")
    if difference > TOLERATED:
        print(
            f"warning: that is more than {TOLERATED:g}; look at layers that behave differently in the other program.",
            file=sys.stderr,
        )
