"""Columns whose cells are arrays, pictures or sounds: brought to one form, read by range of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from engine.data.bundle import FeatureKind, usable_scale
from engine.data.errors import DataError
from engine.data.pictures.source import PictureSource
from engine.data.pictures.target import PictureTarget, mask_values
from engine.data.recipe.picture_sample import picture_target
from engine.data.recipe.plan import PlannedColumn, is_sequence
from engine.data.recipe.preparation import FittedArray
from engine.data.recipe.settings import PictureRecipe, SoundRecipe
from engine.data.recipe.steps.base import NumberState
from engine.data.sounds.source import SoundSource
from engine.data.sounds.spectrogram import SpectrogramShape, spectrogram
from engine.data.sources.base import Column, Kind, Source, Watch
from engine.tensor.spec import Array, DType, Shape

BLOCK_BYTES = 8_000_000  # that are read at a time
MOST_CLASSES = 1_000
_NO_ROWS: Array = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Whole:
    """One such column.

    Attributes:
        fitted: what predictions need to know of it.
        kind, shape, dtype, class_names, scale: of the feature that it becomes.
        values: of a target of classes: what stands in the file for each.
        read: rows `start` to `stop`, C-contiguous, (n, *shape), not scaled.
        missing: rows that are not there or cannot be read.
    """

    fitted: FittedArray
    kind: FeatureKind
    shape: Shape
    dtype: DType
    read: Callable[[int, int], Array]
    class_names: tuple[str, ...] = ()
    values: tuple[float | str, ...] = ()
    scale: float = 1.0
    missing: Array = field(default_factory=lambda: _NO_ROWS)

    @property
    def block_rows(self) -> int:
        """Rows that are read at a time."""
        return max(1, BLOCK_BYTES // max(1, int(np.prod(self.shape)) * self.dtype.itemsize))


def open_whole(
    source: Source,
    planned: PlannedColumn,
    watch: Watch | None = None,
    fitted: FittedArray | None = None,
    *,
    inverted: bool = False,
    centred: float = 0.0,
) -> Whole:
    """A column as its plan says.

    Args:
        source: open.
        planned: the column.
        watch: of the decoding.
        fitted: of the training, for a prediction: the same sizes are taken.
        inverted: pictures are, see `PictureTarget`.
        centred: likewise.

    Raises:
        DataError: it cannot be read or brought to that form.
        Interrupted: by `watch`.
    """
    column = planned.column
    if column.kind is Kind.PICTURE:
        recipe = fitted.picture if fitted is not None else planned.picture
        target = PictureTarget(0, 0, inverted=inverted, centred=centred)
        return _pictures(source, planned, recipe or PictureRecipe(), watch, target)
    if column.kind is Kind.SOUND:
        sounds = fitted.sound if fitted is not None else planned.sound
        return _sounds(source, column, sounds or SoundRecipe(), watch)
    return _arrays(source, planned)


def _pictures(
    source: Source, planned: PlannedColumn, recipe: PictureRecipe, watch: Watch | None, how: PictureTarget
) -> Whole:
    name = planned.name
    if not isinstance(source, PictureSource):
        raise DataError(f"The column {name!r} must hold pictures; {source.title} has none there.")
    target = picture_target(source.proposed(name), recipe)
    target = replace(target, inverted=how.inverted, centred=how.centred)
    pictures = source.pictures(name, target, watch)
    size = PictureRecipe(height=target.height, width=target.width, fit=target.fit, grey=target.channels == 1)
    record = FittedArray(name=name, kind=Kind.PICTURE, picture=size)

    def read(start: int, stop: int) -> Array:
        return np.ascontiguousarray(pictures.array[start:stop])

    if planned.role != "target":
        shape = tuple(pictures.array.shape[1:])
        return Whole(record, "image", shape, DType.UINT8, read, scale=1 / 255, missing=pictures.missing)
    values = mask_values(pictures.array)
    numbers = np.zeros(256, np.int32)
    numbers[list(values)] = np.arange(len(values), dtype=np.int32)
    names = tuple(f"class {value}" for value in values)
    if len(values) < 2:  # one value tells nothing apart
        raise DataError(
            f"A mask must have at least two different values; those of {name!r} have {len(values)}. Choose "
            "another target."
        )
    return Whole(
        record,
        "category",
        tuple(pictures.array.shape[1:3]),
        DType.INT32,
        lambda start, stop: numbers[pictures.array[start:stop, :, :, 0]],
        names,
        tuple(float(value) for value in values),
        missing=pictures.missing,
    )


def _sounds(source: Source, column: Column, recipe: SoundRecipe, watch: Watch | None) -> Whole:
    name = column.name
    if not isinstance(source, SoundSource):
        raise DataError(f"The column {name!r} must hold sounds; {source.title} has none there.")
    target = source.proposed(name)
    rate = recipe.rate or target.rate
    seconds = recipe.seconds or target.samples / target.rate
    target = replace(target, rate=rate, samples=max(1, round(seconds * rate)))
    sounds = source.sounds(name, target, watch)
    record = FittedArray(
        name=name,
        kind=Kind.SOUND,
        sound=recipe.model_copy(update={"rate": rate, "seconds": target.samples / rate}),
    )
    if recipe.form == "waveform":
        return Whole(
            record,
            "numeric",
            target.shape,
            DType.FLOAT32,
            lambda start, stop: np.ascontiguousarray(sounds.array[start:stop]),
            missing=sounds.missing,
        )
    frame = max(2, round(0.025 * rate))
    shape = SpectrogramShape(frame, max(1, round(0.010 * rate)), recipe.bands)
    return Whole(
        record,
        "image",
        shape.output(target.samples),
        DType.FLOAT32,
        lambda start, stop: spectrogram(sounds.array[start:stop], rate, shape),
        missing=sounds.missing,
    )


def _arrays(source: Source, planned: PlannedColumn) -> Whole:
    column, name = planned.column, planned.name
    record = FittedArray(name=name, kind=Kind.ARRAY)
    if -1 in column.shape:
        raise DataError(f"Arrays of a column must have one shape; those of {name!r} differ.")

    def stored(start: int, stop: int) -> Array:
        return source.read([name], start, stop)[name]

    if is_sequence(source):
        vocabulary: tuple[str, ...] = getattr(source, "vocabulary", ())
        kind: FeatureKind = "category" if planned.role == "target" else "index"
        return Whole(record, kind, column.shape, DType.INT32, stored, vocabulary)
    if planned.role == "target" and planned.task == "classes":
        return _classes(record, column, stored, source.count())
    if column.dtype is DType.STRING:
        return Whole(
            record, "text", column.shape, DType.STRING, lambda a, b: stored(a, b).astype(DType.STRING.numpy)
        )

    def numbers(start: int, stop: int) -> Array:
        with np.errstate(over="ignore"):
            single = np.asarray(stored(start, stop), np.float32, order="C")
        if not np.isfinite(single).all():
            row = start + int(np.argwhere(~np.isfinite(single))[0][0])
            raise DataError(
                f"Values must be finite; row {row} of {name} in {source.title} is not. Correct or remove it."
            )
        return single

    return Whole(record, "numeric", column.shape or (1,), DType.FLOAT32, numbers)


def _classes(record: FittedArray, column: Column, stored: Callable[[int, int], Array], rows: int) -> Whole:
    """Whole numbers or words at each position, as classes."""
    found: set[float | str] = set()
    step = max(1, BLOCK_BYTES // max(1, 4 * int(np.prod(column.shape))))
    for start in range(0, rows, step):
        found.update(np.unique(stored(start, min(rows, start + step))).tolist())
        if len(found) > MOST_CLASSES:
            break
    if not 2 <= len(found) <= MOST_CLASSES:
        raise DataError(
            f"There must be 2 to {MOST_CLASSES:,} classes; the target {column.name!r} has {len(found):,} "
            "different values. Choose another target, or predict numbers."
        )
    values = np.array(sorted(found))
    names = tuple(
        np.format_float_positional(v, trim="-") if values.dtype.kind in "fiu" else str(v)
        for v in values.tolist()
    )

    def read(start: int, stop: int) -> Array:
        return np.searchsorted(values, stored(start, stop)).astype(np.int32)

    return Whole(record, "category", column.shape, DType.INT32, read, names, tuple(values.tolist()))


def fit_last_axis(whole: Whole, train: Array, scaled: bool) -> tuple[NumberState, ...]:
    """Mean and deviation of each place along the last axis over the training rows; nothing where it is not scaled."""
    if whole.kind != "numeric" or not scaled:
        return ()
    width = whole.shape[-1]
    count, mean, squares = 0, np.zeros(width), np.zeros(width)
    for start in range(0, len(train), whole.block_rows):
        mask = train[start : start + whole.block_rows]
        if not mask.any():
            continue
        block = whole.read(start, start + len(mask))[mask].reshape(-1, width).astype(np.float64)
        block_mean = block.mean(axis=0)
        both = count + len(block)
        squares += ((block - block_mean) ** 2).sum(axis=0)
        squares += (block_mean - mean) ** 2 * (count * len(block) / both)
        mean += (block_mean - mean) * (len(block) / both)
        count = both
    scale = usable_scale(mean, np.sqrt(squares / max(1, count)))
    return tuple(NumberState(mean=float(m), scale=float(s)) for m, s in zip(mean, scale, strict=True))


def scaled(values: Array, states: tuple[NumberState, ...]) -> Array:
    """Numbers (n, .., F) scaled along the last axis, float32."""
    if not states:
        return values
    mean, scale = np.array([s.mean for s in states]), np.array([s.scale for s in states])
    return np.ascontiguousarray((values.astype(np.float64) - mean) / scale, np.float32)
