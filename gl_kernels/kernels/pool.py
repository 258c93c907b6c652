"""Pooling and its gradients. A gradient is gathered by each element from the windows that saw it.

That of a maximum needs to know which element of a window it goes to: one launch finds the tap, a second one gathers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.ops.pool import window_of
from engine.ops.windows import Window
from engine.tensor.spec import DType, Shape, TensorSpec
from gl_kernels.bodies import finish_of
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Operand, Request
from gl_kernels.sizes import Size
from gl_kernels.sweeps import Sweep


def _finish(draft: Draft, request: Request, inputs: dict[str, Operand], output: Operand) -> Launch:
    """Bind the tensors and launch, four neighbouring channels at a time where there are so many."""
    quads = output.spec.shape[-1] % 4 == 0
    draft.writes("y", output, _kind(output, quads))
    return _launch(draft, request, inputs, output.spec.shape, quads=quads)


def _gather(draft: Draft, request: Request, inputs: dict[str, Operand], count: int, image: Shape) -> Launch:
    """Like `_finish`, for the gradient of a picture by an op of `count` inputs, which may have an epilogue."""
    finish = finish_of(request, count)
    quads = image[-1] % 4 == 0 and finish.quads()
    finish.install(draft, quads=quads)
    return _launch(draft, request, inputs, image, quads=quads)


def _launch(
    draft: Draft, request: Request, inputs: dict[str, Operand], results: Shape, *, quads: bool
) -> Launch:
    for name, operand in inputs.items():
        draft.fetches(name, operand, _kind(operand, quads))
    count = math.prod(results)
    draft.options |= {"RESULTS": Size(count), "QUADS": quads}
    return draft.threads(count // (4 if quads else 1), request.tuning)


def _kind(operand: Operand, quads: bool) -> str:
    return {"float": "vec4", "int": "ivec4"}[operand.scalar] if quads else operand.scalar


def _lower_pool(request: Request) -> Sequence[Launch]:
    x, y = request.inputs[0], request.outputs[0]
    channels = x.spec.shape[-1]
    request.tuning.check_rounds(2 * window_of(x.spec.shape, request.attrs).taps, "twice a window")
    draft = Draft("pool", {"LARGEST": request.op.name == "max_pool"})
    Sweep(window_of(x.spec.shape, request.attrs), channels, channels).over_taps(draft)
    return [_finish(draft, request, {"x": x}, y)]


def _lower_max_grad(request: Request) -> Sequence[Launch]:
    x, pooled, grad = request.inputs[:3]
    window, channels = window_of(x.spec.shape, request.attrs), x.spec.shape[-1]
    request.tuning.check_rounds(2 * window.taps, "twice a window")
    first = request.scratch(TensorSpec(pooled.spec.shape, DType.INT32))
    search = Draft("pool_first")
    Sweep(window, channels, channels).over_taps(search)
    gather = Draft("pool_grad", {"LARGEST": True}, {"SHARE": ""})
    Sweep(window, channels, channels).over_windows(gather)
    return [
        _finish(search, request, {"x": x, "pooled": pooled}, first),
        _gather(gather, request, {"grad": grad, "first": first}, 3, x.spec.shape),
    ]


def _lower_avg_grad(request: Request) -> Sequence[Launch]:
    image = tuple(request.attrs["input_shape"])
    window, channels = window_of(image, request.attrs), image[-1]
    request.tuning.check_rounds(2 * window.taps, "twice a window")
    draft = Draft("pool_grad", {"LARGEST": False}, {"SHARE": f"#define SEEN {_seen(window)}"})
    Sweep(window, channels, channels).over_windows(draft)
    return [_gather(draft, request, {"grad": request.inputs[0]}, 1, image)]


def _seen(window: Window) -> str:
    """GLSL for how many elements of the picture the window at `place0` .. sees."""
    factors = []
    for i, (n, size) in enumerate(zip(window.image, window.size, strict=True)):
        start = f"(place{i} * {window.strides[i]} - {window.padding[i][0]})"
        padded = f"(min({start} + {size}, {n}) - max({start}, 0))"
        factors.append(padded if any(window.padding[i]) else str(size))
    return f"({' * '.join(factors)})"


max_pool = Kernel("max_pool", _lower_pool)
avg_pool = Kernel("avg_pool", _lower_pool)
max_pool_grad = Kernel("max_pool_grad", _lower_max_grad, ends=True)
avg_pool_grad = Kernel("avg_pool_grad", _lower_avg_grad, ends=True)
