"""Measures workloads on devices and says what came out, a row for each phase."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from engine.bench.measure import Rate, Steps, measure
from engine.bench.workloads import NETWORKS, RAW, SEED, Network, Raw
from engine.data.bundle import DataBundle
from engine.devices.base import Executable
from engine.graph.document import ModelGraph
from engine.models import Model
from engine.models.arrays import bundle
from engine.training.choose import DevicePool, choose
from engine.training.session import Session
from engine.training.settings import DeviceChoice, TrainingSettings
from engine.training.sweep import Sweep, Variant

TRAIN, INFER = "train", "infer"
FOREVER = 1_000_000  # epochs; nobody gets there
TRIAL = 0.3  # seconds for each device where the faster one is wanted


@dataclass(frozen=True)
class Row:
    """One phase of one workload on one device.

    Attributes:
        first_step_s: from the network as it is drawn to the end of the first step: compiling, buffers, data.
        figures: what else is known: `size`, `gflops`, `gb_per_s`, `samples_per_s`, `peak_rss_mb`,
            `models`, `model_steps_per_s`.
    """

    workload: str
    phase: str
    device: str
    rate: Rate
    first_step_s: float
    figures: dict[str, float] = field(default_factory=dict)

    def facts(self) -> dict[str, object]:
        """Everything, flat, as a line of JSON has it."""
        names = {"workload": self.workload, "phase": self.phase, "device": self.device}
        rates = {name: _rounded(value) for name, value in asdict(self.rate).items()}
        more = {name: _rounded(value) for name, value in self.figures.items()}
        return {**names, **rates, "first_step_s": _rounded(self.first_step_s), **more}


def bench(workload: str, device: DeviceChoice, pool: DevicePool, seconds: float) -> Iterator[Row]:
    """Measure a workload: training and inference of a network, or an operation in each of its sizes.

    Args:
        workload: one of `NAMES`.
        device: where; with `auto` on the faster one.
        pool: gives the devices.
        seconds: that each phase is measured for.

    Raises:
        DeviceError: there is no such device.
    """
    if workload in NETWORKS:
        network = NETWORKS[workload]
        yield _train(workload, network, device, pool, seconds)
        yield _on_the_faster(partial(_infer, workload, network), device, pool, seconds)
    else:
        for raw in RAW[workload]:
            yield _on_the_faster(partial(_run_raw, workload, raw, pool), device, pool, seconds)


def bench_many(
    workload: str, models: int, device: DeviceChoice, pool: DevicePool, seconds: float
) -> Iterator[Row]:
    """Measure the training of many models of a network side by side, each with a seed of its own.

    The rate is that of one model; `model_steps_per_s` among the figures is that of all together. Operations on their own
    train nothing: they give no row.
    """
    if workload not in NETWORKS:
        return
    network = NETWORKS[workload]
    graph, data, settings = task(network, device)
    opened, _ = choose(pool, graph, data, settings)
    variants = [
        Variant(graph, settings.model_copy(update={"seed": SEED + number})) for number in range(models)
    ]
    begun = time.perf_counter()
    sweep = Sweep(variants, data, opened)
    try:

        def steps(number: int) -> None:
            sweep.advance(number)
            sweep.report()

        rate, first = _timed(steps, begun, seconds)
    finally:
        sweep.close()
    figures = {"models": models, "model_steps_per_s": models * rate.steps_per_s, **_memory()}
    yield Row(workload, TRAIN, opened.info.kind, rate, first, figures)


def task(network: Network, device: DeviceChoice) -> tuple[ModelGraph, DataBundle, TrainingSettings]:
    """What a session of this network needs."""
    model = network.model()
    x, y = network.data()
    settings = TrainingSettings(
        epochs=FOREVER,
        batch_size=network.batch,
        optimizer=model.training.optimizer,
        seed=SEED,
        device=device,
    )
    return model.graph, bundle({"x": x}, {"y": y}, {}, 0), settings


def _train(workload: str, network: Network, device: DeviceChoice, pool: DevicePool, seconds: float) -> Row:
    graph, data, settings = task(network, device)
    opened, _ = choose(pool, graph, data, settings)
    begun = time.perf_counter()
    session = Session(graph, data, settings, opened)
    try:

        def steps(number: int) -> None:
            session.advance(number)
            session.report_sums()  # waits for the device, as the training loop does

        rate, first = _timed(steps, begun, seconds)
    finally:
        session.close()
    return Row(workload, TRAIN, opened.info.kind, rate, first, _of_network(network, rate))


def _infer(workload: str, network: Network, kind: str, seconds: float) -> Row:
    model: Model = network.model()
    x, _ = network.data()
    begun = time.perf_counter()
    runner = model.runner(kind)
    try:
        batches = runner.place({"x": x}, network.batch)
        numbers = count()

        def steps(number: int) -> None:
            batches.compute(next(numbers), number)
            batches.outputs()

        rate, first = _timed(steps, begun, seconds)
    finally:
        runner.close()
    return Row(workload, INFER, kind, rate, first, _of_network(network, rate))


def _on_the_faster(
    one: Callable[[str, float], Row], device: DeviceChoice, pool: DevicePool, seconds: float
) -> Row:
    """`one` on the device; for `auto`, on the one that a short trial shows to be the faster, as in training."""
    kinds = [info.kind for info in pool.infos()] if device == "auto" else [device]
    if len(kinds) > 1:
        trials = {kind: one(kind, TRIAL).rate.steps_per_s for kind in kinds}
        kinds = [max(trials, key=lambda kind: trials[kind])]
    return one(kinds[0], seconds)


def _run_raw(workload: str, raw: Raw, pool: DevicePool, kind: str, seconds: float) -> Row:
    opened = pool.get(kind)
    memory = opened.memory()
    executable: Executable | None = None
    begun = time.perf_counter()
    try:
        for name, array in raw.states().items():
            memory.write(name, array)
        made = executable = opened.compile(raw.program(raw.size), memory)

        def steps(number: int) -> None:
            made.run({}, number)
            memory.read("count")  # waits for the device

        rate, first = _timed(steps, begun, seconds)
    finally:
        if executable is not None:
            executable.close()
        memory.close()
    name, amount = raw.figure
    figures = {"size": raw.size, name: amount * rate.steps_per_s, **_memory()}
    return Row(workload, INFER, kind, rate, first, figures)


def _timed(steps: Steps, begun: float, seconds: float) -> tuple[Rate, float]:
    """The rate of steps, and how long after `begun` the first one was done."""
    steps(1)
    first = time.perf_counter() - begun
    return measure(steps, seconds), first


def _of_network(network: Network, rate: Rate) -> dict[str, float]:
    return {"samples_per_s": network.batch * rate.steps_per_s, **_memory()}


def _memory() -> dict[str, float]:
    """The most memory that this process had so far, where the system tells."""
    status = Path("/proc/self/status")
    if status.exists():  # `getrusage` there also counts the process this one was forked from
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(encoding="ascii"), re.MULTILINE)
        return {"peak_rss_mb": int(found[1]) / 2**10} if found else {}
    if sys.platform == "win32":
        return {}
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # bytes of a count of `getrusage`
    return {"peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20}


def _rounded(value: float | None) -> float | None:
    return float(f"{value:.5g}") if isinstance(value, float) else value
