"""What one example is taken for: a bar for each class, or the numbers that are predicted."""

from collections.abc import Sequence
from math import isfinite
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.base import LiveView
from app.plots.ticks import value_text
from app.theme import SPACE, FontRole, Theme, class_color
from app.widgets.painting import fill_rounded, smooth_painter

_ROW: Final = 24
_LEAST_ROW: Final = 17
_NUMBER_ROW: Final = 28
_VALUE: Final = 52
_LEAST_BAR: Final = 24  # long names take the rest
_FEW: Final = 10  # classes stand in their own order, more in that of their probability


class ChancesView(LiveView):
    """The most probable classes from top to bottom, or names with numbers."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._chances: list[tuple[str, int, float]] = []
        self._numbers: list[tuple[str, float]] = []
        self._ranked = False
        self.setMinimumSize(130, 3 * _ROW)
        self.introduce(
            self.tr("What it is taken for"), self.tr("Press Train: what it is taken for appears here.")
        )

    def set_chances(self, chances: Sequence[tuple[str, int, float]], *, ranked: bool = False) -> None:
        """Shows classes: name, number, probability; the most probable first.

        Few of them stand in their own order, so that bars keep their places, unless they are to be `ranked`.
        """
        self._chances, self._numbers, self._ranked = list(chances), [], ranked
        self.request_refresh()

    def set_numbers(self, numbers: Sequence[tuple[str, float]]) -> None:
        """Shows predicted numbers with their names."""
        self._chances, self._numbers = [], list(numbers)
        self.request_refresh()

    def clear(self) -> None:
        """Forgets what was shown."""
        self._chances, self._numbers = [], []
        self.request_refresh()

    @property
    def best(self) -> str:
        """The most probable class."""
        return self._chances[0][0] if self._chances else ""

    @override
    def is_empty(self) -> bool:
        return not self._chances and not self._numbers

    @override
    def summary(self) -> str:
        if self._numbers:
            return ", ".join(f"{name} {value_text(value)}" for name, value in self._numbers)
        return ", ".join(f"{name} {100 * p:.0f} %" for name, _, p in self._chances[:3])

    @override
    def sizeHint(self) -> QSize:
        return QSize(240, 6 * _ROW)

    @override
    def _refresh(self) -> None:
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        if self._numbers:
            self._paint_numbers(painter)
        elif self._chances:
            self._paint_chances(painter)

    def _paint_chances(self, painter: QPainter) -> None:
        small, strong = self.theme.font(FontRole.SMALL), self.theme.font(FontRole.SMALL_STRONG)
        metrics = QFontMetricsF(strong)
        names = min(
            max(metrics.horizontalAdvance(name) for name, _, _ in self._chances) + 8,
            max(self.width() * 0.4, self.width() - _VALUE - _LEAST_BAR),
        )
        height = min(_ROW, max(_LEAST_ROW, self.height() // len(self._chances)))
        shown = max(1, min(len(self._chances), self.height() // height))
        order = (
            sorted(self._chances[:shown], key=lambda c: c[1])
            if len(self._chances) <= min(shown, _FEW) and not self._ranked
            else self._chances[:shown]
        )
        middle = Qt.AlignmentFlag.AlignVCenter
        for row, (name, number, p) in enumerate(order):
            top, best = row * height, name == self.best
            painter.setFont(strong if best else small)
            painter.setPen(self.theme.color("text" if best else "dim"))
            fitting = metrics.elidedText(name, Qt.TextElideMode.ElideRight, names - 4)
            painter.drawText(QRectF(0, top, names, height), middle, fitting)
            bar = QRectF(names, top + height * 0.3, max(1.0, self.width() - names - _VALUE), height * 0.4)
            fill_rounded(painter, bar, self.theme.color("line"), 3)
            share = min(max(p, 0.0), 1.0) if isfinite(p) else 0.0
            bar.setWidth(max(3.0, bar.width() * share))
            fill_rounded(painter, bar, QColor(class_color(number)), 3)
            painter.setFont(self.theme.font(FontRole.MONO_SMALL))
            painter.setPen(self.theme.color("text" if best else "dim"))
            value = QRectF(self.width() - _VALUE, top, _VALUE, height)
            painter.drawText(value, middle | Qt.AlignmentFlag.AlignRight, f"{100 * share:.1f} %")

    def _paint_numbers(self, painter: QPainter) -> None:
        for row, (name, value) in enumerate(self._numbers[: max(1, self.height() // _NUMBER_ROW)]):
            line = QRectF(0, row * _NUMBER_ROW, self.width(), _NUMBER_ROW)
            painter.setFont(self.theme.font(FontRole.SMALL))
            painter.setPen(self.theme.color("dim"))
            said = value_text(value)
            mono = QFontMetricsF(self.theme.font(FontRole.MONO))
            room = max(1.0, self.width() - mono.horizontalAdvance(said) - 2 * SPACE)
            shown = QFontMetricsF(painter.font()).elidedText(name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
            painter.setFont(self.theme.font(FontRole.MONO))
            painter.setPen(self.theme.color("text"))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, said)
