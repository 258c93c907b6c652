"""What is said of a table: plain data that goes through JSON, so that it can be remembered and sent."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from engine.data.sources.base import Kind

FindingKind = Literal[
    "all_missing", "constant", "missing", "misfits", "mixed", "identifier", "duplicate_rows", "duplicate_column",
    "outliers", "leak", "one_class", "imbalance", "gaps", "irregular",
]  # fmt: skip


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Bin(_Plain):
    """A bar of a histogram: `low` <= value < `high`, the last one with its upper end."""

    low: float
    high: float
    count: int


class Top(_Plain):
    """One of the most frequent values."""

    value: str
    count: int


class ColumnProfile(_Plain):
    """What a column holds.

    Attributes:
        name, kind: of the column.
        missing: cells without a value, misfits included.
        misfits: cells that do not fit the kind, such as a word among numbers.
        distinct: different values; None for pictures and the like.
        distinct_exact: whether they were counted or estimated (to a few percent).
        minimum, maximum, mean, std, quartiles: of numbers; of dates in seconds since 1970; of texts, of their lengths
            (no quartiles).
        whole: all numbers are whole.
        numeric: texts that are numbers.
        words: the mean number of words in a text.
        histogram: of numbers and dates.
        top: the most frequent values, where there are not too many to count.
        association: with the target: a correlation from -1 to 1 between numbers, else a strength from 0 to 1 (correlation
            ratio, Cramér's V); None where there is no target, or it means nothing.
    """

    name: str
    kind: Kind
    missing: int = 0
    misfits: int = 0
    distinct: int | None = None
    distinct_exact: bool = True
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    std: float | None = None
    quartiles: tuple[float, float, float] | None = None
    whole: bool = False
    numeric: int = 0
    words: float | None = None
    histogram: tuple[Bin, ...] = ()
    top: tuple[Top, ...] = ()
    association: float | None = None


class Finding(_Plain):
    """Something to know or to do something about, as one sentence."""

    sentence: str
    column: str = ""
    severity: Literal["info", "warning"] = "info"
    kind: FindingKind


class Profile(_Plain):
    """What a table holds.

    Attributes:
        rows: how many.
        columns: in the order of the source.
        findings: warnings first.
        target: the column that associations are with; "" for none.
        classes: the target's values and how often each occurs, where there are few.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]
    findings: tuple[Finding, ...] = ()
    target: str = ""
    classes: tuple[Top, ...] = ()

    def column(self, name: str) -> ColumnProfile:
        """The column of that name; raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
