"""Matrix products and convolutions: one template, two ways to run it.

Through shared-memory tiles on a GPU; with a block in each invocation's registers where shared memory is slow, or where the
matrices are so small that several of them fill a work group. Which variant a product gets follows from rates that are
measured once for a driver (`gl_kernels.measuring`) and from how much of it would compute nothing. A product with few
results and a long sum is split, and the parts are added in a fixed order by a second launch; into how many is a matter of
the product's size alone, so that no variant changes a bit of the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Protocol

from engine.ops.conv import window_of
from engine.ops.matmul import extents
from engine.tensor.spec import TensorSpec
from gl_kernels.bodies import Chain, finish_of
from gl_kernels.kernels import depthwise
from gl_kernels.kernels.reductions import Ending, Fold, lower_fold
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Operand, Request
from gl_kernels.matrices import Convolution, Matrix, stored
from gl_kernels.sizes import Size, parts
from gl_kernels.tuning import BLOCKS, Tuning, Variant

TILE_SIDE = 16  # invocations that share a tile, along either side of it
TILE_STEPS = 64  # terms in a slice of a tile, times the rows or columns of an invocation
USUAL = 8  # rows and columns that an invocation computes
LONGEST_SUM = 2**17  # terms that one invocation adds up: beyond it some drivers end the loop
TOTALS = "totals"  # attribute: the sums of the right side's columns are a second result
ROUGH = 64  # matrices and rows of a product from which their exact number does not matter to the choice of a layout
SHORTEST_SPLIT = 64  # terms of a sum below which splitting does not pay


@dataclass(frozen=True, slots=True)
class Product:
    """C[z, m, n] = sum over k of A[z, m, k] B[z, k, n].

    Attributes:
        a: left side, over m and k.
        b: right side, over n and k.
        extents: z, m, n, k.
        strides: elements of the result from z to z, and from m to m (from n to n it is 1).
        over_batch: whether the sum is over examples: its length then changes with the batch size.
    """

    a: Matrix
    b: Matrix
    extents: tuple[int, int, int, int]
    strides: tuple[int, int]
    over_batch: bool = False


def _lower_matmul(request: Request) -> Sequence[Launch]:
    a, b = request.inputs[:2]
    m, n, k = extents(a.spec.shape, b.spec.shape, request.attrs)
    batch = a.spec.size // max(1, m * k)
    left, right = request.attrs["transpose_a"], request.attrs["transpose_b"]
    shape_a, shape_b = ((k, m) if left else (m, k)), ((n, k) if right else (k, n))
    product = Product(
        stored(
            a,
            along_k=not left,
            rows=shape_a[0],
            columns=shape_a[1],
            row=shape_a[1],
            batch=m * k if batch > 1 else 0,
        ),
        stored(
            b,
            along_k=right,
            rows=shape_b[0],
            columns=shape_b[1],
            row=shape_b[1],
            batch=n * k if batch > 1 else 0,
        ),
        (batch, m, n, k),
        (m * n, n),
        over_batch=left,
    )
    return _lower(product, request)


def _convolution(request: Request, image: Sequence[int], weight: Sequence[int]) -> Convolution:
    window = window_of(tuple(image), tuple(weight), request.attrs)
    return Convolution(image[0], window, image[-1], weight[-1], request.attrs["groups"])


def _lower_conv(request: Request) -> Sequence[Launch]:
    x, weight = request.inputs[:2]
    c = _convolution(request, x.spec.shape, weight.spec.shape)
    if c.depthwise:
        return depthwise.lower_forward(request, c.window, finish_of(request, 2))
    sizes = (c.groups, c.windows, c.group_filters, c.taps * c.group_channels)
    product = Product(c.patches(x, along_k=True), c.weight(weight), sizes, (c.group_filters, c.filters))
    return _lower(product, request)


def _lower_input_grad(request: Request) -> Sequence[Launch]:
    grad, weight = request.inputs[:2]
    c = _convolution(request, request.attrs["input_shape"], weight.spec.shape)
    if c.depthwise:
        return depthwise.lower_input_grad(request, c.window, finish_of(request, 2))
    sizes = (c.groups, c.pixels, c.group_channels, c.taps * c.group_filters)
    product = Product(c.spread(grad), c.weight_transposed(weight), sizes, (c.group_channels, c.channels))
    return _lower(product, request)


def _lower_weight_grad(request: Request) -> Sequence[Launch]:
    x, grad = request.inputs[:2]
    c = _convolution(request, x.spec.shape, request.attrs["weight_shape"])
    if c.depthwise:
        return depthwise.lower_weight_grad(request, c.window, finish_of(request, 2))
    sizes = (c.groups, c.taps * c.group_channels, c.group_filters, c.windows)
    patches, strides = c.patches(x, along_k=False), (c.group_filters, c.filters)
    product = Product(patches, c.grads(grad), sizes, strides, over_batch=True)
    return _lower(product, request)


def _lower(product: Product, request: Request) -> Sequence[Launch]:
    layout = Layout.of(product, request.tuning)
    splits = layout.splits(request.tuning)
    z, m, n, _ = product.extents
    totals = request.outputs[1] if request.attrs.get(TOTALS) else None
    finish = finish_of(request, 2) if totals is None else Chain.store(request.outputs[0])
    if splits == 1:
        return [_launch(layout, finish, 1, request, totals)]
    partial = request.scratch(TensorSpec((splits, z * m * n + (n if totals else 0))))
    first = _launch(layout, Chain.store(partial), splits, request, partial if totals else None)
    last = finish if totals is None else Behind(request.outputs[0], totals)
    return [first, *lower_fold(Fold.rows("sum", partial, splits), last, request)]


@dataclass(frozen=True, slots=True)
class Behind:
    """Implements `reductions.Ending`: the results fill one tensor, and those behind them another one."""

    first: Operand
    second: Operand

    def install(self, draft: Draft, *, quads: bool) -> None:
        """Bind the tensors and add the sections APPLY and EMIT."""
        draft.options["QUADS"] = quads
        draft.writes("results", self.first)
        draft.writes("behind", self.second)
        count = self.first.spec.size
        put = f"if (e < {count}u) results[e] = product; else behind[e - {count}u] = product;"
        draft.sections["APPLY"] = ""
        draft.sections["EMIT"] = f"void emit(uint e, float product) {{ {put} }}"


class Finish(Ending, Protocol):
    """What happens to the results at the end of a product's launch."""

    def quads(self) -> bool:
        """Whether four neighbours can be handled at once."""
        ...


def launch_product(product: Product, finish: Finish, request: Request) -> Launch:
    """A product in one launch, however long its sums are."""
    return _launch(Layout.of(product, request.tuning), finish, 1, request)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the invocations share the results of a product.

    Attributes:
        product: what is computed.
        variant: in which way.
        lanes: invocations of a group along z, m and n.
    """

    product: Product
    variant: Variant
    lanes: tuple[int, int, int]

    @classmethod
    def of(cls, product: Product, tuning: Tuning) -> Layout:
        """The layout that should be the fastest one: by the rates measured, and by what runs empty.

        Large sizes are taken to be powers of two, so that another batch size seldom means another shader.
        """
        z, m, n, k = product.extents
        rough = replace(product, extents=(_rough(z), _rough(m), n, _rough(k) if product.over_batch else k))
        work = prod(rough.extents)
        usable = [v for v in tuning.variants if work >= v.work and _ends(product, v, tuning)]
        found = [cls(rough, v, _lanes(rough, v, tuning)) for v in usable or BLOCKS[:1]]
        return replace(max(found, key=lambda layout: layout._speed(tuning)), product=product)

    @property
    def groups(self) -> tuple[int, int, int]:
        """Work groups along z, m and n."""
        z, m, n, _ = self.product.extents
        over_z, over_m, over_n = self.lanes
        return -(-z // over_z), -(-m // (over_m * self.variant.tall)), -(-n // (over_n * self.variant.wide))

    @property
    def invocations(self) -> int:
        """Of a group."""
        return prod(self.lanes)

    def splits(self, tuning: Tuning) -> int:
        """Parts of each sum: enough to keep the device busy, none so short that adding them up costs more."""
        z, m, n, k = self.product.extents
        busy = z * -(-m // USUAL) * -(-n // USUAL)  # not the variant's own: a tuning must not change a bit
        wanted = -(-tuning.parallel // max(1, busy))
        return max(1, min(wanted, k // SHORTEST_SPLIT), -(-k // LONGEST_SUM))

    def _speed(self, tuning: Tuning) -> float:
        z, m, n, _ = self.product.extents
        computed = prod(self.groups) * self.invocations * self.variant.tall * self.variant.wide
        working = z * -(-m // self.variant.tall) * -(-n // self.variant.wide) * self.splits(tuning)
        busy = min(1.0, working / (tuning.at_once or tuning.parallel))
        return self.variant.rate * z * m * n / max(1, computed) * busy


def _ends(product: Product, variant: Variant, tuning: Tuning) -> bool:
    """Whether the driver lets an invocation go through all rounds of its loops: a tile has loops in loops."""
    each = variant.tall * variant.wide // 2 if variant.shared else 1
    return min(product.extents[3], LONGEST_SUM) * each <= max(tuning.rounds, LONGEST_SUM)


def _lanes(product: Product, variant: Variant, tuning: Tuning) -> tuple[int, int, int]:
    if variant.shared:
        return 1, TILE_SIDE, TILE_SIDE
    _, m, n, _ = product.extents
    across = min(_power(-(-n // variant.wide)), tuning.block_group)
    down = min(_power(-(-m // variant.tall)), tuning.block_group // across)
    return tuning.block_group // (across * down), down, across


def _rough(count: int) -> int:
    """The count, or the next power of two below where it is large."""
    return count if count < ROUGH else 1 << (count.bit_length() - 1)


def _power(count: int) -> int:
    """The smallest power of two that is not below."""
    return 1 << max(0, count - 1).bit_length()


def _launch(
    layout: Layout, finish: Finish, splits: int, request: Request, totals: Operand | None = None
) -> Launch:
    """One launch; with several splits, `totals` is where the results go, too, and the sums stand behind each part."""
    product, variant = layout.product, layout.variant
    z, m, n, k = product.extents
    step = TILE_STEPS // max(variant.tall, variant.wide) if variant.shared else 4
    length = -(-k // (splits * step)) * step
    quads = finish.quads() and not any(v % 4 for v in (n, *product.strides))
    groups = layout.groups
    draft = Draft("tile" if variant.shared else "block")
    draft.options = {
        "M": Size(m),
        "N": n,
        "K": Size(k) if product.over_batch else k,
        "ROWS": Size(groups[1]),
        "COLUMNS": groups[2],
        "SPLITS": parts(splits),
        "LENGTH": Size(length) if product.over_batch or splits > 1 else length,
        "OUT_Z": Size(product.strides[0]),
        "OUT_M": product.strides[1],
        "OUT_SPLIT": Size(z * m * n + (n if totals else 0)),
        "TOTALS": totals is not None,
        "A_ALONG_K": product.a.along_k,
        "B_ALONG_K": product.b.along_k,
        "TALL": variant.tall,
        "WIDE": variant.wide,
        "TALL_QUADS": variant.tall // 4,
        "WIDE_QUADS": variant.wide // 4,
    }
    if variant.shared:
        draft.options |= {"STEP": step}
    else:
        lanes = dict(zip(("LANES_Z", "LANES_M", "LANES_N"), layout.lanes, strict=True))
        draft.options |= {"TAIL": k % 4 != 0, "COUNT": Size(z), **lanes}
    draft.sections["MATRICES"] = "\n".join(
        side.install(draft, name, handed=side.along_k or product.over_batch)
        for name, side in (("a", product.a), ("b", product.b))
    )
    if totals is not None:
        draft.options |= {"APART": splits == 1, "TOTALS_PLACE": Size(z * m * n)}
    finish.install(draft, quads=quads)
    if totals is not None and splits == 1:
        draft.writes("totals", totals)
    return replace(draft.launch(prod(groups) * splits, layout.invocations), work=z * m * n * k)


matmul = Kernel("matmul", _lower_matmul, forms=2, ends=True, totals=True)
convolution = Kernel("conv", _lower_conv, forms=2, ends=True)
conv_input_grad = Kernel("conv_input_grad", _lower_input_grad, forms=2, ends=True)
conv_weight_grad = Kernel("conv_weight_grad", _lower_weight_grad, forms=2, totals=True)
