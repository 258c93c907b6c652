"""What a profile says of a column, in words and bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.data.bars import Bar
from app.data.class_bars import ClassCount
from app.data.desk import DataDesk, Stage
from app.data.findings import Remark
from app.data.words import number_words, share_words
from app.i18n import said
from engine.data.sources.base import Column, Kind

if TYPE_CHECKING:
    from engine.data.profile.model import Bin, ColumnProfile

MOST_TOP = 6  # values that are listed


def _tr(text: str) -> str:
    return QCoreApplication.translate("Summaries", text)


@dataclass(frozen=True)
class ColumnSummary:
    """What is shown of a column.

    Attributes:
        facts: labels and values.
        bars: of numbers and dates: how often which values come.
        low, high: below the first and the last bar.
        top: of all else: the most frequent values.
        relation: how it goes with the target; a sentence, or empty.
        missing: share of the cells.
    """

    facts: list[tuple[str, str]]
    bars: tuple[Bar, ...] = ()
    low: str = ""
    high: str = ""
    top: tuple[ClassCount, ...] = ()
    relation: str = ""
    missing: float | None = None


def summary_of(desk: DataDesk, column: Column) -> ColumnSummary | None:
    """What is known of a column; None before it was looked through."""
    found = desk.profile_of(column.name)
    if found is None or desk.profile is None:
        return None
    rows = desk.profile.rows
    measured = column.kind in (Kind.NUMBER, Kind.DATE)
    low, high = (
        (_value(column.kind, found.minimum), _value(column.kind, found.maximum)) if measured else ("", "")
    )
    return ColumnSummary(
        facts=_facts(column.kind, found, rows),
        bars=tuple(Bar(_reach(column.kind, each, found.whole), each.count) for each in found.histogram),
        low=low or _few(found),
        high=high,
        top=() if found.histogram else _top(found, rows),
        relation=_relation(found, desk.profile.target),
        missing=found.missing / rows if rows else None,
    )


def remarks_of(desk: DataDesk) -> tuple[tuple[Remark, ...], str]:
    """What stands out, and what to say where nothing does."""
    if desk.profile is not None:
        found = tuple(Remark(said(f.sentence), f.column, f.severity) for f in desk.profile.findings)
        return (*found, *_of_time(desk)), _tr(
            "Nothing: no constant or empty column, no row twice, nothing that gives the target away."
        )
    if desk.stage is Stage.OPENING or desk.is_studying:
        return (), _tr("The columns are being looked through.")
    if desk.stage is Stage.OPEN:
        return (), _tr("Not looked through yet.")
    return (), ""


def _of_time(desk: DataDesk) -> tuple[Remark, ...]:
    """Of rows that follow each other in time: how later ones are predicted, which is not what is done by itself."""
    plan = desk.plan
    if plan is None or plan.split != "time" or desk.document.data.recipe.windows is not None:
        return ()
    from engine.data.recipe.plan import is_foretold  # see Workspace.data_view

    if not plan.targets or not is_foretold(plan.targets[0]):
        return ()
    sentence = _tr(
        "The rows follow each other in time, and each of them is an example. For a forecast, which predicts later rows "
        "from those before, switch on Rows in time, the last of the settings beside the table."
    )
    return (Remark(sentence, plan.split_column),)


def _value(kind: Kind, value: float | None) -> str:
    if kind is Kind.DATE and value is not None:
        from engine.data.tables.store import date_text  # see Workspace.data_view

        return date_text(value) or ""
    return number_words(value)


def _reach(kind: Kind, bar: Bin, whole: bool) -> str:
    """What a bar stands for; a whole number stands in the middle of a bar of its own."""
    if whole and bar.high - bar.low == 1.0:
        return number_words((bar.low + bar.high) / 2)
    return f"{_value(kind, bar.low)} \N{EN DASH} {_value(kind, bar.high)}"


def _few(found: ColumnProfile) -> str:
    """Below bars of values: how many there are."""
    if found.distinct is None:
        return ""
    about = "" if found.distinct_exact else "\N{ALMOST EQUAL TO} "
    return _tr("{about}{count:,} values").format(about=about, count=found.distinct)


def _facts(kind: Kind, found: ColumnProfile, rows: int) -> list[tuple[str, str]]:
    missing = f"{found.missing:,} ({share_words(found.missing / rows)})" if found.missing and rows else "0"
    facts = [(_tr("Missing"), missing)]
    if found.misfits:
        facts.append((_tr("Not fitting"), f"{found.misfits:,}"))
    if found.distinct is not None:
        facts.append((_tr("Different"), _few(found)))
    if kind is Kind.TEXT:
        letters = f"{number_words(found.minimum)} \N{EN DASH} {number_words(found.maximum)}"
        facts.append((_tr("Letters"), letters if found.minimum is not None else ""))
    else:
        facts += [(_tr("Least"), _value(kind, found.minimum)), (_tr("Largest"), _value(kind, found.maximum))]
        facts.append((_tr("Mean"), _value(kind, found.mean)))
    if kind is Kind.NUMBER:
        facts.append((_tr("Deviation"), number_words(found.std)))
    if found.quartiles is not None:
        first, median, third = (_value(kind, value) for value in found.quartiles)
        facts += [(_tr("Median"), median), (_tr("Middle half"), f"{first} \N{EN DASH} {third}")]
    return [(label, value) for label, value in facts if value]


def _top(found: ColumnProfile, rows: int) -> tuple[ClassCount, ...]:
    return tuple(
        ClassCount(each.value, each.count, share_words(each.count / rows) if rows else "")
        for each in found.top[:MOST_TOP]
    )


def _relation(found: ColumnProfile, target: str) -> str:
    if found.association is None or not target or found.name == target:
        return ""
    strength = abs(found.association)
    words = _tr("weakly") if strength < 0.3 else _tr("clearly") if strength < 0.7 else _tr("strongly")
    if strength < 0.1:
        words = _tr("hardly")
    return _tr("Goes {words} with {target} ({value:.2f}).").format(
        words=words, target=target, value=found.association
    )
