"""Windows that slide: our ops have the channels last and any padding on each side, PyTorch's have neither."""

from __future__ import annotations

from collections.abc import Sequence

from engine.exchange.torch.expressions import PRODUCT, Expression
from engine.exchange.torch.use import Say, Use
from engine.ops.windows import each
from engine.tensor.spec import Shape


def _lengths(use: Use, k: int = 0) -> Shape:
    """The lengths between batch and channels."""
    return tuple(n if isinstance(n, int) else n.of(1) for n in use.reads[k].shape[1:-1])


def _pairs(use: Use, rank: int) -> tuple[tuple[int, int], ...]:
    given = use.attrs["padding"]
    return ((given, given),) * rank if isinstance(given, int) else tuple(given)


def _first(e: Expression) -> str:
    return f"{e.atom}.movedim(-1, 1)"


def _padded(text: str, pairs: Sequence[tuple[int, int]], value: str = "") -> str:
    if not any(map(any, pairs)):
        return text
    flat = ", ".join(f"{b}, {a}" for b, a in reversed(pairs))
    return f"F.pad({text}, ({flat}){value})"


def _settings(**given: object) -> str:
    """Keywords, those left out that are usual."""
    parts = []
    for name, value in given.items():
        numbers = value if isinstance(value, tuple) else (value,)
        if value is not None and any(n != (0 if name == "padding" else 1) for n in numbers):
            parts.append(f", {name}={value}")
    return "".join(parts)


def _conv(use: Use) -> Expression:
    x, w = use.given
    rank = len(use.reads[0].shape) - 2
    pairs = _pairs(use, rank)
    even = all(b == a for b, a in pairs)
    picture = _first(x) if even else _padded(_first(x), pairs)
    weight = f"{w.atom}.permute({', '.join(map(str, (rank + 1, rank, *range(rank))))})"
    settings = _settings(
        stride=each(use.attrs["strides"], rank),
        padding=tuple(b for b, _ in pairs) if even else None,
        dilation=each(use.attrs["dilation"], rank),
        groups=use.attrs["groups"],
    )
    return Expression(f"F.conv{rank}d({picture}, {weight}{settings}).movedim(1, -1)")


def _conv_input_grad(use: Use) -> Expression:
    """The transposed convolution in full, then what padding cut off, or nothing had filled."""
    grad, w = use.given
    rank = len(use.reads[0].shape) - 2
    strides, dilation = each(use.attrs["strides"], rank), each(use.attrs["dilation"], rank)
    weight = f"{w.atom}.permute({', '.join(map(str, (rank + 1, rank, *range(rank))))})"
    settings = _settings(stride=strides, dilation=dilation, groups=use.attrs["groups"])
    window = [n if isinstance(n, int) else 1 for n in use.reads[1].shape[:rank]]
    wanted = [n if isinstance(n, int) else 1 for n in use.attrs["input_shape"][1:-1]]
    ends = []
    for n, size, step, gap, length, (before, _) in zip(
        _lengths(use), window, strides, dilation, wanted, _pairs(use, rank), strict=True
    ):
        full = (n - 1) * step + (size - 1) * gap + 1
        ends.append((-before, length + before - full))
    full_text = f"F.conv_transpose{rank}d({_first(grad)}, {weight}{settings})"
    return Expression(f"{_padded(full_text, ends)}.movedim(1, -1)")


def _max_pool(use: Use) -> Expression:
    rank = len(use.reads[0].shape) - 2
    size, strides = each(use.attrs["size"], rank), each(use.attrs["strides"], rank)
    picture = _padded(_first(use.x), _pairs(use, rank), ', value=float("-inf")')
    return Expression(f"F.max_pool{rank}d({picture}, {size}, {strides}).movedim(1, -1)")


def _avg_pool(use: Use) -> Expression:
    """Padding does not count: the mean with it, divided by the share of each window that is picture."""
    rank = len(use.reads[0].shape) - 2
    size, strides, pairs = each(use.attrs["size"], rank), each(use.attrs["strides"], rank), _pairs(use, rank)
    pooled = f"F.avg_pool{rank}d({_padded(_first(use.x), pairs)}, {size}, {strides}).movedim(1, -1)"
    if not any(map(any, pairs)):
        return Expression(pooled)
    ones = f"torch.ones((1, 1, {', '.join(map(str, _lengths(use)))}), device={use.device})"
    shares = f"F.avg_pool{rank}d({_padded(ones, pairs)}, {size}, {strides}).movedim(1, -1)"
    return Expression(f"{pooled} / {shares}", PRODUCT)


_AFFINE = '''
def affine_sample(x, transform, size, interpolation, fill_mode, fill_value):
    """Pictures (n, height, width, channels), each read at affine places of itself."""
    n, height, width, channels = x.shape
    columns = torch.arange(size[1], device=x.device)
    rows = torch.arange(size[0], device=x.device)[:, None]
    a0, a1, a2, b0, b1, b2 = transform.T[:, :, None, None]
    total = torch.zeros((n, *size, channels), device=x.device)
    flat = x.reshape(-1, channels)
    start = torch.arange(n, device=x.device)[:, None, None] * (height * width)
    for y, weight_y, inside_y in affine_ends(b0 * columns + b1 * rows + b2, height, interpolation, fill_mode):
        for z, weight_z, inside_z in affine_ends(a0 * columns + a1 * rows + a2, width, interpolation, fill_mode):
            values = flat[start + y * width + z]
            if fill_mode == "constant":
                values = torch.where((inside_y & inside_z)[..., None], values, fill_value)
            total = total + values * (weight_y * weight_z)[..., None]
    return total


def affine_ends(place, length, interpolation, fill_mode):
    """The one or two pixels of a row or column that a place lies at: number, weight, whether it is inside."""
    if interpolation == "nearest":
        nodes = [(place.round(), torch.ones_like(place))]
    else:
        lower = place.floor()
        nodes = [(lower, 1.0 - (place - lower)), (lower + 1.0, place - lower)]
    for node, weight in nodes:
        index = node.long()
        inside = (index >= 0) & (index < length)
        if fill_mode == "wrap":
            index = index % length
        elif fill_mode == "reflect":
            index = index % (2 * length)
            index = torch.minimum(index, 2 * length - 1 - index)
        yield index.clamp(0, length - 1), weight, inside
'''
_RECURRENCE = '''
def linear_recurrence(a, b, axis, reverse):
    """y[0] = b[0] and y[i] = a[i] * y[i - 1] + b[i] along an axis."""
    a, b = a.movedim(axis, 0), b.movedim(axis, 0)
    if reverse:
        a, b = a.flip(0), b.flip(0)
    steps = [b[0]]
    for i in range(1, b.shape[0]):
        steps.append(a[i] * steps[-1] + b[i])
    y = torch.stack(steps)
    return (y.flip(0) if reverse else y).movedim(0, axis)
'''


def _affine(use: Use) -> Expression:
    use.helpers["affine_sample"] = _AFFINE.strip("\n").split("\n")
    a = use.attrs
    listed = f'{tuple(a["size"])}, "{a["interpolation"]}", "{a["fill_mode"]}", {float(a["fill_value"])}'
    return Expression(f"affine_sample({use.given[0].text}, {use.given[1].text}, {listed})")


def _recurrence(use: Use) -> Expression:
    use.helpers["linear_recurrence"] = _RECURRENCE.strip("\n").split("\n")
    a, b = use.given
    return Expression(f"linear_recurrence({a.text}, {b.text}, {use.attrs['axis']}, {use.attrs['reverse']})")


WINDOWS: dict[str, Say] = {
    "conv": _conv,
    "conv_input_grad": _conv_input_grad,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "affine_sample": _affine,
    "linear_recurrence": _recurrence,
}
