"""How arrays lie in memory, and how work on them is cut into tasks."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto
from functools import lru_cache

import numpy as np

from engine.devices.cpu.native.kernels import PLAIN, TRANSPOSED
from engine.devices.cpu.native.strips import PANEL, ROWS
from engine.devices.cpu.native.vectors import WIDTH
from engine.tensor.spec import Array, Shape

Place = tuple[Shape, tuple[int, ...]]  # shape and strides of an array
SHARED_ELEMENTS = 32_768  # of a chain that is worth sharing
TASK_ELEMENTS = 16_384
SMALL_PRODUCT = 500_000  # multiply-adds, as the next two
SHARED_PRODUCT = 4_000_000
LARGE_PRODUCT = 200_000_000
PANELS_PRODUCT = 20_000_000
PANELS_ROWS, PANELS_COLUMNS = (
    512,
    96,
)  # for fewer, packing for all and waiting for all costs more than it gains
PARTS_A_THREAD = 2  # of a product; so that none waits long for another
OWN_PARTS_A_THREAD = 1  # of a product that each part packs for itself: more would pack more
LEAST_PART = 1_000_000  # multiply-adds


def is_plain(a: object) -> bool:
    """Whether it is a number or an array of single precision."""
    return isinstance(a, float | np.float32) or (isinstance(a, np.ndarray) and a.dtype == np.float32)


def is_whole(a: object) -> bool:
    """Whether it is an array of whole numbers of four bytes."""
    return isinstance(a, np.ndarray) and a.dtype == np.int32


def as_array(a: Array | float) -> Array:
    """The array; of a number one that holds it."""
    return a if isinstance(a, np.ndarray) else np.array(a, np.float32)


def _strides_of(place: Place, shape: Shape) -> list[int]:
    """In bytes along each dimension of `shape`, 0 where the array is broadcast."""
    own, strides = place
    return [0] * (len(shape) - len(own)) + [0 if n == 1 else s for n, s in zip(own, strides, strict=True)]


def address_of(a: Array) -> int:
    """Of its first number; in half the time that `a.ctypes` takes."""
    return int(a.__array_interface__["data"][0])


def joined(shape: Shape, arrays: Iterable[Array]) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """As `merged`, of arrays."""
    return merged(shape, tuple((a.shape, a.strides) for a in arrays))


@lru_cache(maxsize=2048)
def merged(shape: Shape, places: tuple[Place, ...]) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """Lengths of the dimensions, and the strides in bytes of each array, 0 where it is broadcast.

    Neighbouring dimensions are one where that makes no difference to any array. The pieces of large work all lie in the
    same way, so what was found is kept.
    """
    lengths, strides = _merge(shape, [_strides_of(p, shape) for p in places])
    return tuple(lengths), tuple(tuple(s) for s in strides)


def _merge(shape: Shape, strides: list[list[int]]) -> tuple[list[int], list[list[int]]]:
    lengths: list[int] = []
    found: list[list[int]] = [[] for _ in strides]
    for axis, n in enumerate(shape):
        if n == 1:
            continue
        steps = [s[axis] for s in strides]
        if lengths and all(f[-1] == step * n for f, step in zip(found, steps, strict=True)):
            lengths[-1] *= n
            for f, step in zip(found, steps, strict=True):
                f[-1] = step
        else:
            lengths.append(n)
            for f, step in zip(found, steps, strict=True):
                f.append(step)
    return lengths, found


def shares(count: int, each: int, *, shared: bool) -> tuple[int, int]:
    """Tasks, and what each does of `count` things of `each` elements."""
    if not shared or count * each < SHARED_ELEMENTS:
        return 1, count
    step = max(1, TASK_ELEMENTS // each)
    return -(-count // step), step


def form_of(a: Array) -> tuple[int, int] | None:
    """How BLAS reads it: plain or transposed, and elements from row to row."""
    rows, columns = a.shape
    down, right = (s // 4 for s in a.strides)
    if (right == 1 or columns == 1) and (down >= max(1, columns) or rows == 1):
        return PLAIN, max(down, columns) if rows > 1 else columns
    if (down == 1 or rows == 1) and (right >= max(1, rows) or columns == 1):
        return TRANSPOSED, right if columns > 1 else rows
    return None


def tile(m: int, n: int, k: int, threads: int) -> tuple[int, int]:
    """Height and width of the parts of a product by BLAS, as square as possible."""
    tiles = worth(m * n * k, threads)
    splits = [(r, tiles // r) for r in range(1, tiles + 1) if tiles % r == 0]
    down, right = min(splits, key=lambda s: m / s[0] + n / s[1])
    return rounded(m, down), rounded(n, right)


def worth(work: int, threads: int, each: int = PARTS_A_THREAD) -> int:
    """Parts that so many multiply-adds are worth, of which a thread does `each`."""
    return 1 if work < SHARED_PRODUCT else max(1, min(each * threads, work // LEAST_PART))


class Way(Enum):
    """How a product is computed."""

    BLAS = auto()
    PARTS = auto()  # code of our own, each task packs for itself
    PANELS = auto()  # code of our own, all tasks pack together


def way_of(lengths: tuple[int, int, int], turned: tuple[bool, bool], *, narrow: bool, shared: bool) -> Way:
    """The fastest way to a product, by measurement of all on many shapes.

    BLAS packs least, which counts where there is little work. Where there is much, packing once for all is worth it.

    Args:
        lengths: rows, columns, numbers summed.
        turned: whether each factor lies column by column.
        narrow: whether the kernels of BLAS have registers of half the width.
        shared: whether tasks share the work; memory for panels is there for one product at a time.
    """
    m, n, k = lengths
    work = m * n * k
    if shared and m >= PANELS_ROWS and n >= PANELS_COLUMNS and work >= PANELS_PRODUCT:
        return Way.PANELS
    if all(turned) or work < SMALL_PRODUCT:
        return Way.BLAS
    return Way.PARTS if narrow or turned[1] or work < LARGE_PRODUCT else Way.BLAS


def part(m: int, n: int, k: int, threads: int) -> tuple[int, int]:
    """Height and width of the parts of a product of our own.

    Each part packs its own columns of the right factor, which many rows are worth, and its own rows of the left one, which
    two panels of columns are worth.
    """
    tiles = worth(m * n * k, threads, OWN_PARTS_A_THREAD)
    highest, right = max(1, m // ROWS), min(tiles, max(1, n // (2 * PANEL)))
    down = min(-(-tiles // right), highest)
    right = max(right, min(-(-tiles // down), max(1, n // PANEL)))
    return -(-m // (ROWS * down)) * ROWS, -(-n // (WIDTH * right)) * WIDTH


def rounded(length: int, parts: int) -> int:
    """Length of a part, a multiple of sixteen."""
    return min(length, -(-length // (16 * parts)) * 16)
