"""Whether `auto` takes the right device: what it chose beside what every device reaches, measured in turns.

`python -m tests.benchmarks.auto [W1 .. | EXAMPLE ..] [--seconds 2]` prints a line of JSON for each network, then the worst
ratio of the fastest device to the chosen one. The choice is made anew, with a cache folder of its own; the networks are
those of the bench, and the bundled examples.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

from engine.bench.run import task
from engine.bench.workloads import NETWORKS
from engine.cli.opened import open_project
from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.devices.base import DeviceError
from engine.formats.examples import examples
from engine.graph.document import ModelGraph
from engine.paths import CACHE_DIR_VARIABLE
from engine.training.choose import DevicePool, choose
from engine.training.session import Session
from engine.training.settings import TrainingSettings

BLOCK_S = 0.1
Problem = tuple[ModelGraph, DataBundle, TrainingSettings]


class Entrant:
    """A network on a device; the rate is that of its best block, since other programs only slow blocks down."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._steps = 1
        self.rate = 0.0
        self.block()  # the first step does what is done once
        self.rate = 0.0

    def block(self) -> None:
        """Run for about a tenth of a second."""
        begun = time.perf_counter()
        self._session.advance(self._steps)
        self._session.report_sums()  # waits for the device
        self.rate = max(self.rate, self._steps / (time.perf_counter() - begun))
        self._steps = max(1, int(self.rate * BLOCK_S))


def problem(name: str) -> Problem:
    """A workload of the bench, or a bundled example."""
    if name in NETWORKS:
        return task(NETWORKS[name], "auto")
    project = open_project(name)
    return project.graph, load(project.data), project.training.model_copy(update={"device": "auto"})


def judge(name: str, pool: DevicePool, seconds: float) -> dict[str, object]:
    """What `auto` chose, and what all devices reach."""
    graph, bundle, settings = problem(name)
    chosen = choose(pool, graph, bundle, settings)[0].info.kind
    with ExitStack() as stack:
        entrants: dict[str, Entrant] = {}
        for info in pool.infos():
            try:
                session = Session(graph, bundle, settings, pool.get(info.kind))
            except DeviceError as error:
                print(f"{name} on {info.kind}: {error}", file=sys.stderr)
                continue
            entrants[info.kind] = Entrant(stack.enter_context(closing(session)))
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends:
            for entrant in entrants.values():
                entrant.block()
    rates = {kind: entrant.rate for kind, entrant in entrants.items()}
    return {"network": name, "chosen": chosen, **rates, "ratio": max(rates.values()) / rates[chosen]}


def names() -> Iterator[str]:
    """All networks there are."""
    yield from NETWORKS
    yield from examples()


def main() -> int:
    """Judge what is named, or everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("networks", nargs="*")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each network")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[CACHE_DIR_VARIABLE] = folder
        with closing(DevicePool()) as pool:
            worst = 0.0
            for name in arguments.networks or names():
                found = judge(name, pool, arguments.seconds)
                worst = max(worst, float(str(found["ratio"])))
                print(json.dumps(found), flush=True)
    print(json.dumps({"worst": worst}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
