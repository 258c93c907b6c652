"""Measures tables of a million and of ten million rows: first rows, all rows, pages, blocks, profile, memory.

`python -m tests.benchmarks.data [ROWS ..]` writes each CSV file (14 columns; 12,000,000 rows are 1 GB) to a temporary
folder, and prints one line of JSON for it, measured in a process of its own; times are in seconds, memory in megabytes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

USUAL = (1_000_000, 12_000_000)
COLUMNS = """
    i AS id, round(random() * 1000, 3) AS price, round(random() * 10, 4) AS weight, (random() * 100)::INT AS age,
    ['red', 'green', 'blue', 'yellow'][1 + (random() * 3.99)::INT % 4] AS colour, random() < 0.5 AS ok,
    DATE '2020-01-01' + (random() * 1000)::INT AS "when", CASE WHEN random() >= 0.05 THEN round(random(), 5) END AS score,
    'user ' || (random() * 500000)::INT AS "user", round(random() * 5, 3) AS a, round(random() * 5, 3) AS b,
    round(random() * 5, 3) AS c, (random() * 5)::INT AS stars, (random() < 0.3)::INT AS label
"""


def write(path: Path, rows: int) -> None:
    """A table of numbers, texts, dates and bools."""
    import duckdb

    duckdb.connect().execute(f"COPY (SELECT {COLUMNS} FROM range({rows}) AS t(i)) TO '{path}' (HEADER)")


def figures(path: Path) -> dict[str, float]:
    """What the table at `path` takes, in this process."""
    # imported here: the start of Layerloom has paid for them, but the first table pays for duckdb
    from engine.data.profile import profile
    from engine.data.sources.registry import open_source, source_kinds

    source_kinds()
    found: dict[str, float] = {"megabytes": path.stat().st_size / 1e6}

    def timed(name: str, work: Callable[[], object]) -> None:
        begun = time.perf_counter()
        work()
        found[name] = time.perf_counter() - begun

    begun = time.perf_counter()
    with open_source(path, {}) as source:
        source.page(0, 100)
        found["first_rows"] = time.perf_counter() - begun
        timed("all_rows", lambda: source.count(lambda done, total: None))
        rows = source.count()
        found["rows"] = rows
        found["page"] = max(_seconds(source.page, rows * part // 20, 100) for part in range(20))
        timed("three_columns", lambda: [None for _ in source.blocks(["price", "score", "label"])])
        timed("all_columns", lambda: [None for _ in source.blocks([c.name for c in source.columns])])
        timed("profile", lambda: profile(source, lambda done, total: None, "label"))
    with open_source(path, {}) as source:
        timed("all_rows_again", source.count)
    return found | {"peak_megabytes": _peak_megabytes()}


def _seconds(work: Callable[..., object], *arguments: int) -> float:
    begun = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - begun


def _peak_megabytes() -> float:
    status = Path("/proc/self/status")
    if (
        status.is_file()
    ):  # what `getrusage` says of a process begins with what its parent held when it started it
        line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1e3
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def measured(rows: int, folder: Path) -> dict[str, float]:
    """The figures of a table of so many rows, from a process of its own with an empty cache."""
    path = folder / f"{rows}.csv"
    write(path, rows)
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.data", str(path)],
        env={**os.environ, "LAYERLOOM_CACHE_DIR": str(folder / "cache")},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    path.unlink()
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main(arguments: list[str]) -> None:
    """Print a line for each size, or, for a path, what it takes in this process."""
    if arguments and not arguments[0].isdecimal():
        print(json.dumps(figures(Path(arguments[0]))))
        return
    for rows in map(int, arguments or map(str, USUAL)):
        with tempfile.TemporaryDirectory() as folder:
            print(
                json.dumps({name: round(v, 3) for name, v in measured(rows, Path(folder)).items()}),
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
