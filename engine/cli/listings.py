"""The commands that only say what there is: devices, examples, and whether a file can be read."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.errors import UsageError
from engine.cli.near import no_such_file
from engine.cli.progress import say
from engine.formats.examples import examples as all_examples
from engine.models.finding import finding
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
    """What a file is, whether it can be read, and what of it would be lost."""
    path = Path(arguments.file)
    if not arguments.file or not path.exists():
        raise UsageError(no_such_file(arguments.file))
    found = finding(path)
    if arguments.json:
        sizes = {
            n: v for n, v in (("layers", found.layers), ("parameters", found.parameters)) if v is not None
        }
        say(file=str(path), kind=found.kind, summary=found.summary, notes=list(found.notes), **sizes)
        return 0
    for line in (found.summary, *found.notes):
        print(line)
    return 0
