"""Pooling and its gradients. A gradient is gathered by each element from the windows that saw it.

That of a maximum needs to know which element of a window it goes to: one launch finds the tap, a second one gathers.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.ops.pool import window_of
from engine.ops.windows import Window
from engine.tensor.spec import DType, TensorSpec
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Operand, Request
from gl_kernels.sizes import Size
from gl_kernels.sweeps import Sweep


def _finish(draft: Draft, request: Request, inputs: dict[str, Operand], output: Operand) -> Launch:
    """Bind the tensors and launch, four neighbouring channels at a time where there are so many."""
    quads = output.spec.shape[-1] % 4 == 0
    for name, operand in inputs.items():
        draft.fetches(name, operand, _kind(operand, quads))
    draft.writes("y", output, _kind(output, quads))
    draft.options |= {"RESULTS": Size(output.spec.size), "QUADS": quads}
    return draft.threads(output.spec.size // (4 if quads else 1), request.tuning)


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
    x, pooled, grad = request.inputs
    window, channels = window_of(x.spec.shape, request.attrs), x.spec.shape[-1]
    request.tuning.check_rounds(2 * window.taps, "twice a window")
    first = request.scratch(TensorSpec(pooled.spec.shape, DType.INT32))
    search = Draft("pool_first")
    Sweep(window, channels, channels).over_taps(search)
    gather = Draft("pool_grad", {"LARGEST": True}, {"SHARE": ""})
    Sweep(window, channels, channels).over_windows(gather)
    return [
        _finish(search, request, {"x": x, "pooled": pooled}, first),
        _finish(gather, request, {"grad": grad, "first": first}, request.outputs[0]),
    ]


def _lower_avg_grad(request: Request) -> Sequence[Launch]:
    y = request.outputs[0]
    window, channels = window_of(y.spec.shape, request.attrs), y.spec.shape[-1]
    request.tuning.check_rounds(2 * window.taps, "twice a window")
    draft = Draft("pool_grad", {"LARGEST": False}, {"SHARE": f"#define SEEN {_seen(window)}"})
    Sweep(window, channels, channels).over_windows(draft)
    return [_finish(draft, request, {"grad": request.inputs[0]}, y)]


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
max_pool_grad = Kernel("max_pool_grad", _lower_max_grad)
avg_pool_grad = Kernel("avg_pool_grad", _lower_avg_grad)
