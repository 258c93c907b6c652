"""A melody as a picture: time to the right, pitch upwards, a bar for each note."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.base import LiveView
from app.theme import FontRole, Theme
from app.widgets.painting import fill_rounded, smooth_painter
from engine.data.melodies.notation import NAMES
from engine.data.melodies.sounding import Played

_LEFT: Final = 34
_BLACK: Final = (1, 3, 6, 8, 10)
_LEAST_ROWS: Final = 13


class PianoRoll(LiveView):
    """Shows notes; those of the beginning in the accent's colour, a line where it plays."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._notes: tuple[Played, ...] = ()
        self._quarters = 1.0
        self._given = 0.0
        self._now: float | None = None
        self.setMinimumSize(160, 90)
        self.introduce(
            self.tr("Melody"), self.tr("Press Train: the melody that the network writes appears here.")
        )

    @property
    def notes(self) -> Sequence[Played]:
        """What is shown."""
        return self._notes

    def set_notes(self, notes: Sequence[Played], quarters: float, given: float) -> None:
        """Shows notes that take so many quarters, the first `given` of which were not written by the network."""
        self._notes, self._quarters, self._given = tuple(notes), max(quarters, 1.0), given
        self.request_refresh()

    def set_now(self, quarter: float | None) -> None:
        """Where it plays."""
        self._now = quarter
        self.update()

    @override
    def is_empty(self) -> bool:
        return not self._notes

    @override
    def summary(self) -> str:
        first = " ".join(f"{NAMES[n.pitch % 12]}{n.pitch // 12 - 1}" for n in self._notes[:24])
        return self.tr("{count} notes: {first}").format(count=len(self._notes), first=first)

    @override
    def _refresh(self) -> None:
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._notes:
            return
        painter = smooth_painter(self)
        lowest, highest = min(n.pitch for n in self._notes), max(n.pitch for n in self._notes)
        spare = max(0, _LEAST_ROWS - (highest - lowest + 1))
        lowest, highest = lowest - spare // 2 - 1, highest + (spare + 1) // 2 + 1
        area = QRectF(_LEFT, 2, self.width() - _LEFT - 4, self.height() - 4)
        row = area.height() / (highest - lowest + 1)
        self._paint_rows(painter, area, row, lowest, highest)
        across = area.width() / self._quarters
        for note in self._notes:
            top = area.bottom() - (note.pitch - lowest + 1) * row
            bar = QRectF(area.left() + note.start * across, top, max(2.0, note.length * across - 1.0), row)
            role = "accent" if note.start < self._given else "good"
            fill_rounded(painter, bar.adjusted(0, 0.5, 0, -0.5), self.theme.color(role), min(3.0, row / 3))
        if self._now is not None:
            x = area.left() + self._now * across
            painter.setPen(QPen(self.theme.color("text"), 1.5))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _paint_rows(self, painter: QPainter, area: QRectF, row: float, lowest: int, highest: int) -> None:
        painter.setFont(self.theme.font(FontRole.MONO_SMALL))
        for pitch in range(lowest, highest + 1):
            line = QRectF(area.left(), area.bottom() - (pitch - lowest + 1) * row, area.width(), row)
            painter.fillRect(line, self.theme.color("canvas" if pitch % 12 in _BLACK else "raised"))
            if pitch % 12 == 0:
                painter.setPen(self.theme.color("dim"))
                name = QRectF(0, line.center().y() - 8, _LEFT - 6, 16)
                painter.drawText(
                    name, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"C{pitch // 12 - 1}"
                )
