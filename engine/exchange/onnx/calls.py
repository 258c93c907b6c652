"""One operator of ONNX on tensors of a builder: what its translation into our operations gets, and their registry.

The same translations compute at once (on whole tensors, where batches mean nothing: the operator tests of ONNX, and what
is known beforehand) and draw: into the formula of an Op.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from engine.exchange.onnx.drawing import RefusedError
from engine.ops.movement import cast
from engine.ops.op import Builder, Tensor
from engine.registry import import_modules
from engine.tensor.spec import Array, DType, ShapeError

FAULTS = (
    ShapeError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    ArithmeticError,
    AssertionError,
)  # of translations
INT_MIN, INT_MAX = -(2**31), 2**31 - 1
Output = Tensor | Array


@dataclass(eq=False)
class Operand:
    """An input: a tensor, or an array that is known.

    Attributes:
        kind: "float", "int" or "bool", which as a tensor is 0 and 1.
        tensor: None as long as nobody needs one.
        array: None where it is computed.
        learned: whether it is a weight of the file.
    """

    kind: str
    tensor: Tensor | None = None
    array: Array | None = None
    learned: bool = False


@dataclass(eq=False)
class Call:
    """An operator with its inputs.

    Attributes:
        op: of ONNX.
        attributes: of the node.
        opset: version of the standard operators.
        builder: that of the tensors.
        operands: None for those left out.
        wanted: which outputs are read.
        learned: arrays of weights by the id of the tensor made from them.
    """

    op: str
    attributes: Mapping[str, Any]
    opset: int
    builder: Builder
    operands: Sequence[Operand | None]
    wanted: Sequence[bool] = (True,)
    learned: dict[int, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.operands)

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute."""
        return self.attributes.get(name, default)

    def has(self, k: int) -> bool:
        """Whether there is an input of that number."""
        return k < len(self.operands) and self.operands[k] is not None

    def operand(self, k: int) -> Operand:
        """An input; raises RefusedError."""
        found = self.operands[k] if k < len(self.operands) else None
        if found is None:
            raise RefusedError("an input of it is missing")
        return found

    def kind(self, k: int = 0) -> str:
        """Of the numbers of an input."""
        return self.operand(k).kind

    def x(self, k: int = 0) -> Tensor:
        """An input as a tensor: float32 (0 and 1 for truths), or int32."""
        operand = self.operand(k)
        if operand.tensor is None:
            assert operand.array is not None
            operand.tensor = self.constant(operand.array)
            if operand.learned:
                self.learned[operand.tensor.id] = operand.array
        return operand.tensor

    def f(self, k: int = 0) -> Tensor:
        """An input as a float32 tensor."""
        return as_float(self.x(k))

    def all_f(self) -> list[Tensor]:
        """All inputs as float32 tensors."""
        return [self.f(k) for k in range(len(self.operands))]

    def known(self, k: int) -> Array:
        """An input that is known; raises RefusedError for one that is computed."""
        array = self.operand(k).array
        if array is None:
            raise RefusedError("an input of it that must be a constant is computed")
        return array

    def ints(self, k: int) -> tuple[int, ...]:
        """A known input as whole numbers."""
        return tuple(int(v) for v in self.known(k).reshape(-1))

    def option(self, name: str, k: int, default: Any = None) -> Any:
        """What is an attribute in old files and an input in new ones: a number, or a tuple of them."""
        if name in self.attributes:
            return self.attributes[name]
        if not self.has(k):
            return default
        array = self.known(k)
        return tuple(array.tolist()) if array.ndim else array.item()

    def scalar(self, name: str, k: int, default: float) -> float:
        """A number that is an attribute in old files and an input in new ones."""
        found = self.option(name, k, default)
        return float(found[0] if isinstance(found, tuple) else found)

    def constant(self, value: float | Array) -> Tensor:
        """A tensor of known numbers."""
        array = np.asarray(value)
        if array.dtype.kind in "iu":
            return self.builder.constant(np.clip(array, INT_MIN, INT_MAX).astype(np.int32), DType.INT32)
        if array.dtype.kind not in "fb":
            raise RefusedError("it works on text or complex numbers")
        return self.builder.constant(array.astype(np.float32), DType.FLOAT32)

    def number(self, value: float) -> Tensor:
        """A single float32 number."""
        return self.builder.constant(float(value), DType.FLOAT32)


def as_float(x: Tensor) -> Tensor:
    """The numbers as float32."""
    return x if x.dtype is DType.FLOAT32 else cast(x, dtype=DType.FLOAT32)


def as_int(x: Tensor) -> Tensor:
    """The numbers as int32, fractions dropped."""
    return x if x.dtype is DType.INT32 else cast(x, dtype=DType.INT32)


Translate = Callable[[Call], Output | Sequence[Output]]
KindRule = str | Callable[[Call], str | Sequence[str]]


@dataclass(frozen=True, eq=False)
class Operator:
    """A translation.

    Attributes:
        translate: outputs as tensors, or as arrays where they are known.
        kind: of the outputs: "same" as the first input, another, or found from the call.
        pointwise: whether each output number depends on the numbers at its place alone, after broadcasting.
    """

    translate: Translate
    kind: KindRule = "same"
    pointwise: bool = False

    def kinds(self, call: Call, count: int) -> list[str]:
        """Of so many outputs."""
        found = self.kind if isinstance(self.kind, str) else self.kind(call)
        if found == "same":
            found = next((o.kind for o in call.operands if o is not None), "float")
        return [found] * count if isinstance(found, str) else [*found]


_FOUND: dict[str, Operator] = {}


def operator(
    *names: str, kind: KindRule = "same", pointwise: bool = False
) -> Callable[[Translate], Translate]:
    """Register a translation."""

    def register(translate: Translate) -> Translate:
        for name in names:
            _FOUND[name] = Operator(translate, kind, pointwise)
        return translate

    return register


@cache
def operators() -> Mapping[str, Operator]:
    """The translations by operator."""
    import engine.exchange.onnx.operators as package  # its modules import this one

    import_modules(package.__name__)
    return _FOUND
