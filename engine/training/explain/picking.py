"""Which number of a layer a place in one of its pictures (`engine.training.inside.views`) stands for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.tensor.spec import Shape
from engine.training.inside.views import LARGE, TileKind

WEIGHTS = (TileKind.FILTERS, TileKind.MATRIX)


@dataclass(frozen=True)
class Pick:
    """A place in a picture.

    Attributes:
        kind: of the picture.
        tile: which of several.
        across, down: where in it, from 0 to 1.
    """

    kind: TileKind
    tile: int
    across: float
    down: float

    @property
    def is_weight(self) -> bool:
        """Whether it is a number of a weight."""
        return self.kind in WEIGHTS


def index_of(pick: Pick, shape: Shape) -> tuple[int, ...] | None:
    """The place in a tensor of that shape (without batch); None where the picture does not tell.

    Args:
        pick: a place in a picture of the tensor.
        shape: of the tensor.
    """
    rank, tile = len(shape), pick.tile
    if pick.kind is TileKind.MAPS and rank and tile < shape[-1]:
        if rank == 1:  # units over a plane
            return (tile,)
        middle = tuple(n // 2 for n in shape[:-3])
        return (
            (*middle, *_spread(pick, *shape[-3:-1]), tile) if rank > 2 else (_at(pick.across, shape[0]), tile)
        )
    if pick.kind is TileKind.UNITS and rank:
        return _unit(pick, shape)
    if pick.kind is TileKind.SEQUENCE and rank == 2:
        return _at(pick.across, shape[0]), _at(pick.down, shape[1])
    if pick.kind is TileKind.MATRIX and rank == 2:
        down, across = (0, 1) if shape[1] >= shape[0] else (1, 0)
        place = [0, 0]
        place[down], place[across] = _at(pick.down, shape[down]), _at(pick.across, shape[across])
        return place[0], place[1]
    if pick.kind is TileKind.FILTERS and rank > 2 and tile < shape[-1]:
        middle = tuple(n // 2 for n in shape[:-4])
        where = _spread(pick, *shape[-4:-2]) if rank > 3 else (_at(pick.across, shape[0]),)
        return (*middle, *where, 0, tile)
    if pick.kind is TileKind.FILTERS and rank == 2 and tile < shape[1]:
        return 0, tile
    return None


def _spread(pick: Pick, height: int, width: int) -> tuple[int, int]:
    return _at(pick.down, height), _at(pick.across, width)


def _unit(pick: Pick, shape: Shape) -> tuple[int, ...] | None:
    size = math.prod(shape)
    width = size if size <= LARGE.side else math.ceil(math.sqrt(size))
    rows = -(-size // width)
    number = _at(pick.down, rows) * width + _at(pick.across, width)
    return tuple(int(i) for i in np.unravel_index(number, shape)) if number < size else None


def _at(share: float, length: int) -> int:
    return min(length - 1, max(0, int(share * length)))
