"""Weights that are one number for each unit (biases, the statistics of a normalization), as a bar for each."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from engine.tensor.spec import Array

_BARS, _LINE = 26, 18
MOST = 6


class VectorsView(QWidget):
    """A row of bars for each, up from 0 or down, with its name and range above; hides itself where there is none."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._vectors: list[tuple[str, NDArray[np.float32]]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Numbers of the units"))
        self.hide()

    @property
    def names(self) -> list[str]:
        """Of what is shown."""
        return [name for name, _ in self._vectors]

    def set_vectors(self, vectors: Mapping[str, Array]) -> None:
        """Show these."""
        before = len(self._vectors)
        self._vectors = [
            (name, np.asarray(a, np.float32)) for name, a in list(vectors.items())[:MOST] if a.size
        ]
        self.setVisible(bool(self._vectors))
        self.setAccessibleDescription("; ".join(_words(name, values) for name, values in self._vectors))
        if len(self._vectors) != before:
            self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(100, len(self._vectors) * (_BARS + _LINE + SPACE))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for row, (name, values) in enumerate(self._vectors):
            top = row * (_BARS + _LINE + SPACE)
            painter.setFont(self._theme.font(FontRole.SMALL))
            painter.setPen(self._theme.color("dim"))
            line = QRectF(0, top, self.width(), _LINE)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, _words(name, values))
            self._paint_bars(painter, values, QRectF(0, top + _LINE, self.width(), _BARS))

    def _paint_bars(self, painter: QPainter, values: NDArray[np.float32], area: QRectF) -> None:
        finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        low, high = min(0.0, float(finite.min())), max(0.0, float(finite.max()))
        span = (high - low) or 1.0
        zero = area.top() + area.height() * high / span
        width = area.width() / len(finite)
        gap = 1.0 if width > 4 else 0.0
        up, down = self._theme.color("core"), self._theme.color("warn")
        for k, value in enumerate(finite.tolist()):
            height = area.height() * abs(value) / span
            top = zero - height if value >= 0 else zero
            painter.fillRect(
                QRectF(area.left() + k * width, top, max(width - gap, 1.0), height),
                up if value >= 0 else down,
            )
        painter.fillRect(QRectF(area.left(), zero, area.width(), 1), self._theme.color("line"))


def _words(name: str, values: NDArray[np.float32]) -> str:
    return f"{name.replace('_', ' ')} · {float(values.min()):.3g} … {float(values.max()):.3g}"
