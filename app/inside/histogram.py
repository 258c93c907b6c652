"""How the numbers of a weight, a gradient or an output are spread, as bars with the range below them."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from engine.training.inside.views import Spread

_HEIGHT = 44
_GAP = 1.0


class SpreadView(QWidget):
    """Bars of one colour; what is not a number is said in words."""

    def __init__(self, theme: Theme, color: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._color = color
        self._name = name
        self._spread: Spread | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    @property
    def spread(self) -> Spread | None:
        """What is shown."""
        return self._spread

    def set_spread(self, spread: Spread | None) -> None:
        """Show another one."""
        self._spread = spread
        if spread is not None:
            text = self.tr("{low:.3g} to {high:.3g}, mean {mean:.3g}, deviation {deviation:.3g}").format(
                low=spread.low, high=spread.high, mean=spread.mean, deviation=spread.deviation
            )
            if spread.broken:
                text += ", " + self.tr("{count} are no numbers").format(count=spread.broken)
            self.setToolTip(text)
            self.setAccessibleDescription(text)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(100, _HEIGHT + self._line_height())

    def _line_height(self) -> int:
        return self.fontMetrics().height() + SPACE

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        spread = self._spread
        if spread is None:
            return
        painter = QPainter(self)
        most = max(int(spread.counts.max()), 1)
        width = self.width() / len(spread.counts)
        color = self._theme.color(self._color)
        for k, count in enumerate(spread.counts):
            height = _HEIGHT * int(count) / most
            if count:
                bar = QRectF(k * width, _HEIGHT - max(height, 1.0), max(width - _GAP, 1.0), max(height, 1.0))
                painter.fillRect(bar, color)
        painter.fillRect(QRectF(0, _HEIGHT, self.width(), 1), self._theme.color("line"))
        painter.setFont(self._theme.font(FontRole.MONO))
        painter.setPen(self._theme.color("dim"))
        box = QRectF(0, _HEIGHT + SPACE, self.width(), self._line_height())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, f"{spread.low:.2g}")
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, f"{spread.high:.2g}")
