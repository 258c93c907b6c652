"""Pooling and its gradients. A gradient is gathered by each picture element from the windows that saw it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ops.pool import window_of
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Request


def _draft(name: str, request: Request, image: Sequence[int]) -> Draft:
    window = window_of(tuple(image), request.attrs)
    options = {
        "HEIGHT": image[1],
        "WIDTH": image[2],
        "CHANNELS": image[3],
        "ROWS": window.count[0],
        "COLUMNS": window.count[1],
        "SIZE_Y": window.size[0],
        "SIZE_X": window.size[1],
        "STRIDE_Y": window.strides[0],
        "STRIDE_X": window.strides[1],
        "TOP": window.padding[0][0],
        "LEFT": window.padding[1][0],
        "WINDOWS_Y": -(-window.size[0] // window.strides[0]),  # that can lie over one element
        "WINDOWS_X": -(-window.size[1] // window.strides[1]),
        "LARGEST": request.op.name.startswith("max"),
    }
    return Draft(name, dict(options))


def _lower_pool(request: Request) -> Sequence[Launch]:
    draft = _draft("pool", request, request.inputs[0].spec.shape)
    draft.reads("x", request.inputs[0])
    draft.writes("y", request.outputs[0])
    return [draft.threads(request.outputs[0].spec.size, request.tuning)]


def _lower_max_grad(request: Request) -> Sequence[Launch]:
    x, pooled, grad = request.inputs
    draft = _draft("pool_grad", request, x.spec.shape)
    draft.reads("x", x)
    draft.reads("pooled", pooled)
    draft.reads("grad", grad)
    draft.writes("y", request.outputs[0])
    return [draft.threads(x.spec.size, request.tuning)]


def _lower_avg_grad(request: Request) -> Sequence[Launch]:
    draft = _draft("pool_grad", request, request.attrs["input_shape"])
    draft.reads("grad", request.inputs[0])
    draft.writes("y", request.outputs[0])
    return [draft.threads(request.outputs[0].spec.size, request.tuning)]


max_pool2d = Kernel("max_pool2d", _lower_pool)
avg_pool2d = Kernel("avg_pool2d", _lower_pool)
max_pool2d_grad = Kernel("max_pool2d_grad", _lower_max_grad)
avg_pool2d_grad = Kernel("avg_pool2d_grad", _lower_avg_grad)
