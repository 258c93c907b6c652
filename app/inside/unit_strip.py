"""All units of a layer as small squares: alive, dead or saturated at a glance; one of them can be chosen."""

from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from app.theme import Theme

_SIDE, _GAP = 14, 3
_FAINTEST = 0.25


class UnitStrip(QWidget):
    """`chosen` carries the unit that was clicked, or gone to with the arrow keys; a dead one has a stroke through it."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._strength: NDArray[np.float64] = np.empty(0)
        self._dead: NDArray[np.bool_] = np.empty(0, bool)
        self._flat: NDArray[np.bool_] = np.empty(0, bool)
        self._words: list[str] = []
        self._current = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Units of the layer"))
        theme.changed.connect(self.update)

    def set_units(
        self,
        strength: NDArray[np.float64],
        dead: NDArray[np.bool_],
        flat: NDArray[np.bool_],
        words: list[str],
    ) -> None:
        """Shows units: how much each varies (0 to 1), whether it is dead or saturated, and each in words."""
        resized = len(strength) != len(self._strength)
        self._strength, self._dead, self._flat, self._words = strength, dead, flat, words
        if self._current >= len(strength):
            self._current = -1
        if resized:
            self.updateGeometry()
        self._describe()
        self.update()

    def set_current(self, unit: int) -> None:
        """Marks a unit; -1: none."""
        self._current = unit
        self._describe()
        self.update()

    @property
    def count(self) -> int:
        """How many are shown."""
        return len(self._strength)

    def rect_of(self, unit: int) -> QRectF:
        """Where a unit is."""
        row, column = divmod(unit, self._columns())
        return QRectF(column * (_SIDE + _GAP) + 1, row * (_SIDE + _GAP) + 1, _SIDE, _SIDE)

    def _columns(self) -> int:
        return max(1, (self.width() - 2) // (_SIDE + _GAP))

    def _describe(self) -> None:
        known = 0 <= self._current < len(self._words)
        self.setAccessibleDescription(self._words[self._current] if known else "")

    def _at(self, position: QPoint) -> int:
        column, row = position.x() // (_SIDE + _GAP), position.y() // (_SIDE + _GAP)
        unit = row * self._columns() + column
        return unit if column < self._columns() and 0 <= unit < self.count else -1

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, ceil(self.count / self._columns()) * (_SIDE + _GAP) + 2)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for unit in range(self.count):
            rect = self.rect_of(unit)
            role = "bad" if self._dead[unit] else "warn" if self._flat[unit] else "core"
            color = QColor(self._theme.color(role))
            color.setAlphaF(
                1.0 if role != "core" else _FAINTEST + (1 - _FAINTEST) * float(self._strength[unit])
            )
            painter.fillRect(rect, color)
            if self._dead[unit] or self._flat[unit]:
                painter.setPen(QPen(self._theme.color("panel"), 1.5))
                painter.drawLine(rect.topLeft(), rect.bottomRight())
                if self._dead[unit]:
                    painter.drawLine(rect.topRight(), rect.bottomLeft())
            if unit == self._current:
                painter.setPen(QPen(self._theme.color("accent" if self.hasFocus() else "text"), 2))
                painter.drawRect(rect)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        unit = self._at(event.position().toPoint())
        if unit >= 0 and event.button() is Qt.MouseButton.LeftButton:
            self._choose(unit)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = self._columns()
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        key = Qt.Key(event.key())
        if key not in steps or not self.count:
            super().keyPressEvent(event)
            return
        target = 0 if self._current < 0 else self._current + steps[key]
        if 0 <= target < self.count:
            self._choose(target)

    def _choose(self, unit: int) -> None:
        self.set_current(unit)
        self.chosen.emit(unit)

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            unit = self._at(event.pos())
            QToolTip.showText(event.globalPos(), self._words[unit] if unit >= 0 else "", self)
            return True
        return super().event(event)
