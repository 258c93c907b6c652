"""`main.py convert`: networks between our projects and the files of other programs."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from engine.cli.errors import UsageError
from engine.cli.near import no_such_file
from engine.cli.opened import Opened, open_project
from engine.data.settings import DataSettings
from engine.exchange.formats import Format, format_of, formats
from engine.exchange.judges import Places
from engine.formats.project import SUFFIX, Project, save_project
from engine.formats.sections import INPUTS
from engine.formats.weights import bundled_features
from engine.graph.features import FeatureSpec
from engine.settings import Settings, problems
from engine.training.features import feature_specs
from engine.training.named import NamedStates

if TYPE_CHECKING:
    from engine.models.exporting import Exported


def convert(arguments: argparse.Namespace) -> int:
    """Read one file, write the other, and say how far their predictions are apart."""
    target = Path(arguments.output)
    kind = format_of(target)
    if not target.name.lower().endswith(SUFFIX) and (kind is None or kind.write is None):
        known = ", ".join((SUFFIX, *(s for f in formats().values() if f.write for s in f.suffixes)))
        raise UsageError(f"the second file ends in {known}, received {arguments.output!r}.")
    if not (target.resolve().parent.is_dir() or _makes_its_folder(target, kind)):
        raise UsageError(f"there is no folder {str(target.parent)!r}.")
    if Path(arguments.input).exists() and Path(arguments.input).resolve() == target.resolve():
        raise UsageError(
            f"the second file would overwrite {arguments.input!r}, the first; choose another name."
        )
    options = _options(target, kind, arguments)
    project = open_project(arguments.input)
    if arguments.weights:
        project = _with_weights(project, Path(arguments.weights))
    if kind is None:
        learned = project.learned
        kept = Project(
            project.graph, learned.weights, learned.optimizer, learned.step, preparation=project.preparation
        )
        save_project(target, kept)
        print(f"{target.name}: {len(project.graph.nodes)} layers.")
        return 0
    done = _export(project, kind, target, options, arguments)
    _say(done)
    if arguments.snippet and done.snippet:
        print(f"\n{done.snippet}", end="")
    return 0


def _with_weights(project: Opened, path: Path) -> Opened:
    """The project with the weights of a file; what fits and what does not is said on stderr."""
    from engine.models.weights import (
        weights_for,
    )  # NumPy and the forms of PyTorch, which reading alone does not need

    if not path.is_file():
        raise UsageError(no_such_file(str(path), "--weights"))
    weights, found = weights_for(project.graph, features_of(project), project.learned.weights, path)
    for sentence in found.summary():
        print(f"{path.name}: {sentence}", file=sys.stderr)
    return replace(project, learned=NamedStates(weights))


def features_of(project: Opened) -> dict[str, FeatureSpec]:
    """What the network reads."""
    if project.preparation is not None:
        return dict(feature_specs(project.preparation.stand_in().spec))
    return bundled_features(project.graph)


def _export(
    project: Opened, kind: Format, target: Path, options: Settings | None, arguments: argparse.Namespace
) -> Exported:
    from engine.models.exporting import (
        Source,
        export,
        ready,
    )  # the compiler, which reading alone does not need

    learned, named = project.learned, Places.of_environment()
    source = Source(
        project.graph,
        learned.weights,
        features_of(project),
        learned.optimizer,
        learned.step,
        project.name,
        _bundled_data(project),
        project.preparation,
    )
    places = Places(arguments.python or named.python, arguments.tfjs or named.tfjs)
    return export(ready(source), kind, target, options, places)


def _bundled_data(project: Opened) -> DataSettings | None:
    """The data that the network was trained on, if it is ours: a file that a stranger's project names is not read."""
    if INPUTS in project.graph.sections or project.data.path is not None:
        return None
    return project.data


def _makes_its_folder(target: Path, kind: Format | None) -> bool:
    """Whether the format is one of whole folders, whose files have names of their own."""
    folder = target.resolve().parent
    return kind is not None and kind.names_itself and folder.parent.is_dir()


def _options(target: Path, kind: Format | None, arguments: argparse.Namespace) -> Settings | None:
    """The options of a format, written as NAME=VALUE."""
    model = kind.options if kind is not None else None
    given: list[str] = list(arguments.options)
    if model is not None and "tfjs" in model.model_fields and arguments.tfjs:
        given.insert(0, f"tfjs={arguments.tfjs}")
    if not given or model is None:
        if given:
            raise UsageError(f"{target.name} is of a format without options, received {given[0]!r}.")
        return None
    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in model.model_fields:
            known = ", ".join(model.model_fields)
            raise UsageError(
                f"an option of {target.name} is one of {known}, as NAME=VALUE; received {text!r}."
            )
        values[name] = value
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise UsageError(next(iter(problems(model, error).values()))) from None


def _say(done: Exported) -> None:
    from engine.models.proof import TOLERATED

    proof, name = done.proof, done.path.name
    about = f" ({proof.rows} {'rows of the data' if proof.own else 'random examples'})"
    for verdict in proof.verdicts:
        print(f"{name}: {verdict.says()}{about if verdict.difference is not None else ''}")
    if not proof.verdicts:
        print(f"{name}: written; nobody was found who reads it.")
    if done.recipe is not None:
        print(f"The file takes prepared numbers; how the data is prepared is in {done.recipe.name}.")
    if not proof.holds:
        print(
            f"warning: that is not the same to {TOLERATED:g}; look at layers that behave differently in the other program.",
            file=sys.stderr,
        )
