"""How rows of the data set reach the device: all at once, or, where they do not fit, those of the next steps at a time.

A program gathers its batch from tensors on the device by row number. Staged, these tensors hold the rows of the next steps
only, in the order in which the steps want them, and the row numbers are those in the stage: the same program on fewer rows,
with the same numbers in the same order, so that what is learned is the same to the bit. A thread gathers the rows of the
next stage from the (memory-mapped) arrays while the device works on this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

import numpy as np

from engine.compiler.model import DATA
from engine.data.bundle import DataBundle
from engine.devices.base import DeviceInfo, Memory
from engine.tensor.spec import Array
from engine.training.adaptation import Computed
from engine.training.order import BatchOrder

# of data that a device of its own memory holds; OpenGL does not say how much a GPU has
HELD_BYTES = 1_000_000_000
STAGE_BYTES = 32_000_000  # of rows that are staged at a time
MOST_STEPS = 512  # that are staged at a time
Rows = dict[str, Array]
CPU = "cpu"  # uses the host's arrays as they are, whatever their size


class Feeding(Protocol):
    """Where the rows of the data set are for the programs of a session."""

    @property
    def rows(self) -> int:
        """Of the tensors that programs gather from."""
        ...

    def steps(self, first: int, count: int) -> Iterator[Array]:
        """Row numbers of training steps, (steps, batch) int32, a few steps at a time; run each before the next."""
        ...

    def batches(self, index: Array) -> Iterator[Array]:
        """The same for given rows of the data set, (batches, rows)."""
        ...

    def close(self) -> None:
        """End what works beside the device."""
        ...


class Resident:
    """All rows are on the device."""

    def __init__(self, memory: Memory, arrays: Mapping[str, Array], order: BatchOrder) -> None:
        self._order = order
        self.rows = len(next(iter(arrays.values())))
        for name, array in arrays.items():
            memory.write(f"{DATA}/{name}", array)

    def steps(self, first: int, count: int) -> Iterator[Array]:
        """As the order says."""
        yield self._order.batches(first, count)

    def batches(self, index: Array) -> Iterator[Array]:
        """As they are."""
        yield index

    def close(self) -> None:
        """Nothing to end."""


class Staged:
    """The rows of the next steps are on the device.

    Args:
        memory: of the device.
        arrays: all rows, which may be memory-mapped.
        order: of the run; nobody else may use it.
        batch: rows of a training step.
        least: rows of the largest batch that anybody else wants at once.
    """

    def __init__(
        self, memory: Memory, arrays: Mapping[str, Array], order: BatchOrder, batch: int, least: int
    ) -> None:
        self._memory, self._arrays, self._order, self._batch = memory, dict(arrays), order, batch
        row_bytes = max(1, sum(a.nbytes // len(a) for a in self._arrays.values()))
        self._steps = max(1, min(MOST_STEPS, STAGE_BYTES // (row_bytes * batch)))
        self.rows = max(self._steps * batch, least)
        self._held = -1  # the stage that is on the device
        # what the device is given now, what is gathered next, and what is wanted in between
        self._rooms = [self._room() for _ in range(3)]
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="feeding")
        self._next: tuple[int, Future[Rows]] | None = None
        self._write(self._rooms[2], -1)

    def steps(self, first: int, count: int) -> Iterator[Array]:
        """Stages are cut at fixed steps, so that the rows of the next one are known before they are asked for."""
        last = first + count
        while first < last:
            stage, offset = divmod(first, self._steps)
            taken = min(last - first, self._steps - offset)
            if self._held != stage:
                self._write(self._stage(stage), stage)
            start = offset * self._batch
            numbers = np.arange(start, start + taken * self._batch, dtype=np.int32)
            yield numbers.reshape(taken, self._batch)
            first += taken

    def batches(self, index: Array) -> Iterator[Array]:
        """As many of them at a time as the stage holds."""
        count, width = index.shape
        most = max(1, self.rows // width)
        for start in range(0, count, most):
            part = index[start : start + most]
            self._write(self._gather(part.reshape(-1), self._rooms[2]), -1)
            yield np.arange(part.size, dtype=np.int32).reshape(part.shape)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _room(self) -> Rows:
        return {n: np.zeros((self.rows, *a.shape[1:]), a.dtype) for n, a in self._arrays.items()}

    def _stage(self, stage: int) -> Rows:
        """The rows of a stage; those of the next one are begun."""
        waiting, self._next = self._next, None
        if waiting is None or waiting[0] != stage:
            waiting = (stage, self._thread.submit(self._gather_stage, stage))
        rows = waiting[1].result()
        self._next = (stage + 1, self._thread.submit(self._gather_stage, stage + 1))
        return rows

    def _gather_stage(self, stage: int) -> Rows:
        """On the thread, one after the other: stages take turns with two rooms."""
        index = self._order.batches(stage * self._steps, self._steps).reshape(-1)
        self._rooms[0], self._rooms[1] = self._rooms[1], self._rooms[0]
        return self._gather(index, self._rooms[0])

    def _gather(self, index: Array, room: Rows) -> Rows:
        for name, array in self._arrays.items():
            if _is_computed(array):
                room[name][: len(index)] = array[index]
            else:
                np.take(array, index, axis=0, out=room[name][: len(index)], mode="clip")
        return room

    def _write(self, rows: Rows, stage: int) -> None:
        for name, array in rows.items():
            self._memory.write(f"{DATA}/{name}", array)
        self._held = stage


def _is_computed(array: object) -> bool:
    return isinstance(array, Computed)


def fits(info: DeviceInfo, arrays: Mapping[str, Array]) -> bool:
    """Whether a device should hold all rows; what is not in the host's memory is on no device either."""
    if any(map(_is_computed, arrays.values())):
        return False
    if info.kind == CPU:
        return True
    sizes = [array.nbytes for array in arrays.values()]
    return sum(sizes) <= HELD_BYTES and (not info.tensor_bytes or max(sizes) <= info.tensor_bytes)


def feeding_of(
    info: DeviceInfo,
    memory: Memory,
    bundle: DataBundle,
    inputs: Mapping[str, Array],
    order: BatchOrder,
    batch: int,
    least: int,
    staged: bool | None = None,
) -> Feeding:
    """How the rows of a bundle reach a device.

    Args:
        info: of the device.
        memory: that its programs share.
        bundle: the data.
        inputs: of the device's part of the network.
        order: of the run, for this alone.
        batch: rows of a training step.
        least: rows of the largest batch of an evaluation or a prediction.
        staged: whether rows are staged; None: where they do not fit.
    """
    arrays = {**inputs, **bundle.targets, **bundle.weights}
    if staged is None:
        staged = not fits(info, arrays)
    if staged:
        return Staged(memory, arrays, order, batch, least)
    return Resident(memory, arrays, order)
