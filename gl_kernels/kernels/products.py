"""Matrix products and convolutions: one template, two ways to run it.

Through shared-memory tiles on a GPU; with a block in each invocation's registers where shared memory is slow. A product
with few results and a long sum is split, and the parts are added in a fixed order by a second launch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.ops.conv import window_of
from engine.ops.matmul import extents
from engine.tensor.spec import TensorSpec
from gl_kernels.bodies import Chain
from gl_kernels.kernels import depthwise
from gl_kernels.kernels.reductions import Fold, lower_fold
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Request
from gl_kernels.matrices import Convolution, Matrix, stored

BLOCK = 8  # rows and columns that one invocation keeps in registers, without tiles
TILE_GROUP = 256  # invocations that share a tile, 16 x 16
SHORTEST_SPLIT = 64  # terms of a sum below which splitting does not pay


@dataclass(frozen=True, slots=True)
class Product:
    """C[z, m, n] = sum over k of A[z, m, k] B[z, k, n].

    Attributes:
        a: left side, over m and k.
        b: right side, over n and k.
        extents: z, m, n, k.
        strides: elements of the result from z to z, and from m to m (from n to n it is 1).
    """

    a: Matrix
    b: Matrix
    extents: tuple[int, int, int, int]
    strides: tuple[int, int]


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
    )
    return _lower(product, request)


def _convolution(request: Request, image: Sequence[int], weight: Sequence[int]) -> Convolution:
    window = window_of(tuple(image), tuple(weight), request.attrs)
    return Convolution(image[0], window, image[-1], weight[-1], request.attrs["groups"])


def _lower_conv(request: Request) -> Sequence[Launch]:
    x, weight = request.inputs[:2]
    c = _convolution(request, x.spec.shape, weight.spec.shape)
    if c.depthwise:
        return depthwise.lower_forward(request, c.window, _finish(request))
    sizes = (c.groups, c.windows, c.group_filters, c.taps * c.group_channels)
    product = Product(c.patches(x, along_k=True), c.weight(weight), sizes, (c.group_filters, c.filters))
    return _lower(product, request)


def _lower_input_grad(request: Request) -> Sequence[Launch]:
    grad, weight = request.inputs[:2]
    c = _convolution(request, request.attrs["input_shape"], weight.spec.shape)
    if c.depthwise:
        return depthwise.lower_input_grad(request, c.window, _finish(request))
    sizes = (c.groups, c.pixels, c.group_channels, c.taps * c.group_filters)
    product = Product(c.spread(grad), c.weight_transposed(weight), sizes, (c.group_channels, c.channels))
    return _lower(product, request)


def _lower_weight_grad(request: Request) -> Sequence[Launch]:
    x, grad = request.inputs[:2]
    c = _convolution(request, x.spec.shape, request.attrs["weight_shape"])
    if c.depthwise:
        return depthwise.lower_weight_grad(request, c.window, _finish(request))
    sizes = (c.groups, c.taps * c.group_channels, c.group_filters, c.windows)
    product = Product(c.patches(x, along_k=False), c.grads(grad), sizes, (c.group_filters, c.filters))
    return _lower(product, request)


def _finish(request: Request) -> Chain:
    """What is done with the results: the epilogue if the node has one."""
    body = request.attrs.get("epilogue")
    if body is None:
        return Chain.store(request.outputs[0])
    literals = {i - 1: value for i, value in request.literals.items() if i >= 2}
    return Chain.of(body, [None, *request.inputs[2:]], request.outputs, literals)


def _lower(product: Product, request: Request) -> Sequence[Launch]:
    finish = _finish(request)
    tile = _tile(product, request)
    splits = _splits(product, tile, request)
    if splits == 1:
        return [_launch(product, finish, tile, 1, request)]
    z, m, n, _ = product.extents
    partial = request.scratch(TensorSpec((splits, z * m * n)))
    first = _launch(product, Chain.store(partial), tile, splits, request)
    return [first, *lower_fold(Fold.rows("sum", partial, splits), finish, request)]


class Finish(Protocol):
    """What happens to the results at the end of a product's launch."""

    def quads(self) -> bool:
        """Whether four neighbours can be handled at once."""
        ...

    def install(self, draft: Draft, *, quads: bool) -> None:
        """Bind operands and add the sections APPLY and EMIT."""
        ...


def launch_product(product: Product, finish: Finish, request: Request) -> Launch:
    """A product in one launch, however long its sums are."""
    return _launch(product, finish, _tile(product, request), 1, request)


def _tile(product: Product, request: Request) -> int:
    """Rows and columns that an invocation computes: 4 or 8 in a tile of 16 times as many, or 8 without a tile."""
    if not request.tuning.tiled:
        return BLOCK
    z, m, n, _ = product.extents
    large = z * -(-m // 128) * -(-n // 128) * TILE_GROUP
    return 8 if min(m, n) >= 96 and large >= request.tuning.parallel else 4


def _splits(product: Product, tile: int, request: Request) -> int:
    z, m, n, k = product.extents
    block = tile * 16 if request.tuning.tiled else tile
    workers = TILE_GROUP if request.tuning.tiled else 1
    busy = z * -(-m // block) * -(-n // block) * workers
    return max(1, min(-(-request.tuning.parallel // max(1, busy)), k // SHORTEST_SPLIT))


def _launch(product: Product, finish: Finish, tile: int, splits: int, request: Request) -> Launch:
    z, m, n, k = product.extents
    step = 64 // tile if request.tuning.tiled else 4
    length = -(-k // (splits * step)) * step
    quads = finish.quads() and not any(v % 4 for v in (n, *product.strides))
    block = tile * 16 if request.tuning.tiled else tile
    rows, columns = -(-m // block), -(-n // block)
    draft = Draft("tile" if request.tuning.tiled else "block")
    draft.options = {
        "M": m,
        "N": n,
        "K": k,
        "ROWS": rows,
        "COLUMNS": columns,
        "SPLITS": splits,
        "LENGTH": length,
        "OUT_Z": product.strides[0],
        "OUT_M": product.strides[1],
        "OUT_SPLIT": z * m * n,
        "A_ALONG_K": product.a.along_k,
        "B_ALONG_K": product.b.along_k,
    }
    if request.tuning.tiled:
        draft.options |= {"T": tile, "STEP": step}
    else:
        draft.options |= {"TAIL": k % 4 != 0, "BLOCKS": z * splits * rows * columns}
    draft.sections["MATRICES"] = product.a.install(draft, "a") + "\n" + product.b.install(draft, "b")
    finish.install(draft, quads=quads)
    tasks = z * splits * rows * columns
    if request.tuning.tiled:
        return draft.launch(tasks, TILE_GROUP)
    return draft.launch(-(-tasks // request.tuning.block_group), request.tuning.block_group)


matmul = Kernel("matmul", _lower_matmul)
convolution = Kernel("conv", _lower_conv)
conv_input_grad = Kernel("conv_input_grad", _lower_input_grad)
conv_weight_grad = Kernel("conv_weight_grad", _lower_weight_grad)
