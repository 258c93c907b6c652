"""Random numbers by counting: element, step, stream and seed give the number, on every device.

Philox4x32 with 7 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC
2011), whose authors found 7 rounds to pass all of BigCrush.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.ops.elementwise import cos, log, sqrt
from engine.ops.op import Attrs, Op, OpKind, Sample, Tensor
from engine.tensor.spec import Array, DType, ShapeError, TensorSpec

ROUNDS = 7
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)  # what the key grows by after each round
_BLOCK = 2048  # counters at a time: all intermediate arrays stay in the first-level cache
_LOW = np.uint64(0xFFFFFFFF)
_HIGH = np.uint64(32)

Words = npt.NDArray[np.uint64]  # 32-bit words, kept in 64 bits so that products are whole


def philox4x32(counter: Sequence[Words], key: tuple[int, int], rounds: int = ROUNDS) -> list[Words]:
    """Four random 32-bit words for each counter of four words."""
    c0, c1, c2, c3 = counter
    for r in range(rounds):
        k0, k1 = (np.uint64((k + r * w) & 0xFFFFFFFF) for k, w in zip(key, WEYL, strict=True))
        p0 = c0 * np.uint64(MULTIPLIERS[0])
        p1 = c2 * np.uint64(MULTIPLIERS[1])
        c0, c1, c2, c3 = (p1 >> _HIGH) ^ c1 ^ k0, p1 & _LOW, (p0 >> _HIGH) ^ c3 ^ k1, p0 & _LOW
    return [c0, c1, c2, c3]


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    if any(spec.shape or spec.dtype is not DType.INT32 for spec in inputs):
        received = " and ".join(map(str, inputs))
        raise ShapeError(f"Seed and step must be single whole numbers (int32), received {received}.")
    return (TensorSpec(tuple(attrs["shape"])),)


def _word(number: Array) -> int:
    return int(number) & 0xFFFFFFFF


def _compute(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    seed, step = map(_word, inputs)
    flat = outputs[0].reshape(-1)
    counters = math.ceil(flat.size / 4)
    for start in range(0, counters, _BLOCK):
        index = np.arange(start, min(start + _BLOCK, counters), dtype=np.uint64)
        rest = (np.full_like(index, n) for n in (step, attrs["stream"] & 0xFFFFFFFF, 0))
        words = np.stack(philox4x32((index, *rest), (seed, 0)), axis=-1).reshape(-1)
        part = flat[4 * start : 4 * start + words.size]
        # 24 bits: all that float32 holds without rounding up to 1.0
        np.multiply(words[: part.size] >> np.uint64(8), 2.0**-24, out=part, casting="unsafe")


# inputs (seed int32 scalar, step int32 scalar); attrs stream (int, different for each use in a program),
# shape. Element e is word e % 4 of the counter (e // 4, step, stream, 0) under the key (seed, 0), its upper
# 24 bits * 2^-24.
uniform = Op(
    "uniform",
    OpKind.STRUCTURED,
    _infer,
    _compute,
    samples=(
        Sample(
            (TensorSpec((), DType.INT32), TensorSpec((), DType.INT32)),
            {"stream": 3, "shape": (5, 7)},
            integer_high=1000,
        ),
        Sample(
            (TensorSpec((), DType.INT32), TensorSpec((), DType.INT32)),
            {"stream": 0, "shape": ()},
            integer_high=9,
        ),
        Sample((TensorSpec((), DType.INT32), TensorSpec((), DType.INT32)), {"stream": 1, "shape": (8209,)}),
    ),
    onnx=("RandomUniform",),
    source="Philox4x32-7",
)


def _infer_at(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    _infer(inputs[:2], {"shape": ()})
    return (TensorSpec(inputs[2].shape),)


def _compute_at(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    seed, step = map(_word, inputs[:2])
    number = inputs[2].reshape(-1).astype(np.uint64)
    rest = (np.full_like(number, n) for n in (step, attrs["stream"] & 0xFFFFFFFF, 0))
    words = np.stack(philox4x32((number // np.uint64(4), *rest), (seed, 0)), axis=-1)
    own = np.take_along_axis(words, (number % np.uint64(4)).astype(np.intp)[:, np.newaxis], axis=1)
    np.multiply(own[:, 0] >> np.uint64(8), 2.0**-24, out=outputs[0].reshape(-1), casting="unsafe")


_SEED_AND_STEP = (TensorSpec((), DType.INT32), TensorSpec((), DType.INT32))

# The elements of `uniform` that the third input (float32, not below 0, its fraction dropped) has the numbers of: for values
# of which only a part is alive.
uniform_at = Op(
    "uniform_at",
    OpKind.STRUCTURED,
    _infer_at,
    _compute_at,
    samples=(
        Sample((*_SEED_AND_STEP, TensorSpec((5, 7))), {"stream": 3}, 0.0, 90.0, 1000),
        Sample((*_SEED_AND_STEP, TensorSpec(())), {"stream": 0}, 0.0, 9.0, 9),
    ),
    source="Philox4x32-7",
)


def box_muller(u: Tensor, v: Tensor) -> Tensor:
    """Standard normal numbers from two independent uniform ones in [0, 1) of equal shape.

    Source: Box and Muller, A note on the generation of random normal deviates, 1958.
    """
    return sqrt(log(1.0 - u) * -2.0) * cos(v * (2.0 * math.pi))
