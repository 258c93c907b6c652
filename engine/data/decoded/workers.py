"""Worker processes that decode: spawned, bounded in what waits for them, gone when nobody waits any more.

The processes of `concurrent.futures` outlive a parent that is killed, because each of them holds both ends of the
pipe it waits on; so each of them also watches its parent and leaves with it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import wait as wait_for
from typing import TypeVar

from engine.data.errors import DataError

T = TypeVar("T")
R = TypeVar("R")
_MOST_WORKERS = 16
_AHEAD = 3  # tasks that wait or run, for each worker
_PATIENCE = 0.2  # seconds between two looks at whether to go on


def in_processes(
    function: Callable[[T], R], tasks: Iterable[T], go_on: Callable[[], None]
) -> Iterator[tuple[T, R]]:
    """`function` of each task, done by as many processes as there are processors, in the order they get done.

    Args:
        function: of a module, so that it can be named to another process.
        tasks: drawn only as they can be worked on.
        go_on: called several times a second; what it raises ends the work and comes out here.

    Raises:
        DataError: a process ended by itself.
        Exception: whatever `function` raised.
    """
    remaining = iter(tasks)
    count = min(_MOST_WORKERS, os.cpu_count() or 1)
    executor = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=_begin)
    waiting: dict[Future[R], T] = {}
    try:
        while True:
            with _may_have_children():
                for task in islice(remaining, count * _AHEAD - len(waiting)):
                    waiting[executor.submit(function, task)] = task
            if not waiting:
                return
            done, _ = wait(waiting, _PATIENCE, FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()
            go_on()
    except BrokenProcessPool as error:
        raise DataError(
            "Files are decoded in processes of their own, and one of them has ended by itself, perhaps for want of "
            "memory. Try again: what is decoded is kept."
        ) from error
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """What a new process does first. Ctrl+C is for the process that waits for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    threading.Thread(target=_leave_with_parent, name="parent", daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


@contextmanager
def _may_have_children() -> Iterator[None]:
    """The training worker is a daemon, and daemons are not allowed processes of their own, lest these be left behind.

    Ours leave with their parent.
    """
    process = multiprocessing.current_process()
    if not process.daemon:
        yield
        return
    process.daemon = False
    try:
        yield
    finally:
        process.daemon = True
