"""The geometry of windows that slide over pictures: convolution and pooling share it.

Lengths and padding follow Keras (and TensorFlow): with `same`, padding is as even as can be and the odd one
comes last.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from engine.layers.base import expect_numbers, expect_rank
from engine.ops.op import Tensor
from engine.tensor.spec import ShapeError

Padding = Literal["valid", "same"]
PaddingPairs = tuple[tuple[int, int], tuple[int, int]]
PICTURE = "a picture (height × width × channels)"


def _twice(value: Any) -> Any:
    """One number stands for height and width, as in Keras."""
    return (value, value) if isinstance(value, int | str) else value


Length = Annotated[int, Field(ge=1, le=1024)]
Pair = Annotated[tuple[Length, Length], BeforeValidator(_twice)]


def expect_picture(x: Tensor, layer: str) -> None:
    """Raise ShapeError unless `x` is (batch, height, width, channels) of numbers."""
    expect_numbers(x, layer)
    expect_rank(x, 3, layer, PICTURE)


def padding_pairs(
    x: Tensor,
    window: tuple[int, int],
    strides: tuple[int, int],
    padding: Padding,
    layer: str,
    dilation: tuple[int, int] = (1, 1),
) -> PaddingPairs:
    """Rows and columns of padding: ((top, bottom), (left, right)).

    Args:
        x: the picture (batch, height, width, channels).
        window: height and width of the window.
        strides: how far it moves.
        padding: "valid" adds none; "same" adds so much that there are ceil(length / stride) positions.
        layer: its name, for the error.
        dilation: distance of the window's elements.

    Raises:
        ShapeError: without padding the window is larger than the picture.
    """
    spans = [(size - 1) * gap + 1 for size, gap in zip(window, dilation, strict=True)]
    if padding == "valid":
        if spans[0] > x.shape[1] or spans[1] > x.shape[2]:
            raise ShapeError(
                f"A window of {spans[0]} × {spans[1]} must fit into the picture, {layer} received "
                f"{x.shape[1]} × {x.shape[2]}. Take a smaller window or padding 'same'."
            )
        return (0, 0), (0, 0)
    rows, columns = (_same(n, span, step) for n, span, step in zip(x.shape[1:3], spans, strides, strict=True))
    return rows, columns


def _same(length: int, span: int, stride: int) -> tuple[int, int]:
    positions = -(-length // stride)
    total = max((positions - 1) * stride + span - length, 0)
    return total // 2, total - total // 2
