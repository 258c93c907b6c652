"""A short program of our operations, as text: `a = matmul(x, w); y = relu(a + 1)`.

The text is read with Python's own parser and only names, numbers, lists, arithmetic and calls of our operations are
taken from it: nothing of it is ever run as Python.
"""

from __future__ import annotations

import ast
import inspect
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.layers.base import LayerBuilder
from engine.layers.initializers import INITIALIZERS
from engine.ops import api
from engine.ops.op import Op, OpKind, Tensor
from engine.ops.registry import ops
from engine.settings import MisplacedError
from engine.tensor.spec import DType, ShapeError, format_shape

LONGEST = 20_000
DEEPEST = 24  # brackets in brackets
_WITHOUT_TENSORS = frozenset(
    (
        "arange",
        "eye",
        "full",
        "grad",
        "linspace",
        "ones",
        "random_normal",
        "random_uniform",
        "value_and_grad",
        "zeros",
    )
)
_ARITHMETIC: Mapping[type[ast.operator], str] = MappingProxyType(
    {
        ast.Add: "add",
        ast.Sub: "subtract",
        ast.Mult: "multiply",
        ast.Div: "divide",
        ast.Pow: "power",
        ast.MatMult: "matmul",
    }
)
_NUMBERS = MappingProxyType({"inf": math.inf, "nan": math.nan})
_OWN = ("weight", "fixed", "values")
Value = Any  # a tensor, a number, text, a truth, or a list of them


@cache
def functions() -> Mapping[str, Callable[..., Any]]:
    """The operations that a formula may call, by the name that scripts know them by."""
    return MappingProxyType({n: getattr(api, n) for n in api.__all__ if n not in _WITHOUT_TENSORS})


@dataclass(frozen=True)
class Formula:
    """A text that was read.

    Attributes:
        lines: assignments, as Python's parser gives them.
        inputs: names that begin with x, in order: what comes in.
        outputs: names that begin with y, in order: what goes out.
    """

    lines: tuple[ast.Assign, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def run(self, b: LayerBuilder, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The outputs.

        Args:
            b: for weights and constants.
            inputs: in the order of `inputs`, the batch first.

        Raises:
            ShapeError: an operation can't be done on what it gets, or an output does not keep the batch.
        """
        found = self.computed(b, inputs, inputs[0].shape[0])
        for name, y in zip(self.outputs, found, strict=True):
            if not isinstance(y, Tensor) or not y.spec.rank or y.shape[0] != inputs[0].shape[0]:
                received = format_shape(y.shape) if isinstance(y, Tensor) else repr(y)[:40]
                raise ShapeError(
                    f"What goes out of an Op begins with the batch as what comes in, received {received} for {name}. "
                    "Leave the first dimension as it is."
                )
        return found

    def computed(self, b: LayerBuilder, inputs: Sequence[Tensor], batch: int) -> tuple[Value, ...]:
        """The outputs as they come, whatever their first dimension is; raises ShapeError."""
        run = _Run(b, dict(zip(self.inputs, inputs, strict=True)), batch)
        for line in self.lines:
            run.assign(line)
        return tuple(run.values[name] for name in self.outputs)


@lru_cache(4096)
def formula(text: str) -> Formula:
    """Read a text.

    Raises:
        ValueError: one sentence: it is no formula, or names what we do not have; `MisplacedError` where it is known where.
    """
    if len(text) > LONGEST or _depth(text) > DEEPEST:
        raise ValueError(
            f"A formula has up to {LONGEST:,} letters and {DEEPEST} brackets in brackets, received {len(text):,} letters; "
            "divide it."
        )
    try:
        lines = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        sentence = f"A formula is lines such as y = relu(x), received {text[:60]!r}; write it like that."
        place = (error.lineno, error.offset) if isinstance(error, SyntaxError) else (1, 1)
        raise MisplacedError(sentence, place[0] or 1, place[1] or 1) from error
    if not _shallow(lines):
        raise ValueError(
            f"A line of a formula has up to {DEEPEST} operations in operations; divide it into several."
        )
    known: dict[str, None] = {}
    used: dict[str, ast.Name] = {}
    assigned: list[ast.Assign] = []
    for line in lines:
        if not isinstance(line, ast.Assign) or len(line.targets) != 1:
            raise _misplaced(
                line, f"Each line of a formula gives something a name, received {_text(line)!r}; write y = .."
            )
        used |= {n.id: n for n in reversed([*_checked(line.value)]) if n.id not in known}
        known |= dict.fromkeys(_targets(line))
        assigned.append(line)
    foreign = [n for n in used if not n.startswith("x")]
    if foreign:
        raise _misplaced(
            used[foreign[0]],
            f"A formula names what comes in x, x1, x2 .., received {foreign[0]}; name it like that.",
        )
    inputs, outputs = _sorted(used), _sorted(n for n in known if n.startswith("y"))
    if not inputs or not outputs:
        raise ValueError(
            f"A formula makes y of x, received {text[:60]!r}; use x, and give the result the name y."
        )
    return Formula(tuple(assigned), inputs, outputs)


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    """Names by the numbers at their ends: x, x1, x2, x10."""
    return tuple(sorted(names, key=lambda n: (int("0" + re.sub(r"\D", "", n)[:9]), n)))


def _depth(text: str) -> int:
    depth = deepest = 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        deepest = max(deepest, depth)
    return max(deepest, text.count("--"), text.count("**"))


def _shallow(lines: Sequence[ast.AST]) -> bool:
    """Whether nothing in them lies deeper than is allowed; no recursion, as it is for what may be too deep."""
    level: list[ast.AST] = [*lines]
    for _ in range(2 * DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return True
    return False


def _misplaced(node: ast.stmt | ast.expr, sentence: str) -> MisplacedError:
    """What is wrong with a part of the text."""
    return MisplacedError(sentence, node.lineno, node.col_offset + 1)


def _text(node: ast.AST) -> str:
    return ast.unparse(node)[:60]


def _targets(line: ast.Assign) -> list[str]:
    target = line.targets[0]
    names = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    if not all(isinstance(n, ast.Name) for n in names):
        raise _misplaced(
            line, f"What a formula computes gets plain names, received {_text(line)!r}; write y = .."
        )
    return [n.id for n in names if isinstance(n, ast.Name)]


def _checked(node: ast.expr) -> Iterator[ast.Name]:
    """The names that an expression reads; raises ValueError for what formulas do not have."""
    if isinstance(node, ast.Name):
        if node.id not in _NUMBERS and node.id != "batch":
            yield node
    elif isinstance(node, ast.List | ast.Tuple):
        for part in node.elts:
            yield from _checked(part)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield from _checked(node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        yield from _checked(node.left)
        yield from _checked(node.right)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        name = node.func.id
        if name not in functions() and name.removesuffix("_") not in ops() and name not in _OWN:
            raise _misplaced(
                node,
                f"There is no operation named {node.func.id:.40}; dir(engine.ops.api) in a script lists them.",
            )
        for argument in [*node.args, *(k.value for k in node.keywords)]:
            yield from _checked(argument)
    elif not (isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str)):
        raise _misplaced(
            node,
            f"A formula has names, numbers, lists, + - * / ** @ and calls of operations, received {_text(node)!r}; "
            "write it with these.",
        )


class _Run:
    """One evaluation."""

    def __init__(self, b: LayerBuilder, values: dict[str, Value], batch: int) -> None:
        self._b = b
        self.values = values
        self._batch = batch

    def assign(self, line: ast.Assign) -> None:
        """One line; raises ShapeError."""
        names = _targets(line)
        try:
            value = self._value(line.value, names[0])
            results = [value] if isinstance(line.targets[0], ast.Name) else list(value)
            self.values |= zip(names, results, strict=True)
        except ShapeError:
            raise
        except (
            TypeError,
            ValueError,
            KeyError,
            IndexError,
            AttributeError,
            ArithmeticError,
            AssertionError,
        ) as error:
            raise ShapeError(
                f"{_text(line)} can't be computed ({str(error)[:80]}). Check the operation's arguments."
            ) from error

    def _value(self, node: ast.expr, name: str) -> Value:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            known = {**_NUMBERS, "batch": self._batch}
            return known[node.id] if node.id in known else self.values[node.id]
        if isinstance(node, ast.List | ast.Tuple):
            return [self._value(part, name) for part in node.elts]
        if isinstance(node, ast.UnaryOp):
            return -self._value(node.operand, name)
        if isinstance(node, ast.BinOp):
            return self._arithmetic(
                type(node.op), self._value(node.left, name), self._value(node.right, name)
            )
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        arguments = [self._value(a, name) for a in node.args]
        keywords = {str(k.arg): self._value(k.value, name) for k in node.keywords}
        if node.func.id in _OWN:
            return self._own(node.func.id, name, arguments, **keywords)
        return called(self._b, node.func.id, arguments, keywords)

    def _arithmetic(self, kind: type[ast.operator], one: Value, other: Value) -> Value:
        if isinstance(one, Tensor) or isinstance(other, Tensor):
            return functions()[_ARITHMETIC[kind]](one, other)
        if kind is ast.Mult and isinstance(one, int) and isinstance(other, int):
            return one * other  # of the batch
        if kind is ast.Div and isinstance(one, int | float) and isinstance(other, int | float):
            return one / other
        raise TypeError("arithmetic needs something that comes in")

    def _own(self, function: str, name: str, arguments: list[Value], start: str = "") -> Tensor:
        """A weight of the layer, or numbers that stand in the formula."""
        if function == "values":
            array = np.asarray(arguments[0])
            dtype = DType.INT32 if array.dtype.kind in "iu" else DType.FLOAT32
            return self._b.ops.constant(array.astype(dtype.numpy), dtype)
        shape = tuple(int(n) for n in arguments)
        if any(n < 1 for n in shape):
            raise ValueError("a weight has at least one number along each dimension")
        usual = "glorot_uniform" if len(shape) > 1 else "zeros"
        return self._b.weight(name, shape, INITIALIZERS.read(start or usual), trainable=function == "weight")


def called(b: LayerBuilder, name: str, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """The operation of that name, as scripts call it or, where its arguments are those, as it is declared.

    With an underscore behind the name it is always the declared one: sort_ gives the places beside the values.
    """
    function = functions().get(name)
    if function is not None and _binds(function, arguments, keywords):
        single = ops().get(getattr(function, "__name__", ""))
        if (
            single is None
            or single.kind is not OpKind.ELEMENTWISE
            or "Tensor" in str(inspect.signature(function))
        ):
            return function(*arguments, **keywords)
        name = single.name
    tensors = [a if isinstance(a, Tensor) else b.ops.constant(float(a), DType.FLOAT32) for a in arguments]
    return _declared(ops()[name.removesuffix("_")], tensors, keywords)


def _declared(op: Op, tensors: list[Tensor], keywords: dict[str, Value]) -> Value:
    if op.kind is OpKind.ELEMENTWISE and len(tensors) != len(op.samples[0].inputs):
        raise TypeError(f"{op.name} takes {len(op.samples[0].inputs)} tensors")
    attrs = {k: DType(v) if k == "dtype" else _tuples(v) for k, v in keywords.items()}
    outputs = op.outputs(*tensors, **attrs)
    return outputs[0] if len(outputs) == 1 else outputs


def _binds(function: Callable[..., Any], arguments: list[Value], keywords: dict[str, Value]) -> bool:
    try:
        inspect.signature(function).bind(*arguments, **keywords)
    except TypeError:
        return False
    return True


def _tuples(value: Value) -> Value:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
