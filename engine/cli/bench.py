"""`main.py bench`: how fast the devices of this computer are, for people as a table or as lines for programs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from engine.bench.run import Row, bench, bench_many
from engine.bench.workloads import NAMES, NETWORKS, RAW
from engine.cli.errors import UsageError
from engine.cli.progress import say
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
        "--seconds", type=float, default=SECONDS, help="to measure each phase for (default: %(default)s)"
    )
    parser.add_argument(
        "--many",
        type=int,
        metavar="N",
        help="train so many models of each network side by side, with other seeds, instead",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure the workloads, on one device or each."""
    _check(arguments)
    pool = DevicePool()
    try:
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


def _check(arguments: argparse.Namespace) -> None:
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
