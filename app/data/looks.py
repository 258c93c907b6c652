"""A column in a few words and bars: what its header shows, put together from all that the desk knows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from app.data.desk import DataDesk, RoleOf
from app.data.roles import role_title
from app.data.summaries import summary_of
from app.data.words import kind_words, share_words
from engine.data.sources.base import Column

__all__ = ["ColumnLook", "kind_words", "look_of"]


def _tr(text: str) -> str:
    return QCoreApplication.translate("ColumnLook", text)


@dataclass(frozen=True)
class ColumnLook:
    """What is shown of a column.

    Attributes:
        kind: in words.
        guessed: whether the role is not the user's decision.
        fixed: whether the role cannot be changed, because the set comes prepared.
        bars: heights from 0 to 1: a histogram, or the most frequent values; empty where nothing is known yet.
        low, high: what stands below the first and the last bar.
        missing: share of the cells, or None where that is not known.
        unit: of the numbers, as the header of the file says it.
    """

    name: str
    kind: str
    role: str = ""
    reason: str = ""
    guessed: bool = False
    fixed: bool = False
    bars: tuple[float, ...] = ()
    low: str = ""
    high: str = ""
    missing: float | None = None
    unit: str = ""

    @property
    def missing_words(self) -> str:
        """The share of missing cells; nothing where none is missing."""
        return share_words(self.missing) if self.missing else ""

    def spoken(self) -> str:
        """All of it in one line."""
        missing = _tr("{share} missing").format(share=self.missing_words) if self.missing else ""
        reach = f"{self.low} \N{EN DASH} {self.high}" if self.low and self.high else self.low
        parts = (self.name, self.kind, role_title(self.role) if self.role else "", missing, reach)
        return ", ".join(part for part in parts if part)


def look_of(desk: DataDesk, column: Column) -> ColumnLook:
    """What is known of a column now."""
    role = desk.roles.get(column.name, RoleOf(""))
    found = summary_of(desk, column)
    bare = ColumnLook(
        column.name,
        kind_words(column),
        role.role,
        role.reason,
        role.guessed,
        desk.bundled,
        unit=column.unit,
    )
    if found is None:
        return bare
    counts = [bar.count for bar in found.bars] or [each.count for each in found.top]
    most = max(counts, default=0)
    return replace(
        bare,
        bars=tuple(count / most for count in counts) if most else (),
        low=found.low,
        high=found.high,
        missing=found.missing,
    )
