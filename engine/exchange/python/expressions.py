"""Each op as a line of Python: an expression over the names of its operands and the functions of `kit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from engine.exchange.batches import Rows, Size
from engine.exchange.flat import Flat, Operation
from engine.ops.windows import each

Expression = Callable[["Given"], str]
_NONE = "NumPy alone has no short way to say it"
# operations that no file has, and why
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("eigh", "qr", "solve", "svd", "triangular_solve"), _NONE),
        **dict.fromkeys(("uniform", "uniform_at"), "it draws random numbers"),
        **dict.fromkeys(
            ("affine_sample_grad", "avg_pool_grad", "conv_weight_grad", "max_pool_grad", "recurrent_grad"),
            "it is the gradient of another operation, which only training has",
        ),
        **dict.fromkeys(("pack", "view"), "it places numbers in the memory of a device"),
    }
)


class Given:
    """An op with the names of its operands in the text.

    Args:
        network: that it is of.
        operation: the op.
        names: of its operands.
    """

    def __init__(self, network: Flat, operation: Operation, names: list[str]) -> None:
        self._network = network
        self.operation = operation
        self.x = names

    def attr(self, name: str) -> str:
        """An attribute; what grows with the batch is said in terms of `n`."""
        return said(self.operation.attrs[name])

    def windows(self, *, rank: int, dilation: bool = True) -> str:
        """Strides, padding and perhaps dilation, one for each length."""
        attrs = self.operation.attrs
        pad = attrs["padding"]
        padding = ((pad, pad),) * rank if isinstance(pad, int) else pad
        parts = [each(attrs["strides"], rank), padding]
        parts += [each(attrs["dilation"], rank)] if dilation else []
        return ", ".join(map(said, parts))

    def shape(self) -> tuple[Size, ...]:
        """Of the first operand."""
        return self._network.values[self.operation.inputs[0]].shape

    def rank(self) -> int:
        """Of the first operand."""
        return len(self.shape())


def said(value: Any) -> str:
    """A plain value as Python has it."""
    if isinstance(value, Rows):
        return "n" if value.factor == 1 else f"{value.factor} * n"
    if isinstance(value, tuple):
        return f"({', '.join(map(said, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def form(text: str) -> Expression:
    """An expression over the operands `{0}`, `{1}` .."""
    return lambda g: text.format(*g.x)


def truth(sign: str) -> Expression:
    """A comparison as 1.0 or 0.0."""
    return form(f"({{0}} {sign} {{1}}).astype(np.float32)")


def logical(name: str) -> Expression:
    """An operation on truths."""
    return form(f"np.logical_{name}({{0}}, {{1}}).astype(np.float32)")


def _reduction(name: str) -> Expression:
    return lambda g: f"{g.x[0]}.{name}(axis={g.attr('axes')}, keepdims={g.attr('keepdims')})"


def _matmul(g: Given) -> str:
    a, b = (
        f"{x}.swapaxes(-1, -2)" if g.operation.attrs[name] else x
        for x, name in zip(g.x, ("transpose_a", "transpose_b"), strict=True)
    )
    return f"{a} @ {b}"


def _slice(g: Given) -> str:
    shape = g.shape()
    cuts = []
    for start, limit, length in zip(
        g.operation.attrs["starts"], g.operation.attrs["limits"], shape, strict=True
    ):
        low = "" if start == 0 else said(start)
        cuts.append(f"{low}:{'' if limit == length else said(limit)}")
    return f"{g.x[0]}[{', '.join(cuts)}]" if cuts else g.x[0]


def _pad(g: Given) -> str:
    pairs = tuple(zip(g.operation.attrs["before"], g.operation.attrs["after"], strict=True))
    return f"np.pad({g.x[0]}, {said(pairs)}, constant_values={number(g.operation.attrs['value'])})"


def number(value: float) -> str:
    """A number, infinite ones included."""
    text = repr(float(value))
    return text if text not in ("inf", "-inf", "nan") else f"float({text!r})"


def _conv(g: Given) -> str:
    windows = g.windows(rank=g.rank() - 2)
    return f"conv({g.x[0]}, {g.x[1]}, {windows}, {g.attr('groups')})"


def _conv_transposed(g: Given) -> str:
    windows = g.windows(rank=g.rank() - 2)
    return f"conv_transposed({g.x[0]}, {g.x[1]}, {g.attr('input_shape')}, {windows}, {g.attr('groups')})"


def _pool(name: str) -> Expression:
    def write(g: Given) -> str:
        rank = g.rank() - 2
        size = said(each(g.operation.attrs["size"], rank))
        return f"{name}({g.x[0]}, {size}, {g.windows(rank=rank, dilation=False)})"

    return write


def _affine(g: Given) -> str:
    names = ("size", "interpolation", "fill_mode", "fill_value")
    return f"affine_sample({g.x[0]}, {g.x[1]}, {', '.join(map(g.attr, names))})"


_FUNCTIONS = MappingProxyType(
    {
        "abs": "abs",
        "acos": "arccos",
        "acosh": "arccosh",
        "asin": "arcsin",
        "asinh": "arcsinh",
        "atan": "arctan",
        "atan2": "arctan2",
        "atanh": "arctanh",
        "ceil": "ceil",
        "cos": "cos",
        "cosh": "cosh",
        "exp": "exp",
        "expm1": "expm1",
        "floor": "floor",
        "log": "log",
        "log1p": "log1p",
        "maximum": "maximum",
        "minimum": "minimum",
        "mod": "mod",
        "pow": "power",
        "reciprocal": "reciprocal",
        "round": "rint",
        "sign": "sign",
        "sin": "sin",
        "sinh": "sinh",
        "sqrt": "sqrt",
        "square": "square",
        "tan": "tan",
        "tanh": "tanh",
        "trunc": "trunc",
    }
)
ELEMENTWISE: Mapping[str, Expression] = MappingProxyType(
    {
        **{op: form(f"np.{name}({{0}})") for op, name in _FUNCTIONS.items()},
        **{
            op: form(f"np.{_FUNCTIONS[op]}({{0}}, {{1}})")
            for op in ("atan2", "maximum", "minimum", "mod", "pow")
        },
        **{op: form(f"{op}({{0}})") for op in ("erf", "sigmoid", "softplus")},
        **{
            op: form(f"{{0}} {s} {{1}}") for op, s in (("add", "+"), ("sub", "-"), ("mul", "*"), ("div", "/"))
        },
        "equal": truth("=="),
        "erfinv": form("erfinv({0})"),
        "greater": truth(">"),
        "greater_equal": truth(">="),
        "is_finite": form("np.isfinite({0}).astype(np.float32)"),
        "is_nan": form("np.isnan({0}).astype(np.float32)"),
        "logical_and": logical("and"),
        "logical_not": form("np.logical_not({0}).astype(np.float32)"),
        "logical_or": logical("or"),
        "logical_xor": logical("xor"),
        "not_equal": truth("!="),
        "relu": form("np.maximum({0}, 0.0)"),
        "relu_grad": form("{1} * ({0} > 0.0)"),
        "rsqrt": form("1.0 / np.sqrt({0})"),
        "stop_gradient": form("{0}"),
        "where": form("np.where({0} != 0.0, {1}, {2})"),
    }
)
EXPRESSIONS: Mapping[str, Expression] = MappingProxyType(
    {
        **ELEMENTWISE,
        "affine_sample": _affine,
        "argmax": form("{0}.argmax(axis=-1).astype(np.int32)"),
        "avg_pool": _pool("avg_pool"),
        "broadcast_to": lambda g: f"np.broadcast_to({g.x[0]}, {g.attr('shape')})",
        "cast": lambda g: f"{g.x[0]}.astype(np.{g.operation.attrs['dtype']})",
        "cholesky": form("np.linalg.cholesky({0})"),
        "concat": lambda g: f"np.concatenate([{', '.join(g.x)}], axis={g.attr('axis')})",
        "conv": _conv,
        "conv_input_grad": _conv_transposed,
        "copy": form("{0}"),
        "cumsum": lambda g: f"running({g.x[0]}, {g.attr('axis')}, {g.attr('reverse')})",
        "flip": lambda g: f"np.flip({g.x[0]}, {g.attr('axes')})",
        "fourier": lambda g: f"fourier({g.x[0]}, {g.attr('inverse')})",
        "inverse": form("np.linalg.inv({0})"),
        "linear_recurrence": lambda g: (
            f"linear_recurrence({g.x[0]}, {g.x[1]}, {g.attr('axis')}, {g.attr('reverse')})"
        ),
        "log_softmax": form("log_softmax({0})"),
        "matmul": _matmul,
        "max": _reduction("max"),
        "max_pool": _pool("max_pool"),
        "min": _reduction("min"),
        "number_along": lambda g: f"number_along({g.x[0]}, {g.attr('length')})",
        "number_nd": lambda g: f"number_nd({g.x[0]}, {g.attr('lengths')})",
        "one_hot": lambda g: f"one_hot({g.x[0]}, {g.attr('depth')})",
        "pad": _pad,
        "prod": _reduction("prod"),
        "reshape": lambda g: f"{g.x[0]}.reshape({g.attr('shape')})",
        "scatter_add_rows": lambda g: f"add_rows({g.x[0]}, {g.x[1]}, {g.attr('rows')})",
        "scatter_set_rows": form("set_rows({0}, {1}, {2})"),
        "slice": _slice,
        "slogdet": form("signed_logdet({0})"),
        "softmax": form("softmax({0})"),
        "sort": lambda g: f"sort({g.x[0]}, {g.attr('descending')})",
        "sum": _reduction("sum"),
        "take_rows": lambda g: f"rows_of({g.x[0]}, {g.x[1]}, {g.attr('scale')})",
        "transpose": lambda g: f"{g.x[0]}.transpose({g.attr('perm')})",
    }
)
