"""One column of a recipe, fitted: its steps with what they have learned. Applied to any cells alike, by block."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict

from engine.data.bundle import Curve, FeatureKind
from engine.data.errors import DataError
from engine.data.recipe.plan import PlannedColumn
from engine.data.recipe.steps.base import (
    AnyCategories,
    AnyDates,
    AnyMissing,
    AnyNumbers,
    CategoryState,
    DateState,
    FillState,
    Fitting,
    NumberState,
    is_missing,
)
from engine.data.sources.base import MISSING, Kind
from engine.tensor.spec import Array, DType

Scales = tuple[tuple[float, ...], tuple[float, ...], tuple[Curve | None, ...]]


class FittedColumn(BaseModel):
    """A column of single cells with the steps that it goes through, in order: missing, then one of the others."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str
    kind: Kind
    missing: AnyMissing | None = None
    fill: FillState = FillState()
    categories: AnyCategories | None = None
    words: CategoryState = CategoryState()
    spread: tuple[NumberState, ...] = ()
    numbers: AnyNumbers | None = None
    scale: NumberState = NumberState()
    dates: AnyDates | None = None
    time: DateState = DateState()

    @property
    def feature_kind(self) -> FeatureKind:
        """Of the feature that it becomes or is a part of."""
        return self.categories.kind if self.categories is not None else "numeric"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that it becomes."""
        if self.categories is not None:
            return self.categories.names(self.name, self.words)
        if self.dates is not None:
            return self.dates.names(self.name, self.time)
        return (self.name,)

    @property
    def marked(self) -> bool:
        """Whether a column of 0 and 1 says which cells were missing."""
        return self.missing is not None and self.missing.marks

    def scales(self) -> Scales:
        """Mean, scale and curve of each column that it becomes, which lead back to original units."""
        if self.numbers is not None:
            return (self.scale.mean,), (self.scale.scale,), (self.scale.curve,)
        if self.dates is not None:
            return self.time.mean, self.time.scale, (None,) * len(self.time.mean)
        if self.spread:
            return (
                tuple(s.mean for s in self.spread),
                tuple(s.scale for s in self.spread),
                (None,) * len(self.spread),
            )
        width = len(self.names)
        return (0.0,) * width, (1.0,) * width, (None,) * width

    def apply(self, cells: Array) -> Array:
        """Cells (n,) as the network sees them: float (n, F), int32 (n, 1) or text (n, 1).

        Missing cells must be filled by the recipe, or not be there.
        """
        given = as_words(cells, self.kind) if self.categories is not None else cells
        filled = self.missing.apply(given, self.fill) if self.missing is not None else given
        if self.categories is not None:
            made = self.categories.apply(filled, self.words)
            if self.spread:
                means, scales, _ = self.scales()
                scaled: Array = (made - np.asarray(means)) / np.asarray(scales)
                return scaled
            return made
        if self.dates is not None:
            return self.dates.apply(filled, self.time)
        if self.numbers is not None:
            return self.numbers.apply(filled, self.scale)
        return filled[:, np.newaxis]

    def mark(self, cells: Array) -> Array:
        """1 where the cell is missing, else 0: float32 (n, 1)."""
        return is_missing(cells).astype(np.float32)[:, np.newaxis]

    def strangers(self, cells: Array) -> tuple[str, ...]:
        """Words that no training row has.

        Raises:
            DataError: the recipe refuses them.
        """
        if self.categories is None:
            return ()
        given = as_words(cells, self.kind)
        filled = self.missing.apply(given, self.fill) if self.missing is not None else given
        found = self.categories.strangers(filled, self.words)
        if found and self.categories.refuses:
            known = ", ".join(self.words.categories[:10])
            raise DataError(
                f"The column {self.name!r} must hold what it held in training ({known}); received {found[0]!r}. "
                "Correct it, or train with such rows."
            )
        return found

    def require_known(self, cells: Array, first: int) -> None:
        """Refuse missing cells where no step fills them.

        Raises:
            DataError: one is missing; names its row, the first of which is `first`.
        """
        if self.missing is not None and self.fill.fill is not None:
            return
        missing = np.flatnonzero(is_missing(cells))
        if missing.size:
            raise DataError(
                f"The column {self.name!r} must have a value in each row to predict for; row "
                f"{first + int(missing[0]) + 1:,} lacks it. Fill it in, or choose in the recipe what stands for missing "
                "values and train again."
            )

    @property
    def says(self) -> str:
        """The steps in words."""
        steps = []
        if self.missing is not None:
            fill = f" ({self.fill.fill:.6g})" if isinstance(self.fill.fill, float) else f" ({self.fill.fill})"
            steps.append(
                f"missing: {self.missing.title().lower()}{fill if self.fill.fill is not None else ''}"
            )
        if self.categories is not None:
            count = f" of {len(self.words.categories)} words" if self.words.categories else ""
            steps.append(f"{self.categories.title().lower()}{count}")
        if self.dates is not None:
            steps.append(self.dates.title().lower())
        if self.numbers is not None:
            bent = f"{self.scale.curve.kind} then " if self.scale.curve is not None else ""
            steps.append(f"{bent}(value - {self.scale.mean:.6g}) / {self.scale.scale:.6g}")
        return f"{self.name}: {'; '.join(steps) or 'as it is'}"


def as_words(cells: Array, kind: Kind) -> Array:
    """Cells as text with `MISSING`: numbers as short as they can be written, bools as True and False."""
    if kind is Kind.TEXT or cells.dtype.kind == "T":
        return cells
    distinct, inverse = np.unique(cells, return_inverse=True)  # NaN come last, as one
    words = [word_of(value, kind) for value in distinct.tolist()]
    return (
        np.array(words or [""], DType.STRING.numpy)[inverse]
        if len(words)
        else np.empty(0, DType.STRING.numpy)
    )


def word_of(value: float | str, kind: Kind) -> str:
    """One cell as text."""
    if isinstance(value, str):
        return value
    if value != value:  # noqa: PLR0124 - NaN
        return MISSING
    if kind is Kind.BOOL:
        return "True" if value else "False"
    return np.format_float_positional(value, trim="-")


class ColumnFitting:
    """A planned column whose steps are being fitted."""

    def __init__(self, planned: PlannedColumn) -> None:
        self._planned = planned
        self._fill: Fitting[FillState] | None = planned.missing.begin() if planned.missing else None
        self._words = planned.categories.begin() if planned.categories else None
        self._scale = planned.numbers.begin() if planned.numbers else None
        self._time = planned.dates.begin() if planned.dates else None

    def add(self, cells: Array) -> None:
        """Some more training cells (n,)."""
        kind = self._planned.column.kind
        given = as_words(cells, kind) if self._words is not None else cells
        if self._fill is not None:
            self._fill.add(given)
        if self._words is not None and self._planned.missing is not None:
            # a missing word becomes a category where training has such rows
            fixed = self._planned.missing.key() == "value"
            missing = self._planned.missing
            given = missing.apply(given, missing.fit(given[:0])) if fixed else given
        for fitting in (self._words, self._scale, self._time):
            if fitting is not None:
                fitting.add(given)

    def fitted(self) -> FittedColumn:
        """The column with what was learned."""
        planned = self._planned
        return FittedColumn(
            name=planned.name,
            kind=planned.column.kind,
            missing=planned.missing,
            fill=self._fill.state() if self._fill is not None else FillState(),
            categories=planned.categories,
            words=self._words.state() if self._words is not None else CategoryState(),
            numbers=planned.numbers,
            scale=self._scale.state() if self._scale is not None else NumberState(),
            dates=planned.dates,
            time=self._time.state() if self._time is not None else DateState(),
        )
