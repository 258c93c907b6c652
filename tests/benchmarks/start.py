"""How long things take to be there: the engine, the worker, the window; each in new processes, medians in milliseconds.

`python -m tests.benchmarks.start [engine] [worker] [window] [--times 5]` prints a line of JSON for each. The window opens
on the display of the environment (`QT_QPA_PLATFORM=offscreen` needs none), with settings and caches of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from engine.worker.client import WorkerClient
from engine.worker.messages import Ready

ROOT = Path(__file__).resolve().parents[2]
ENGINE = "import time; t = time.perf_counter(); import engine.models; print(1000 * (time.perf_counter() - t))"
LIMIT_S = 60


def engine() -> dict[str, float]:
    """Everything that a script needs to build, train and save networks, imported by a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", ENGINE], cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=LIMIT_S
    )
    return {"import": float(done.stdout)}


def worker() -> dict[str, float]:
    """From the wish for a worker to its word that the devices are known."""
    ready = threading.Event()
    begun = time.perf_counter()
    client = WorkerClient(
        lambda message: ready.set() if isinstance(message, Ready) else None, lambda code: None
    )
    try:
        if not ready.wait(LIMIT_S):
            raise TimeoutError(f"The worker was not ready after {LIMIT_S} s.")
        return {"ready": 1000 * (time.perf_counter() - begun)}
    finally:
        client.close()


def the_window() -> dict[str, float]:
    """From the start of the process to a window that is painted and has its data; then the first click."""
    from tests.benchmarks import window  # not above: a worker imports this module again

    with tempfile.TemporaryDirectory() as folder:
        own = {
            name: f"{folder}/{name}"
            for name in ("LAYERLOOM_CACHE_DIR", "LAYERLOOM_DATA_DIR", "XDG_CONFIG_HOME")
        }
        return window.measure("start", own)


def main() -> int:
    """Measure what is named, or everything."""
    known = {"engine": engine, "worker": worker, "window": the_window}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*known, []])
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    if sys.dont_write_bytecode:
        return _with_bytecode()
    for name in arguments.what or known:
        known[name]()  # the first start after an installation, which makes the bytecode
        _say(name, [known[name]() for _ in range(arguments.times)])
    return 0


def _with_bytecode() -> int:
    """The same in a process that keeps bytecode, as where the program is used; else each start compiles all of it anew."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.start", *sys.argv[1:]],
            env={**kept, "PYTHONPYCACHEPREFIX": folder},
            check=False,
        ).returncode


def _say(name: str, runs: Sequence[Mapping[str, float]]) -> None:
    figures = {key: [round(run[key]) for run in runs] for key in runs[0]}
    said = {key: {"median": median(values), "all": values} for key, values in figures.items()}
    print(json.dumps({"what": name, "load": round(os.getloadavg()[0], 1), **said}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
