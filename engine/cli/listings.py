"""The commands that only say what there is: devices, examples, and whether a file can be read."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.errors import UsageError
from engine.cli.progress import say
from engine.data.load import describe
from engine.data.settings import DataSettings
from engine.data.sources.registry import source_kinds
from engine.exchange.formats import format_of, read_network
from engine.formats.check import check as check_project
from engine.formats.errors import FormatError
from engine.formats.examples import examples as all_examples
from engine.graph.document import UnknownLayer
from engine.layers.base import Role
from engine.training.choose import DevicePool


def devices(arguments: argparse.Namespace) -> int:
    """The devices of this computer, why others are absent, and what `auto` does about it."""
    pool = DevicePool()
    infos, absent = pool.infos(), pool.absent()
    if len(infos) > 1:
        auto = "auto measures a few steps of a network on each and takes the faster one."
    else:
        auto = f"auto takes {infos[0].kind}: it is the only one."
    if arguments.json:
        for info in infos:
            say(kind=info.kind, name=info.name, detail=info.detail, software=info.software)
        for sentence in absent:
            say(absent=sentence)
        say(auto=auto)
        return 0
    for info in infos:
        kind = "  (software: it runs on the processor)" if info.software else ""
        print(f"{info.kind:4} {info.name}{kind}")
        if info.detail:
            print(f"     {info.detail}")
    for line in (*absent, auto):
        print(line)
    return 0


def examples(arguments: argparse.Namespace) -> int:
    """The bundled examples by name."""
    found = all_examples()
    width = max(map(len, found))
    for name, example in found.items():
        if arguments.json:
            say(name=name, title=example.title, summary=example.summary)
        else:
            print(f"{name:{width}}  {example.summary}")
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Whether a project or a data file can be read, and what is odd about it."""
    path = Path(arguments.file)
    if not path.exists():
        raise UsageError(f"there is no file {arguments.file!r}.")
    if path.is_dir() or path.suffix.lower() in {s for kind in source_kinds().values() for s in kind.suffixes}:
        spec = describe(DataSettings(path=str(path)))
        inputs = ", ".join(f"{n} {' × '.join(map(str, spec.features[n].shape)) or '1'}" for n in spec.inputs)
        print(f"Data with {spec.counts.total:,} rows for a {spec.task.value} task; inputs: {inputs}.")
        return 0
    if format_of(path) is not None:
        return _foreign(path)
    report = check_project(path)
    if not report.readable:
        raise FormatError(report.summary)
    for line in (report.summary, *report.warnings, *report.problems):
        print(line)
    return 0


def _foreign(path: Path) -> int:
    """What a network of another program is, and what of it would be lost."""
    found = read_network(path)
    numbers = sum(array.size for array in found.weights.values())
    layers = [n for n in found.graph.nodes.values() if n.role is Role.HIDDEN]
    unknown = [n for n in layers if isinstance(n.layer, UnknownLayer)]
    print(
        f"{found.format[0].upper()}{found.format[1:]} with {len(layers)} layers, {numbers:,} numbers in its weights."
    )
    for node in unknown:
        print(f"{node.name}: {node.layer.reason}" if isinstance(node.layer, UnknownLayer) else node.name)
    for note in found.notes:
        print(note)
    return 0
