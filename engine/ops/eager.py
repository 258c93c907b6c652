"""Ops at once, on NumPy arrays: what notebooks and scripts use. Differentiation is that of training programs.

>>> from engine.ops.reductions import sum_
>>> value, slope = value_and_grad(lambda x: sum_(x * x, axes=(0,)))([3.0, 4.0])
>>> float(value), slope.tolist()
(25.0, [6.0, 8.0])
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

import numpy as np

from engine.ops.backward import backward
from engine.ops.movement import cast
from engine.ops.op import Attrs, Op, OpKind, Tensor
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec, format_shape


@dataclass(frozen=True, slots=True)
class Applied:
    """One op that was run."""

    op: Op
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attrs: Attrs
    origin: str = ""


class EagerBuilder:
    """The builder (of `engine.ops.op`) that computes what it is told at once, and remembers it for the reverse pass."""

    def __init__(self) -> None:
        self.nodes: list[Applied] = []
        self._values: list[Array] = []

    def emit(self, op: Op, inputs: tuple[Tensor, ...], attrs: Attrs) -> tuple[Tensor, ...]:
        """Run one op; whole numbers become float32 where it calculates. Raises ShapeError where its shape rule says so."""
        foreign = [t for t in inputs if t.builder is not self]
        if foreign:
            raise ShapeError(f"An operation works on tensors of one computation, received {op.name} of two.")
        try:
            specs = op.infer(tuple(t.spec for t in inputs), attrs)
        except ShapeError:
            whole = any(t.dtype is DType.INT32 for t in inputs)
            if not whole or op.kind is not OpKind.ELEMENTWISE:
                raise
            return self.emit(op, tuple(cast(t, dtype=DType.FLOAT32) for t in inputs), attrs)
        arrays = [np.empty(s.shape, s.dtype.numpy) for s in specs]
        with np.errstate(all="ignore"):
            op.compute([self._values[t.id] for t in inputs], arrays, attrs)
        outputs = tuple(map(self._keep, arrays))
        self.nodes.append(Applied(op, tuple(t.id for t in inputs), tuple(t.id for t in outputs), attrs))
        return outputs

    def constant(self, value: float | Array, dtype: DType = DType.FLOAT32) -> Tensor:
        """A known tensor."""
        return self._keep(np.asarray(value, dtype.numpy))

    def tensor(self, value_id: int) -> Tensor:
        """The handle of a value."""
        array = self._values[value_id]
        return Tensor(self, value_id, TensorSpec(array.shape, DType(array.dtype.name)))

    @contextmanager
    def origin(self, node: str) -> Iterator[None]:
        """Here nothing belongs to anybody."""
        yield

    def value(self, tensor: Tensor) -> Array:
        """The numbers of a tensor."""
        return self._values[tensor.id]

    def _keep(self, array: Array) -> Tensor:
        self._values.append(array)
        return self.tensor(len(self._values) - 1)


def as_array(value: Any, *, whole: bool = False) -> Array:
    """An array of a type that tensors have.

    Args:
        value: an array, a number, or nested lists of numbers.
        whole: whole numbers of Python stay such; otherwise only arrays of int32 and uint8 do, and all else is float32.
    """
    array = np.asarray(value)
    if array.dtype in (np.float32, np.int32, np.uint8):
        return array
    if array.dtype.kind not in "fiub":
        raise ShapeError(f"Tensors hold numbers, received {array.dtype}.")
    return array.astype(np.int32 if whole and array.dtype.kind in "iu" else np.float32)


class _Lifted:
    """How the arguments of one function become tensors, and its results arrays."""

    def __init__(self, function: Callable[..., Any] | Op) -> None:
        self._function = function

    @cached_property
    def signature(self) -> inspect.Signature:
        """Read at the first call: there are many functions, and a start should not wait for them."""
        return inspect.signature(self._function)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        found = next(_tensors_in((*args, *keywords.values())), None)
        builder: Any = EagerBuilder() if found is None else found.builder
        if isinstance(self._function, Op):
            whole = self._function.kind is not OpKind.ELEMENTWISE
            given = [_tensor(builder, a, whole=whole) for a in args]
            outputs = self._function.outputs(*given, **keywords)
            result: Any = outputs[0] if len(outputs) == 1 else outputs
        else:
            bound = self._bound(builder, args, keywords)
            result = self._function(*bound.args, **bound.kwargs)
        return result if found is not None else _arrays(builder, result)

    def _bound(self, builder: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> inspect.BoundArguments:
        bound = self.signature.bind(*args, **keywords)
        for name, value in bound.arguments.items():
            parameter = self.signature.parameters[name]
            if "Tensor" not in str(parameter.annotation):
                continue
            several = parameter.kind is parameter.VAR_POSITIONAL or "Sequence" in str(parameter.annotation)
            whole = name in _WHOLE
            if several:
                bound.arguments[name] = tuple(_tensor(builder, v, whole=whole) for v in value)
            else:
                bound.arguments[name] = _tensor(builder, value, whole=whole)
        return bound


_WHOLE = frozenset({"index", "seed"})  # parameters whose whole numbers are positions, not quantities


def _tensor(builder: Any, value: Any, *, whole: bool) -> Tensor:
    if isinstance(value, Tensor):
        return value
    array = as_array(value, whole=whole)
    tensor: Tensor = builder.constant(array, DType(array.dtype.name))
    return tensor


def _tensors_in(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _tensors_in(part)


def _arrays(builder: EagerBuilder, value: Any) -> Any:
    if isinstance(value, Tensor):
        return builder.value(value)
    return type(value)(_arrays(builder, v) for v in value) if isinstance(value, list | tuple) else value


def lifted(function: Callable[..., Any] | Op) -> Callable[..., Any]:
    """The function, or op, for arrays as well as tensors: arrays in give arrays out; one tensor gives tensors."""
    lift = _Lifted(function)

    def call(*args: Any, **keywords: Any) -> Any:
        return lift(*args, **keywords)

    if not isinstance(function, Op):
        return wraps(function)(call)
    call.__name__ = call.__qualname__ = function.name
    call.__doc__ = f"The operation {function.name}, element by element with broadcasting."
    return call


# -- gradients -------------------------------------------------------------------------------------------------
def _map(function: Callable[[Any], Any], tree: Any) -> Any:
    """A tree of dicts, lists and tuples with each leaf replaced; a list of numbers is a leaf, too."""
    if isinstance(tree, dict):
        return {k: _map(function, v) for k, v in tree.items()}
    if isinstance(tree, list | tuple) and not all(isinstance(v, int | float) for v in tree):
        return type(tree)(_map(function, v) for v in tree)
    return function(tree)


def value_and_grad(
    function: Callable[..., Any], argnums: int | Sequence[int] = 0
) -> Callable[..., tuple[Array, Any]]:
    """A function that gives the value of another and its gradients.

    Args:
        function: of tensors, to a single number; made of ops and of arithmetic on tensors.
        argnums: numbers of the arguments to differentiate by. Such an argument is an array, or dicts, lists and tuples of
            arrays; its gradient has the same form. The other arguments arrive as they are.

    Returns:
        A function of arrays that gives (value, gradient), or (value, gradients) for several argnums. It raises ShapeError
        where `function` gives more than one number.

    >>> import numpy as np
    >>> import engine.ops as ops
    >>> def loss(weights, x, y):
    ...     return ops.mean(ops.square(ops.matmul(x, weights["w"]) + weights["b"] - y))
    >>> weights = {"w": np.zeros((2, 1), np.float32), "b": np.zeros(1, np.float32)}
    >>> value, slopes = value_and_grad(loss)(weights, np.eye(2), np.array([[1.0], [3.0]]))
    >>> float(value), slopes["w"].tolist(), slopes["b"].tolist()
    (5.0, [[-1.0], [-3.0]], [-4.0])
    """
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    @wraps(function)
    def call(*args: Any, **keywords: Any) -> tuple[Array, Any]:
        builder = EagerBuilder()
        leaves: list[Tensor] = []

        def leaf(value: Any) -> Tensor:
            leaves.append(builder.constant(as_array(value).astype(np.float32)))
            return leaves[-1]

        given = [_map(leaf, a) if i in numbers else a for i, a in enumerate(args)]
        loss = function(*given, **keywords)
        if not isinstance(loss, Tensor) or loss.builder is not builder or loss.spec.size != 1:
            received = format_shape(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
            raise ShapeError(
                f"A gradient is that of a single number made of the arguments, received {received}."
            )
        grads = {t.id: builder.value(g) for t, g in zip(leaves, backward(builder, loss, leaves), strict=True)}
        slopes = tuple(_map(lambda t: grads[t.id], given[i]) for i in numbers)
        return builder.value(loss), slopes[0] if isinstance(argnums, int) else slopes

    return call


def grad(function: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Like `value_and_grad`, without the value."""
    both = value_and_grad(function, argnums)

    @wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        return both(*args, **keywords)[1]

    return call
