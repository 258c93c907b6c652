"""Pictures cut into pieces whose unfolded windows stay in the second-level cache, and the unfolding itself."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from numpy.lib.stride_tricks import as_strided

from engine.devices.cpu.calls import Call, Scratch, assign, clear, reshaped
from engine.ops.windows import Window
from engine.tensor.spec import Array

SHORT_RUN = 16  # elements; shorter runs of columns are unfolded with the taps outside


@dataclass(frozen=True, slots=True)
class Piece:
    """A box of windows: a stretch along one dimension, single positions before it, everything after it.

    Its part of the result is therefore one stretch of memory.
    """

    index: tuple[slice, ...]  # images, then window positions along each length

    @property
    def shape(self) -> tuple[int, ...]:
        """Images, and windows along each length."""
        return tuple(s.stop - s.start for s in self.index)


def pieces(images: int, window: Window, position_bytes: int, limit: int) -> list[Piece]:
    """Pieces of at most `limit` bytes at `position_bytes` a window, but at least one window; the first is the largest."""
    shape = (images, *window.count)
    axis, inner = len(shape) - 1, position_bytes
    while axis > 0 and inner * shape[axis] <= limit:
        inner *= shape[axis]
        axis -= 1
    step = max(1, limit // max(1, inner))
    whole = tuple(slice(0, n) for n in shape[axis + 1 :])
    return [
        Piece((*(slice(i, i + 1) for i in outer), slice(start, min(start + step, shape[axis])), *whole))
        for outer in itertools.product(*map(range, shape[:axis]))
        for start in range(0, shape[axis], step)
    ]


def rows(array: Array) -> Array:
    """The same memory with one row per window."""
    return reshaped(array, (math.prod(array.shape[:-1]), array.shape[-1]))


class Unfolding:
    """Turns pieces of padded pictures into matrices with one row per window and one column per tap and channel."""

    def __init__(
        self, images: Array, window: Window, groups: int, scratch: Scratch, limit: int, filters: int = 0
    ) -> None:
        """Cut the pictures.

        Args:
            images: (batch, .., channels).
            window: of the convolution.
            groups: of channels.
            scratch: for one piece.
            limit: bytes of a piece.
            filters: if given, nothing is unfolded: a piece is what is seen together with that many results a window.
        """
        self.images = images
        self.window = window
        self.channels = images.shape[-1] // groups
        self.depth = window.taps * self.channels
        each = images.shape[-1] * math.prod(window.strides) + filters if filters else self.depth
        self.pieces = pieces(images.shape[0], window, 4 * each, limit)
        largest = self.pieces[0].shape
        self._columns = scratch.take((0 if filters else math.prod(largest) * self.depth,))
        self._padded = scratch.take((math.prod(self._seen(largest)),))

    def _seen(self, windows: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of the padded pictures that so many windows see."""
        w = self.window
        spans = ((n - 1) * s + e for n, s, e in zip(windows[1:], w.strides, w.extent, strict=True))
        return (windows[0], *spans, self.images.shape[-1])

    @property
    def direct(self) -> bool:
        """Whether the pictures are their own columns: windows of one element at every place."""
        w = self.window
        return {*w.size, *w.strides} == {1} and not w.is_padded

    def pad(self, piece: Piece) -> tuple[list[Call], Array]:
        """The part of the padded pictures that the piece's windows see, and the calls that make it."""
        w, shape = self.window, self._seen(piece.shape)
        lows = [
            s.start * step - before
            for s, step, (before, _) in zip(piece.index[1:], w.strides, w.padding, strict=True)
        ]
        kept = tuple(
            slice(max(low, 0), max(min(low + length, n), low, 0))
            for low, length, n in zip(lows, shape[1:-1], w.image, strict=True)
        )
        part = self.images[(piece.index[0], *kept)]
        if part.shape == shape:
            return [], part
        padded = reshaped(self._padded[: math.prod(shape)], shape)
        target = tuple(
            slice(max(-low, 0), max(-low, 0) + n) for low, n in zip(lows, part.shape[1:-1], strict=True)
        )
        return [Call(clear, (0.0,), padded), Call(assign, (part,), padded[(slice(None), *target)])], padded

    def columns(self, padded: Array, piece: Piece, group: int) -> tuple[list[Call], Array]:
        """The matrix (windows, taps x channels) of one group, and the calls that make it."""
        chosen = slice(group * self.channels, (group + 1) * self.channels)
        if self.direct:
            return [], rows(self.images[piece.index])[:, chosen]
        w, part = self.window, padded[..., chosen]
        lead, *along, last = part.strides
        windows, taps = piece.shape, (*w.size, self.channels)
        window_strides = (lead, *(b * s for b, s in zip(along, w.strides, strict=True)))
        tap_strides = (*(b * d for b, d in zip(along, w.dilation, strict=True)), last)
        count = math.prod(windows)
        memory = self._columns[: count * self.depth]
        if w.size[-1] * self.channels >= SHORT_RUN:
            source = as_strided(part, windows + taps, window_strides + tap_strides, writeable=False)
            matrix = reshaped(memory, (count, self.depth))
            return [Call(assign, (source,), reshaped(memory, windows + taps))], matrix
        source = as_strided(part, taps + windows, tap_strides + window_strides, writeable=False)
        matrix = reshaped(memory, (self.depth, count)).T
        return [Call(assign, (source,), reshaped(memory, taps + windows))], matrix
