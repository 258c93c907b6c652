"""Rates on a computer that others use, too: the median of blocks, of those in which nobody else computed if possible."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.training.tempo import Tempo

QUIET = 0.12  # cores that others may use during a block that counts as quiet
WANTED = 7  # quiet blocks
ENOUGH = 3  # of them, for the others not to count
COUNTERS = Path("/proc/stat")
Steps = Callable[[int], object]  # runs so many steps and waits for them


@dataclass(frozen=True)
class Rate:
    """Steps a second.

    Attributes:
        steps_per_s: median of the quiet blocks, or of the five least disturbed where there are fewer than three.
        best: of all blocks.
        worst: of all blocks.
        blocks: how many were measured.
        quiet_blocks: how many of them were quiet; None where the system does not tell.
        other_cpu: cores that others used in the blocks that count; None likewise.
    """

    steps_per_s: float
    best: float
    worst: float
    blocks: int
    quiet_blocks: int | None
    other_cpu: float | None


@dataclass(frozen=True)
class Block:
    """Steps a second of one stretch of time, and how many cores others used meanwhile (None: nobody knows)."""

    rate: float
    other: float | None


def measure(run: Steps, seconds: float) -> Rate:
    """How often a second `run` does a step.

    Args:
        run: is called with numbers of steps that take about 20 ms, as the training loop does it.
        seconds: that blocks are measured for, but three blocks at least; fewer where seven are quiet before.
    """
    length = seconds / 10
    chunk = _warm_up(run, length)
    blocks: list[Block] = []
    begun = time.perf_counter()
    while not _is_enough(blocks, time.perf_counter() - begun, seconds):
        blocks.append(_block(run, chunk, length))
    return summarize(blocks)


def _warm_up(run: Steps, least: float) -> int:
    """Run until caches are filled and clocks are up; the number of steps at a time in training."""
    begun = time.perf_counter()
    tempo = Tempo()
    while True:
        before = time.perf_counter()
        chunk = tempo.chunk
        run(chunk)
        now = time.perf_counter()
        tempo.took(chunk, now - before)
        if tempo.steps >= 3 and now - begun >= least:
            return chunk


def _block(run: Steps, chunk: int, length: float) -> Block:
    busy, own, begun = _busy(), time.process_time(), time.perf_counter()
    steps, took = 0, 0.0
    while took < length:
        run(chunk)
        steps += chunk
        took = time.perf_counter() - begun
    own, now = time.process_time() - own, _busy()
    other = None if busy is None or now is None else max(0.0, now - busy - own) / took
    return Block(steps / took, other)


def _is_enough(blocks: Sequence[Block], spent: float, seconds: float) -> bool:
    quiet = sum(block.other is not None and block.other <= QUIET for block in blocks)
    return quiet >= WANTED or (spent > seconds and len(blocks) >= ENOUGH)


def summarize(blocks: Sequence[Block]) -> Rate:
    """The rate that blocks show."""
    rates = [block.rate for block in blocks]
    counted = list(blocks)
    quiet = [block for block in blocks if block.other is not None and block.other <= QUIET]
    known = [block.other for block in blocks if block.other is not None]
    if len(known) == len(blocks):
        counted = quiet if len(quiet) >= ENOUGH else sorted(blocks, key=lambda b: b.other or 0.0)[:5]
    return Rate(
        statistics.median(block.rate for block in counted),
        max(rates),
        min(rates),
        len(blocks),
        len(quiet) if known else None,
        statistics.median(b.other or 0.0 for b in counted) if known else None,
    )


def _busy() -> float | None:
    """Seconds that all processors together have computed, or None where the system does not tell."""
    try:
        first = COUNTERS.read_text().split("\n", 1)[0]
    except OSError:
        return None
    user, nice, system, _idle, _waiting, *more = (int(word) for word in first.split()[1:9])
    return (user + nice + system + sum(more)) / os.sysconf("SC_CLK_TCK")
