"""A picture of windows over rows in time: what is known, what is predicted, and where the next example begins."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import FontRole, Theme
from app.widgets.painting import smooth_painter

_EXAMPLES: Final = 3
_LINE: Final = 20.0
_CELL: Final = 14.0
_CAPTION: Final = 18.0
_LEAST: Final = 5.0  # pixels of a cell that is still drawn as one


class WindowPicture(QWidget):
    """The first examples of a series, one a line."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._window, self._horizon, self._stride = 12, 1, 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("What an example is"))
        theme.changed.connect(self.update)

    def set_windows(self, window: int, horizon: int, stride: int) -> None:
        """Shows other windows."""
        self._window, self._horizon, self._stride = window, horizon, stride
        self.setAccessibleDescription(
            self.tr("Known rows: {known}; predicted: {next}; the next example begins {stride} later.").format(
                known=window, next=horizon, stride=stride
            )
        )
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, round(_EXAMPLES * _LINE + 2 * _CAPTION))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        total = self._window + self._horizon + (_EXAMPLES - 1) * self._stride
        cell = min(_CELL, (self.width() - 2) / total)
        for example in range(_EXAMPLES):
            top = example * _LINE + 3
            start = example * self._stride
            self._paint_run(painter, 0, total, cell, top, None)
            self._paint_run(painter, start, self._window, cell, top, "training")
            self._paint_run(painter, start + self._window, self._horizon, cell, top, "validation")
        self._paint_key(painter, _EXAMPLES * _LINE + 2)

    def _paint_run(
        self, painter: QPainter, start: int, length: int, cell: float, top: float, color: str | None
    ) -> None:
        """Rows that follow each other: as cells where there is room, else as one bar."""
        faint = self._theme.color("line")
        painter.setPen(Qt.PenStyle.NoPen if color else QPen(faint, 1))
        painter.setBrush(self._theme.color(color) if color else QBrush(Qt.BrushStyle.NoBrush))
        if cell < _LEAST:
            width = max(2.0, length * cell - 1)
            painter.drawRoundedRect(QRectF(1 + start * cell, top, width, _CELL), 3, 3)
            return
        gap = 2.0 if cell > 8 else 1.0
        for row in range(start, start + length):
            painter.drawRoundedRect(QRectF(1 + row * cell, top, cell - gap, _CELL), 2.5, 2.5)

    def _paint_key(self, painter: QPainter, top: float) -> None:
        known = self.tr("{count} known").format(count=self._window)
        coming = self.tr("{count} predicted").format(count=self._horizon)
        step = self.tr("next {count} later").format(count=self._stride)
        texts = (("training", known), ("validation", coming), (None, step))
        left = 1.0
        painter.setFont(self._theme.font(FontRole.SMALL))
        for color, text in texts:
            if color is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.color(color))
                painter.drawRoundedRect(QRectF(left, top + _CAPTION / 2 - 4, 8, 8), 2, 2)
                left += 12
            painter.setPen(self._theme.color("dim"))
            width = painter.fontMetrics().horizontalAdvance(text)
            painter.drawText(QRectF(left, top, width + 1, _CAPTION), Qt.AlignmentFlag.AlignVCenter, text)
            left += width + 14
