"""Entries of element-wise chains: the pieces of large work lie in the same way, so how one is called is found out once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.devices.cpu.native.chain import ChainShape, chain_function, chain_key, supports
from engine.devices.cpu.native.entry import Entry
from engine.devices.cpu.native.geometry import Place, address_of, merged, shares
from engine.devices.cpu.native.machine import Function, Machine
from engine.program.fused import FusedBody
from engine.tensor.spec import Array, Shape

LARGEST_RANK = 4


@dataclass(frozen=True)
class _Form:
    """An entry without its arrays.

    Attributes:
        table: of arguments, with zeros for the addresses.
        places: of the addresses in it.
        tasks: parts that may run at the same time.
    """

    function: Function
    table: Array
    places: tuple[int, ...]
    tasks: int

    def filled(self, arrays: Sequence[Array]) -> Entry:
        """The entry for these arrays."""
        table = self.table.copy()
        for place, array in zip(self.places, arrays, strict=True):
            table[place] = address_of(array)
        return Entry(self.function, table, self.tasks, tuple(arrays))


_Key = tuple[Shape, bool, int, tuple[Place, ...]]


class Chains:
    """Makes entries of chains.

    Args:
        machine: whose functions they use.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._body: FusedBody | None = None  # that was asked for last, with what was found for it
        self._codes: dict[ChainShape, Function] = {}
        self._forms: dict[_Key, _Form | None] = {}

    def entry(
        self,
        body: FusedBody,
        operands: Sequence[Array],
        outputs: Sequence[Array],
        shape: Shape,
        *,
        shared: bool,
        summed: int = 0,
    ) -> Entry | None:
        """The entry of a chain, or None if an op or the places of the arrays are not supported.

        Args:
            body: of the chain.
            operands: that it reads.
            outputs: that it writes; the last `summed` of them have one row, to which all rows are added up.
            shape: of what is computed.
            shared: whether a large one is cut into tasks.
            summed: how many outputs are added up.
        """
        if self._body is not body:
            self._body = body
            self._codes.clear()
            self._forms.clear()
        arrays = [*operands, *outputs]
        key = (shape, shared, summed, tuple((a.shape, a.strides) for a in arrays))
        if key not in self._forms:
            self._forms[key] = self._form(body, len(operands), key)
        form = self._forms[key]
        return None if form is None else form.filled(arrays)

    def _form(self, body: FusedBody, count: int, key: _Key) -> _Form | None:
        shape, shared, summed, places = key
        if not supports(body) or math.prod(shape) == 0:
            return None
        lengths, strides = merged(shape, places)
        if not lengths:
            lengths, strides = (1,), ((0,),) * count + ((4,),) * (len(places) - count)
        inner = [s[-1] for s in strides]
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
        tasks, each = shares(rows if rank else length, size, shared=shared)
        table = [rows, length, each, *lengths[:-1]]
        addresses: list[int] = []
        for stride in strides:
            addresses.append(len(table))
            table += [0, *stride[:-1]]
        function = self._code(body, ChainShape(along, fixed, rank, summed))
        return _Form(function, np.array(table, np.int64), tuple(addresses), tasks)

    def _code(self, body: FusedBody, shape: ChainShape) -> Function:
        """Only the first of a body's forms asks for its code by its text, which is long."""
        if shape not in self._codes:
            write = partial(chain_function, body=body, shape=shape)
            self._codes[shape] = self._machine.function(chain_key(body, shape), write)
        return self._codes[shape]
