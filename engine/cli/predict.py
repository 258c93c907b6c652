"""`main.py predict`: what a trained network says of inputs from a file, in the units of the data."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from engine.cli.errors import UsageError
from engine.cli.opened import Opened, open_project, require_sound
from engine.data.bundle import DataBundle, Feature
from engine.data.export import neutralized
from engine.data.inputs import read_inputs
from engine.data.load import load
from engine.data.recipe.applying import apply, open_for
from engine.devices.registry import open_device
from engine.formats.project import LoadedProject
from engine.formats.sections import INPUTS
from engine.graph.document import ModelGraph
from engine.layers.base import Role
from engine.models.files import model_of
from engine.tensor.spec import Array
from engine.training.pictures import probabilities
from engine.training.session import Session
from engine.training.states import snapshot_of

SUFFIXES = (".csv", ".npz")
ARRAYS = (".npy", ".npz")
MOST_PLACES = 4_096  # columns of a mask of 64 by 64
DIGITS = 9  # so many tell any two float32 numbers apart


@dataclass(frozen=True, eq=False)
class Answer:
    """The predictions (batch, ..) for one target, in the units of the data."""

    target: Feature
    values: Array


def predict(arguments: argparse.Namespace) -> int:
    """Predict for the rows of a file; without an output file, CSV goes to stdout."""
    output = Path(arguments.output) if arguments.output else None
    if output is not None and output.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--output takes a name that ends in .npz or .csv, received {arguments.output!r}.")
    if output is not None and not output.parent.is_dir():
        raise UsageError(f"--output: there is no folder {str(output.parent)!r}.")
    if not Path(arguments.input).exists():
        raise UsageError(f"--input: there is no file {arguments.input!r}.")
    answers = _answers(arguments.model, Path(arguments.input))
    if output is None:
        write_csv(sys.stdout, answers)
    elif output.suffix.lower() == ".csv":
        with output.open("w", encoding="utf-8", newline="") as file:
            write_csv(file, answers)
    else:
        arrays: dict[str, Any] = {f"y{k}": answer.values for k, answer in enumerate(answers)}
        np.savez(output, **arrays)
    return 0


def _answers(model: str, inputs: Path) -> list[Answer]:
    project = open_project(model)
    if not project.learned.weights:
        raise UsageError(
            f"{model} is not trained; train it first: `main.py train {model} --out trained.loom`."
        )
    if INPUTS in project.graph.sections:
        return _plain_answers(project, model, inputs)
    preparation = project.preparation
    bundle = preparation.stand_in() if preparation is not None else load(project.data)
    require_sound(project.graph, bundle.spec)
    snapshot = snapshot_of(project.graph, bundle.spec, project.learned)
    if snapshot is None:
        raise UsageError(f"The weights in {model} do not fit its network; train it anew.")
    arrays = _inputs(inputs, _wanted(project.graph, bundle), bundle)
    session = Session(project.graph, bundle, project.training, open_device("cpu"), snapshot.states)
    try:
        outputs = session.predict("predict", arrays)
        targets = [objective.target for objective in session.compiler.objectives]
    finally:
        session.close()
    return [Answer(bundle.features[t], _in_units(bundle, t, outputs[f"y{k}"])) for k, t in enumerate(targets)]


def _plain_answers(project: Opened, name: str, inputs: Path) -> list[Answer]:
    """Of a network that says what arrays it takes and has no data set: of a script or another program."""
    learned = project.learned
    model = model_of(LoadedProject(project.graph, learned.weights, learned.optimizer, learned.step), name)
    wanted = [
        Feature(feature, "numeric", symbol.spec.shape, symbol.dtype)
        for feature, symbol in zip(model.input_names, model.inputs, strict=True)
    ]
    arrays = read_inputs(inputs, wanted, {})
    found = model.predict([arrays[feature.name] for feature in wanted])
    outputs = found if isinstance(found, list) else [found]
    return [
        Answer(Feature(target, "numeric", values.shape[1:]), values)
        for target, values in zip(model.target_names, outputs, strict=True)
    ]


def _inputs(path: Path, wanted: list[Feature], bundle: DataBundle) -> dict[str, Array]:
    """What the file holds, as the network sees it: by the recipe of the training, or array by array."""
    preparation = bundle.preparation
    if preparation is None:
        return read_inputs(path, wanted, bundle.scaling)
    with open_for(preparation, path) as source:
        if path.suffix.lower() in ARRAYS and not {c.name for c in preparation.columns} & {
            c.name for c in source.columns
        }:
            return read_inputs(path, wanted, bundle.scaling)
        applied = apply(preparation, source, [feature.name for feature in wanted])
    for note in applied.notes:
        print(f"note: {note}", file=sys.stderr)
    return dict(applied.inputs)


def _wanted(graph: ModelGraph, bundle: DataBundle) -> list[Feature]:
    """The inputs that must be given: all but text that the network does not read."""
    read = {getattr(node.layer, "feature", None) for node in graph.nodes.values() if node.role is Role.SOURCE}
    return [f for n in bundle.inputs if (f := bundle.features[n]).kind != "text" or n in read]


def _in_units(bundle: DataBundle, target: str, values: Array) -> Array:
    scaling = bundle.scaling.get(target)
    return values if scaling is None else scaling.invert(values)


def write_csv(file: TextIO, answers: Sequence[Answer]) -> None:
    """One line a row: the class and the probability of each class, or the predicted numbers.

    Names of classes and columns come from people's files; none of them is a formula for whoever opens this.
    """
    columns = [column for answer in answers for column in _columns(answer, prefixed=len(answers) > 1)]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([neutralized(title) for title, _ in columns])
    writer.writerows(zip(*(cells for _, cells in columns), strict=True))


def _classes_by_place(answer: Answer, prefix: str) -> Iterable[tuple[str, list[str]]]:
    """The class at each place of a mask or a sequence; probabilities of all would be too many columns."""
    names, shares = answer.target.class_names, answer.values
    found = shares[..., 0] >= 0.5 if shares.shape[-1] == 1 else shares.argmax(axis=-1)
    if found[0].size > MOST_PLACES:
        raise UsageError(
            f"A CSV file takes up to {MOST_PLACES:,} answers a row; {answer.target.name!r} has a class at each of "
            f"{found[0].size:,} places. Use --output FILE.npz."
        )
    for place in np.ndindex(*found.shape[1:]):
        at = " ".join(str(k + 1) for k in place)
        classes = found[(slice(None), *place)].tolist()
        yield f"{prefix}class at {at}", [str(neutralized(names[int(k)])) for k in classes]


def _columns(answer: Answer, *, prefixed: bool) -> Iterable[tuple[str, list[str]]]:
    target = answer.target
    prefix = f"{target.name} " if prefixed else ""
    if target.class_names and answer.values.ndim > 2:
        yield from _classes_by_place(answer, prefix)
        return
    if target.class_names:
        shares = probabilities(answer.values)
        names = [
            *target.class_names,
            *(f"class {k}" for k in range(len(target.class_names), shares.shape[1])),
        ]
        yield f"{prefix}class", [str(neutralized(names[k])) for k in shares.argmax(axis=1)]
        titles = [f"{prefix}{name}" for name in names]
        numbers = shares
    else:
        numbers = answer.values.reshape(len(answer.values), -1)
        names = list(target.column_names)
        if len(names) != numbers.shape[1]:
            names = [f"{target.name}{k}" for k in range(numbers.shape[1])]
        titles = [f"{prefix}{name}" for name in names]
    for k, title in enumerate(titles):
        yield title, [f"{value:.{DIGITS}g}" for value in numbers[:, k].tolist()]
