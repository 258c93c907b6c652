"""Whoever wants what another thread is just making waits for that, instead of making the same a second time.

Several views of the window, and the description of the data, open the same file at once; each would read a gigabyte.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from engine.devices.base import Watch

_LOOK_SECONDS = 0.02  # between two looks whether it is one's turn


@dataclass
class _Turn:
    """Who makes a thing now, and how far that is."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    wanted: int = 0  # threads that make it or wait
    done: int = 0
    total: int = 1


@dataclass
class _Turns:
    lock: threading.Lock = field(default_factory=threading.Lock)
    by_key: dict[str, _Turn] = field(default_factory=dict)


@cache
def _turns() -> _Turns:
    return _Turns()


@contextlib.contextmanager
def alone(key: str, watch: Watch | None = None) -> Iterator[Watch]:
    """Has one thread at a time make the thing of that key; the next one looks first whether it is there by now.

    Yields a watch to be called instead of the one given: those who wait see the same progress with their own.

    Raises:
        Interrupted: by `watch`, while it waits or works; others are not interrupted by that.
    """
    turns = _turns()
    with turns.lock:
        turn = turns.by_key.setdefault(key, _Turn())
        turn.wanted += 1

    def passed_on(done: int, total: int) -> None:
        turn.done, turn.total = done, total
        if watch is not None:
            watch(done, total)

    try:
        while not turn.lock.acquire(timeout=_LOOK_SECONDS):
            if watch is not None:
                watch(turn.done, turn.total)
        try:
            yield passed_on
        finally:
            turn.lock.release()
    finally:
        with turns.lock:
            turn.wanted -= 1
            if not turn.wanted:
                turns.by_key.pop(key, None)
