"""`main.py bench`: how fast the devices of this computer are, for people as a table or as lines for programs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.bench.profile import profile
from engine.bench.run import Row, bench, bench_many
from engine.bench.workloads import NAMES, NETWORKS, RAW
from engine.cli.errors import UsageError
from engine.cli.progress import say
from engine.cli.values import number, whole
from engine.profiling.profile import LayerTime, Profile
from engine.profiling.trace import write_trace
from engine.training.choose import DevicePool

SECONDS = 3.5
SHORTEST, LONGEST = 0.01, 600.0
MOST_MODELS = 4096
DERIVED = {"gflops": "GFLOP/s", "gb_per_s": "GB/s", "model_steps_per_s": "steps/s of all models"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    known = ", ".join(f"{name} {what}" for name, what in _summaries())
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"{known}; without any: all")
    parser.add_argument(
        "--device", choices=("auto", "cpu", "gl"), help="where; without it, on each device there is"
    )
    parser.add_argument(
        "--seconds", type=number, default=SECONDS, help="to measure each phase for (default: %(default)s)"
    )
    parser.add_argument(
        "--many",
        type=whole,
        metavar="N",
        help="train so many models of each network side by side, with other seeds, instead",
    )
    parser.add_argument(
        "--trace",
        metavar="FILE",
        help="write one training step of a network, op by op, for a trace viewer (Perfetto), and measure no more",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure the workloads, on one device or each."""
    _check(arguments)
    pool = DevicePool()
    try:
        if arguments.trace:
            return _trace(arguments, pool)
        for number, row in enumerate(_rows(arguments, pool)):
            if arguments.json:
                say(**row.facts())
                continue
            if not number:
                print(_HEADING, flush=True)
            print(_line(row), flush=True)
    finally:
        pool.close()
    return 0


def _trace(arguments: argparse.Namespace, pool: DevicePool) -> int:
    (workload,) = arguments.workloads
    found, names = profile(workload, arguments.device or "auto", pool)
    try:
        write_trace(Path(arguments.trace), found, names)
    except OSError as error:
        raise UsageError(f"--trace: {arguments.trace!r} cannot be written ({error.strerror}).") from error
    facts = {"workload": workload, "device": found.kind, "step_s": found.seconds, "trace": arguments.trace}
    if arguments.json:
        say(**facts, layers=[_layer(found, layer, names) for layer in found.layers])
    else:
        print(
            f"{workload} on {found.kind}: {1e3 * found.seconds:.3g} ms a step, op by op in {arguments.trace}"
        )
    return 0


def _layer(found: Profile, layer: LayerTime, names: Mapping[str, str]) -> dict[str, object]:
    """One layer of a profile as JSON has it; those without a name are the batch, the loss and the optimizer."""
    return {
        "layer": names.get(layer.node, layer.node),
        "share": found.share(layer),
        "of_peak": found.of_peak(layer),
        **{f"{phase.value}_s": seconds for phase, seconds in layer.seconds.items()},
        "launches": layer.launches,
        "bytes": layer.nbytes,
        "multiply_adds": layer.multiply_adds,
    }


def _check(arguments: argparse.Namespace) -> None:
    if arguments.trace and (len(arguments.workloads) != 1 or arguments.workloads[0] not in NETWORKS):
        raise UsageError(
            f"--trace takes one of {', '.join(NETWORKS)}, received {' '.join(arguments.workloads) or 'none'}."
        )
    for name in arguments.workloads:
        if name not in NAMES:
            raise UsageError(f"a workload is one of {', '.join(NAMES)}, received {name!r}.")
    if not SHORTEST <= arguments.seconds <= LONGEST:
        raise UsageError(
            f"--seconds takes {SHORTEST:g} to {LONGEST:g} seconds, received {arguments.seconds:g}."
        )
    if arguments.many is not None and not 1 <= arguments.many <= MOST_MODELS:
        raise UsageError(f"--many takes 1 to {MOST_MODELS} models, received {arguments.many}.")


def _rows(arguments: argparse.Namespace, pool: DevicePool) -> Iterator[Row]:
    devices: list[Any] = [arguments.device] if arguments.device else [info.kind for info in pool.infos()]
    for workload in arguments.workloads or NAMES:
        for device in devices:
            if arguments.many is None:
                yield from bench(workload, device, pool, arguments.seconds)
            else:
                yield from bench_many(workload, arguments.many, device, pool, arguments.seconds)


def _summaries() -> Iterator[tuple[str, str]]:
    for name, network in NETWORKS.items():
        yield name, f"({network.summary})"
    for name, raws in RAW.items():
        yield name, f"({'; '.join(raw.summary for raw in raws)})"


_HEADING = (
    f"{'workload':<14}{'phase':<7}{'device':<8}{'steps/s':>11}   {'blocks, worst to best':<24}"
    f"{'quiet':>7}   {'first step':>10}   derived"
)


def _line(row: Row) -> str:
    rate = row.rate
    size = f" {row.figures['size']:,.0f}" if "size" in row.figures else ""
    spread = f"{rate.worst:,.5g} to {rate.best:,.5g}"
    quiet = f"{'?' if rate.quiet_blocks is None else rate.quiet_blocks}/{rate.blocks}"
    derived = "  ".join(f"{row.figures[n]:,.1f} {unit}" for n, unit in DERIVED.items() if n in row.figures)
    first = f"{row.first_step_s:.2f} s"
    name = row.workload + size
    return (
        f"{name:<14}{row.phase:<7}{row.device:<8}{rate.steps_per_s:>11,.1f}   {spread:<24}"
        f"{quiet:>7}   {first:>10}   {derived}"
    ).rstrip()
