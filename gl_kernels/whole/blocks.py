"""How many results of a sum a lane computes together, and how many lanes share one sum."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from engine.tensor.spec import Shape
from gl_kernels.whole.contractions import Contraction

MOST_TOGETHER = 32  # sums that a lane keeps in registers
SIDES = (1, 2, 3, 4, 5, 6, 8)
LOAD, LOOP, STORE, WAIT = 4.0, 4.0, 40.0, 100.0  # measured on llvmpipe, in multiply-adds
SHORTEST = 4  # terms of a share of a sum


@dataclass(frozen=True, slots=True)
class Block:
    """A block of `rows` x `columns` neighbours of the last two dimensions; `shares` lanes for each.

    Attributes:
        axis: the range that the shares are parts of.
    """

    rows: int
    columns: int
    shares: int
    axis: int


def block_of(sum_: Contraction, shape: Shape, lanes: int) -> Block:
    """The block that takes a work group the least time, by a count of what it does."""
    return min(_possible(sum_, shape, lanes), key=lambda b: _cost(b, sum_, shape, lanes))


def sides(shape: Shape) -> tuple[int, int, int]:
    """Matrices, rows and columns of a result."""
    rows, columns = (1, 1, *shape)[-2:]
    return math.prod(shape[:-2]), rows, columns


def _possible(sum_: Contraction, shape: Shape, lanes: int) -> Iterator[Block]:
    _, m, n = sides(shape)
    axis = max(range(len(sum_.lengths)), key=lambda i: sum_.lengths[i])
    length = sum_.lengths[axis]
    shares = [2**k for k in range(lanes.bit_length()) if k == 0 or length >= SHORTEST * 2**k]
    for rows in (r for r in SIDES if r <= m):
        for columns in (c for c in SIDES if c <= n):
            if rows * columns == 1 or (sum_.operands > 1 and rows * columns <= MOST_TOGETHER):
                yield from (Block(rows, columns, s, axis) for s in shares)


def _cost(block: Block, sum_: Contraction, shape: Shape, lanes: int) -> float:
    stack, m, n = sides(shape)
    blocks = stack * -(-m // block.rows) * -(-n // block.columns)
    together = block.rows * block.columns
    length = sum_.lengths[block.axis]
    terms = math.prod(sum_.lengths) // length * -(-length // block.shares)
    loads = block.rows + block.columns if sum_.operands > 1 else 1
    each = terms * (together + loads * LOAD + LOOP) + together * STORE
    cost = -(-blocks * block.shares // lanes) * each
    if block.shares > 1:
        cost += -(-math.prod(shape) // lanes) * (block.shares * LOAD + LOOP + STORE) + WAIT
    return cost
