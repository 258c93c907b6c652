"""From prepared calls on arrays to entries of machine code, where there is code for them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.devices.base import Watch
from engine.devices.cpu.calls import (
    Call,
    Chained,
    Lanes,
    Prepared,
    Scratch,
    Task,
    Total,
    accumulate,
    assign,
    clear,
)
from engine.devices.cpu.native import kernels, scores
from engine.devices.cpu.native.chain import supports
from engine.devices.cpu.native.chains import Chains
from engine.devices.cpu.native.direct import DirectShape, direct_function, gradient_function, gradient_parts
from engine.devices.cpu.native.entry import Entry
from engine.devices.cpu.native.geometry import (
    SHARED_ELEMENTS,
    TASK_ELEMENTS,
    address_of,
    as_array,
    is_plain,
    is_whole,
    joined,
    shares,
    worth,
)
from engine.devices.cpu.native.kernels import COPY_RANK
from engine.devices.cpu.native.machine import Function, Machine
from engine.devices.cpu.native.products import Packed, Products
from engine.devices.cpu.native.tiling import Tiling
from engine.devices.cpu.native.toolchain import Write
from engine.devices.cpu.native.totals import Summing, grouped, summing_calls, totals_of
from engine.devices.cpu.native.vectors import EMITTERS, WIDTH
from engine.ops.registry import ops
from engine.ops.windows import Window
from engine.program.fused import FusedBody, FusedStep
from engine.program.program import Node, Program
from engine.tensor.spec import Array, Shape

LANES_A_THREAD = 2
SUM_ROWS = 512  # added up one after the other; sums of sums round less
PICTURE_RANK = 2  # lengths of a picture that convolutions without unfolding take
LONGEST_RUN = 16_384  # numbers in a line of a window; the code of a longer one would be no better
ROWS: Mapping[str, Write] = MappingProxyType(
    {
        "softmax": scores.softmax_function,
        "log_softmax": scores.log_softmax_function,
        "argmax": scores.argmax_function,
        "one_hot": scores.one_hot_function,
        "whole to float": scores.whole_to_float_function,
        "float to whole": scores.float_to_whole_function,
    }
)


class Lowering:
    """Finds entries for calls.

    Attributes:
        threads: that share the work.
        lanes: lists that large work is cut into; more than threads, so that none waits long for another.
        tiling: makes entries of convolutions by tiles.
    """

    def __init__(self, machine: Machine, *, collects: bool = False) -> None:
        self._machine = machine
        self._collects = collects
        self._products = Products(machine)
        self._chains = Chains(machine)
        self.tiling = Tiling(machine)
        self.threads = machine.threads
        self.lanes = LANES_A_THREAD * machine.threads
        self._ops = {op.ufunc: op for op in ops().values() if op.ufunc is not None and op.name in EMITTERS}

    def collector(self) -> Lowering:
        """Finds the same entries for the sake of their functions alone, which nothing runs before `make`."""
        return Lowering(self._machine, collects=True)

    def make(self, watch: Watch | None) -> None:
        """Make all functions that entries need."""
        self._machine.make(watch)

    def close(self) -> None:
        """End the threads."""
        self._machine.close()

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
            entry = self.chain(function.body, inputs, out, shared=shared)
        elif function is assign and is_whole(inputs[0]) and is_whole(out):  # copied as if they were floats
            entry = self._assign(inputs[0].view(np.float32), out.view(np.float32), shared=shared)
        elif all(is_plain(a) for a in (*inputs, out)):
            if function is np.matmul or function is accumulate:
                a, b = inputs[:2]
                return self._products.entries(a, b, out, shared=shared, added=function is accumulate)
            entry = self._plain(call, shared=shared)
        else:
            entry = None
        return None if entry is None else [entry]

    def _plain(self, call: Call, *, shared: bool) -> Entry | None:
        """The entry of another function that NumPy has, too."""
        function, inputs, out = call
        if function is assign or function is clear:
            return self._assign(inputs[0], out, shared=shared)
        op = self._ops.get(function)
        if op is None:
            return None
        step = FusedStep(op, tuple(range(len(inputs))))
        body = FusedBody(len(inputs), (step,), (len(inputs),), out.shape)
        return self.chain(body, [as_array(a) for a in inputs], (out,), shared=shared)

    def packed(self, factor: Array, rows: int, scratch: Scratch) -> Packed | None:
        """A right factor for many products of so many rows, which lanes do; None where packing it is not worth it."""
        if not Packed.is_worth(self._machine, factor, rows):
            return None
        return Packed(self._machine, factor, scratch.take((Packed.size(factor),)))

    def grouped(self, steps: Sequence[Node], program: Program) -> Iterator[tuple[Node, list[Node]]]:
        """The nodes, each with the sums of its result that are made with it."""
        return grouped(steps, program)

    def totals(
        self, node: Node, sums: Sequence[Node], program: Program, targets: Sequence[Array]
    ) -> list[Total]:
        """What a task has to know of those sums."""
        return totals_of(node, sums, program, targets)

    def with_totals(self, task: Task) -> list[Call]:
        """The calls of an element-wise node with sums."""
        return summing_calls(task, self)

    def joined(self, entries: Sequence[Entry]) -> list[Call]:
        """One call that runs the entries; none for none."""
        if not entries or self._collects:
            return []
        shared = any(e.tasks > 1 for e in entries)
        return [Call(Listed(self._machine, self._packed(entries), shared, entries), ())]

    def whole(self, calls: Sequence[Call], feeds: Sequence[Array]) -> Whole | None:
        """The step that those calls are, if they are one list and all feeds have elements of four bytes."""
        if len(calls) > 1 or any(f.itemsize != 4 or not f.flags.c_contiguous for f in feeds):
            return None
        entries: list[Entry] = []
        for feed in feeds:
            table = np.array([address_of(self._machine.step), 0, feed.size, address_of(feed)], np.int64)
            entries.append(Entry(self._function("feed", kernels.feed_function), table, 1, (feed,)))
        step = calls[0].function if calls else None
        known = step.entries if isinstance(step, Listed) else []
        if calls and not known:
            return None
        every = [*entries, *known]
        shared = any(e.tasks > 1 for e in known)
        return Whole(Listed(self._machine, self._packed(every), shared, every), [e.table for e in entries])

    def _packed(self, entries: Sequence[Entry]) -> Array:
        """Entries as the table (count, 3) that `run` reads."""
        if self._collects:
            return np.empty((len(entries), 3), np.int64)
        rows = [(e.function.address, address_of(e.table), e.tasks) for e in entries]
        return np.array(rows, np.int64).reshape(len(rows), 3)

    def _function(self, key: str, write: Write) -> Function:
        return self._machine.function(key, write)

    # -- chains -----------------------------------------------------------------------------------------
    def supports(self, body: FusedBody) -> bool:
        """Whether all ops of a chain have machine code."""
        return supports(body)

    def chain(
        self, body: FusedBody, operands: Sequence[Array], outputs: Sequence[Array], *, shared: bool = True
    ) -> Entry | None:
        """The entry of a chain, or None if an op or the places of the arrays are not supported."""
        return self._chains.entry(body, operands, outputs, outputs[0].shape, shared=shared)

    def summing_chain(
        self,
        body: FusedBody,
        operands: Sequence[Array],
        outputs: Sequence[Array],
        rows: Sequence[Array],
        shape: Shape,
    ) -> Entry | None:
        """The entry of a chain in one task that adds up its last outputs over all but the last dimension.

        Args:
            body: with the values that are added up as its last outputs.
            operands: as those of `chain`.
            outputs: the other ones.
            rows: for each value that is added up a row of the last dimension's length, which is overwritten.
            shape: of what is added up, at least two dimensions.
        """
        return self._chains.entry(body, operands, [*outputs, *rows], shape, shared=False, summed=len(rows))

    def summing(self, task: Task, pieces: int) -> Summing:
        """Sums of a node's result, whose epilogue (if any) is done by so many pieces."""
        return Summing.of(task.attrs.get("epilogue"), task, pieces, self)

    # -- convolutions -----------------------------------------------------------------------------------
    def convolves(self, window: Window, channels: int, filters: int) -> bool:
        """Whether such a convolution, without groups, has machine code that needs no unfolding."""
        fits = len(window.size) <= PICTURE_RANK and window.dilation[-1] == 1
        return (
            self._machine.wide and fits and filters % WIDTH == 0 and window.size[-1] * channels <= LONGEST_RUN
        )

    def convolution(
        self,
        seen: Array,
        filters: Array,
        result: Array,
        window: Window,
        *,
        gradient: bool = False,
        shared: bool = True,
    ) -> Entry:
        """The convolution of what a piece's windows see; or the gradient of the filters, added to them.

        Args:
            seen: (images, .., channels), with padding.
            filters: (.., channels, filters).
            result: (images, .., filters) of all windows there.
            window: its padding does not count.
            gradient: whether the result is given, and the filters are to be changed.
            shared: whether a large gradient is cut into tasks; inside a lane it is not.
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
        table += [address_of(a) for a in (seen, filters, result)]
        table += [step * line, 0 if flat else result.strides[1], dilation * line]
        table += [seen.strides[0], result.strides[0]]
        write = gradient_function if gradient else direct_function
        function = self._function(f"{write.__name__} {shape}", partial(write, shape=shape))
        tasks = len(seen)  # every picture has a result of its own, but they share the gradient of the filters
        if gradient:
            parts = gradient_parts(lines, shape)
            work = result.size * math.prod(filters.shape[:-1])
            each = -(-parts // min(parts, worth(work, self.threads))) if shared else parts
            table += [len(seen), each]
            tasks = -(-parts // each)
        return Entry(function, np.array(table, np.int64), tasks, (seen, filters, result))

    # -- copies -----------------------------------------------------------------------------------------
    def _assign(self, source: Array | float, out: Array, *, shared: bool) -> Entry | None:
        given = as_array(source)
        if not out.size:
            return None
        lengths, strides = joined(out.shape, (given, out))
        if len(lengths) > COPY_RANK + 1:
            return None
        if len(lengths) == 1 and shared and lengths[0] >= SHARED_ELEMENTS and strides == ((4,), (4,)):
            each = TASK_ELEMENTS
            if lengths[0] % each == 0:
                lengths, strides = (lengths[0] // each, each), ((4 * each, 4),) * 2
        padding = COPY_RANK + 1 - len(lengths)
        lengths, strides = (1,) * padding + lengths, tuple((0,) * padding + s for s in strides)
        order = list(range(COPY_RANK))
        longest = max(order, key=lambda k: lengths[k])  # its steps are the tasks
        order = [longest, *(k for k in order if k != longest), COPY_RANK]
        table = [*(lengths[k] for k in order), address_of(given), address_of(out)]
        for stride in strides:
            table += [stride[k] for k in order]
        function = self._function("copy", kernels.copy_function)
        return Entry(function, np.array(table, np.int64), lengths[longest], (given, out))

    # -- sums and rows ----------------------------------------------------------------------------------
    def sum_leading(self, rows: Array, total: Array, rest: Array) -> list[Entry]:
        """Sums of the columns of (rows, columns); `rest` has a row for the sums of each task."""
        count, columns = rows.shape
        each = -(-count // rest.shape[0])
        tasks = -(-count // each)
        first = [count, columns, each, address_of(rows), address_of(rest)]
        second = [tasks, columns, tasks, address_of(rest), address_of(total)]
        function = self._function("sum leading", kernels.sum_leading_function)
        return [
            Entry(function, np.array(first, np.int64), tasks, (rows, rest)),
            Entry(function, np.array(second, np.int64), 1, (rest, total)),
        ]

    def sum_rows(self, rows: Array, total: Array) -> Entry:
        """Sums of the columns of a few rows, by one thread."""
        count, columns = rows.shape
        words = [count, columns, count, address_of(rows), address_of(total)]
        function = self._function("sum leading", kernels.sum_leading_function)
        return Entry(function, np.array(words, np.int64), 1, (rows, total))

    def sum_trailing(self, rows: Array, total: Array) -> Entry:
        """Sums of the rows of (rows, columns)."""
        tasks, each = shares(rows.shape[0], rows.shape[1], shared=True)
        table = [*rows.shape, each, address_of(rows), address_of(total)]
        function = self._function("sum trailing", kernels.sum_trailing_function)
        return Entry(function, np.array(table, np.int64), tasks, (rows, total))

    def take(self, table: Array, numbers: Array, out: Array, scale: float = 1.0) -> Entry:
        """Rows of a table by number: of elements of four bytes, or of bytes, which the scale makes floats."""
        length = math.prod(table.shape[1:])
        tasks, each = shares(numbers.size, length, shared=True)
        words = [numbers.size, length, each]
        words += [address_of(table), address_of(numbers), address_of(out), len(table)]
        function = self._function("take", kernels.take_function)
        if table.itemsize == 1:
            function = self._function("take bytes", scores.take_bytes_function)
            words.append(int(np.float32(scale).view(np.int32)))
        return Entry(function, np.array(words, np.int64), tasks, (table, numbers, out))

    def rows(self, name: str, source: Array, out: Array, columns: int) -> Entry:
        """A function of rows of so many columns: one of `ROWS`."""
        count = max(source.size, out.size) // columns
        tasks, each = shares(count, columns, shared=True)
        words = [count, columns, each, address_of(source), address_of(out)]
        return Entry(self._function(name, ROWS[name]), np.array(words, np.int64), tasks, (source, out))

    def uniform(self, seed: Array, step: Array, out: Array, stream: int) -> Entry:
        """Random numbers by counting, as `engine.ops.random` defines them."""
        counters = -(-out.size // 4)
        each = max(WIDTH, TASK_ELEMENTS // 4)
        words = [counters, out.size, each, address_of(seed), address_of(step), address_of(out)]
        words.append(stream & 0xFFFFFFFF)
        function = self._function("uniform", scores.uniform_function)
        return Entry(function, np.array(words, np.int64), -(-counters // each), (seed, step, out))

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
            lists.append(self._packed(entries))
            kept.append(entries)
        table = np.array([w for entries in lists for w in (address_of(entries), len(entries))], np.int64)
        return [Entry(self._machine.run_list, table, len(lists), (lists, kept))]


@dataclass(frozen=True)
class Listed:
    """The function of a call that runs a list of entries."""

    machine: Machine
    table: Array
    shared: bool
    entries: Sequence[Entry]

    def __call__(self, out: None) -> None:
        """Once."""
        self.machine.run(self.table, shared=self.shared)


@dataclass(frozen=True)
class Whole:
    """Steps that are machine code from the first call to the last, so that many of them are one call."""

    listed: Listed
    feeds: Sequence[Array]  # the tables of the entries that copy what a step is fed

    def run(self, given: Sequence[Array], steps: int) -> None:
        """Run so many steps; `given` has them as the leading axis of each feed, of the feed's type, and contiguous."""
        for table, array in zip(self.feeds, given, strict=True):
            table[1] = address_of(array)
        self.listed.machine.run(self.listed.table, shared=self.listed.shared, steps=steps)
