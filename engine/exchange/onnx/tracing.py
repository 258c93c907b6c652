"""An operator of ONNX as the text of a formula: it is written down what our operations do, for two batch sizes.

What differs between the two is the batch; everything else must be the same, so that the formula holds for every batch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.exchange.onnx.calls import FAULTS, Call, Operand, operators
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.wires import BATCHES, lengths_of
from engine.layers.formula import LONGEST, functions
from engine.ops.op import Tensor
from engine.program.builder import ProgramBuilder
from engine.program.program import Node
from engine.tensor.spec import Array, DType, Shape, TensorSpec

INLINE = 24  # numbers that stand in the text; more become a weight
LARGEST = np.float32(3.0e38)
_MOST_EXACT = 1 << 24  # whole numbers up to which float32 has them all
_ALONG_LAST = frozenset(("softmax", "log_softmax", "sort", "argmax"))


@dataclass(frozen=True, eq=False)
class Traced:
    """A formula.

    Attributes:
        formula: its text.
        weights: by their names in it.
        outputs: shape without the batch and kind of each output.
    """

    formula: str
    weights: Mapping[str, Array]
    outputs: tuple[tuple[Shape, str], ...]


@dataclass(eq=False)
class _Run:
    """The operations for one batch size."""

    builder: ProgramBuilder
    inputs: list[int]
    outputs: list[Tensor]
    kinds: list[str]
    constants: dict[int, Array]
    learned: dict[int, Array]


@dataclass(frozen=True, eq=False)
class Given:
    """What an operator is traced on.

    Attributes:
        op, attributes, opset, wanted: as of a call.
        wires: shape without the batch and kind of each input that is computed, by its number.
        known: arrays of the others, and whether they are learned, by their number.
        count: of inputs.
    """

    op: str
    attributes: Mapping[str, Any]
    opset: int
    wanted: Sequence[bool]
    wires: Mapping[int, tuple[Shape, str]]
    known: Mapping[int, tuple[tuple[Array, Array], bool]]
    count: int


def traced(given: Given) -> Traced:
    """The formula of an operator.

    Raises:
        RefusedError: we do not have it, or it works across the examples of a batch.
    """
    found = operators().get(given.op)
    if found is None:
        raise RefusedError("we have no such operation")
    try:
        one, other = (_run(given, k, found) for k in range(2))
    except FAULTS as error:
        raise RefusedError(f"it can't be computed ({str(error)[:100]})") from error
    shapes = []
    for y, z, kind in zip(one.outputs, other.outputs, one.kinds, strict=False):
        lengths = lengths_of(y.shape, z.shape)
        if not lengths or lengths[0] != (1, True) or any(batched for _, batched in lengths[1:]):
            raise RefusedError("it works across the examples of a batch, which our layers keep apart")
        shapes.append((y.shape[1:], kind))
    writer = _Writer(one, other)
    return Traced(writer.text(), writer.weights, tuple(shapes))


def _run(given: Given, which: int, operator: Any) -> _Run:
    builder = _Remembering("trace")
    operands: list[Operand | None] = []
    inputs: list[int] = []
    for k in range(given.count):
        if k in given.wires:
            shape, kind = given.wires[k]
            dtype = DType.INT32 if kind == "int" else DType.FLOAT32
            tensor = builder.feed(f"x{k}", TensorSpec((BATCHES[which], *shape), dtype))
            inputs.append(tensor.id)
            operands.append(Operand(kind, tensor=tensor))
        elif k in given.known:
            arrays, learned = given.known[k]
            kind = {"i": "int", "u": "int", "b": "bool", "f": "float"}.get(arrays[which].dtype.kind, "string")
            operands.append(Operand(kind, array=arrays[which], learned=learned))
        else:
            operands.append(None)
    call = Call(given.op, given.attributes, given.opset, builder, operands, given.wanted)
    result = operator.translate(call)
    results: list[Any] = list(result) if isinstance(result, list | tuple) else [result]
    results = results[: len(given.wanted)]
    if not all(isinstance(r, Tensor) for r in results):
        raise RefusedError("its result is a constant of another kind")
    return _Run(builder, inputs, results, operator.kinds(call, len(results)), builder.arrays, call.learned)


class _Remembering(ProgramBuilder):
    """Keeps the arrays of its constants at hand."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.arrays: dict[int, Array] = {}

    def constant(self, value: float | Array, dtype: DType = DType.FLOAT32) -> Tensor:
        """A known tensor."""
        tensor = super().constant(value, dtype)
        self.arrays[tensor.id] = np.asarray(value, dtype.numpy)
        return tensor


@dataclass(eq=False)
class _Writer:
    """Writes what both runs have in common."""

    one: _Run
    other: _Run
    weights: dict[str, Array] = field(default_factory=dict)
    _lines: list[str] = field(default_factory=list)
    _names: dict[int, str] = field(default_factory=dict)

    def text(self) -> str:
        """All of it; raises RefusedError where the runs differ in more than the batch."""
        a, b = self.one.builder.nodes, self.other.builder.nodes
        if len(a) != len(b) or any(x.op is not y.op for x, y in zip(a, b, strict=True)):
            raise RefusedError("it depends on the number of examples in a batch")
        self._names |= {i: "x" if not k else f"x{k}" for k, i in enumerate(self.one.inputs)}
        outputs = [t.id for t in self.one.outputs]
        shown = {i: "y" if not k else f"y{k}" for k, i in reversed(list(enumerate(outputs)))}
        needed = _needed(a, outputs)
        for x, y in zip(a, b, strict=True):
            if needed.isdisjoint(x.outputs):
                continue
            self._refuse_mixing(x, y)
            operands = [self._operand(i, j) for i, j in zip(x.inputs, y.inputs, strict=True)]
            attributes = [f"{k}={_both(v, y.attrs[k])}" for k, v in x.attrs.items()]
            for i in x.outputs:
                self._names[i] = shown.get(i) or f"t{i}"
            targets = ", ".join(self._names[i] for i in x.outputs)
            self._lines.append(f"{targets} = {_called(x)}({', '.join([*operands, *attributes])})")
        self._repeat(outputs)
        text = "; ".join(self._lines)
        if len(text) > LONGEST:
            raise RefusedError("it takes more steps than a formula has room for")
        return text

    def _repeat(self, outputs: list[int]) -> None:
        """Outputs that are inputs, or one another, get a line of their own."""
        for k, i in enumerate(outputs):
            name = "y" if not k else f"y{k}"
            if self._names.get(i) != name:
                self._lines.append(
                    f"{name} = reshape({self._names[i]}, {_shape_of(self.one, self.other, k)})"
                )

    def _operand(self, i: int, j: int) -> str:
        if i in self._names:
            return self._names[i]
        if i not in self.one.constants:
            raise RefusedError("it reads what is not there")
        self._names[i] = self._constant(i, j)
        return self._names[i]

    def _constant(self, i: int, j: int) -> str:
        array, other = self.one.constants[i], self.other.constants[j]
        if array.shape != other.shape or not np.array_equal(array, other, equal_nan=True):
            return self._filled(array, other)
        if array.dtype.kind == "f" and not array.ndim:
            return _number(array)
        if array.size <= INLINE and i not in self.one.learned:
            return f"values({_nested(array)})"
        if array.dtype.kind != "f" and abs(array).max() >= _MOST_EXACT:
            raise RefusedError("it has whole numbers that are too large")
        learns = i in self.one.learned
        name = f"{'w' if learns else 'c'}{len(self.weights)}"
        shape = ", ".join(map(str, array.shape or (1,)))
        self._lines.append(f"{name} = {'weight' if learns else 'fixed'}({shape})")
        # what is minus infinity in a mask is a number here, because weights are finite
        self.weights[name] = np.clip(np.asarray(array, np.float32), -LARGEST, LARGEST).reshape(
            array.shape or (1,)
        )
        if array.dtype.kind == "f":
            return name
        self._lines.append(f"i{name} = cast({name}, dtype='int32')")
        return f"i{name}"

    def _filled(self, array: Array, other: Array) -> str:
        """An array as long as the batch, in which all examples have the same."""
        lengths = lengths_of(array.shape, other.shape)
        if lengths is None or array.dtype.kind != "f":
            raise RefusedError("it has constants that depend on the place in the batch")
        rows = array
        for axis, (_, batched) in enumerate(lengths):
            if batched:
                rows = np.take(rows, [0], axis)
        if not np.array_equal(np.broadcast_to(rows, array.shape), array):
            raise RefusedError("it has constants that depend on the place in the batch")
        uniform = not np.ptp(rows)
        start = _number(rows.reshape(-1)[0]) if uniform else self._row(rows)
        shape = _written([_length(n, batched=b) for n, b in lengths])
        name = f"f{len(self._lines)}"
        self._lines.append(f"{name} = broadcast_to_({start}, shape={shape})")
        return name

    def _row(self, rows: Array) -> str:
        name = f"c{len(self.weights)}"
        self._lines.append(f"{name} = fixed({', '.join(map(str, rows.shape))})")
        self.weights[name] = np.asarray(rows, np.float32)
        return name

    def _refuse_mixing(self, node: Node, same: Node) -> None:
        """Raise RefusedError where a step mixes the examples of a batch though its shape does not tell."""
        if not node.inputs:
            return
        shape, other = (
            r.builder.tensor(n.inputs[0]).shape for r, n in ((self.one, node), (self.other, same))
        )
        batches = [k for k, (n, m) in enumerate(zip(shape, other, strict=True)) if n != m]
        axes = {
            *_listed(node.attrs.get("axes", ())),
            *_listed(node.attrs.get("axis", ())),
            *((len(shape) - 1,) if node.op.name in _ALONG_LAST else ()),
        }
        axes = {a % len(shape) for a in axes if isinstance(a, int)} if shape else set()
        mixed = axes.intersection(batches)
        if node.op.name == "slice" and any(
            node.attrs["starts"][k] or node.attrs["limits"][k] != shape[k] for k in batches
        ):
            mixed = set(batches)
        if node.op.name == "take_rows" and batches == [0] and shape[0] == BATCHES[0]:
            mixed = {0}
        if mixed:
            raise RefusedError("it works across the examples of a batch, which our layers keep apart")


def _called(node: Node) -> str:
    """The operation's name; with an underscore where scripts have another one of that name."""
    name = node.op.name
    other = functions().get(name)
    plain = other is None or (not node.attrs and getattr(other, "__name__", "") == name)
    return name if plain else f"{name}_"


def _listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _needed(nodes: Sequence[Node], outputs: Sequence[int]) -> set[int]:
    found = set(outputs)
    for node in reversed(nodes):
        if not found.isdisjoint(node.outputs):
            found |= set(node.inputs)
    return found


def _both(one: Any, other: Any) -> str:
    """An attribute, as both runs have it."""
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        return _written([_both(a, b) for a, b in zip(one, other, strict=True)])
    if isinstance(one, DType):
        return repr(one.value)
    if one == other and isinstance(one, bool | int | float | str):
        return repr(one)
    lengths = lengths_of((one,), (other,)) if isinstance(one, int) and isinstance(other, int) else None
    if lengths is None:
        raise RefusedError("it depends on the number of examples in a batch")
    return _length(lengths[0][0], batched=True)


def _length(number: int, *, batched: bool) -> str:
    if not batched:
        return str(number)
    return "batch" if number == 1 else f"{number} * batch"


def _written(parts: Sequence[str]) -> str:
    return f"[{', '.join(parts)}]"


def _number(value: Any) -> str:
    """The shortest text that is this float32."""
    number = np.float32(value)
    if math.isnan(number) or math.isinf(number):
        return "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"
    return repr(float(str(number)))


def _nested(array: Array) -> str:
    if not array.ndim:
        return _number(array) if array.dtype.kind == "f" else str(int(array))
    return _written([_nested(part) for part in array])


def _shape_of(one: _Run, other: _Run, k: int) -> str:
    lengths = lengths_of(one.outputs[k].shape, other.outputs[k].shape)
    assert lengths is not None
    return _written([_length(n, batched=b) for n, b in lengths])
