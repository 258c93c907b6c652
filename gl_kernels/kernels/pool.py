"""Pooling and its gradients. A gradient is gathered by each element from the windows that saw it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.ops.pool import window_of
from engine.ops.windows import Window
from gl_kernels.indexing import strides_of
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Request
from gl_kernels.sweeps import Sweep


def _lower_pool(request: Request) -> Sequence[Launch]:
    x, y = request.inputs[0], request.outputs[0]
    window = window_of(x.spec.shape, request.attrs)
    channels = x.spec.shape[-1]
    draft = Draft("pool", {"LARGEST": request.op.name == "max_pool"})
    Sweep(window, channels, channels).over_taps(draft)
    draft.reads("x", x)
    draft.writes("y", y)
    return [draft.threads(y.spec.size, request.tuning)]


def _grad_draft(request: Request, window: Window, inside: str) -> Draft:
    channels = request.outputs[0].spec.shape[-1]
    draft = Draft("pool_grad", {"LARGEST": request.op.name == "max_pool_grad"})
    places = ", ".join(f"place{i}" for i in range(window.rank))
    draft.sections["INSIDE"] = f"#define PLACES {places}\n{inside}"
    Sweep(window, channels, channels).over_windows(draft)
    return draft


def _lower_max_grad(request: Request) -> Sequence[Launch]:
    x, pooled, grad = request.inputs
    y = request.outputs[0]
    window = window_of(x.spec.shape, request.attrs)
    draft = _grad_draft(request, window, _holds(window, y.spec.shape))
    draft.reads("x", x)
    draft.reads("pooled", pooled)
    draft.reads("grad", grad)
    draft.writes("y", y)
    return [draft.threads(y.spec.size, request.tuning)]


def _parameters(window: Window) -> str:
    return ", ".join(f"int place{i}" for i in range(window.rank))


def _holds(window: Window, shape: Sequence[int]) -> str:
    """Whether tap `k` of a window whose tap `tap` is the element `e` lies on the picture and holds `value`."""
    steps = strides_of(tuple(shape))[1:-1]
    lines = [
        f"bool holds(uint e, int tap, int k, float value, {_parameters(window)}) {{",
        "    int offset = 0;",
    ]
    for i in range(window.rank):
        inner = math.prod(window.size[i + 1 :])
        lines.append(f"    int at{i} = k / {inner} % {window.size[i]};")
        start = f"place{i} * {window.strides[i]} - {window.padding[i][0]}"
        lines.append(f"    if (uint({start} + at{i}) >= {window.image[i]}u) return false;")
        lines.append(f"    offset += (at{i} - tap / {inner} % {window.size[i]}) * {steps[i]};")
    return "\n".join([*lines, "    return x[int(e) + offset] == value;", "}"])


def _lower_avg_grad(request: Request) -> Sequence[Launch]:
    y = request.outputs[0]
    window = window_of(y.spec.shape, request.attrs)
    draft = _grad_draft(request, window, _seen(window))
    draft.reads("grad", request.inputs[0])
    draft.writes("y", y)
    return [draft.threads(y.spec.size, request.tuning)]


def _seen(window: Window) -> str:
    """How many elements of the picture a window sees."""
    factors = []
    for i, (n, size) in enumerate(zip(window.image, window.size, strict=True)):
        start = f"(place{i} * {window.strides[i]} - {window.padding[i][0]})"
        factors.append(f"(min({start} + {size}, {n}) - max({start}, 0))")
    return f"int seen({_parameters(window)}) {{ return {' * '.join(factors)}; }}"


max_pool = Kernel("max_pool", _lower_pool)
avg_pool = Kernel("avg_pool", _lower_pool)
max_pool_grad = Kernel("max_pool_grad", _lower_max_grad)
avg_pool_grad = Kernel("avg_pool_grad", _lower_avg_grad)
