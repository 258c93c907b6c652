"""The geometry of windows that slide over sequences, pictures and volumes: convolution and pooling share it.

Lengths and padding follow Keras (and TensorFlow): with `same`, padding is as even as can be and the odd one
comes last. The channels come last in every tensor.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from engine.layers.base import expect_numbers, expect_rank
from engine.ops.op import Tensor
from engine.tensor.spec import ShapeError, format_shape

Padding = Literal["valid", "same"]
CausalPadding = Literal["valid", "same", "causal"]
PaddingPairs = tuple[tuple[int, int], ...]
Sizes = int | tuple[int, ...]  # of a setting: one number for sequences, two for pictures, three for volumes
PICTURE = "a picture (height × width × channels)"
_INPUTS = {
    1: "a sequence (steps × channels)",
    2: PICTURE,
    3: "a volume (depth × height × width × channels)",
}
_NOUNS = {1: "sequence", 2: "picture", 3: "volume"}


def _only(value: Any) -> Any:
    """A row of one number is that number, as Keras writes it in files."""
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


def _twice(value: Any) -> Any:
    """One number stands for height and width, as in Keras."""
    return (value, value) if isinstance(value, int | str) else value


def _thrice(value: Any) -> Any:
    """One number stands for depth, height and width, as in Keras."""
    return (value, value, value) if isinstance(value, int | str) else value


Length = Annotated[int, Field(ge=1, le=1024)]
Single = Annotated[int, Field(ge=1, le=1024), BeforeValidator(_only)]
Pair = Annotated[tuple[Length, Length], BeforeValidator(_twice)]
Triple = Annotated[tuple[Length, Length, Length], BeforeValidator(_thrice)]

Extra = Annotated[int, Field(ge=0, le=1023)]
SingleExtra = Annotated[int, Field(ge=0, le=1023), BeforeValidator(_only)]
PairExtra = Annotated[tuple[Extra, Extra], BeforeValidator(_twice)]
TripleExtra = Annotated[tuple[Extra, Extra, Extra], BeforeValidator(_thrice)]


def as_tuple(sizes: Sizes) -> tuple[int, ...]:
    """The numbers of a setting, one per length."""
    return (sizes,) if isinstance(sizes, int) else sizes


def expect_lengths(x: Tensor, rank: int, layer: str) -> None:
    """Raise ShapeError unless `x` is (batch, `rank` lengths, channels) of numbers."""
    expect_numbers(x, layer)
    expect_rank(x, rank + 1, layer, _INPUTS[rank])


def expect_picture(x: Tensor, layer: str) -> None:
    """Raise ShapeError unless `x` is (batch, height, width, channels) of numbers."""
    expect_lengths(x, 2, layer)


def spans(sizes: tuple[int, ...], gaps: tuple[int, ...]) -> tuple[int, ...]:
    """Elements from the first to the last one of a window, both included."""
    return tuple((size - 1) * gap + 1 for size, gap in zip(sizes, gaps, strict=True))


def padding_pairs(
    x: Tensor,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: CausalPadding,
    layer: str,
    dilation: tuple[int, ...] | None = None,
) -> PaddingPairs:
    """Padding before and after, for each length.

    Args:
        x: the input (batch, lengths, channels).
        window: lengths of the window.
        strides: how far it moves.
        padding: "valid" adds none; "same" adds so much that there are ceil(length / stride) positions; "causal"
            adds all before the start, so that no window sees what comes after its own step.
        layer: its name, for the error.
        dilation: distance of the window's elements.

    Raises:
        ShapeError: without padding the window is larger than the input.
    """
    lengths, reach = x.shape[1:-1], spans(window, dilation or (1,) * len(window))
    if padding == "valid" and any(span > n for span, n in zip(reach, lengths, strict=True)):
        raise ShapeError(
            f"A window of {format_shape(reach)} must fit into the {_NOUNS[len(reach)]}, {layer} received "
            f"{format_shape(lengths)}. Take a smaller window or padding 'same'."
        )
    return paddings(lengths, window, strides, padding, dilation)


def paddings(
    lengths: tuple[int, ...],
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: CausalPadding,
    dilation: tuple[int, ...] | None = None,
) -> PaddingPairs:
    """As `padding_pairs`, of lengths that are known to be enough."""
    reach = spans(window, dilation or (1,) * len(window))
    if padding == "causal":
        return tuple((span - 1, 0) for span in reach)
    if padding == "same":
        return tuple(_same(n, span, step) for n, span, step in zip(lengths, reach, strides, strict=True))
    return ((0, 0),) * len(reach)


def _same(length: int, span: int, stride: int) -> tuple[int, int]:
    positions = -(-length // stride)
    total = max((positions - 1) * stride + span - length, 0)
    return total // 2, total - total // 2
