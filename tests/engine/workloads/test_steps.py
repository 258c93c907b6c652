"""A training step of the larger workloads on the processor: one list of machine code, in which nothing is allocated."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from engine.bench.run import task
from engine.bench.workloads import NETWORKS
from engine.training.choose import DevicePool
from engine.training.session import Session

pytest.importorskip("llvmlite")

BATCH = 8
STEPS = 3
MOST_BYTES = 15_000  # the numbers of the rows and the call itself; the first layer of W3 alone gives 16,384


@pytest.fixture(scope="module")
def pool() -> Iterator[DevicePool]:
    """The devices."""
    with closing(DevicePool()) as pool:
        yield pool


@pytest.mark.parametrize("name", ["W3", "W4", "W5", pytest.param("W6", marks=pytest.mark.slow)])
def test_steps_allocate_nothing(name: str, pool: DevicePool) -> None:
    network = replace(NETWORKS[name], batch=BATCH)
    with closing(Session(*task(network, "cpu"), pool.get("cpu"))) as session:
        session.advance(STEPS)
        session.advance(STEPS)
        gc.collect()
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            session.advance(STEPS)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak - before < MOST_BYTES
