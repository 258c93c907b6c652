"""Two puzzles of memory: whether the ones are even in number, and to say again what was read."""

from __future__ import annotations

import numpy as np

from engine.data.bundle import INPUT, TARGET, Feature, TaskKind
from engine.data.dataset import (
    Columns,
    DataGroup,
    DataSet,
    Options,
    Outline,
    class_feature,
    columns,
    table_feature,
)
from engine.settings import setting
from engine.tensor.spec import Array, DType

LETTERS = "abcdefghij"


class ParityOptions(Options):
    """Settings of the parity."""

    bits: int = setting(8, "Bits", "length of a row; each more doubles the rows", prominent=True, ge=2, le=14)


class CopyOptions(Options):
    """Settings of the copying."""

    samples: int = setting(2_000, "Samples", "number of sequences", prominent=True, ge=50, le=20_000)
    length: int = setting(5, "Length", "symbols to remember", prominent=True, ge=1, le=30)
    symbols: int = setting(6, "Symbols", "how many different ones there are", ge=2, le=len(LETTERS))


def _outline_parity(options: ParityOptions) -> Outline:
    names = tuple(f"bit {i}" for i in range(1, options.bits + 1))
    return Outline((table_feature(names),), (class_feature(("even", "odd")),), 2**options.bits)


def _load_parity(options: ParityOptions, _rng: np.random.Generator) -> Columns:
    bits = (np.arange(2**options.bits)[:, np.newaxis] >> np.arange(options.bits)) & 1
    return columns(bits.astype(np.float32), (bits.sum(axis=1) % 2).astype(np.int32))


def _rows(options: CopyOptions) -> int:
    possible: int = options.symbols**options.length
    return min(options.samples, possible)


def _outline_copy(options: CopyOptions) -> Outline:
    shape, letters = (2 * options.length,), tuple(LETTERS[: options.symbols])
    return Outline(
        (Feature(INPUT, "index", shape, DType.INT32, class_names=("now you", *letters)),),
        (Feature(TARGET, "category", shape, DType.INT32, class_names=("nothing", *letters)),),
        _rows(options),
    )


def _different(count: int, options: CopyOptions, rng: np.random.Generator) -> Array:
    """So many different sequences (count, length) of 0 to symbols - 1: none of validation was seen in training."""
    possible = options.symbols**options.length
    if possible <= 1_000_000:
        codes = rng.choice(possible, count, replace=False)
        digits: Array = codes[:, np.newaxis] // options.symbols ** np.arange(options.length) % options.symbols
        return digits
    found = np.empty((0, options.length), np.int64)
    while len(found) < count:
        drawn = rng.integers(0, options.symbols, (count, options.length))
        found = np.unique(np.concatenate([found, drawn]), axis=0)
    return rng.permutation(found)[:count]


def _load_copy(options: CopyOptions, rng: np.random.Generator) -> Columns:
    symbols = _different(_rows(options), options, rng) + 1
    silence = np.zeros_like(symbols)
    x, y = np.concatenate([symbols, silence], axis=1), np.concatenate([silence, symbols], axis=1)
    return columns(x.astype(np.int32), y.astype(np.int32))


PARITY = DataSet(
    name="parity",
    title="Parity",
    summary="Is the number of ones in a row of bits even or odd?",
    description="Every row of bits there is, once each; the class is whether the ones are even in number. Each bit "
    "turns the answer around, so rows that look alike have different answers, and a network that only compares fails on "
    "rows held out. It is XOR in more dimensions; read bit by bit, it takes one thing to remember.",
    source="Generated.",
    licence="MIT (generated)",
    task=TaskKind.BINARY,
    group=DataGroup.GENERATED,
    settings=ParityOptions,
    outline=_outline_parity,
    load=_load_parity,
)
COPY = DataSet(
    name="copy",
    title="Sequence copy",
    summary="Read some symbols, then say them again from memory",
    description="The network reads symbols one by one, and then, each time it is told to, has to say one of them again, in "
    "their order and without seeing them. While it reads, the right answer is to say nothing, so half of the positions are "
    "easy: 50 % right is no merit. All sequences differ, so those of the validation part were never seen. The longer they "
    "are, the more memory it takes.",
    source="Generated.",
    licence="MIT (generated)",
    task=TaskKind.MULTICLASS,
    group=DataGroup.GENERATED,
    settings=CopyOptions,
    outline=_outline_copy,
    load=_load_copy,
)
