"""Convolution of 3 x 3 windows by tiles, in pieces whose results stay in the second-level cache."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.devices.cpu.calls import Call, Lane, Prepared, Scratch, clear
from engine.devices.cpu.unfolding import Piece
from engine.ops.windows import Window
from engine.tensor.spec import Array

if TYPE_CHECKING:
    from engine.devices.cpu.native.entry import Entry
    from engine.devices.cpu.native.lowering import Lowering

PIECE_BYTES = 768 * 1024  # of pictures and results
PIECES, FEW_PIECES = 16, 4  # of much work and of little, at least; so that all threads have some
FULL_TILES = 48  # of a piece, unless they would be too few pieces: groups of twelve are full
LEAST_TILES = 12
SIDE = 2  # results of a tile along a length
SEEN = 16  # numbers that a tile sees, in each of which it is multiplied with a filter
# Measured as in `native/tiling.py`: the gradient of filters takes 0.55 to 0.9 of the time of windows by themselves, but not
# with 16 channels and 16 filters, where turning takes as long as products. Sums of few tiles begin and end for little.
GRADIENT_TILES = 96
GRADIENT_PRODUCTS = 10  # for each number that is turned
SUMS_BYTES = 48 * 1024 * 1024  # of all lanes; 64 MB for 512 channels and filters would gain little


@dataclass(frozen=True)
class Tiled:
    """A convolution that tiles are worth.

    Attributes:
        lowering: makes its entries.
        images: (images, rows, columns, channels).
        weight: (3, 3, channels, filters).
        window: of the convolution.
        turned: room for the filters as tiles meet them.
    """

    lowering: Lowering
    images: Array
    weight: Array
    window: Window
    turned: Array

    @classmethod
    def of(cls, images: Array, weight: Array, window: Window, scratch: Scratch) -> Tiled | None:
        """None where another way is better."""
        lowering = scratch.lowering
        if lowering is None or not lowering.tiling.is_worth(len(images), window, *weight.shape[-2:]):
            return None
        return cls(lowering, images, weight, window, scratch.take((lowering.tiling.filters_size(weight),)))

    def filling(self) -> list[Call]:
        """The calls that turn the filters, before all parts."""
        return [Call(Prepared([self.lowering.tiling.filling(self.weight, self.turned)]), ())]

    def parts(self, plain: Array, scratch: Scratch, lane: Lane) -> Iterator[tuple[Piece, list[Call]]]:
        """The pieces of a lane, with the calls that make their results."""
        tiling = self.lowering.tiling
        room = scratch.take((tiling.room_size(self.images.shape[-1]),))
        numbers = self.images.shape[-1] + plain.shape[-1]
        for piece in lane.of(pieces(len(self.images), self.window.count, 4 * numbers)):
            images, rows, _ = piece.index
            seen, result = self.images[images], plain[piece.index]
            entry = tiling.piece(seen, self.turned, result, self.window, rows.start, room)
            yield piece, [Call(Prepared([entry]), ())]


@dataclass(frozen=True)
class TiledGradient:
    """The gradient of the filters of a convolution that tiles are worth.

    Attributes:
        lowering: makes its entries.
        images: (images, rows, columns, channels).
        slopes: (images, rows, columns, filters).
        window: of the convolution.
        pieces: of the slopes.
    """

    lowering: Lowering
    images: Array
    slopes: Array
    window: Window
    pieces: list[Piece]

    @classmethod
    def of(cls, images: Array, slopes: Array, window: Window, scratch: Scratch) -> TiledGradient | None:
        """None where another way is better."""
        lowering, numbers = scratch.lowering, (images.shape[-1], slopes.shape[-1])
        if lowering is None or not lowering.tiling.is_worth(len(images), window, *numbers):
            return None
        found = pieces(len(images), window.count, 4 * sum(numbers))
        sums = 4 * lowering.lanes * math.prod(numbers) * SEEN
        thin = math.prod(numbers) < GRADIENT_PRODUCTS * sum(numbers)
        if thin or _tiles(len(images), window.count) < GRADIENT_TILES or sums > SUMS_BYTES:
            return None
        return cls(lowering, images, slopes, window, found)

    def calls(self, weight: Array, scratch: Scratch, lane: Lane) -> list[Call]:
        """The calls that make the gradient (3, 3, channels, filters) of a lane's pieces; none without pieces."""
        tiling, mine = self.lowering.tiling, lane.of(self.pieces)
        room = scratch.take((tiling.gradient_room_size(weight),))
        sums = scratch.take((tiling.sums_size(weight),))
        if not mine:
            return []
        entries = [self._entry(piece, sums, room) for piece in mine]
        entries.append(tiling.gradient_of_filters(sums, weight))
        return [Call(clear, (0.0,), sums), Call(Prepared(entries), ())]

    def _entry(self, piece: Piece, sums: Array, room: Array) -> Entry:
        images, rows, _ = piece.index
        seen, slopes = self.images[images], self.slopes[piece.index]
        return self.lowering.tiling.gradient(seen, slopes, sums, self.window, rows.start, room)


def _tiles(images: int, count: tuple[int, ...]) -> int:
    return images * math.prod(-(-n // SIDE) for n in count)


def pieces(images: int, count: tuple[int, ...], position_bytes: int) -> list[Piece]:
    """Some whole pictures each, or of a large one some rows, which begin where a tile does and are two at least.

    They are the same on every machine, so that sums over pieces are, too.

    Args:
        images: how many there are.
        count: rows and columns of windows.
        position_bytes: of what a window sees for itself, with its results.
    """
    rows, columns = count
    across, whole = -(-columns // SIDE), slice(0, columns)
    every, picture = _tiles(images, count), _tiles(1, count)
    tiles = min(FULL_TILES, max(LEAST_TILES, -(-every // FEW_PIECES)))
    tiles = min(max(tiles, -(-every // PIECES)), PIECE_BYTES // (position_bytes * SIDE * SIDE))
    if picture <= tiles:
        step = tiles // picture
        starts = range(0, images, step)
        return [Piece((slice(k, min(k + step, images)), slice(0, rows), whole)) for k in starts]
    down = rows // SIDE  # the last piece has the odd row
    step = SIDE * math.ceil(down / math.ceil(down / max(1, tiles // across)))
    lows = range(0, SIDE * down, step)
    highs = [*lows[1:], rows]
    return [
        Piece((slice(k, k + 1), slice(low, high), whole))
        for k in range(images)
        for low, high in zip(lows, highs, strict=True)
    ]
