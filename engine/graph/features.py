"""What the graph needs to know of a data set: shapes and types, never values."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.tensor.spec import DType, Shape, TensorSpec


@dataclass(frozen=True)
class FeatureSpec:
    """One named array of a data set, as the network sees it.

    Attributes:
        shape: of one example, without the batch.
        dtype: as stored; pictures are uint8.
        classes: number of classes where it is a class number, else None.
        title: for people ("price, thousand dollars"); "" where there is nothing better than its name.
        scale: training sees `stored * scale`.
    """

    shape: Shape
    dtype: DType = DType.FLOAT32
    classes: int | None = None
    title: str = ""
    scale: float = 1.0

    @property
    def as_seen(self) -> FeatureSpec:
        """The same feature after gathering: floats that need no scaling, or whole numbers."""
        return replace(self, dtype=self.batch(1).dtype, scale=1.0)

    def batch(self, size: int) -> TensorSpec:
        """A gathered batch: uint8 has become float32 by then."""
        dtype = DType.FLOAT32 if self.dtype is DType.UINT8 else self.dtype
        return TensorSpec((size, *self.shape), dtype)
