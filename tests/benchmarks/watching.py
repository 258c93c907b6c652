"""What it costs to watch a network learn, and how fast what is watched answers.

`python -m tests.benchmarks.watching panels mnist-cnn` trains with all panels of a layer open and with none, in turns;
`doctor W3 gl` does so with the doctor's counters and without; `variants spiral` says how often 64 variants side by side are
told of; `moments mnist-cnn` how long it takes to show moments of the past. One line of JSON each.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import numpy as np

from engine.bench.run import task
from engine.bench.workloads import NETWORKS
from engine.cli.opened import open_project
from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.devices.base import Device
from engine.devices.registry import open_device
from engine.graph.document import ModelGraph
from engine.layers.base import Role
from engine.training.control import Control
from engine.training.inside.example import example_of, rows_to_show
from engine.training.inside.records import Inside
from engine.training.many.knobs import knobs_of, values_of, variations, varied
from engine.training.many.reports import ManyProgress
from engine.training.many.run import Many
from engine.training.moments import Look, Shown
from engine.training.reports import Probe
from engine.training.session import Session
from engine.training.settings import DeviceChoice, TrainingSettings
from engine.training.sweep import Variant
from engine.training.timeline import MEGABYTE, Timeline
from engine.training.trainer import Trainer
from engine.training.watching.ascent import Ascend
from engine.training.watching.chart import Chart
from engine.training.watching.units import Units

ENDLESS = 1_000_000  # epochs
BLOCKS = 7  # of each kind, in turns
WARM = 6.0  # seconds before the first
VARIANTS = 64
BUDGET = 256  # megabytes of moments
Problem = tuple[ModelGraph, DataBundle, TrainingSettings]


def problem(name: str, device: DeviceChoice) -> Problem:
    """A workload of the bench or a bundled example, without an end."""
    if name in NETWORKS:
        graph, bundle, settings = task(NETWORKS[name], device)
    else:
        project = open_project(name)
        graph, bundle, settings = project.graph, load(project.data), project.training
    return graph, bundle, settings.model_copy(update={"device": device, "epochs": ENDLESS})


class Timed(Control):
    """A control that stops after some seconds."""

    def for_seconds(self, seconds: float) -> None:
        """From now on."""
        ends = time.perf_counter() + seconds

        def poll(control: Control, _timeout: float) -> None:
            control.stopped = time.perf_counter() > ends

        self.poll, self.stopped = poll, False


class Entrant:
    """A run that is watched in one way."""

    def __init__(self, problem: Problem, device: Device, control: Timed, warm: float) -> None:
        self.session = Session(*problem, device)
        self._control, self._trainer = control, Trainer(self.session, control)
        self.rate(warm)  # what is opened shows something at once, for which much is made that then is there

    def rate(self, seconds: float) -> float:
        """Steps a second by the clock, with everything that is done between them."""
        before, begun = self.session.step, time.perf_counter()
        self._control.for_seconds(seconds)
        for _ in self._trainer.run():
            pass
        return (self.session.step - before) / (time.perf_counter() - begun)


def in_turns(
    name: str, device: DeviceChoice, seconds: float, plain: Timed, watched: Timed
) -> dict[str, object]:
    """The rates of the best block of both, since other programs only slow blocks down, and what is lost."""
    asked, on = problem(name, device), open_device(device)
    with ExitStack() as stack:
        entrants = [Entrant(asked, on, control, WARM) for control in (plain, watched)]
        for entrant in entrants:
            stack.enter_context(closing(entrant.session))
        rates: list[list[float]] = [[], []]
        for block in range(BLOCKS):
            for k in (0, 1) if block % 2 else (1, 0):  # neither always follows the other
                rates[k].append(entrants[k].rate(seconds))
    without, with_it = map(max, rates)
    lost = round(1.0 - with_it / without, 4)
    return {"network": name, "device": device, "without": without, "with": with_it, "lost": lost}


def panels(name: str, device: DeviceChoice, seconds: float) -> dict[str, object]:
    """All panels of a layer open, its inside on every node, a probe, validation, its units, their dreams and a map."""
    graph, bundle, _ = problem(name, device)
    hidden = tuple(n.id for n in graph.nodes.values() if n.role is Role.HIDDEN)
    example = example_of(bundle, rows_to_show(bundle)[0])
    watched = Timed()
    watched.insides = {
        "canvas": Inside("canvas", hidden, example),
        "panel": Inside("panel", hidden[:1], example, large=True, every_s=1 / 30),
    }
    watched.wishes = {
        "units": Units("units", hidden[0]),
        "dream": Ascend("dream", hidden[0], units=(0,)),
        "map": Chart("map", hidden[-1]),
    }
    watched.probes = {"own": Probe("own", example, every_s=1 / 30)}
    return in_turns(name, device, seconds, Timed(watch_validation=False), watched)


def doctor(name: str, device: DeviceChoice, seconds: float) -> dict[str, object]:
    """The doctor's counters, all else closed."""
    plain, watched = Timed(watch_validation=False, doctor=False), Timed(watch_validation=False, doctor=True)
    return in_turns(name, device, seconds, plain, watched)


def variants(name: str, device: DeviceChoice, seconds: float) -> dict[str, object]:
    """64 learning rates side by side."""
    graph, bundle, settings = problem(name, device)
    knob = next(k for k in knobs_of(graph, settings) if k.key == "learning_rate")
    found = variations(graph, settings, [(knob, values_of(knob, 1e-4, 1.0, VARIANTS))])
    members = [Variant(*pair) for pair in varied(graph, settings, found)]
    ends = time.perf_counter() + seconds
    told = [
        (time.perf_counter(), report.step)
        for report in Many(members, bundle, open_device(device), lambda: time.perf_counter() < ends).run()
        if isinstance(report, ManyProgress)
    ]
    took = told[-1][0] - told[0][0]
    updates, steps = (len(told) - 1) / took, (told[-1][1] - told[0][1]) / took
    return {"network": name, "device": device, "updates": round(updates, 1), "steps": round(steps, 1)}


def moments(name: str, device: DeviceChoice, seconds: float) -> dict[str, object]:
    """How long views wait for a moment of a run with validation watched, in milliseconds."""
    with closing(Session(*problem(name, device), open_device(device))) as session:
        timeline, control = Timeline(BUDGET * MEGABYTE), Timed()
        trainer = Trainer(session, control, timeline=timeline)
        control.for_seconds(seconds)
        for _ in trainer.run():
            pass
        took = list(_shown(trainer, control, timeline))
        kept, used = len(timeline.kept), timeline.nbytes / MEGABYTE
    figures = {"median": statistics.median(took), "worst": max(took)}
    return {"network": name, "device": device, "moments": kept, "MB": round(used, 1), **figures}


def _shown(trainer: Trainer, control: Timed, timeline: Timeline) -> Iterator[float]:
    """Somebody drags along the moments: the next is asked for as soon as one is seen."""
    ids = np.random.default_rng(0).permutation([k.moment.id for k in timeline.kept])[:40].tolist()
    control.for_seconds(float("inf"))
    control.paused = True
    control.requests.append(Look(ids.pop()))
    begun = time.perf_counter()
    for report in trainer.answer():
        if isinstance(report, Shown):
            yield 1000.0 * (time.perf_counter() - begun)
            begun = time.perf_counter()
            if not ids:
                return
            control.requests.append(Look(ids.pop()))


KINDS = {"panels": panels, "doctor": doctor, "variants": variants, "moments": moments}


def main() -> int:
    """Measure one thing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("network")
    parser.add_argument("device", nargs="?", default="cpu")
    parser.add_argument("--seconds", type=float, default=2.5, help="for each block")
    arguments = parser.parse_args()
    print(json.dumps(KINDS[arguments.kind](arguments.network, arguments.device, arguments.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
