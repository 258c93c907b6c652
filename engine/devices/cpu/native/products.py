"""Matrix products as entries: by BLAS, by code that packs as it goes, or by code that packs once for all threads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.devices.cpu.native import kernels, panels
from engine.devices.cpu.native.entry import Entry
from engine.devices.cpu.native.gemm import DEEPEST, ROOM_BYTES, STRIP_BYTES, ProductShape, product_function
from engine.devices.cpu.native.geometry import Way, address_of, form_of, part, rounded, tile, way_of
from engine.devices.cpu.native.kernels import TRANSPOSED
from engine.devices.cpu.native.machine import Machine
from engine.devices.cpu.native.strips import PANEL
from engine.tensor.spec import Array

TASKS_A_THREAD = 4  # that multiply panels; so that none waits long for another
STRIPS_COLUMNS = 2 * PANEL  # of a part; for more, packing the left factor is worth it
ONE, ZERO = 0x3F800000, 0  # bits of beta


@dataclass(frozen=True)
class _Matrix:
    """An array with how it lies.

    Attributes:
        form: as BLAS calls it.
        row: elements from one row (if it is turned, column) to the next.
    """

    array: Array
    form: int
    row: int

    @property
    def address(self) -> int:
        return address_of(self.array)

    @property
    def is_turned(self) -> bool:
        return self.form == TRANSPOSED

    def skip(self, rows: int, columns: int) -> int:
        """Bytes from its first number to another one."""
        return 4 * (columns * self.row + rows if self.is_turned else rows * self.row + columns)


class Products:
    """Makes entries of products.

    Args:
        machine: whose functions and working memory they use.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._narrow = machine.blas.is_narrow

    def entries(self, a: Array, b: Array, out: Array, *, shared: bool, added: bool) -> list[Entry] | None:
        """Of `out` = `a` @ `b`, one after the other, or None where there is no code for it.

        Args:
            a: (m, k).
            b: (k, n).
            out: (m, n).
            shared: whether a large product is cut into tasks.
            added: whether the product is added to `out`.
        """
        if a.ndim != 2 or b.ndim != 2 or out.ndim != 2 or not out.size or not a.size:
            return None
        forms = [form_of(x) for x in (a, b, out)]
        if forms[2] is None or forms[2][0] == TRANSPOSED:
            return None
        found = [_Matrix(x, *form) for x, form in zip((a, b, out), forms, strict=True) if form is not None]
        if len(found) < 3:
            return None
        left, right, result = found
        turned = (left.is_turned, right.is_turned)
        way = Way.BLAS
        if self._machine.wide:
            way = way_of((*out.shape, a.shape[1]), turned, narrow=self._narrow, shared=shared)
        if way is Way.PANELS:
            return self._by_panels(left, right, result, added=added)
        one = self._by_parts if way is Way.PARTS else self._by_blas
        return [one(left, right, result, shared=shared, added=added)]

    def _by_blas(self, a: _Matrix, b: _Matrix, c: _Matrix, *, shared: bool, added: bool) -> Entry:
        (m, n), k = c.array.shape, a.array.shape[1]
        high, wide = tile(m, n, k, self._machine.threads) if shared else (m, n)
        across = -(-n // wide)
        table = [self._machine.blas.product, a.form, b.form, m, n, k, a.address, a.row, b.address, b.row]
        table += [c.address, c.row, ONE if added else ZERO, high, wide, across]
        function = self._machine.function("blas product", kernels.blas_product_function)
        return Entry(function, np.array(table, np.int64), -(-m // high) * across, (a.array, b.array, c.array))

    def _by_parts(self, a: _Matrix, b: _Matrix, c: _Matrix, *, shared: bool, added: bool) -> Entry:
        """Each task packs what it needs of the right factor."""
        (m, n), k = c.array.shape, a.array.shape[1]
        high, wide = part(m, n, k, self._machine.threads) if shared else (m, n)
        blocks = -(-k // DEEPEST)
        depth = k if blocks == 1 else rounded(k, blocks)
        across = -(-n // wide)
        rooms = self._machine.rooms
        table = [m, n, k, a.address, a.row, b.address, b.row, c.address, c.row, int(added)]
        room = rooms.ctypes.data
        table += [high, wide, across, depth, room, ROOM_BYTES, room + STRIP_BYTES]
        form = ProductShape(a.is_turned, b.is_turned, a.is_turned or min(wide, n) > STRIPS_COLUMNS)
        function = self._machine.function(repr(form), partial(product_function, shape=form))
        kept = (a.array, b.array, c.array, rooms)
        return Entry(function, np.array(table, np.int64), -(-m // high) * across, kept)

    def _by_panels(self, a: _Matrix, b: _Matrix, c: _Matrix, *, added: bool) -> list[Entry]:
        """Block by block: all tasks pack, then all multiply."""
        (m, n), k = c.array.shape, a.array.shape[1]
        depth = rounded(k, -(-k // panels.DEEP))
        write = partial(panels.pack_function, turned=b.is_turned)
        pack = self._machine.function(f"pack panels {b.is_turned}", write)
        write = partial(panels.multiply_function, turned=a.is_turned)
        multiply = self._machine.function(f"multiply panels {a.is_turned}", write)
        room, strips = self._machine.panels, self._machine.rooms
        entries: list[Entry] = []
        for left in range(0, n, panels.PACKED):
            wide = min(panels.PACKED, n - left)
            for first in range(0, k, depth):
                deep = min(depth, k - first)
                table = [wide, deep, b.address + b.skip(first, left), b.row, room.ctypes.data]
                tasks = -(-deep // panels.SHARE)
                entries.append(Entry(pack, np.array(table, np.int64), tasks, (b.array, room)))
                table = [m, wide, deep, a.address + a.skip(0, first), a.row, room.ctypes.data]
                high, across = panels.parts_of(m, wide, TASKS_A_THREAD * self._machine.threads)
                down = -(-m // high)
                table += [c.address + c.skip(0, left), c.row, int(added or first > 0), high, across, down]
                table += [strips.ctypes.data, ROOM_BYTES]
                tasks = down * -(-wide // across)
                kept = (a.array, c.array, room, strips)
                entries.append(Entry(multiply, np.array(table, np.int64), tasks, kept))
        return entries


class Packed:
    """The right factor of many products, packed once.

    Args:
        machine: whose functions and working memory its entries use.
        factor: (k, n).
        room: for `size` numbers, which nobody else touches as long as it is needed.
    """

    def __init__(self, machine: Machine, factor: Array, room: Array) -> None:
        self._machine = machine
        self._room = room
        self.factor = factor
        form = form_of(factor)
        assert form is not None, "`is_worth` says for what there is code"
        self._right = _Matrix(factor, *form)
        k = factor.shape[0]
        depth = rounded(k, -(-k // panels.DEEP))
        self._blocks = [(first, min(depth, k - first)) for first in range(0, k, depth)]

    @staticmethod
    def size(factor: Array) -> int:
        """Numbers of a packed factor."""
        k, n = factor.shape
        return int(k * PANEL * -(-n // PANEL))

    @staticmethod
    def is_worth(machine: Machine, factor: Array, rows: int) -> bool:
        """Whether products of so many rows, by one thread each, are faster with a packed factor."""
        form = form_of(factor)
        if not machine.wide or form is None or factor.dtype != np.float32:
            return False
        lengths, turned = (rows, factor.shape[1], factor.shape[0]), (False, form[0] == TRANSPOSED)
        return way_of(lengths, turned, narrow=machine.blas.is_narrow, shared=False) is Way.PARTS

    def filling(self) -> list[Entry]:
        """The entries that pack it."""
        b, n = self._right, self.factor.shape[1]
        function = self._machine.function(
            f"pack panels {b.is_turned}", partial(panels.pack_function, turned=b.is_turned)
        )
        entries: list[Entry] = []
        for first, deep in self._blocks:
            table = [n, deep, b.address + b.skip(first, 0), b.row, self._place(first)]
            tasks = -(-deep // panels.SHARE)
            entries.append(Entry(function, np.array(table, np.int64), tasks, (b.array, self._room)))
        return entries

    def times(self, left: Array, out: Array) -> list[Entry] | None:
        """The entries of `out` = `left` @ factor by one thread, or None where there is no code for how they lie."""
        forms = form_of(left), form_of(out)
        if forms[0] is None or forms[1] is None or forms[1][0] == TRANSPOSED:
            return None
        a, c = _Matrix(left, *forms[0]), _Matrix(out, *forms[1])
        write = partial(panels.multiply_function, turned=a.is_turned)
        function = self._machine.function(f"multiply panels {a.is_turned}", write)
        (m, n), strips = out.shape, self._machine.rooms
        entries: list[Entry] = []
        for first, deep in self._blocks:
            table = [m, n, deep, a.address + a.skip(0, first), a.row, self._place(first)]
            table += [c.address, c.row, int(first > 0), m, n, 1, strips.ctypes.data, ROOM_BYTES]
            entries.append(Entry(function, np.array(table, np.int64), 1, (left, out, self._room, strips)))
        return entries

    def _place(self, first: int) -> int:
        """The address of the panels of the block that begins with this number of each column."""
        return address_of(self._room) + 4 * Packed.size(self.factor[:first])
