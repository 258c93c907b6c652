"""From prepared calls on arrays to entries of machine code, where there is code for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.devices.cpu.calls import Call, Chained, Lanes, Prepared, accumulate, assign, clear
from engine.devices.cpu.native.chain import ChainShape, supports
from engine.devices.cpu.native.direct import DirectShape
from engine.devices.cpu.native.kernels import COPY_RANK, PLAIN, TRANSPOSED
from engine.devices.cpu.native.machine import Machine
from engine.devices.cpu.native.vectors import EMITTERS, WIDTH
from engine.ops.registry import ops
from engine.ops.windows import Window
from engine.program.fused import FusedBody, FusedStep
from engine.tensor.spec import Array, Shape

LANES_A_THREAD = 2
SHARED_ELEMENTS = 32_768  # of a chain that is worth sharing
TASK_ELEMENTS = 16_384
SHARED_PRODUCT = 4_000_000  # multiply-adds
LARGE_PRODUCT = 200_000_000
TILES, MORE_TILES = 4, 16
SUM_ROWS = 512  # added up one after the other; sums of sums round less
LARGEST_RANK = 4
PICTURE_RANK = 2  # lengths of a picture that convolutions without unfolding take
LONGEST_RUN = 16_384  # numbers in a line of a window; the code of a longer one would be no better
ONE, ZERO = 0x3F800000, 0  # bits of beta


@dataclass(frozen=True)
class Entry:
    """One call of machine code with the arrays that it works on.

    Attributes:
        function: address.
        table: its arguments.
        tasks: parts that may run at the same time.
        kept: what must stay in memory as long as the entry.
    """

    function: int
    table: Array
    tasks: int
    kept: tuple[Any, ...] = ()


class Lowering:
    """Finds entries for calls.

    Attributes:
        threads: that share the work.
        lanes: lists that large work is cut into; more than threads, so that none waits long for another.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.threads = machine.threads
        self.lanes = LANES_A_THREAD * machine.threads
        self._product, self._copy, self._list, self._leading, self._trailing, self._take = (
            machine.address(n) for n in ("product", "copy", "run_list", "sum_leading", "sum_trailing", "take")
        )
        self._ops = {op.ufunc: op for op in ops().values() if op.ufunc is not None and op.name in EMITTERS}

    def entries(self, call: Call, *, shared: bool = True) -> list[Entry] | None:
        """The entries of a call, or None if it has to be left to NumPy.

        Args:
            call: prepared.
            shared: whether large ones are cut into tasks; inside a lane they are not.
        """
        function, inputs, out = call
        if isinstance(function, Prepared):
            return list(function.entries)
        if isinstance(function, Lanes):
            return self._lanes(function)
        if isinstance(function, Chained):
            return self._only(self.chain(function.body, inputs, out, shared=shared))
        if not all(_is_plain(a) for a in (*inputs, out)):
            return None
        if function is np.matmul or function is accumulate:
            beta = ZERO if function is np.matmul else ONE
            return self._only(self._matmul(inputs[0], inputs[1], out, shared=shared, beta=beta))
        if function is assign or function is clear:
            return self._only(self._assign(inputs[0], out, shared=shared))
        op = self._ops.get(function)
        if op is None:
            return None
        step = FusedStep(op, tuple(range(len(inputs))))
        body = FusedBody(len(inputs), (step,), (len(inputs),), out.shape)
        return self._only(self.chain(body, [_array(a) for a in inputs], (out,), shared=shared))

    def joined(self, entries: Sequence[Entry]) -> list[Call]:
        """One call that runs the entries; none for none."""
        if not entries:
            return []
        return [Call(_Listed(self._machine, packed(entries), any(e.tasks > 1 for e in entries), entries), ())]

    @staticmethod
    def _only(entry: Entry | None) -> list[Entry] | None:
        return None if entry is None else [entry]

    # -- chains -----------------------------------------------------------------------------------------
    def chain(
        self, body: FusedBody, operands: Sequence[Array], outputs: Sequence[Array], *, shared: bool = True
    ) -> Entry | None:
        """The entry of a chain, or None if an op or the places of the arrays are not supported."""
        if not supports(body):
            return None
        shape = outputs[0].shape
        if math.prod(shape) == 0:
            return None
        arrays = [*operands, *outputs]
        lengths, strides = _merged(shape, [_strides(a, shape) for a in arrays])
        if not lengths:
            lengths, strides = [1], [[0]] * len(operands) + [[4]] * len(outputs)
        inner = [s[-1] for s in strides]
        count = len(operands)
        if any(i not in (0, 4) for i in inner[:count]) or any(i != 4 for i in inner[count:]):
            return None
        rank = len(lengths) - 1
        if rank > LARGEST_RANK:
            return None
        fixed = tuple(not any(s) for s in strides[:count])
        along = tuple(i == 4 for i in inner[:count])
        split = max(1, rank - 1)  # dimensions whose indices the tasks share
        rows, length = math.prod(lengths[:split]) if rank else 1, lengths[-1]
        size = math.prod(lengths[split:]) if rank else 1
        tasks, each = _shares(rows if rank else length, size, shared=shared)
        table = [rows, length, each, *lengths[:-1]]
        for array, stride in zip(arrays, strides, strict=True):
            table += [array.ctypes.data, *stride[:-1]]
        function = self._machine.chain(body, ChainShape(along, fixed, rank))
        return Entry(function, np.array(table, np.int64), tasks, tuple(arrays))

    # -- products ---------------------------------------------------------------------------------------
    def _matmul(self, a: Array, b: Array, out: Array, *, shared: bool, beta: int = ZERO) -> Entry | None:
        if a.ndim != 2 or b.ndim != 2 or out.ndim != 2 or not out.size or not a.size:
            return None
        left, right, result = _matrix(a), _matrix(b), _matrix(out)
        if left is None or right is None or result is None or result[0] == TRANSPOSED:
            return None
        m, n, k = out.shape[0], out.shape[1], a.shape[1]
        high, wide = _tile(m, n, k) if shared else (m, n)
        across = -(-n // wide)
        table = [
            self._machine.blas.product,
            left[0],
            right[0],
            m,
            n,
            k,
            a.ctypes.data,
            left[1],
            b.ctypes.data,
        ]
        table += [right[1], out.ctypes.data, result[1], beta, high, wide, across]
        return Entry(self._product, np.array(table, np.int64), -(-m // high) * across, (a, b, out))

    # -- convolutions -----------------------------------------------------------------------------------
    def convolves(self, window: Window, channels: int, filters: int) -> bool:
        """Whether such a convolution, without groups, has machine code that needs no unfolding."""
        fits = len(window.size) <= PICTURE_RANK and window.dilation[-1] == 1
        return (
            self._machine.wide and fits and filters % WIDTH == 0 and window.size[-1] * channels <= LONGEST_RUN
        )

    def convolution(
        self, seen: Array, filters: Array, result: Array, window: Window, *, gradient: bool = False
    ) -> Entry:
        """The convolution of what a piece's windows see; or the gradient of the filters, added to them.

        Args:
            seen: (images, .., channels), with padding.
            filters: (.., channels, filters).
            result: (images, .., filters) of all windows there.
            window: its padding does not count.
            gradient: whether the result is given, and the filters are to be changed.
        """
        shape = DirectShape(
            window.size[-1] * seen.shape[-1], window.strides[-1] * seen.shape[-1], filters.shape[-1]
        )
        flat = len(window.size) == 1
        lines, rows, step, dilation = (
            (1, 1, 1, 1) if flat else (window.size[0], result.shape[1], window.strides[0], window.dilation[0])
        )
        line = 0 if flat else seen.strides[1]
        table = [rows, result.shape[-2], lines]
        table += [a.ctypes.data for a in (seen, filters, result)]
        table += [step * line, 0 if flat else result.strides[1], dilation * line]
        table += [seen.strides[0], result.strides[0]]
        function = self._machine.direct(shape, gradient=gradient)
        return Entry(function, np.array(table, np.int64), len(seen), (seen, filters, result))

    # -- copies -----------------------------------------------------------------------------------------
    def _assign(self, source: Array | float, out: Array, *, shared: bool) -> Entry | None:
        given = _array(source)
        if not out.size:
            return None
        lengths, strides = _merged(out.shape, [_strides(given, out.shape), _strides(out, out.shape)])
        if len(lengths) > COPY_RANK + 1:
            return None
        if len(lengths) == 1 and shared and lengths[0] >= SHARED_ELEMENTS and strides == [[4], [4]]:
            each = TASK_ELEMENTS
            if lengths[0] % each == 0:
                lengths, strides = [lengths[0] // each, each], [[4 * each, 4]] * 2
        padding = COPY_RANK + 1 - len(lengths)
        lengths = [1] * padding + lengths
        strides = [[0] * padding + s for s in strides]
        order = list(range(COPY_RANK))
        longest = max(order, key=lambda k: lengths[k])  # its steps are the tasks
        order = [longest, *(k for k in order if k != longest), COPY_RANK]
        lengths = [lengths[k] for k in order]
        table = [*lengths, given.ctypes.data, out.ctypes.data]
        for stride in strides:
            table += [stride[k] for k in order]
        return Entry(self._copy, np.array(table, np.int64), lengths[0], (given, out))

    # -- sums and rows ----------------------------------------------------------------------------------
    def sum_leading(self, rows: Array, total: Array, partial: Array) -> list[Entry]:
        """Sums of the columns of (rows, columns); `partial` has a row for each task."""
        count, columns = rows.shape
        each = -(-count // partial.shape[0])
        tasks = -(-count // each)
        first = [count, columns, each, rows.ctypes.data, partial.ctypes.data]
        second = [tasks, columns, tasks, partial.ctypes.data, total.ctypes.data]
        return [
            Entry(self._leading, np.array(first, np.int64), tasks, (rows, partial)),
            Entry(self._leading, np.array(second, np.int64), 1, (partial, total)),
        ]

    def sum_trailing(self, rows: Array, total: Array) -> Entry:
        """Sums of the rows of (rows, columns)."""
        tasks, each = _shares(rows.shape[0], rows.shape[1], shared=True)
        table = [*rows.shape, each, rows.ctypes.data, total.ctypes.data]
        return Entry(self._trailing, np.array(table, np.int64), tasks, (rows, total))

    def take(self, table: Array, numbers: Array, out: Array) -> Entry:
        """Rows of a table by number."""
        length = math.prod(table.shape[1:])
        tasks, each = _shares(numbers.size, length, shared=True)
        words = [
            numbers.size,
            length,
            each,
            table.ctypes.data,
            numbers.ctypes.data,
            out.ctypes.data,
            len(table),
        ]
        return Entry(self._take, np.array(words, np.int64), tasks, (table, numbers, out))

    # -- lanes ------------------------------------------------------------------------------------------
    def _lanes(self, lanes: Lanes) -> list[Entry] | None:
        lists: list[Array] = []
        kept: list[Any] = []
        for calls in lanes.calls:
            entries: list[Entry] = []
            for call in calls:
                found = self.entries(call, shared=False)
                if found is None:
                    return None
                entries += found
            lists.append(packed(entries))
            kept.append(entries)
        table = np.array([w for entries in lists for w in (entries.ctypes.data, len(entries))], np.int64)
        return [Entry(self._list, table, len(lists), (lists, kept))]


@dataclass(frozen=True)
class _Listed:
    """The function of a call that runs a list of entries."""

    machine: Machine
    table: Array
    shared: bool
    entries: Sequence[Entry]

    def __call__(self, out: None) -> None:
        self.machine.run(self.table, shared=self.shared)


def packed(entries: Sequence[Entry]) -> Array:
    """Entries as the table (count, 3) that `run` reads."""
    rows = [(e.function, e.table.ctypes.data, e.tasks) for e in entries]
    return np.array(rows, np.int64).reshape(len(rows), 3)


# -- geometry ------------------------------------------------------------------------------------------------
def _is_plain(a: object) -> bool:
    return isinstance(a, float | np.float32) or (isinstance(a, np.ndarray) and a.dtype == np.float32)


def _array(a: Array | float) -> Array:
    return a if isinstance(a, np.ndarray) else np.array(a, np.float32)


def _strides(array: Array, shape: Shape) -> list[int]:
    """In bytes along each dimension of `shape`, 0 where the array is broadcast."""
    lead = len(shape) - array.ndim
    return [0] * lead + [0 if n == 1 else s for n, s in zip(array.shape, array.strides, strict=True)]


def _merged(shape: Shape, strides: list[list[int]]) -> tuple[list[int], list[list[int]]]:
    """The dimensions with neighbours joined where that makes no difference to any array."""
    lengths: list[int] = []
    found: list[list[int]] = [[] for _ in strides]
    for axis, n in enumerate(shape):
        if n == 1:
            continue
        steps = [s[axis] for s in strides]
        if lengths and all(f[-1] == step * n for f, step in zip(found, steps, strict=True)):
            lengths[-1] *= n
            for f, step in zip(found, steps, strict=True):
                f[-1] = step
        else:
            lengths.append(n)
            for f, step in zip(found, steps, strict=True):
                f.append(step)
    return lengths, found


def _shares(count: int, each: int, *, shared: bool) -> tuple[int, int]:
    """Tasks, and what each does of `count` things of `each` elements."""
    if not shared or count * each < SHARED_ELEMENTS:
        return 1, count
    step = max(1, TASK_ELEMENTS // each)
    return -(-count // step), step


def _matrix(a: Array) -> tuple[int, int] | None:
    """How BLAS reads it: plain or transposed, and elements from row to row."""
    rows, columns = a.shape
    down, right = (s // 4 for s in a.strides)
    if (right == 1 or columns == 1) and (down >= max(1, columns) or rows == 1):
        return PLAIN, max(down, columns) if rows > 1 else columns
    if (down == 1 or rows == 1) and (right >= max(1, rows) or columns == 1):
        return TRANSPOSED, right if columns > 1 else rows
    return None


def _tile(m: int, n: int, k: int) -> tuple[int, int]:
    """Height and width of the parts of a product."""
    work = m * n * k
    if work < SHARED_PRODUCT:
        return m, n
    tiles = TILES if work < LARGE_PRODUCT else MORE_TILES
    splits = [(r, tiles // r) for r in (1, 2, 4, 8, 16) if tiles % r == 0]
    down, right = min(splits, key=lambda s: m / s[0] + n / s[1])
    return _rounded(m, down), _rounded(n, right)


def _rounded(length: int, parts: int) -> int:
    return min(length, -(-length // (16 * parts)) * 16)
