"""`main.py convert`: networks between our projects and the files of other programs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine.cli.errors import UsageError
from engine.cli.opened import Opened, open_project
from engine.data.bundle import DataBundle
from engine.data.errors import DataError
from engine.data.load import load
from engine.exchange.formats import format_of, formats, write_network, write_recipe
from engine.exchange.outgoing import Outgoing, outgoing
from engine.formats.project import SUFFIX, Project, save_project
from engine.formats.sections import INPUTS
from engine.formats.weights import bundled_features
from engine.graph.features import FeatureSpec
from engine.settings import Settings, problems
from engine.training.objectives import feature_specs


def convert(arguments: argparse.Namespace) -> int:
    """Read one file, write the other, and say how far their predictions are apart."""
    target = Path(arguments.output)
    if not target.name.lower().endswith(SUFFIX) and format_of(target) is None:
        known = ", ".join((SUFFIX, *(s for f in formats().values() if f.write for s in f.suffixes)))
        raise UsageError(f"the second file ends in {known}, received {arguments.output!r}.")
    if not (target.resolve().parent.is_dir() or _makes_its_folder(target)):
        raise UsageError(f"there is no folder {str(target.parent)!r}.")
    options = _options(target, arguments)
    project = open_project(arguments.input)
    learned = project.learned
    if target.name.lower().endswith(SUFFIX):
        kept = Project(
            project.graph, learned.weights, learned.optimizer, learned.step, preparation=project.preparation
        )
        save_project(target, kept)
        print(f"{target.name}: {len(project.graph.nodes)} layers.")
        return 0
    from engine.exchange.meaning import (
        meaning_of,
    )  # NumPy and the compiler, which reading alone does not need

    bundle = data_of(project)
    features = features_of(project)
    meaning = meaning_of(project.graph, project.name, bundle)
    out = outgoing(project.graph, features, learned.weights, learned.optimizer, learned.step, meaning)
    write_network(out, target, options)
    _prove(project, features, out, bundle, arguments, target)
    recipe = write_recipe(out, target)
    if recipe is not None:
        print(f"The file takes prepared numbers; how the data is prepared is in {recipe.name}.")
    return 0


def features_of(project: Opened) -> dict[str, FeatureSpec]:
    """What the network reads."""
    if project.preparation is not None:
        return dict(feature_specs(project.preparation.stand_in().spec))
    return bundled_features(project.graph)


def data_of(project: Opened) -> DataBundle | None:
    """What the network was trained on: bundled data, or a stand-in for a file, which a stranger's project may name."""
    if project.preparation is not None:
        return project.preparation.stand_in()
    if INPUTS in project.graph.sections or project.data.path is not None:
        return None
    try:
        return load(project.data)
    except DataError:
        return None


def _makes_its_folder(target: Path) -> bool:
    """Whether the format is one of whole folders, whose files have names of their own."""
    found = format_of(target)
    folder = target.resolve().parent
    return found is not None and target.name.lower() in found.suffixes and folder.parent.is_dir()


def _options(target: Path, arguments: argparse.Namespace) -> Settings | None:
    """The options of a format, written as NAME=VALUE."""
    found = format_of(target)
    kind = found.options if found is not None else None
    given: list[str] = list(arguments.options)
    if kind is not None and "tfjs" in kind.model_fields and arguments.tfjs:
        given.insert(0, f"tfjs={arguments.tfjs}")
    if not given or kind is None:
        if given:
            raise UsageError(f"{target.name} is of a format without options, received {given[0]!r}.")
        return None
    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in kind.model_fields:
            raise UsageError(
                f"an option of {target.name} is one of {', '.join(kind.model_fields)}, as NAME=VALUE; received {text!r}."
            )
        values[name] = value
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise UsageError(next(iter(problems(kind, error).values()))) from None


def _prove(
    project: Opened,
    features: dict[str, FeatureSpec],
    out: Outgoing,
    bundle: DataBundle | None,
    arguments: argparse.Namespace,
    target: Path,
) -> None:
    from engine.exchange.judges import Places
    from engine.models.proof import TOLERATED, prove, samples_of

    named = Places.of_environment()
    places = Places(arguments.python or named.python, arguments.tfjs or named.tfjs)
    samples = samples_of(project.graph, project.learned.weights, features, bundle)
    proof = prove(samples, out, target, places)
    about = "rows of the data" if proof.own else "random examples"
    for verdict in proof.verdicts:
        print(
            f"{target.name}: {verdict.says()}"
            + (f" ({proof.rows} {about})" if verdict.difference is not None else "")
        )
    if not proof.holds:
        print(
            f"warning: that is not the same to {TOLERATED:g}; look at layers that behave differently in the other program.",
            file=sys.stderr,
        )
