"""How often which values come, as bars: in the heads of columns, and large beside the facts of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from app.theme import Theme

_GAP: Final = 1.0


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        words: what it stands for: a value, or from where to where.
        count: rows.
    """

    words: str
    count: int


def paint_bars(
    painter: QPainter, room: QRectF, bars: Sequence[float], theme: Theme, color: str, lit: int = -1
) -> None:
    """Bars from 0 to 1 on a line; bar `lit` is stronger than the others."""
    if not bars:
        return
    painter.fillRect(QRectF(room.left(), room.bottom(), room.width(), 1), theme.color("line"))
    width = room.width() / len(bars)
    gap = _GAP if width > 3 else 0.0
    for index, bar in enumerate(bars):
        if bar > 0:
            tall = max(1.5, bar * room.height())
            at = QRectF(room.left() + index * width, room.bottom() - tall, max(1.0, width - gap), tall)
            painter.fillRect(at, theme.color(color, 1.0 if index == lit else 0.75))
