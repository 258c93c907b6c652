"""Pictures turned, moved, stretched or cut: each pixel of the result is read at an affine place of its picture.

One op does the random augmentation of pictures: a transform for every example says where in the picture a pixel
of the result comes from. Attributes: size (height, width of the result), interpolation ("nearest" or
"bilinear"), fill_mode (what lies outside the picture: "constant", "nearest", "wrap" or "reflect") and fill_value
(the number there under "constant").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from engine.ops.op import Attrs, Call, Op, OpKind, Sample, Tensor
from engine.tensor.spec import Array, Shape, ShapeError, TensorSpec, format_shape

FILL_MODES = ("constant", "nearest", "wrap", "reflect")
INTERPOLATIONS = ("nearest", "bilinear")
COEFFICIENTS = 6  # a0, a1, a2, b0, b1, b2
_PIECE = 1 << 16  # numbers of a picture that are worked on at a time


def _check(image: Shape, transform: Shape, attrs: Attrs) -> None:
    if len(image) != 4 or 0 in image:
        raise ShapeError(
            f"Pictures have the shape batch × height × width × channels, received {format_shape(image)}."
        )
    if transform != (image[0], COEFFICIENTS):
        raise ShapeError(
            f"Each picture needs {COEFFICIENTS} coefficients, received {format_shape(transform)}."
        )
    if attrs["fill_mode"] not in FILL_MODES or attrs["interpolation"] not in INTERPOLATIONS:
        received = f"{attrs['fill_mode']} and {attrs['interpolation']}"
        raise ShapeError(
            f"Filling is one of {', '.join(FILL_MODES)} and interpolation nearest or bilinear, "
            f"received {received}."
        )


def _infer(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    image, transform = inputs
    _check(image.shape, transform.shape, attrs)
    return (TensorSpec((image.shape[0], *attrs["size"], image.shape[3])),)


def fixed(index: Array, length: int, mode: str) -> Array:
    """The pixel that stands for number `index` of a row of `length`, which may lie outside it.

    Source: keras/src/backend/torch/image.py, `_INDEX_FIXERS`.
    """
    if mode == "wrap":
        return _remainder(index, length)
    if mode == "reflect":  # d c b a | a b c d | d c b a
        turned = _remainder(index, 2 * length)
        mirrored: Array = np.minimum(turned, 2 * length - 1 - turned)
        return mirrored
    nearest: Array = np.clip(index, 0, length - 1)
    return nearest


def _remainder(index: Array, length: int) -> Array:
    """`index % length`, which NumPy takes eight times as long for."""
    rest: Array = index - index // length * length
    return rest


def _places(transform: Array, size: tuple[int, int]) -> tuple[Array, Array]:
    """Where the pixels of the result come from: rows and columns, each (batch, height, width)."""
    columns = np.arange(size[1], dtype=transform.dtype)
    rows = np.arange(size[0], dtype=transform.dtype)[:, np.newaxis]
    a0, a1, a2, b0, b1, b2 = transform.T[..., np.newaxis, np.newaxis]
    return b0 * columns + b1 * rows + b2, a0 * columns + a1 * rows + a2


def _ends(place: Array, length: int, attrs: Attrs) -> list[tuple[Array, Array, Array]]:
    """The one or two pixels of a row or column that a place lies at: index, weight, whether it is inside."""
    if attrs["interpolation"] == "nearest":
        nodes = [(np.rint(place), np.ones_like(place))]
    else:
        lower = np.floor(place)
        share = place - lower
        nodes = [(lower, 1.0 - share), (lower + 1.0, share)]
    ends = []
    for node, weight in nodes:
        index = node.astype(np.int32)
        inside = (index >= 0) & (index < length)
        ends.append((fixed(index, length, attrs["fill_mode"]), weight, inside))
    return ends


def _taps(transform: Array, image: Shape, attrs: Attrs) -> Iterator[tuple[Array, Array, Array]]:
    """Flat pixel numbers, weights and whether they lie inside, for each pixel a result is made of."""
    _, height, width, _ = image
    rows, columns = _places(transform, attrs["size"])
    first = np.arange(len(transform), dtype=np.int32)[:, np.newaxis, np.newaxis] * (height * width)
    for y, weight_y, inside_y in _ends(rows, height, attrs):
        for x, weight_x, inside_x in _ends(columns, width, attrs):
            yield first + y * width + x, weight_y * weight_x, inside_y & inside_x


def _pieces(images: int, pixels: int) -> Iterator[slice]:
    step = max(1, _PIECE // max(1, pixels))
    for start in range(0, images, step):
        yield slice(start, min(images, start + step))


def _compute(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    (images, transform), (out,) = inputs, outputs
    for piece in _pieces(len(images), out[:1].size):
        picture, target = images[piece], out[piece]
        pixels = picture.reshape(-1, picture.shape[3])
        target.fill(0.0)
        for index, weight, inside in _taps(transform[piece], picture.shape, attrs):
            values = np.take(pixels, index, axis=0)
            if attrs["fill_mode"] == "constant":
                values[~inside] = attrs["fill_value"]
            values *= weight[..., np.newaxis]
            target += values


def _gradient(call: Call) -> Sequence[Tensor | None]:
    image, transform = call.inputs
    return [affine_sample_grad(transform, call.grad, input_shape=image.shape, **call.attrs), None]


def _infer_grad(inputs: tuple[TensorSpec, ...], attrs: Attrs) -> tuple[TensorSpec, ...]:
    transform, grad = inputs
    shape = tuple(attrs["input_shape"])
    _check(shape, transform.shape, attrs)
    expected = (shape[0], *attrs["size"], shape[3])
    if grad.shape != expected:
        raise ShapeError(
            f"The gradient must be {format_shape(expected)}, received {format_shape(grad.shape)}."
        )
    return (TensorSpec(shape),)


def _compute_grad(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Attrs) -> None:
    (transform, grad), (out,) = inputs, outputs
    channels = out.shape[3]
    for piece in _pieces(len(out), grad[:1].size):
        target = out[piece]
        total = np.zeros(target.size)
        for index, weight, inside in _taps(transform[piece], target.shape, attrs):
            share = weight * inside if attrs["fill_mode"] == "constant" else weight
            values = grad[piece] * share[..., np.newaxis]
            flat = index[..., np.newaxis] * channels + np.arange(channels)
            total += np.bincount(flat.reshape(-1), values.reshape(-1), target.size)
        target[...] = total.reshape(target.shape)


_CASES: tuple[tuple[Shape, Attrs], ...] = (
    ((2, 4, 5, 3), {"size": (4, 5), "interpolation": "bilinear", "fill_mode": "reflect"}),
    ((2, 5, 3, 1), {"size": (3, 7), "interpolation": "bilinear", "fill_mode": "constant", "fill_value": 1.5}),
    ((1, 3, 4, 2), {"size": (5, 4), "interpolation": "bilinear", "fill_mode": "wrap"}),
    ((3, 2, 7, 1), {"size": (2, 7), "interpolation": "bilinear", "fill_mode": "nearest"}),
    ((2, 7, 5, 2), {"size": (7, 5), "interpolation": "nearest", "fill_mode": "reflect"}),
    ((1, 5, 5, 1), {"size": (1, 3), "interpolation": "nearest", "fill_mode": "constant"}),
    ((1, 1, 1, 1), {"size": (2, 2), "interpolation": "nearest", "fill_mode": "wrap"}),
)
_DEFAULTS: Attrs = {"interpolation": "bilinear", "fill_mode": "constant", "fill_value": 0.0}


def _of(image: Shape) -> tuple[TensorSpec, TensorSpec]:
    return TensorSpec(image), TensorSpec((image[0], COEFFICIENTS))


# inputs (image float32 NHWC, transform float32 (N, 6): a0, a1, a2, b0, b1, b2). The pixel in row y and column x of
# the result is read at row b0 x + b1 y + b2 and column a0 x + a1 y + a2 of the picture. "nearest" rounds halves to
# the even pixel. No gradient for the transform: it is drawn, not learned.
affine_sample = Op(
    "affine_sample",
    OpKind.STRUCTURED,
    _infer,
    _compute,
    _gradient,
    samples=tuple(Sample(_of(shape), attrs) for shape, attrs in _CASES),
    source="keras.ops.image.affine_transform",
    defaults=_DEFAULTS,
)
# inputs (transform, grad); attrs also input_shape
affine_sample_grad = Op(
    "affine_sample_grad",
    OpKind.STRUCTURED,
    _infer_grad,
    _compute_grad,
    samples=tuple(
        Sample(
            (TensorSpec((shape[0], COEFFICIENTS)), TensorSpec((shape[0], *attrs["size"], shape[3]))),
            {**attrs, "input_shape": shape},
        )
        for shape, attrs in _CASES
    ),
    defaults=_DEFAULTS,
)
