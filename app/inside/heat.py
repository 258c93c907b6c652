"""How a weight or gradient was spread over the steps that were seen: time to the right, size upwards, share as colour."""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from engine.training.inside.history import Heat

_HEIGHT = 64
_LEVELS = 64


class HeatView(QWidget):
    """One colour of the theme, from nothing to all; hides itself while there is no history."""

    def __init__(self, theme: Theme, color: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._color = theme, color
        self._heat: Heat | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.hide()

    @property
    def heat(self) -> Heat | None:
        """What is shown."""
        return self._heat

    def set_heat(self, heat: Heat | None) -> None:
        """Show another history, or none."""
        self._heat = heat
        self.setVisible(heat is not None)
        if heat is not None:
            text = self.tr("Steps {first} to {last}, from {low} to {high}").format(
                first=f"{heat.first:,}", last=f"{heat.last:,}", low=f"{heat.low:.3g}", high=f"{heat.high:.3g}"
            )
            self.setToolTip(text)
            self.setAccessibleDescription(text)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(100, _HEIGHT + self.fontMetrics().height() + SPACE)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        heat = self._heat
        if heat is None:
            return
        painter = QPainter(self)
        area = QRectF(0, 0, self.width(), _HEIGHT)
        levels = np.ascontiguousarray((heat.shares[::-1] * (_LEVELS - 1)).round().astype(np.uint8))
        rows, columns = levels.shape
        image = QImage(levels.tobytes(), columns, rows, columns, QImage.Format.Format_Indexed8).copy()
        image.setColorTable(self._table())
        painter.drawImage(area, image)
        painter.setFont(self._theme.font(FontRole.MONO_SMALL))
        painter.setPen(self._theme.color("dim"))
        below = QRectF(0, _HEIGHT + 2, self.width(), self.fontMetrics().height() + SPACE)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, f"{heat.first:,}")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{heat.last:,}")

    def _table(self) -> list[int]:
        start, end = self._theme.color("canvas"), self._theme.color(self._color)
        return [_between(start, end, (k / (_LEVELS - 1)) ** 0.6).rgba() for k in range(_LEVELS)]


def _between(first: QColor, second: QColor, share: float) -> QColor:
    a, b = ((c.red(), c.green(), c.blue()) for c in (first, second))
    return QColor(*(round(x + (y - x) * share) for x, y in zip(a, b, strict=True)))
