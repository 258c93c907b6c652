"""`main.py predict`: what a trained network says of inputs from a file, in the units of the data, block by block."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from engine.cli.errors import UsageError
from engine.cli.near import no_such_file
from engine.cli.opened import Opened, open_project, require_sound
from engine.cli.progress import RowsProgress
from engine.data.block import Block, Rows
from engine.data.load import describe
from engine.data.pictures.ground import opposite
from engine.data.pictures.ink import off_centre
from engine.data.sources.base import Kind
from engine.devices.base import Watch
from engine.formats.dataless import given_inputs
from engine.formats.project import Project
from engine.models.answering.learned import is_untrained
from engine.models.answering.network import Answering, answering
from engine.models.answering.report import ClassTally, NumberTally, Report, tally_for
from engine.models.answering.results import FEW
from engine.models.answering.table import Answer, Labels, Part
from engine.models.answering.writing import save_csv, save_npz, save_report, write_csv
from engine.tensor.spec import Array
from engine.training.features import feature_specs

SAVE: dict[str, Callable[[Path, Iterator[Sequence[Part]]], int]] = {".csv": save_csv, ".npz": save_npz}
_SHOWN = 20  # names of columns in a sentence
REPORTS = (".csv", ".json")
FILE, OF_FILES = "file", (Kind.PICTURE, Kind.SOUND)


def predict(arguments: argparse.Namespace) -> int:
    """Predict for the rows of a file; without an output file, CSV goes to stdout."""
    output = _place(arguments.output, "--output", tuple(SAVE))
    report = _place(arguments.report, "--report", REPORTS)
    if arguments.answers and report is None:
        raise UsageError(
            "--answers names a column for --report, which is missing; add it, or leave --answers out."
        )
    if not Path(arguments.input).exists():
        raise UsageError(no_such_file(arguments.input, "--input"))
    _keep_apart(arguments)
    network = _network(arguments.model, arguments.device)
    try:
        with RowsProgress() as progress:
            rows = network.open(
                Path(arguments.input),
                progress.reading,
                arguments.answers or "",
                inverted=arguments.invert,
                centred=arguments.centre,
            )
            try:
                _require_answers(rows, arguments)
                _answer(network, rows, output, report, progress.watch)
            finally:
                rows.close()
    finally:
        network.close()
    return 0


def _place(name: str | None, option: str, suffixes: Sequence[str]) -> Path | None:
    """Where to write, looked at before anything is computed."""
    if not name:
        return None
    path = Path(name)
    if path.suffix.lower() not in suffixes:
        known = " or ".join(sorted(suffixes, reverse=True))
        raise UsageError(f"{option} takes a name that ends in {known}, received {name!r}.")
    if not path.parent.is_dir():
        raise UsageError(f"{option}: there is no folder {str(path.parent)!r}.")
    return path


def _keep_apart(arguments: argparse.Namespace) -> None:
    """Raise UsageError where an answer would be written over what is read, or over another answer."""
    taken = {Path(arguments.input).resolve(): "--input"}
    for option, name in (("--output", arguments.output), ("--report", arguments.report)):
        path = Path(name).resolve() if name else None
        if path is not None and taken.setdefault(path, option) != option:
            raise UsageError(
                f"{option} would overwrite {name!r}, which is {taken[path]}; choose another name."
            )


def _network(model: str, device: str) -> Answering:
    project = open_project(model)
    given, preparation = given_inputs(project.graph), project.preparation
    spec = None
    if given is None:
        spec = preparation.spec() if preparation is not None else describe(project.data)
    features = feature_specs(spec) if spec is not None else given or {}
    if is_untrained(project.graph, project.learned.weights, features):
        raise UsageError(
            f"{model} is not trained; train it first: `main.py train {model} --out trained.loom`."
        )
    if spec is not None:
        require_sound(project.graph, spec)
    return answering(_as_project(project), model, device=device)


def _as_project(opened: Opened) -> Project:
    learned = opened.learned
    return Project(
        opened.graph, learned.weights, learned.optimizer, learned.step, preparation=opened.preparation
    )


def _require_answers(rows: Rows, arguments: argparse.Namespace) -> None:
    """Raise UsageError where there is nothing to compare with, though a report is wanted."""
    if not arguments.report or rows.answered:
        return
    if not rows.headings and rows.source is None:
        raise UsageError("--report compares with answers; among arrays in an .npz file those are y0, y1 ..")
    if not rows.headings:
        raise UsageError(
            "--report compares the answers of single rows; this network answers for stretches of them. Leave it out."
        )
    listed = ", ".join(map(repr, rows.headings[:_SHOWN])) + (" .." if len(rows.headings) > _SHOWN else "")
    title = Path(arguments.input).name
    if arguments.answers and arguments.answers not in rows.headings:
        raise UsageError(f"--answers: {title} has no column {arguments.answers!r}; it has {listed}.")
    raise UsageError(
        "--report compares with the answers in the file, and it has no column of them; name it with --answers COLUMN. "
        f"The columns of {title} are {listed}."
    )


def _answer(network: Answering, rows: Rows, output: Path | None, report: Path | None, watch: Watch) -> None:
    tallies: dict[str, ClassTally | NumberTally | None] = {}
    grounds: list[Array] = []
    places: list[Array] = []

    def blocks() -> Iterator[Sequence[Part]]:
        for answered in network.answer(rows, watch):
            grounds.append(answered.block.grounds)
            places.append(answered.block.places)
            outputs = zip(network.targets, answered.outputs, network.scores, strict=True)
            answers = [Answer(target, values, scores) for target, values, scores in outputs]
            for answer in answers:
                name = answer.target.name
                if report is not None and name in answered.block.truth:
                    tally = tallies.setdefault(name, tally_for(answer, network.title_of(answer.target)))
                    if tally is not None:
                        tally.add(answer, answered.block.truth[name])
            yield [*_labels(rows, answered.block), *answers]

    if output is None:
        write_csv(sys.stdout, blocks())
    else:
        count = SAVE[output.suffix.lower()](output, blocks())
        print(f"{output.name}: {count:,} {'row' if count == 1 else 'rows'}.", file=sys.stderr)
    for note in (
        *rows.notes,
        *_inverted_note(grounds, network.ground),
        *_centre_note(places, network.extent),
    ):
        print(f"note: {note}", file=sys.stderr)
    if report is not None:
        _report(report, [r for tally in tallies.values() if tally is not None for r in tally.reports()])


def _inverted_note(grounds: Sequence[Array], learned: float | None) -> Iterator[str]:
    """Whether most of the pictures are the opposite of what the network learned."""
    looks = opposite(np.concatenate(grounds), learned)
    if 2 * int(looks.sum()) > len(looks):
        said = "light on dark" if learned else "dark on light"
        known = "dark on light" if learned else "light on dark"
        yield f"the pictures are {said}, and the network learned {known}; with --invert they are turned round."


def _centre_note(places: Sequence[Array], learned: float | None) -> Iterator[str]:
    """Whether some of the drawings lie where the network learned none."""
    away = off_centre(np.concatenate(places), learned)
    if FEW * int(away.sum()) > len(away):
        yield (
            f"{int(away.sum()):,} of the pictures are off the middle, or larger or smaller than those that the network "
            "learned; with --centre they are brought there."
        )


def _labels(rows: Rows, block: Block) -> list[Part]:
    """The names of the files that pictures and sounds came from."""
    source = rows.source
    if source is None or FILE not in rows.headings or not any(c.kind in OF_FILES for c in source.columns):
        return []
    names = source.read([FILE], block.start, block.start + block.rows)[FILE]
    return [Labels(FILE, [str(name) for name in names.tolist()])]


def _figure(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def _report(path: Path, reports: Sequence[Report]) -> None:
    if not reports:
        raise UsageError("--report: none of the answers in the file could be compared with the predictions.")
    for report in reports:
        figures = ", ".join(f"{name} {_figure(value)}" for name, value in report.figures().items())
        print(f"{report.target}: {figures}", file=sys.stderr)
    save_report(path, reports)
