"""From arrays inside a network to pictures small enough to be sent thirty times a second: tiles and histograms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.tensor.spec import Array, Shape

BINS = 32
MATRIX_RANK, MAP_RANK = 2, 3


class TileKind(StrEnum):
    """What a tile is."""

    MAPS = "maps"  # one for each channel, height x width
    UNITS = "units"  # all units as one row, a rectangle if they are many
    SEQUENCE = "sequence"  # units x time
    FILTERS = "filters"  # one for each output channel or unit, over the places it looks at
    MATRIX = "matrix"  # inputs x outputs, the longer side to the right
    ATTENTION = "attention"  # one for each head: places that look x places looked at


@dataclass(frozen=True, eq=False)
class Tiles:
    """Some pictures of one kind.

    Attributes:
        kind: what they are.
        values: float32 (count, height, width); NaN where there is nothing.
        total: how many there are, of which `count` are shown.
        low, high: least and greatest finite value of all that is shown.
    """

    kind: TileKind
    values: Array
    total: int
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Spread:
    """How numbers are spread.

    Attributes:
        counts: int64 (BINS,), of equal bins from `low` to `high`.
        low, high: least and greatest finite number.
        mean, deviation: of the finite numbers.
        zero: share of exact zeros.
        broken: how many are NaN or infinite.
    """

    counts: Array
    low: float
    high: float
    mean: float
    deviation: float
    zero: float
    broken: int


@dataclass(frozen=True)
class Room:
    """How much is shown: tiles at most, and pixels along their sides at most."""

    tiles: int = 6
    side: int = 28


SMALL, LARGE = Room(), Room(64, 128)


def shades(tiles: Tiles, *, signed: bool = False) -> Array:
    """Tiles as uint8 of the same shape, to be coloured: 1 for the least number to 255 for the greatest, 0 for none.

    `signed`: 128 stands for 0, and numbers of both signs are to the same scale.
    """
    low, high = (
        (-max(-tiles.low, tiles.high), max(-tiles.low, tiles.high)) if signed else (tiles.low, tiles.high)
    )
    span = high - low if high > low else 1.0
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.clip((tiles.values - low) * (254.0 / span) + 1.0, 1.0, 255.0)
    return np.where(np.isnan(tiles.values), 0.0, np.nan_to_num(scaled)).astype(np.uint8)


def spread_of(values: Array) -> Spread:
    """How the numbers of an array of any shape are spread."""
    flat = np.asarray(values, np.float32).reshape(-1)
    finite = flat[np.isfinite(flat)]
    broken = flat.size - finite.size
    if not finite.size:
        return Spread(np.zeros(BINS, np.int64), 0.0, 0.0, 0.0, 0.0, 0.0, broken)
    low, high = float(finite.min()), float(finite.max())
    if high > low:
        with np.errstate(over="ignore"):
            place = ((finite.astype(np.float64) - low) * (BINS / (high - low))).astype(np.int64)
        counts = np.bincount(np.minimum(place, BINS - 1), minlength=BINS)
    else:
        counts = np.zeros(BINS, np.int64)
        counts[BINS // 2] = finite.size
    mean, deviation = float(finite.mean(dtype=np.float64)), float(finite.std(dtype=np.float64))
    zero = float(np.count_nonzero(finite == 0.0)) / flat.size
    return Spread(counts, low, high, mean, deviation, zero, broken)


def output_tiles(value: Array, room: Room = SMALL) -> Tiles:
    """What a layer gave for one example; `value` has no batch axis.

    (H, W, C): a map for each channel; (.., H, W, C): the middle one of each further axis; (T, C): time to the right;
    (C,): all units.
    """
    while value.ndim > MAP_RANK:
        value = value[len(value) // 2]
    if value.ndim == MAP_RANK:
        return _tiles(TileKind.MAPS, np.moveaxis(value, -1, 0), room)
    if value.ndim == MATRIX_RANK:
        return _tiles(TileKind.SEQUENCE, value.T[None], room)
    return units_tile(value.reshape(-1), room)


def units_tile(values: Array, room: Room = SMALL) -> Tiles:
    """Numbers (n,) as one row, or as a rectangle where a row would be too long."""
    width = values.size if values.size <= room.side else math.ceil(math.sqrt(values.size))
    rows = -(-values.size // max(1, width))
    picture = np.full(rows * width, np.nan, np.float32)
    picture[: values.size] = values
    return _tiles(TileKind.UNITS, picture.reshape(1, rows, width), room)


def weight_tiles(weight: Array, over: Shape = (), room: Room = SMALL) -> Tiles | None:
    """A weight as pictures; None for one without a shape to speak of (a bias).

    Args:
        weight: (.., in, out): the filters of a convolution, or a matrix (in, out).
        over: height, width and channels of the picture whose places a matrix multiplies, if it does.
        room: how much is shown.
    """
    if weight.ndim < MATRIX_RANK:
        return None
    if weight.ndim == MATRIX_RANK and over and math.prod(over) == weight.shape[0]:
        weight = weight.reshape(*over, weight.shape[1])
    if weight.ndim == MATRIX_RANK:  # the longer side to the right
        wide = weight if weight.shape[1] >= weight.shape[0] else weight.T
        return _tiles(TileKind.MATRIX, wide[None], room)
    while weight.ndim > MAP_RANK + 1:
        weight = weight[weight.shape[0] // 2]
    if weight.ndim == MAP_RANK:  # along one axis
        weight = weight[None]
    strengths = np.square(weight[..., : room.tiles], dtype=np.float64).sum(axis=(0, 1))  # in, out
    strongest = np.nan_to_num(strengths).argmax(axis=0)
    shown = np.stack([weight[:, :, channel, k] for k, channel in enumerate(strongest)])
    return _tiles(TileKind.FILTERS, shown, room, total=weight.shape[-1])


def attention_tiles(weights: Array, room: Room = SMALL) -> Tiles:
    """Attention (.., places that look, places looked at) as one tile for each head."""
    return _tiles(TileKind.ATTENTION, weights.reshape(-1, *weights.shape[-2:]), room)


def _tiles(kind: TileKind, pictures: Array, room: Room, total: int = 0) -> Tiles:
    shown = pictures[: room.tiles]
    rows, columns = (max(1, -(-n // room.side)) for n in shown.shape[1:])
    values = np.ascontiguousarray(shown[:, ::rows, ::columns], np.float32)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return Tiles(kind, values, total or len(pictures), low, high)
