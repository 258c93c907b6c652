"""What is remarkable about a table, each as a sentence that says what it is and what may be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.data.profile.measure import COMPARED_ROWS
from engine.data.profile.model import ColumnProfile, Finding, FindingKind, Top
from engine.data.sources.base import Kind
from engine.data.tables.store import date_text

LEAK = 0.995  # an association from which on a column gives the target away
_MUCH_MISSING = 0.3
_MIXED = (0.1, 0.9)  # share of numbers among texts
_IDENTIFIER_ROWS = 20
_FAR = 20  # interquartile ranges beyond which a value is far from all others
_IMBALANCE = 10  # times as many of the most frequent class
MOST_CLASSES = 100
_FEW = 3


def findings_of(
    rows: int, columns: Sequence[ColumnProfile], equal_rows: int, twins: Sequence[tuple[str, str]]
) -> Iterator[Finding]:
    """What the columns and rows say without a target."""
    for column in columns:
        yield from _of_column(rows, column)
    if equal_rows:
        among = f" of the first {COMPARED_ROWS:,}" if rows > COMPARED_ROWS else ""
        equal = f"1 row{among} is" if equal_rows == 1 else f"{equal_rows:,} rows{among} are"
        yield _finding(
            "duplicate_rows",
            f"{equal} the same as an earlier one; if that is no chance, leave them out, or the same row may be learned "
            "from and tested on.",
        )
    for one, other in twins:
        yield _finding(
            "duplicate_column",
            f"{other!r} holds the same as {one!r}; one of them is enough.",
            other,
            warning=True,
        )


def _of_column(rows: int, column: ColumnProfile) -> Iterator[Finding]:
    name, there = column.name, rows - column.missing
    if column.distinct is None:
        return
    if not there:
        yield _finding("all_missing", f"{name!r} has no value at all; leave it out.", name, warning=True)
        return
    if column.distinct == 1 and rows > 1:
        value = f" ({column.top[0].value})" if column.top and len(column.top[0].value) <= 40 else ""
        where = f" where it has a value{value}" if column.missing else value
        yield _finding(
            "constant",
            f"{name!r} has the same value in all rows{where}, so nothing can be learned from it.",
            name,
            warning=not column.missing,
        )
    if column.missing > _MUCH_MISSING * rows:
        yield _finding("missing", f"{name!r} has no value in {column.missing / rows:.0%} of the rows.", name)
    if column.misfits:
        misfits = (
            f"1 cell of {name!r} does" if column.misfits == 1 else f"{column.misfits:,} cells of {name!r} do"
        )
        yield _finding(
            "misfits",
            f"{misfits} not fit the others ({column.kind.value}s) and count as missing.",
            name,
            warning=True,
        )
    if _MIXED[0] * there <= column.numeric <= _MIXED[1] * there:
        yield _finding(
            "mixed",
            f"{name!r} mixes numbers and words ({column.numeric / there:.0%} of its values are numbers), so it is read as "
            "text.",
            name,
            warning=True,
        )
    yield from _identifier(rows, there, column)
    yield from _outliers(column)


def _identifier(rows: int, there: int, column: ColumnProfile) -> Iterator[Finding]:
    if there < _IDENTIFIER_ROWS or (column.distinct or 0) < there * (1.0 if column.distinct_exact else 0.9):
        return
    counts_up = (
        column.kind is Kind.NUMBER
        and column.whole
        and column.minimum is not None
        and column.maximum is not None
        and there == rows
        and column.maximum - column.minimum + 1 == rows
    )
    words = column.kind is Kind.TEXT and (column.words or 0) < 2.5
    if counts_up or words:
        why = (
            f"{column.name!r} counts the rows" if counts_up else f"{column.name!r} is different in every row"
        )
        sentence = f"{why}, as names and numbers of things do; nothing can be learned from it."
        yield _finding("identifier", sentence, column.name)


def _outliers(column: ColumnProfile) -> Iterator[Finding]:
    if column.quartiles is None or column.minimum is None or column.maximum is None:
        return
    low, _, high = column.quartiles
    spread = high - low
    far = [
        v
        for v in (column.minimum, column.maximum)
        if spread and not low - _FAR * spread <= v <= high + _FAR * spread
    ]
    if far:
        shown = [_shown(value, column.kind) for value in (*far, low, high)]
        values = " and ".join(shown[:-2])
        yield _finding(
            "outliers",
            f"{column.name!r} has values as far out as {values}, while half of them lie between {shown[-2]} and "
            f"{shown[-1]}; they may be errors.",
            column.name,
        )


def _shown(value: float, kind: Kind) -> str:
    return (date_text(value) or "") if kind is Kind.DATE else f"{value:,.6g}"


def findings_with_target(
    target: ColumnProfile, columns: Sequence[ColumnProfile], classes: Sequence[Top]
) -> Iterator[Finding]:
    """What there is to say once something is to be predicted."""
    name = target.name
    if target.distinct == 1:
        yield _finding(
            "one_class",
            f"{name!r} is to be predicted, but has only one value; choose another target, or more rows.",
            name,
            warning=True,
        )
    if len(classes) > 1 and classes[0].count > _IMBALANCE * classes[-1].count:
        most, least = classes[0], classes[-1]
        yield _finding(
            "imbalance",
            f"{name!r} is {most.count / least.count:.0f} times as often {most.value!r} as it is {least.value!r}; weigh "
            "the classes, or a network that always says the first looks good.",
            name,
            warning=True,
        )
    for column in columns:
        if column.association is not None and abs(column.association) >= LEAK:
            yield _finding(
                "leak",
                f"{column.name!r} gives the target {name!r} away ({column.association:.3f} of 1); if it is not known when "
                "predicting, leave it out.",
                column.name,
                warning=True,
            )


def _finding(kind: FindingKind, sentence: str, column: str = "", *, warning: bool = False) -> Finding:
    return Finding(sentence=sentence, column=column, severity="warning" if warning else "info", kind=kind)
