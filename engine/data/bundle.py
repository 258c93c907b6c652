"""What training consumes: named arrays, what each of them means, and which rows are for what.

It is the border between data sets (of which there will be many) and everything that uses them: the compiler,
the plots, the exporters know these records and no data set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.tensor.spec import Array, DType, Shape

if TYPE_CHECKING:
    from engine.data.origin import Origin
    from engine.data.recipe.preparation import Preparation

INPUT = "x"
TARGET = "y"

FeatureKind = Literal["numeric", "image", "category", "index", "text"]


class TaskKind(StrEnum):
    """What is to be predicted: one of two classes, one of several, or numbers."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"

    @property
    def is_classification(self) -> bool:
        """Whether the target is a class."""
        return self is not TaskKind.REGRESSION

    @classmethod
    def for_classes(cls, count: int) -> TaskKind:
        """The task of telling `count` classes apart."""
        return cls.BINARY if count <= 2 else cls.MULTICLASS


@dataclass(frozen=True)
class Feature:
    """One named array of a data set, without its values.

    Attributes:
        name: The key in the bundle's `inputs` or `targets`.
        kind: `numeric` (any shape), `image` (height, width, channels), `category` (a class, shape `()`),
            `index` (whole numbers for an embedding), or `text` (any shape; NumPy strings of any length).
        shape: Of one example, without the batch.
        dtype: As stored. Pictures stay uint8 in memory, which is a quarter of float32.
        column_names: Of the last axis of a numeric feature or of text; empty where columns have no names.
        class_names: By class number; empty for what is not a category.
        scale: The value that training sees is `stored * scale`: 1/255 for pictures, else 1.
    """

    name: str
    kind: FeatureKind
    shape: Shape
    dtype: DType = DType.FLOAT32
    column_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    scale: float = 1.0


@dataclass(frozen=True)
class Curve:
    """How a column of numbers is bent before it is scaled, so that large values do not drown small ones.

    Attributes:
        kind: `log`: ln(v + shift), for values above -shift; `signed_log`: sign(v) ln(1 + |v|), for any.
        shift: see `log`.
    """

    kind: Literal["log", "signed_log"]
    shift: float = 0.0

    def apply(self, values: Array) -> Array:
        """Bent, float64 of the same shape; what a logarithm is not defined for counts as the smallest number it is."""
        numbers = np.asarray(values, np.float64)
        if self.kind == "signed_log":
            bent: Array = np.sign(numbers) * np.log1p(np.abs(numbers))
            return bent
        logs: Array = np.log(np.maximum(numbers + self.shift, np.finfo(np.float64).tiny))
        return logs

    def invert(self, values: Array) -> Array:
        """Straight again, float64 of the same shape."""
        numbers = np.asarray(values, np.float64)
        if self.kind == "signed_log":
            straight: Array = np.sign(numbers) * np.expm1(np.abs(numbers))
            return straight
        powers: Array = np.exp(numbers) - self.shift
        return powers


@dataclass(frozen=True)
class Scaling:
    """Scaling of the last axis of a numeric feature: `(curve(value) - mean) / scale`.

    Plain numbers, not arrays, so that it compares, and travels in a project file as it is. `curves` has an entry for each
    column (None: straight), or is empty.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    curves: tuple[Curve | None, ...] = ()

    @classmethod
    def fit(cls, values: Array) -> Scaling:
        """Mean and standard deviation of each column of `values` (N, ..., F); constant: scale 1."""
        axes = tuple(range(values.ndim - 1))
        mean = values.mean(axis=axes, dtype=np.float64)
        deviation = values.std(axis=axes, dtype=np.float64)
        scale = usable_scale(mean, deviation)
        return cls(tuple(mean.tolist()), tuple(scale.tolist()))

    def apply(self, values: Array) -> Array:
        """Original units to standardized, as C-contiguous float32 of the same shape (..., F)."""
        numbers = values.astype(np.float64)
        for k, curve in self._bent:
            numbers[..., k] = curve.apply(numbers[..., k])
        return np.ascontiguousarray((numbers - self.mean) / self.scale, np.float32)

    def invert(self, values: Array) -> Array:
        """Standardized back to original units, as C-contiguous float32 of the same shape (..., F)."""
        original = values.astype(np.float64) * self.scale + self.mean
        for k, curve in self._bent:
            original[..., k] = curve.invert(original[..., k])
        with np.errstate(over="ignore"):  # a prediction far beyond all that was seen, of a logarithm
            return np.ascontiguousarray(original, np.float32)

    @property
    def _bent(self) -> list[tuple[int, Curve]]:
        return [(k, curve) for k, curve in enumerate(self.curves) if curve is not None]


def usable_scale(mean: Array, deviation: Array) -> Array:
    """The deviation, or 1 where a column is constant but for the rounding of float32."""
    negligible = deviation <= 1e-7 * np.abs(mean)
    return np.where(negligible | (deviation == 0), 1.0, deviation)


@dataclass(frozen=True)
class Counts:
    """Numbers of rows by what they are for."""

    train: int
    validation: int
    test: int

    @property
    def total(self) -> int:
        """All rows."""
        return self.train + self.validation + self.test


@dataclass(frozen=True)
class DataSpec:
    """All that is known of a bundle without its arrays: enough to infer every shape on the canvas.

    `balanced`: rare classes count more in the loss, unless the target says otherwise.
    """

    features: Mapping[str, Feature]
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    task: TaskKind
    counts: Counts
    weights: tuple[str, ...] = ()
    balanced: bool = False


@dataclass(frozen=True, eq=False)
class DataBundle:
    """Arrays ready for training: axis 0 is the row, rows are ordered training, validation, test.

    Arrays are C-contiguous and may be read-only (memory-mapped): numeric float32 (N, ...), images (N, H, W,
    C) as stored (see `Feature.scale`), classes int32 (N,) from 0 to k - 1, numbers to predict float32 (N, F).
    `scaling` has an entry for each standardized feature and was fitted on the training rows only. `weights` say how
    much each row counts, float32 (N,), and are never scaled. `preparation` is the fitted recipe of a user's own
    file, `notes` what was noticed while it was prepared, and `origin` says which state of the file that was.
    """

    inputs: Mapping[str, Array]
    targets: Mapping[str, Array]
    features: Mapping[str, Feature]
    task: TaskKind
    train: range
    validation: range
    test: range
    scaling: Mapping[str, Scaling]
    weights: Mapping[str, Array] = field(default_factory=dict)
    preparation: Preparation | None = None
    notes: tuple[str, ...] = ()
    origin: Origin | None = None

    @property
    def spec(self) -> DataSpec:
        """The same facts without the arrays."""
        counts = Counts(len(self.train), len(self.validation), len(self.test))
        parts = (tuple(self.inputs), tuple(self.targets))
        balanced = self.preparation is not None and self.preparation.balanced
        return DataSpec(self.features, *parts, self.task, counts, tuple(self.weights), balanced)
