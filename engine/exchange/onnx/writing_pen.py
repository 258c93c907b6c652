"""Writes the nodes of an ONNX graph: names that nobody else has, constants that are kept once, shapes that grow."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from engine.exchange.batches import Rows, Size
from engine.graph.document import free_name
from engine.tensor.spec import Array, DType

ONNX_TYPES = {
    DType.FLOAT32: TensorProto.FLOAT,
    DType.INT32: TensorProto.INT32,
    DType.UINT8: TensorProto.UINT8,
}


class Pen:
    """A graph under construction.

    Args:
        taken: names that it must not use; from now on those it uses, too.
        batch: name of a tensor whose first length is the number of examples, for shapes that depend on it.
    """

    def __init__(self, taken: set[str], batch: str = "") -> None:
        self.taken = taken
        self.nodes: list[NodeProto] = []
        self.owners: list[str] = []  # for each node, what it is a part of
        self.arrays: dict[str, Array] = {}
        self.owner = ""
        self._batch = batch
        self._examples = ""
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def name(self, wanted: str) -> str:
        """A name like that, for this use alone."""
        found = free_name(wanted, self.taken)
        self.taken.add(found)
        return found

    def array(self, array: Array, wanted: str = "") -> str:
        """The name of a constant; equal ones are one."""
        array = np.ascontiguousarray(array) if array.ndim else array
        key = (array.dtype.str, array.shape, blake2b(array.data if array.ndim else array.tobytes()).digest())
        if key not in self._known:
            name = self._known[key] = self.name(wanted or f"{self.owner or 'graph'}/constant")
            self.arrays[name] = array
        return self._known[key]

    def number(self, value: float) -> str:
        """A float32 scalar."""
        return self.array(np.asarray(value, np.float32), f"number {value:.9g}")

    def whole(self, values: int | Sequence[int], dtype: type[np.signedinteger[Any]] = np.int64) -> str:
        """Whole numbers, as shapes and axes are given."""
        array = np.asarray(values, dtype)
        return self.array(array, f"{'x'.join(map(str, array.ravel()[:6])) or 'none'} {array.dtype}")

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """One node with one output, whose name is given back; an input that is left out is ""."""
        return self.several(kind, 1, *inputs, **attributes)[0]

    def several(self, kind: str, count: int, *inputs: str, **attributes: Any) -> list[str]:
        """One node with several outputs."""
        outputs = [self.name(f"{self.owner or 'graph'}/{kind}") for _ in range(count)]
        self.node(kind, inputs, outputs, **attributes)
        return outputs

    def node(self, kind: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any) -> None:
        """One node with outputs of these names."""
        self.nodes.append(helper.make_node(kind, list(inputs), list(outputs), **attributes))
        self.owners.append(self.owner)

    def shape(self, sizes: Sequence[Size]) -> str:
        """A shape (int64) for nodes that make tensors of it; the number of examples is read when the network runs."""
        if not any(isinstance(n, Rows) for n in sizes):
            return self.whole([int(str(n)) for n in sizes])
        parts = [self._length(n) for n in sizes]
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=0)

    def kept_shape(self, sizes: Sequence[Size]) -> str:
        """A shape for a Reshape, in which one length may follow from the others."""
        growing = [k for k, n in enumerate(sizes) if isinstance(n, Rows)]
        if len(growing) > 1:
            return self.shape(sizes)
        return self.whole([-1 if isinstance(n, Rows) else n for n in sizes])

    def counted(self, size: Rows) -> str:
        """0, 1, 2 .. below a number that grows with the batch (int32)."""
        count = self.add("Squeeze", self._length(size), self.whole([0]))
        numbers = self.add("Range", self.whole(0), count, self.whole(1))
        return self.add("Cast", numbers, to=TensorProto.INT32)

    def _length(self, size: Size) -> str:
        if not isinstance(size, Rows):
            return self.whole([size])
        if not self._examples:
            self._examples = self.add("Shape", self._batch, start=0, end=1)
        if size.factor == 1:
            return self._examples
        return self.add("Mul", self._examples, self.whole([size.factor]))

    def initializers(self, used: set[str]) -> list[TensorProto]:
        """The constants that are read, as the file has them."""
        return [numpy_helper.from_array(a, n) for n, a in self.arrays.items() if n in used]
