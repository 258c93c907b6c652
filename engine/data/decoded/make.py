"""Decodes a job into the cache, or finds it there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data.decoded.job import Job, write_part
from engine.data.decoded.store import Decoded, Partial, finished, folder, locked
from engine.data.decoded.workers import in_processes
from engine.data.errors import DataError
from engine.devices.base import Watch

# rows that are worth processes in any case; of fewer the first ones tell, for photographs are large
_MANY = 400
_WORTH = 1.5  # seconds of decoding; for less it takes longer to start processes
_OTHERS_TURN = 0.2  # seconds between two looks at whether another process is done


@dataclass(frozen=True)
class _Task:
    """A part on its way to a worker."""

    path: Path
    place: int
    start: int
    stop: int
    job: Job


def _work(task: _Task) -> dict[int, str]:
    return write_part(task.path, task.place, task.job)


def decode_all(key: str, job: Job, watch: Watch | None = None, *, processes: bool = True) -> Decoded:
    """All rows of the job, from the cache if they were decoded before.

    Args:
        key: names what is decoded and how: a digest of both.
        job: the rows.
        watch: called with rows done and all rows; what it raises ends the work, which can be gone on with later.
        processes: whether decoding takes long enough to be worth processes of its own.

    Raises:
        DataError: no space, or a decoding process ended by itself.
    """
    if not job.length:
        return Decoded(np.zeros((0, *job.shape), job.dtype), {})
    while (found := finished(key, job)) is None:
        with locked(key) as mine:
            if mine:
                found = finished(key, job)
                return _made(key, job, watch, processes) if found is None else found
        _show(watch, 0, job.length)
        time.sleep(_OTHERS_TURN)
    return found


def _made(key: str, job: Job, watch: Watch | None, processes: bool) -> Decoded:
    try:
        part = Partial(key, job)
        try:
            for task, complaints in _worked(part, job, watch, processes):
                part.add(task.start, task.stop, {task.start + row: text for row, text in complaints.items()})
                _show(watch, part.rows, job.length)
        finally:
            part.sync()
        part.finish()
    except OSError as error:
        raise _unwritable(str(error.strerror or error)) from error
    made = finished(key, job)
    if made is None:
        raise _unwritable("it cannot be read again")
    return made


def _worked(
    part: Partial, job: Job, watch: Watch | None, processes: bool
) -> Iterator[tuple[_Task, dict[int, str]]]:
    """The parts that are still missing, each as it gets done."""
    starts = (start for start in range(0, job.length, job.part_rows) if start not in part.done)
    ranges = ((start, min(start + job.part_rows, job.length)) for start in starts)
    tasks = (
        _Task(part.path, part.place(start), start, stop, job.part(start, stop)) for start, stop in ranges
    )
    if not (processes and job.length > _MANY):
        spent, done = 0.0, 0
        for task in tasks:
            begun = time.monotonic()
            complaints = _work(task)
            spent, done = spent + time.monotonic() - begun, done + task.stop - task.start
            yield task, complaints
            if processes and spent / done * (job.length - part.rows) > _WORTH:
                break
        else:
            return
    yield from in_processes(_work, tasks, lambda: _show(watch, part.rows, job.length))


def _unwritable(reason: str) -> DataError:
    return DataError(
        f"Decoded data cannot be kept in the cache: {reason}. Make room, or correct the folder {folder()}."
    )


def _show(watch: Watch | None, done: int, total: int) -> None:
    if watch is not None:
        watch(done, total)
