"""The channel: small messages in the pipe, large arrays over shared memory that nobody leaves behind."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Iterator
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest

from engine.worker.channel import SHARED_FROM, Channel
from tests.engine.worker.conftest import PATIENCE

SHARED = Path("/dev/shm")  # where Linux keeps it
BEGUN = time.time()


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    one, other = Pipe()
    channels = Channel(one), Channel(other)
    yield channels
    for channel in channels:
        channel.close()


def assert_no_block_stays() -> None:
    """Whatever shared memory there is now is gone soon: tests beside this one have theirs for a moment only.

    What is older than the tests was left by a program that was killed, and is nobody's any more.
    """
    if not SHARED.exists():
        return
    left = {p.name for p in SHARED.glob("psm_*") if _is_new(p)}
    deadline = time.monotonic() + PATIENCE
    while left := {name for name in left if (SHARED / name).exists()}:
        assert time.monotonic() < deadline, f"shared memory left behind: {left}"
        time.sleep(0.01)


def _is_new(block: Path) -> bool:
    try:
        return block.stat().st_mtime >= BEGUN
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("size", [0, 1, SHARED_FROM // 4 - 1, SHARED_FROM // 4, 1_000_000])
def test_arrays_arrive_as_they_were(ends: tuple[Channel, Channel], size: int) -> None:
    sent = {
        "a": np.arange(size, dtype=np.float32),
        "b": np.arange(6, dtype=np.int32).reshape(2, 3).T,
        "c": "text",
    }
    sender = threading.Thread(target=ends[0].send, args=(sent,))
    sender.start()
    received = ends[1].receive()
    sender.join()
    assert received["c"] == "text"
    np.testing.assert_array_equal(received["a"], sent["a"])
    np.testing.assert_array_equal(received["b"], sent["b"])
    assert received["a"].flags.writeable
    assert_no_block_stays()


def test_arrays_go_through_the_pipe_where_there_is_no_shared_memory(
    ends: tuple[Channel, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engine.worker.channel._shared", refuse)
    sent = np.arange(SHARED_FROM, dtype=np.float32)
    sender = threading.Thread(target=ends[0].send, args=(sent,))
    sender.start()
    assert ends[1].poll(PATIENCE)
    np.testing.assert_array_equal(ends[1].receive(), sent)
    sender.join()


def test_a_message_that_cannot_be_written_down_leaves_no_shared_memory(
    ends: tuple[Channel, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out(*_args: object) -> None:
        raise MemoryError

    monkeypatch.setattr("engine.worker.channel._fill", run_out)
    with pytest.raises(MemoryError):
        ends[0].send(np.zeros(SHARED_FROM, np.float32))
    assert_no_block_stays()


def test_many_threads_may_send(ends: tuple[Channel, Channel]) -> None:
    def send(k: int) -> None:
        for i in range(50):
            ends[0].send((k, i))

    threads = [threading.Thread(target=send, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    received = [ends[1].receive() for _ in range(200)]
    for thread in threads:
        thread.join()
    for k in range(4):
        assert [i for sender, i in received if sender == k] == list(range(50))


def test_a_message_to_nobody_leaves_no_block_behind(ends: tuple[Channel, Channel]) -> None:
    ends[1].close()
    with pytest.raises(OSError, match=r"."):
        ends[0].send(np.zeros(SHARED_FROM, np.float32))
    assert_no_block_stays()


def test_the_end_of_the_other_side_is_an_eof(ends: tuple[Channel, Channel]) -> None:
    ends[1].close()
    with pytest.raises(EOFError):
        ends[0].receive()
