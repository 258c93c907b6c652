"""Whether data from files keeps a device as busy as made-up data does: W3 with its rows in memory, mapped, and staged.

`python -m tests.benchmarks.pipeline [cpu|gl]`: steps a second, medians of turns that the three take. Run by hand; the
figures stand in RESULTS.md.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Literal

import numpy as np
from numpy.lib.format import open_memmap

from engine.bench.run import task
from engine.bench.workloads import NETWORKS
from engine.devices.registry import open_device
from engine.tensor.spec import Array
from engine.training.session import Session

COPIES = 40  # of the made-up rows, so that they are as many as a set of pictures has
TURNS, SECONDS = 7, 1.5


def mapped(folder: Path, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays as prepared ones lie in the cache."""
    found = {}
    for name, array in arrays.items():
        path = folder / f"{name}.npy"
        open_memmap(path, mode="w+", dtype=array.dtype, shape=array.shape)[:] = array
        found[name] = np.asarray(open_memmap(path, mode="r"))
    return found


def rate(session: Session, seconds: float) -> float:
    """Steps a second."""
    steps, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        session.advance(8)
        steps += 8
    session.report_sums()
    return steps / (time.perf_counter() - begun)


def main(kind: Literal["cpu", "gl"]) -> None:
    """Print a line for each way."""
    graph, made_up, settings = task(NETWORKS["W3"], kind)
    inputs, targets = (
        {n: np.concatenate([a] * COPIES) for n, a in part.items()}
        for part in (made_up.inputs, made_up.targets)
    )
    rows = len(next(iter(inputs.values())))
    in_memory = replace(
        made_up, inputs=inputs, targets=targets, train=range(rows), validation=range(0), test=range(0)
    )
    device = open_device(kind)
    with tempfile.TemporaryDirectory() as name:
        on_disk = replace(in_memory, inputs=mapped(Path(name), inputs), targets=mapped(Path(name), targets))
        ways = {
            "made up, in memory": Session(graph, in_memory, settings, device, staged=False),
            "from files, mapped": Session(graph, on_disk, settings, device, staged=False),
            "from files, staged": Session(graph, on_disk, settings, device, staged=True),
        }
        rates: dict[str, list[float]] = {way: [] for way in ways}
        for session in ways.values():
            rate(session, 1.0)
        for _ in range(TURNS):
            for way, session in ways.items():
                rates[way].append(rate(session, SECONDS))
        first = median(rates["made up, in memory"])
        for way, session in ways.items():
            print(f"{kind}  {way:<20} {median(rates[way]):8.1f} steps/s  {median(rates[way]) / first:6.1%}")
            session.close()
    device.close()


if __name__ == "__main__":
    main("gl" if "gl" in sys.argv[1:] else "cpu")
