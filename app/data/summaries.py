"""What a profile says of a column, in words and bars."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.data.bars import Bar
from app.data.class_bars import ClassCount
from app.data.desk import DataDesk, Stage
from app.data.findings import Remark
from engine.data.sources.base import Column


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
    return None


def remarks_of(desk: DataDesk) -> tuple[tuple[Remark, ...], str]:
    """What stands out, and what to say where nothing does."""
    if desk.stage is Stage.OPENING or desk.is_studying:
        return (), _tr("The columns are being looked through.")
    return (), ""
