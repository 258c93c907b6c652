"""How long 60,000 and 100,000 picture files take to be listed, browsed and decoded, and how much memory.

    python -m tests.benchmarks.data_pictures [COUNT] [--side 28] [--keep DIR]

Makes the files first: small PNGs in ten folders. Run by hand; the figures stand in RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from engine.data.pictures.source import PictureSource
from engine.data.sources.registry import open_source
from engine.paths import CACHE_DIR_VARIABLE

CLASSES = 10


def make(root: Path, count: int, side: int) -> None:
    """So many different grey PNGs of `side` x `side` pixels, in ten folders, one of them no picture."""
    rng = np.random.default_rng(0)
    for label in range(CLASSES):
        (root / str(label)).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = root / str(number % CLASSES) / f"{number}.png"
        pixels = rng.integers(0, 256, (side, side), np.uint8) // 4 + np.uint8(19 * (number % CLASSES))
        Image.fromarray(pixels).save(path, compress_level=1)
    (root / "3" / f"{count}.png").write_text("not a picture", encoding="utf-8")


def anonymous_mb() -> float:
    """Memory of this process that is not a file's, in MB."""
    for line in Path("/proc/self/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def measure(root: Path) -> None:
    """Print the figures."""
    begun = time.perf_counter()

    def lap(what: str) -> None:
        nonlocal begun
        now = time.perf_counter()
        print(f"{what:<44} {now - begun:8.3f} s   {anonymous_mb():7.0f} MB anonymous")
        begun = time.perf_counter()

    source = open_source(root, {})
    assert isinstance(source, PictureSource)
    lap("open (list, headers of a sample)")
    source.page(0, 50)
    lap("first page of 50")
    source.page(source.count() // 2, 50)
    lap("page in the middle")
    target = source.proposed("picture")
    found = source.pictures("picture", target, lambda _done, _total: None)
    lap(f"decode {len(found.array):,} to {target.shape}")
    found = source.pictures("picture", target)
    lap("the same again, from the cache")
    order = np.random.default_rng(0).permutation(len(found.array))
    for start in range(0, len(order), 64):
        found.array[order[start : start + 64]].sum()
    lap("an epoch of random batches of 64")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"unreadable: {len(found.missing)}; {source.notes[-1].sentence}\n"
        f"peak resident {peak:.0f} MB here (the mapped file included), {workers:.0f} MB in the largest worker"
    )


def main() -> int:
    """Make files, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=60_000)
    parser.add_argument("--side", type=int, default=28)
    parser.add_argument("--keep", type=Path, help="folder of the files; made if missing, used if there")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ[CACHE_DIR_VARIABLE] = str(Path(temporary) / "cache")
        root = chosen.keep or Path(temporary) / "pictures"
        if not root.is_dir():
            make(root, chosen.count, chosen.side)
        measure(root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
