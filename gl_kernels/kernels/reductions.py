"""Sums and maxima over any axes, and the position of a maximum, in an order that never changes.

One shader folds along strides given as index maps. Where there are few results and much to fold, the fold is cut into
chunks and a second launch folds the chunks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.tensor.spec import DType, TensorSpec, normalize_axis
from gl_kernels.bodies import Chain, finish_of
from gl_kernels.indexing import IndexMap, strides_of
from gl_kernels.kernels.registry import Kernel
from gl_kernels.launch import Draft, Launch, Operand, Request
from gl_kernels.sizes import Size, parts
from gl_kernels.tuning import Tuning


class Ending(Protocol):
    """What happens to results at the end of a launch."""

    def install(self, draft: Draft, *, quads: bool) -> None:
        """Bind operands and add the sections APPLY and EMIT."""
        ...


FOLDS = {
    "sum": ("0.0", "a + b"),
    "max": ("-ll_infinity()", "max(a, b)"),
    "min": ("ll_infinity()", "min(a, b)"),
    "prod": ("1.0", "a * b"),
}
LONGEST = 4096  # elements one invocation folds alone: beyond it rounding errors add up
MAX_LANES = 256
PART_LANES = 32  # that share the parts of one result: a vector of most GPUs


@dataclass(frozen=True, slots=True)
class Fold:
    """What to fold: `results` elements, each over `count` elements of `source`.

    Attributes:
        name: key of FOLDS.
        source: the operand.
        kept: offsets of the first element of each result.
        folded: offsets of the elements of a result from its first one.
        results: number of results.
        count: elements folded into one.
        over_batch: whether the first dimension is folded: then the count changes with the batch size.
        of_parts: whether the source holds the parts of sums that launches before were cut into.
    """

    name: str
    source: Operand
    kept: IndexMap
    folded: IndexMap
    results: int
    count: int
    over_batch: bool
    of_parts: bool = False

    @classmethod
    def over(cls, name: str, source: Operand, axes: set[int]) -> Fold:
        """A fold over `axes` of the operand."""
        shape = source.spec.shape
        strides = strides_of(shape)
        kept = [i for i in range(len(shape)) if i not in axes]
        folded = sorted(axes)
        count = 1
        for i in folded:
            count *= shape[i]
        return cls(
            name,
            source,
            IndexMap.of([shape[i] for i in kept], [strides[i] for i in kept]),
            IndexMap.of([shape[i] for i in folded], [strides[i] for i in folded]),
            source.spec.size // max(count, 1),
            count,
            0 in axes,
        )

    @classmethod
    def rows(cls, name: str, source: Operand, rows: int) -> Fold:
        """A fold of parts: over the first dimension of `rows` times as many elements as there are results."""
        columns = source.spec.size // rows
        return cls(
            name, source, IndexMap((columns,), (1,)), IndexMap((rows,), (columns,)), columns, rows, True, True
        )

    @property
    def along(self) -> bool:
        """Whether the folded elements are neighbours, so that neighbouring lanes should share one result."""
        return self.folded.strides[-1:] == (1,)


def lower_fold(fold: Fold, finish: Ending, request: Request) -> list[Launch]:
    """The launches of a fold; `finish` takes each result as its product."""
    lanes = _lanes(fold, request.tuning)
    chunks = _chunks(fold, lanes, request.tuning)
    if chunks == 1:
        return [_launch(fold, finish, lanes, 1, request.tuning)]
    partial = request.scratch(TensorSpec((chunks, fold.results)))
    second = Fold.rows(fold.name, partial, chunks)
    return [
        _launch(fold, Chain.store(partial), lanes, chunks, request.tuning),
        _launch(second, finish, _lanes(second, request.tuning), 1, request.tuning),
    ]


def _lanes(fold: Fold, tuning: Tuning) -> int:
    """Invocations that share one result, a power of two.

    Parts are few enough to lie in a cache, so it does not matter that neighbours read far from each other there; one
    invocation for each of a few results would go through hundreds of parts one after the other.
    """
    if not tuning.tiled:
        return 1
    if fold.of_parts:
        return PART_LANES if fold.count >= 2 * PART_LANES else 1
    if not fold.along:
        return 1
    lanes = 1
    while lanes * 8 <= fold.count and lanes < min(MAX_LANES, tuning.group * 2):
        lanes *= 2
    return lanes


def _chunks(fold: Fold, lanes: int, tuning: Tuning) -> int:
    busy = -(-tuning.parallel // max(1, fold.results * lanes))
    worthwhile = fold.count // (lanes * 32)
    return max(1, min(busy, worthwhile), -(-fold.count // (lanes * LONGEST)))


def _launch(fold: Fold, finish: Ending, lanes: int, chunks: int, tuning: Tuning) -> Launch:
    start, step = FOLDS[fold.name]
    length = -(-fold.count // chunks)
    local = max(lanes, tuning.group)
    draft = Draft("reduce")
    draft.options = {
        "RESULTS": Size(fold.results),
        "COUNT": Size(fold.count) if fold.over_batch else fold.count,
        "CHUNK": Size(length) if fold.over_batch else length,
        "CHUNKS": parts(chunks),
    }
    draft.shares(lanes, tuning)
    draft.fetches("x", fold.source)
    draft.sections = {
        "FOLD": f"float fold(float a, float b) {{ return {step}; }}\n#define START {start}",
        "OFFSETS": f"uint first(uint o) {{ return {fold.kept.offset('o')}; }}\n"
        f"uint next(uint r) {{ return {fold.folded.offset('r', handed=fold.over_batch)}; }}",
    }
    finish.install(draft, quads=False)
    return draft.launch(-(-fold.results * chunks * lanes // local), local)


def _lower(request: Request) -> Sequence[Launch]:
    source = request.inputs[0]
    axes = {normalize_axis(a, source.spec.rank) for a in request.attrs["axes"]}
    fold = Fold.over(request.op.name, source, axes)
    return lower_fold(fold, finish_of(request, 1), request)


def _lower_argmax(request: Request) -> Sequence[Launch]:
    source, output = request.inputs[0], request.outputs[0]
    count = source.spec.shape[-1]
    chunk = min(count, LONGEST)
    chunks = -(-count // chunk)
    options = {"COUNT": count, "CHUNK": chunk, "CHUNKS": chunks}
    if chunks == 1:
        return [_argmax(request, {**options, "CANDIDATES": False}, output)]
    found = request.scratch(TensorSpec((output.spec.size * chunks,), DType.INT32))
    return [
        _argmax(request, {**options, "CANDIDATES": False}, found),
        _argmax(request, {**options, "CANDIDATES": True}, output, found),
    ]


def _argmax(
    request: Request, options: Mapping[str, int], output: Operand, places: Operand | None = None
) -> Launch:
    draft = Draft("argmax", dict(options))
    draft.fetches("x", request.inputs[0])
    if places is not None:
        draft.reads("places", places)
    draft.writes("y", output)
    return draft.threads(output.spec.size, request.tuning)


sum_ = Kernel("sum", _lower, forms=1, ends=True)
max_ = Kernel("max", _lower, forms=1, ends=True)
min_ = Kernel("min", _lower, forms=1, ends=True)
prod = Kernel("prod", _lower, forms=1, ends=True)
argmax = Kernel("argmax", _lower_argmax)
