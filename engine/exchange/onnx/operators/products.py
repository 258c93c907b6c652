"""Matrix products and attention."""

from __future__ import annotations

import math

import numpy as np

from engine.exchange.onnx.calls import Call, as_int, operator
from engine.exchange.onnx.drawing import RefusedError
from engine.exchange.onnx.operations import o
from engine.ops.arrangement import part
from engine.ops.op import Tensor


@operator("MatMul")
def _matmul(call: Call) -> Tensor:
    a, b = call.f(0), call.f(1)
    y: Tensor = o.dot(a, b) if a.spec.rank == b.spec.rank == 1 else o.matmul(a, b)
    return as_int(y) if call.kind() == "int" else y


@operator("Gemm")
def _gemm(call: Call) -> Tensor:
    a, b = call.f(0), call.f(1)
    a = o.transpose(a) if call.get("transA", 0) else a
    b = o.transpose(b) if call.get("transB", 0) else b
    y = o.matmul(a, b)
    alpha, beta = float(call.get("alpha", 1.0)), float(call.get("beta", 1.0))
    y = y if alpha == 1.0 else y * alpha
    if call.has(2):
        y = y + (call.f(2) if beta == 1.0 else call.f(2) * beta)
    return as_int(y) if call.kind() == "int" else y


@operator("SwiGLU")
def _swiglu(call: Call) -> Tensor:
    gate, alpha = call.f(0), float(call.get("alpha", 1.0))
    return gate * o.sigmoid(gate if alpha == 1.0 else gate * alpha) * call.f(1)


_ATTENTION = frozenset(
    (
        *("is_causal", "scale", "softcap", "softmax_precision"),
        *("q_num_heads", "kv_num_heads", "qk_matmul_output_mode"),
    )
)


@operator("Attention", kind="float")
def _attention(call: Call) -> Tensor:
    """Softmax(q kᵀ · scale + mask) v over heads; (batch, heads, length, n), or heads side by side in three dimensions."""
    if any(call.has(k) for k in range(4, 7)) or any(call.wanted[1:]) or set(call.attributes) - _ATTENTION:
        raise RefusedError("it keeps what it has seen, or tells its scores")
    q, k, v = (call.f(i) for i in range(3))
    flat = q.spec.rank == 3
    if flat:
        heads, others = int(call.get("q_num_heads", 1)), int(call.get("kv_num_heads", 1))
        q, k, v = _heads(q, heads), _heads(k, others), _heads(v, others)
    groups = q.shape[1] // k.shape[1]
    if groups > 1:
        k, v = o.repeat(k, groups, 1), o.repeat(v, groups, 1)
    scale = float(call.get("scale", 1.0 / math.sqrt(q.shape[-1])))
    scores = o.matmul(q, o.swapaxes(k, 2, 3)) * scale
    limit = float(call.get("softcap", 0.0))
    scores = o.tanh(scores * (1.0 / limit)) * limit if limit else scores
    if call.get("is_causal", 0):
        shape = q.shape[2], k.shape[2]
        if shape[0] * shape[1] > 1 << 24:
            raise RefusedError("its sequences are too long for a mask")
        scores = scores + call.constant(np.where(np.tri(*shape) > 0, 0.0, -1e30).astype(np.float32))
    if call.has(3):
        mask = call.f(3)
        scores = scores + ((mask - 1.0) * 1e30 if call.kind(3) == "bool" else mask)
    y = o.matmul(o.softmax(scores, -1), v)
    if not flat:
        return y
    y = o.transpose(y, (0, 2, 1, 3))
    return o.reshape(y, (*y.shape[:2], -1))


def _heads(x: Tensor, count: int) -> Tensor:
    return o.transpose(o.reshape(x, (*x.shape[:2], count, x.shape[2] // count)), (0, 2, 1, 3))


@operator("RotaryEmbedding")
def _rotary(call: Call) -> Tensor:
    """Pairs of numbers turned by an angle that grows with the position."""
    x = call.f()
    flat = x.spec.rank == 3
    if flat:
        x = _heads(x, int(call.get("num_heads", 1)))
    cos, sin = call.f(1), call.f(2)
    if call.has(3):
        cos, sin = (o.gather(t, call.x(3)) for t in (cos, sin))
    cos, sin = (o.expand_dims(t, 1) for t in (cos, sin))
    width = int(call.get("rotary_embedding_dim", 0)) or x.shape[-1]
    turned, rest = part(x, -1, 0, width), part(x, -1, width, x.shape[-1])
    half = width // 2
    if call.get("interleaved", 0):
        pairs = o.reshape(turned, (*turned.shape[:-1], half, 2))
        one, other = (o.squeeze(part(pairs, -1, i, i + 1), -1) for i in range(2))
    else:
        one, other = part(turned, -1, 0, half), part(turned, -1, half, width)
    real, imaginary = one * cos - other * sin, one * sin + other * cos
    if call.get("interleaved", 0):
        y = o.reshape(o.stack([real, imaginary], -1), turned.shape)
    else:
        y = o.concatenate([real, imaginary], -1)
    y = o.concatenate([y, rest], -1) if rest.shape[-1] else y
    if not flat:
        return y
    y = o.transpose(y, (0, 2, 1, 3))
    return o.reshape(y, (*y.shape[:2], -1))
