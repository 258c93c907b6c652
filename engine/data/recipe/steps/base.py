"""What a step of a recipe is: fitted on training rows in one pass, applied alike to any row.

What a step has learned is a `State`, plain JSON, so that it travels in a project and compares. Steps that are not fitted
give an empty one.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Protocol, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from engine.data.bundle import Curve, FeatureKind
from engine.data.sources.base import MISSING
from engine.families import Family, Member
from engine.tensor.spec import Array, DType


class State(BaseModel):
    """What a step has learned from the training rows."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


_MISSING = np.array([MISSING], DType.STRING.numpy)  # as it stands it would lose its NUL on the way
S = TypeVar("S", bound=State)
S_co = TypeVar("S_co", bound=State, covariant=True)


class Fitting(Protocol[S_co]):
    """A step that is being fitted: fed with blocks of training rows, then asked what it has learned."""

    def add(self, values: Array) -> None:
        """Some more cells (n,)."""
        ...

    def state(self) -> S_co:
        """What was learned from all of them."""
        ...


def fitted(fitting: Fitting[S], values: Array) -> S:
    """What is learned from these cells at once."""
    fitting.add(values)
    return fitting.state()


def is_missing(values: Array) -> Array:
    """Which cells have no value: bool (n,)."""
    if values.dtype.kind in "fc":
        return np.isnan(values)
    missing: Array = np.equal(values, _MISSING)
    return missing


class FillState(State):
    """What stands for a missing cell: a number or a text; None where rows with such cells are left out."""

    fill: float | str | None = None


class Missing(Member):
    """Base of what is done about missing cells: `apply` returns the cells, filled."""

    @property
    def marks(self) -> bool:
        """Whether a column of 0 and 1 says which cells were missing."""
        return bool(getattr(self, "indicator", False))

    def begin(self) -> Fitting[FillState]:
        """Begin to fit it."""
        raise NotImplementedError

    def fit(self, values: Array) -> FillState:
        """What is learned from these training cells alone."""
        return fitted(self.begin(), values)

    def apply(self, values: Array, state: FillState) -> Array:
        """The cells with what stands for missing ones; as they are, if nothing does."""
        missing = is_missing(values)
        if state.fill is None or not missing.any():
            return values
        filled = values.copy()
        filled[missing] = float(state.fill) if values.dtype.kind == "f" else str(state.fill)
        return filled


class CategoryState(State):
    """Categories in the order of their numbers, and how many rarer ones were left out."""

    categories: tuple[str, ...] = ()
    left_out: int = 0


class Categories(Member):
    """Base of what is made of words."""

    kind: ClassVar[FeatureKind] = "numeric"  # of the feature that it makes

    def begin(self) -> Fitting[CategoryState]:
        """Begin to fit it."""
        raise NotImplementedError

    def fit(self, values: Array) -> CategoryState:
        """What is learned from these training cells alone."""
        return fitted(self.begin(), values)

    def apply(self, values: Array, state: CategoryState) -> Array:
        """The cells (n,), none missing, as what the network sees: (n, F) or text (n, 1)."""
        raise NotImplementedError

    def names(self, column: str, state: CategoryState) -> tuple[str, ...]:
        """Names of the columns that it makes of a column."""
        raise NotImplementedError

    def strangers(self, values: Array, state: CategoryState) -> tuple[str, ...]:
        """Words that have no number, each once, in order; none where words need no numbers."""
        if self.kind == "text":
            return ()
        known = set(state.categories)
        return tuple(sorted(str(v) for v in set(values.tolist()) if v not in known))

    @property
    def refuses(self) -> bool:
        """Whether such words are an error when predicting."""
        return getattr(self, "unseen", "zeros") == "refuse"


class NumberState(State):
    """How numbers are scaled: `(curve(value) - mean) / scale`."""

    mean: float = 0.0
    scale: float = 1.0
    curve: Curve | None = None


class Numbers(Member):
    """Base of what is made of numbers."""

    def begin(self) -> Fitting[NumberState]:
        """Begin to fit it."""
        raise NotImplementedError

    def fit(self, values: Array) -> NumberState:
        """What is learned from these training cells alone."""
        return fitted(self.begin(), values)

    def names(self, column: str, state: NumberState) -> tuple[str, ...]:
        """The column itself."""
        return (column,)

    def apply(self, values: Array, state: NumberState) -> Array:
        """Scaled, float64 (n, 1)."""
        bent = values if state.curve is None else state.curve.apply(values)
        scaled: Array = ((bent - state.mean) / state.scale)[:, np.newaxis]
        return scaled

    def invert(self, values: Array, state: NumberState) -> Array:
        """Scaled numbers (n, 1) in original units, (n,)."""
        bent = values[:, 0] * state.scale + state.mean
        return bent if state.curve is None else state.curve.invert(bent)


class DateState(State):
    """How each of the numbers made of a date is scaled."""

    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()


class Dates(Member):
    """Base of what is made of points in time, which are seconds since 1970 (UTC)."""

    def cycles(self) -> tuple[tuple[float, float], ...]:
        """Length and begin, in seconds, of each cycle of which sine and cosine follow the time."""
        return ()

    def begin(self) -> Fitting[DateState]:
        """Begin to fit it."""
        raise NotImplementedError

    def fit(self, values: Array) -> DateState:
        """What is learned from these training cells alone."""
        return fitted(self.begin(), values)

    def apply(self, values: Array, state: DateState) -> Array:
        """The cells (n,) as scaled numbers, float64 (n, F)."""
        raise NotImplementedError

    def names(self, column: str, state: DateState) -> tuple[str, ...]:
        """Names of the columns that it makes of a column."""
        raise NotImplementedError


MISSINGS: Family[Missing] = Family(Missing, "engine.data.recipe.steps.missing", "way with missing values")
CATEGORIES: Family[Categories] = Family(
    Categories, "engine.data.recipe.steps.categories", "way with categories"
)
NUMBERS: Family[Numbers] = Family(Numbers, "engine.data.recipe.steps.numbers", "way with numbers")
DATES: Family[Dates] = Family(Dates, "engine.data.recipe.steps.dates", "way with dates")

AnyMissing = Annotated[Missing, MISSINGS]
AnyCategories = Annotated[Categories, CATEGORIES]
AnyNumbers = Annotated[Numbers, NUMBERS]
AnyDates = Annotated[Dates, DATES]
