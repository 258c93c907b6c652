"""Every op of ours as an expression of PyTorch, on tensors with the channels last.

The table is keyed by the names of ops; a layer needs no line here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.exchange.batches import Rows
from engine.exchange.flat import FlatValue
from engine.exchange.torch.expressions import (
    PRODUCT,
    SUM,
    UNARY,
    Expression,
    call,
    number,
    product,
    test,
)
from engine.exchange.torch.use import Say, Use
from engine.exchange.torch.windows import WINDOWS
from engine.formats.errors import FormatError
from engine.tensor.spec import DType


def said(op: str, use: Use) -> tuple[Expression, ...]:
    """The outputs of an operation.

    Raises:
        FormatError: there is no expression for it.
    """
    rule = _RULES.get(op) or WINDOWS.get(op)
    if rule is None:
        raise FormatError(
            f"PyTorch has no expression for the operation {op} yet; take the layer out that needs it."
        )
    found = rule(use)
    return found if isinstance(found, tuple) else (found,)


def _function(name: str) -> Say:
    return lambda u: call(name, u.x.tensor)


def _method(name: str) -> Say:
    return lambda u: Expression(f"{u.x.atom}.{name}()" if u.x.number is None else f"{u.x.tensor}.{name}()")


def _sum(sign: str) -> Say:
    def say(u: Use) -> Expression:
        a, b = u.given
        if b.number is not None and b.number < 0:
            other, positive = ("-" if sign == "+" else "+"), number(-b.number)
            return Expression(f"{a.at(SUM)} {other} {positive.text}", SUM)
        return Expression(f"{a.at(SUM)} {sign} {b.at(PRODUCT)}", SUM)

    return say


def _comparison(sign: str) -> Say:
    return lambda u: test(f"{u.given[0].at(SUM)} {sign} {u.given[1].at(SUM)}")


def _both(sign: str) -> Say:
    return lambda u: test(f"({u.given[0].condition}) {sign} ({u.given[1].condition})")


def _limit(name: str, bound: str) -> Say:
    """The larger or the smaller of two."""

    def say(u: Use) -> Expression:
        a, b = u.given
        for one, other in ((a, b), (b, a)):
            if other.number is not None and one.number is None:
                return Expression(f"{one.atom}.clamp({bound}={other.text})")
        return call(name, a.tensor, b.tensor)

    return say


def _where(u: Use) -> Expression:
    condition, a, b = u.given
    return call("torch.where", condition.condition, a.text, b.text)


def _axes(axes: Sequence[int]) -> str:
    return str(axes[0]) if len(axes) == 1 else str(tuple(axes))


def _folded(name: str) -> Say:
    def say(u: Use) -> Expression:
        axes, keep = u.attrs["axes"], u.attrs["keepdims"]
        if not axes:
            return u.x
        whole = len(axes) == len(u.reads[0].shape) and not keep and name in ("sum", "mean")
        inner = "" if whole else f"dim={_axes(axes)}{', keepdim=True' if keep else ''}"
        text = f"{u.x.atom}.{name}({inner})"
        lengths = [u.reads[0].shape[a] for a in axes]
        grows = sum(isinstance(n, Rows) for n in lengths)
        if name == "sum" and grows <= 1:
            count = math.prod(n.factor if isinstance(n, Rows) else n for n in lengths)
            return Expression(text, total=(f"{u.x.atom}.mean({inner})", count, bool(grows)))
        return Expression(text)

    return say


def _product_of(u: Use) -> Expression:
    text = u.x.atom
    for axis in sorted((a % len(u.reads[0].shape) for a in u.attrs["axes"]), reverse=True):
        text += f".prod(dim={axis}{', keepdim=True' if u.attrs['keepdims'] else ''})"
    return Expression(text)


def _turned(e: Expression, value: FlatValue) -> str:
    """The last two axes exchanged."""
    return f"{e.atom}.T" if len(value.shape) == 2 else f"{e.atom}.mT"


def _matmul(u: Use) -> Expression:
    a, b = u.given
    left = _turned(a, u.reads[0]) if u.attrs["transpose_a"] else a.at(UNARY)
    right = _turned(b, u.reads[1]) if u.attrs["transpose_b"] else b.at(UNARY)
    return Expression(f"{left} @ {right}", PRODUCT)


def _reshape(u: Use) -> Expression:
    shape = u.makes[0].shape
    if u.x.number is not None:
        return call("torch.full", f"({u.sizes(shape)}{',' if len(shape) == 1 else ''})", u.x.text)
    return Expression(f"{u.x.atom}.reshape({u.sizes(shape, guess=True) or '()'})", whole=u.x.whole)


def _view(u: Use) -> Expression:
    """Part of a flat tensor, or all of it."""
    if u.makes[0].shape == u.reads[0].shape and not u.attrs["offset"]:
        return u.x
    shape = u.makes[0].shape
    if not shape:
        return Expression(f"{u.x.atom}[{u.attrs['offset']}]")
    count = math.prod(n.factor if isinstance(n, Rows) else n for n in shape)
    start = u.attrs["offset"]
    return Expression(f"{u.x.atom}[{start} : {start + count}].reshape({u.sizes(shape, guess=True)})")


def _flat(u: Use) -> str:
    return ", ".join(f"{e.atom}.reshape(-1)" for e in u.given)


def _broadcast(u: Use) -> Expression:
    shape = u.makes[0].shape
    if u.x.number is not None:
        listed = f"({u.sizes(shape)}{',' if len(shape) == 1 else ''})"
        return Expression(f"torch.full({listed}, {u.x.text}, device={u.device})")
    return Expression(f"{u.x.atom}.expand({u.sizes(shape)})")


def _transpose(u: Use) -> Expression:
    return Expression(f"{u.x.atom}.permute({', '.join(map(str, u.attrs['perm']))})", whole=u.x.whole)


def _slice(u: Use) -> Expression:
    parts = []
    for start, limit, length in zip(u.attrs["starts"], u.attrs["limits"], u.reads[0].shape, strict=True):
        first = "" if start == 0 else u.size(start)
        last = "" if limit == length else u.size(limit)
        parts.append(f"{first}:{last}")
    while parts and parts[-1] == ":":
        parts.pop()
    return Expression(f"{u.x.atom}[{', '.join(parts)}]" if parts else u.x.text, whole=u.x.whole)


def _pad(u: Use) -> Expression:
    pairs = list(zip(u.attrs["before"], u.attrs["after"], strict=True))
    while pairs and pairs[0] == (0, 0):
        pairs.pop(0)
    if not pairs:
        return u.x
    flat = ", ".join(f"{u.size(b)}, {u.size(a)}" for b, a in reversed(pairs))
    value = f", value={number(u.attrs['value']).text}" if u.attrs["value"] else ""
    return call("F.pad", u.x.text, f"({flat}){value}")


def _cast(u: Use) -> Expression:
    wanted, had = DType(u.attrs["dtype"]), u.reads[0].dtype
    if wanted is had:
        return u.x
    return Expression(f"{u.x.atom}.{'float' if wanted is DType.FLOAT32 else 'int'}()")


def _rows(u: Use) -> Expression:
    table, index = u.given
    count = u.reads[0].shape[0]
    last = f"{u.size(count)} - 1" if isinstance(count, Rows) else str(count - 1)
    text = f"{table.atom}[{index.atom}.long().clamp(0, {last})]"
    scale = u.attrs["scale"]
    return Expression(text) if scale == 1.0 else Expression(f"{text} * {number(scale).text}", PRODUCT)


def _add_rows(u: Use) -> Expression:
    index, rows = u.given
    shape = u.makes[0].shape
    zeros = f"torch.zeros({u.sizes(shape)}, device={u.device})"
    flat = f"{rows.atom}.reshape(-1, {u.sizes(shape[1:])})" if len(shape) > 1 else f"{rows.atom}.reshape(-1)"
    places = f"{index.atom}.long().clamp(0, {u.size(shape[0])} - 1).reshape(-1)"
    return Expression(f"{zeros}.index_add(0, {places}, {flat})")


def _set_rows(u: Use) -> Expression:
    table, index, rows = u.given
    shape = u.makes[0].shape
    flat = f"{rows.atom}.reshape(-1, {u.sizes(shape[1:])})" if len(shape) > 1 else f"{rows.atom}.reshape(-1)"
    places = f"{index.atom}.long().clamp(0, {u.size(shape[0])} - 1).reshape(-1)"
    return Expression(f"{table.atom}.index_copy(0, {places}, {flat})")


def _one_hot(u: Use) -> Expression:
    return test(f"{u.x.atom}.unsqueeze(-1) == torch.arange({u.attrs['depth']}, device={u.device})")


def _number_along(u: Use) -> Expression:
    length, shape = u.attrs["length"], u.reads[0].shape
    limit = u.size(length)
    inside = f"{u.x.atom}.clamp(0, {limit} - 1)"
    if len(shape) == 1:
        return Expression(inside, whole=True)
    lead = shape[:-1]
    factor = math.prod(n.factor if isinstance(n, Rows) else n for n in lead)
    grows = sum(isinstance(n, Rows) for n in lead)
    count = f"{factor} * {u.rows}" if grows else str(factor)
    starts = f"torch.arange({count}, device={u.device}).reshape({u.sizes((*lead, 1), guess=True)})"
    return Expression(f"{inside} + {starts} * {limit}", SUM, whole=True)


def _number_nd(u: Use) -> Expression:
    text = ""
    for k, length in enumerate(u.attrs["lengths"]):
        limit = u.size(length)
        part = f"{u.x.atom}[..., {k}].clamp(0, {limit} - 1)"
        text = f"({text}) * {limit} + {part}" if text else part
    return Expression(text, SUM if len(u.attrs["lengths"]) > 1 else 0, whole=True)


def _along(u: Use, inner: str) -> Expression:
    """A running result; from the end where it is reversed."""
    axis = u.attrs["axis"]
    if not u.attrs["reverse"]:
        return Expression(inner.replace("{x}", u.x.atom))
    return Expression(f"{inner.replace('{x}', f'{u.x.atom}.flip({axis})')}.flip({axis})")


def _sorted(u: Use) -> tuple[Expression, ...]:
    found = f"{u.x.atom}.sort(dim=-1, descending={u.attrs['descending']}, stable=True)"
    return Expression(f"{found}.values"), Expression(f"{found}.indices", whole=True)


def _fourier(u: Use) -> Expression:
    kind = 'ifft({x}, norm="forward")' if u.attrs["inverse"] else "fft({x})"
    inner = kind.replace("{x}", f"torch.view_as_complex({u.x.atom}.contiguous())")
    return Expression(f"torch.view_as_real(torch.fft.{inner})")


def _uniform(u: Use) -> Expression:
    shape = u.makes[0].shape
    return Expression(f"torch.rand({u.sizes(shape) or '()'}, device={u.device})")


def _slogdet(u: Use) -> tuple[Expression, ...]:
    found = f"torch.linalg.slogdet({u.x.text})"
    return Expression(f"{found}.sign"), Expression(f"{found}.logabsdet")


def _several(text: str, count: int) -> Say:
    return lambda u: tuple(Expression(f"{text.replace('{x}', u.x.atom)}[{k}]") for k in range(count))


def _qr(u: Use) -> tuple[Expression, ...]:
    """With a diagonal that is not negative."""
    found = f"torch.linalg.qr({u.x.text})"
    signs = f"torch.where({found}[1].diagonal(dim1=-2, dim2=-1) < 0, -1.0, 1.0)"
    return Expression(f"{found}[0] * {signs}.unsqueeze(-2)", PRODUCT), Expression(
        f"{found}[1] * {signs}.unsqueeze(-1)", PRODUCT
    )


def _concat(u: Use) -> Expression:
    listed = ", ".join(e.tensor for e in u.given)
    return call("torch.cat", f"[{listed}]", f"dim={u.attrs['axis']}")


def _triangular(u: Use) -> Expression:
    a, b = u.given
    triangle, upper = a.text, not u.attrs["lower"]
    if u.attrs["transpose"]:
        triangle, upper = f"{a.atom}.mT", not upper
    return Expression(f"torch.linalg.solve_triangular({triangle}, {b.text}, upper={upper})")


_UNARY = (
    "acos acosh asin asinh atan atanh ceil cos cosh erf erfinv exp expm1 floor log log1p relu round rsqrt sigmoid sign "
    "sin sinh sqrt tan tanh trunc abs"
)
_RULES: dict[str, Say] = {name: _function(f"torch.{name}") for name in _UNARY.split()}
_RULES |= {
    "square": _method("square"),
    "stop_gradient": _method("detach"),
    "copy": lambda u: u.x,
    "softplus": _function("F.softplus"),
    "reciprocal": lambda u: Expression(f"1.0 / {u.x.at(UNARY)}", PRODUCT),
    "add": _sum("+"),
    "sub": _sum("-"),
    "mul": lambda u: product(u.given[0], u.given[1]),
    "div": lambda u: Expression(f"{u.given[0].at(PRODUCT)} / {u.given[1].at(UNARY)}", PRODUCT),
    "pow": lambda u: call("torch.pow", u.given[0].text, u.given[1].text),
    "atan2": lambda u: call("torch.atan2", u.given[0].tensor, u.given[1].tensor),
    "mod": lambda u: call("torch.remainder", u.given[0].text, u.given[1].text),
    "greater": _comparison(">"),
    "greater_equal": _comparison(">="),
    "equal": _comparison("=="),
    "not_equal": _comparison("!="),
    "logical_and": _both("&"),
    "logical_or": _both("|"),
    "logical_xor": _both("^"),
    "logical_not": lambda u: test(f"{u.x.at(SUM)} == 0"),
    "is_nan": lambda u: test(f"torch.isnan({u.x.tensor})"),
    "is_finite": lambda u: test(f"torch.isfinite({u.x.tensor})"),
    "where": _where,
    "maximum": _limit("torch.maximum", "min"),
    "minimum": _limit("torch.minimum", "max"),
    "relu_grad": lambda u: call("torch.where", f"{u.given[0].at(SUM)} > 0", u.given[1].text, "0.0"),
    "broadcast_to": _broadcast,
    "sum": _folded("sum"),
    "max": _folded("amax"),
    "min": _folded("amin"),
    "prod": _product_of,
    "argmax": lambda u: Expression(f"{u.x.atom}.argmax(dim=-1).int()"),
    "matmul": _matmul,
    "view": _view,
    "pack": lambda u: u.x if len(u.given) == 1 else call("torch.cat", f"[{_flat(u)}]"),
    "softmax": lambda u: call("torch.softmax", u.x.text, "dim=-1"),
    "log_softmax": lambda u: call("torch.log_softmax", u.x.text, "dim=-1"),
    "reshape": _reshape,
    "transpose": _transpose,
    "slice": _slice,
    "pad": _pad,
    "concat": _concat,
    "cast": _cast,
    "flip": lambda u: Expression(f"{u.x.atom}.flip({_axes(u.attrs['axes'])})"),
    "one_hot": _one_hot,
    "take_rows": _rows,
    "scatter_add_rows": _add_rows,
    "scatter_set_rows": _set_rows,
    "number_along": _number_along,
    "number_nd": _number_nd,
    "cumsum": lambda u: _along(u, f"{{x}}.cumsum(dim={u.attrs['axis']})"),
    "sort": _sorted,
    "fourier": _fourier,
    "uniform": _uniform,
    "inverse": _function("torch.linalg.inv"),
    "cholesky": lambda u: Expression(f"torch.linalg.cholesky(({u.x.at(SUM)} + {u.x.atom}.mT) / 2)"),
    "slogdet": _slogdet,
    "solve": lambda u: call("torch.linalg.solve", u.given[0].text, u.given[1].text),
    "triangular_solve": _triangular,
    "qr": _qr,
    "svd": _several("torch.linalg.svd({x}, full_matrices=False)", 3),
    "eigh": _several("torch.linalg.eigh(({x} + {x}.mT) / 2)", 2),
}
