"""When Python looks for garbage: not while the window starts; and when buffers are given back."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import memory
from app.memory import collect_later

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Whatever a test says of the garbage holds for that test only."""
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_looked_for_while_the_window_starts() -> None:
    collect_later()
    assert not gc.isenabled()


def test_buffers_go_back_to_the_system_only_once_the_window_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[int, int]] = []
    monkeypatch.setattr(memory, "_tell_c_library", told.append)
    memory.take_memory_from_one_place()
    assert told == [{memory.M_ARENA_MAX: 1}]
    memory.return_memory_early()
    assert set(told[1]) == {memory.M_MMAP_THRESHOLD, memory.M_TRIM_THRESHOLD}


def test_a_worker_looks_again_once_it_has_imported_what_it_needs() -> None:
    code = """
import gc, sys
from multiprocessing import Pipe
import engine.worker.client as client
assert "engine.worker.messages" not in sys.modules, "a worker would import these while it looks for garbage"
ours, theirs = Pipe()
import engine.worker.server as server
server.serve = lambda channel, devices: print("served", gc.isenabled(), gc.get_freeze_count() > 10_000)
client._serve(theirs)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["served", "True", "True"]
