"""What an op is: one record that holds all there is to know about it.

The shape rule, the NumPy reference, the gradient (written as ops, so that the backward pass needs no second
implementation), the GLSL expression or kernel name and the samples that the generic tests run over live in
one place. `Op` records are module-level constants of `engine.ops.*`; `engine.ops.registry` finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol

import numpy as np

from engine.tensor.spec import Array, DType, Shape, TensorSpec

Attrs = Mapping[str, Any]  # values are hashable: numbers, strings, tuples of them, frozen dataclasses


class OpKind(StrEnum):
    """How a device may treat an op."""

    ELEMENTWISE = "elementwise"  # output[i] depends on inputs[i] only (after broadcasting); fusible
    REDUCTION = "reduction"  # folds axes of one input; attrs: axes (tuple of int), keepdims (bool)
    VIEW = "view"  # the same bytes under another shape, or a contiguous part of them
    STRUCTURED = "structured"  # has a kernel of its own on each device


class Builder(Protocol):
    """Receives the ops that tensors are combined with: a program under construction, or an eager evaluator."""

    def emit(self, op: Op, inputs: tuple[Tensor, ...], attrs: Attrs) -> tuple[Tensor, ...]:
        """Append one op and return handles of its outputs."""
        ...

    def constant(self, value: float | Array, dtype: DType) -> Tensor:
        """A tensor whose elements are known now."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """Handle of a value inside a builder. Supports arithmetic with tensors, numbers and arrays of them."""

    __array_ufunc__: ClassVar[None] = None  # arrays leave arithmetic with tensors to the tensors
    builder: Builder = field(repr=False)
    id: int
    spec: TensorSpec

    @property
    def shape(self) -> Shape:
        """Lengths of all dimensions, the batch first."""
        return self.spec.shape

    @property
    def dtype(self) -> DType:
        """Element type."""
        return self.spec.dtype

    def _binary(self, name: str, other: Operand, *, swap: bool = False) -> Tensor:
        from engine.ops import (
            elementwise,
        )  # the operators are written in terms of the records made from this class

        op: Op = getattr(elementwise, name)
        operand = other if isinstance(other, Tensor) else self.builder.constant(_number(other), DType.FLOAT32)
        return op(operand, self) if swap else op(self, operand)

    def __add__(self, other: Operand) -> Tensor:
        return self._binary("add", other)

    def __radd__(self, other: float | Array) -> Tensor:
        return self._binary("add", other, swap=True)

    def __sub__(self, other: Operand) -> Tensor:
        return self._binary("sub", other)

    def __rsub__(self, other: float | Array) -> Tensor:
        return self._binary("sub", other, swap=True)

    def __mul__(self, other: Operand) -> Tensor:
        return self._binary("mul", other)

    def __rmul__(self, other: float | Array) -> Tensor:
        return self._binary("mul", other, swap=True)

    def __truediv__(self, other: Operand) -> Tensor:
        return self._binary("div", other)

    def __rtruediv__(self, other: float | Array) -> Tensor:
        return self._binary("div", other, swap=True)

    def __pow__(self, other: Operand) -> Tensor:
        return self._binary("power", other)

    def __matmul__(self, other: Tensor | Array) -> Tensor:
        return self._product(other)

    def __rmatmul__(self, other: Array) -> Tensor:
        return self._product(other, swap=True)

    def _product(self, other: Tensor | Array, *, swap: bool = False) -> Tensor:
        from engine.ops.functions import matmul  # made from this class, as above

        operand = other if isinstance(other, Tensor) else self.builder.constant(other, DType.FLOAT32)
        return matmul(operand, self) if swap else matmul(self, operand)

    def __getitem__(self, key: Any) -> Tensor:
        from engine.ops.slicing import item  # made from this class, as above

        return item(self, key)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(self.shape[0]))

    def __neg__(self) -> Tensor:
        return self._binary("mul", -1.0)


Operand = Tensor | float | Array


def _number(value: float | Array) -> float | Array:
    """A constant; equal Python numbers are one value."""
    return value if isinstance(value, np.ndarray) and value.ndim else float(value)


@dataclass(frozen=True, slots=True)
class Call:
    """One application of an op, as its gradient rule sees it."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    grads: tuple[Tensor, ...]  # of the loss with respect to each output, same shapes
    attrs: Attrs

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.outputs[0]

    @property
    def grad(self) -> Tensor:
        """The gradient with respect to the first output."""
        return self.grads[0]


@dataclass(frozen=True, slots=True)
class Sample:
    """Inputs the generic tests try an op on; arrays are made from the specs by a seeded generator."""

    inputs: tuple[TensorSpec, ...]
    attrs: Attrs = field(default_factory=dict)
    low: float = -2.0  # float inputs are uniform in [low, high)
    high: float = 2.0
    integer_high: int = 3  # int32 inputs are uniform in [0, integer_high)
    # makes of the first input what the op is for: a matrix that can be inverted, say
    prepare: Callable[[Array], Array] | None = field(default=None, repr=False)


InferRule = Callable[[tuple[TensorSpec, ...], Attrs], tuple[TensorSpec, ...]]
ComputeRule = Callable[[Sequence[Array], Sequence[Array], Attrs], None]
GradientRule = Callable[[Call], Sequence["Tensor | None"]]
CostRule = Callable[[tuple[TensorSpec, ...], tuple[TensorSpec, ...], Attrs], int]
WindowRule = Callable[[tuple[TensorSpec, ...], Attrs], tuple[Shape, Shape]]


def no_cost(inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...], attrs: Attrs) -> int:
    """For ops whose multiply-adds do not count beside those of matrix products and convolutions."""
    return 0


@dataclass(frozen=True, eq=False)
class Op:
    """The declaration of one operation.

    Attributes:
        name: unique, snake case.
        kind: how devices may treat it.
        infer: output specs from input specs and attrs; raises ShapeError.
        compute: NumPy reference; writes the outputs in place (outputs never overlap inputs).
        gradient: one gradient per input (None: not differentiable with respect to it); None: no gradient at all.
        glsl: for element-wise ops, an expression over `{0}`, `{1}` .. (float operands); attrs by name.
        samples: what the generic tests try.
        cost: multiply-adds of one application.
        ufunc: for element-wise ops, `ufunc(*inputs, out=array)`; lets a device evaluate chains block by block.
        onnx: names of the equal ONNX operators.
        source: where a formula that is not obvious comes from.
        defaults: attrs that callers may leave out; a node always carries all attrs.
        host: why no GPU program is worth while; such an op runs on the processor on every device.
        auxiliary: how many of the last outputs only the op's own gradient reads; nothing else may.
        window: for ops that move a window over their input, its extent and stride along each axis.
    """

    name: str
    kind: OpKind
    infer: InferRule
    compute: ComputeRule
    gradient: GradientRule | None = None
    glsl: str = ""
    samples: tuple[Sample, ...] = ()
    cost: CostRule = no_cost
    ufunc: Callable[..., Any] | None = None
    onnx: tuple[str, ...] = ()
    source: str = ""
    defaults: Attrs = field(default_factory=dict)
    host: str = ""
    auxiliary: int = 0
    window: WindowRule | None = None

    def __call__(self, *inputs: Tensor, **attrs: Any) -> Tensor:
        """Append this op to the builder of its inputs; the first output."""
        return self.outputs(*inputs, **attrs)[0]

    def outputs(self, *inputs: Tensor, **attrs: Any) -> tuple[Tensor, ...]:
        """Append this op to the builder of its inputs; all outputs."""
        return inputs[0].builder.emit(self, inputs, {**self.defaults, **attrs})

    def evaluate(self, *inputs: Array, **attrs: Any) -> tuple[Array, ...]:
        """Run the NumPy reference on arrays at once."""
        specs = tuple(TensorSpec(a.shape, DType(a.dtype.name)) for a in inputs)
        complete = {**self.defaults, **attrs}
        outputs = tuple(np.empty(s.shape, s.dtype.numpy) for s in self.infer(specs, complete))
        self.compute(inputs, outputs, complete)
        return outputs
