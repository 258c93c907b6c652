"""How the rows divide into classes, at a glance: one bar, a stretch for each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.data.cells import plain_tip
from app.data.class_bars import ClassCount
from app.data.words import share_words
from app.theme import Theme, class_color
from app.widgets.painting import smooth_painter

_HEIGHT: Final = 10.0
_LEAST: Final = 64
_NAMED: Final = 12  # classes that the tip lists


class BalanceBar(QWidget):
    """Stretches in the colours of the classes; resting on it names them. Hidden where there are no classes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: tuple[ClassCount, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Class balance"))
        theme.changed.connect(self.update)
        self.hide()

    def set_classes(self, classes: Sequence[ClassCount]) -> None:
        """Show how many rows each class has."""
        self._classes = tuple(classes)
        total = sum(each.count for each in self._classes) or 1
        lines = [f"{each.name}: {each.count:,} ({share_words(each.count / total)})" for each in self._classes]
        self.setToolTip(plain_tip("\n".join(lines[:_NAMED])))
        self.setAccessibleDescription("; ".join(lines[:_NAMED]))
        self.setVisible(len(self._classes) > 1)
        self.update()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST, round(_HEIGHT))

    @override
    def sizeHint(self) -> QSize:
        return QSize(140, round(_HEIGHT))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), _HEIGHT / 2, _HEIGHT / 2)
        painter.setClipPath(shape)
        total = sum(each.count for each in self._classes) or 1
        left = 0.0
        for place, each in enumerate(self._classes):
            width = self.width() * each.count / total
            painter.fillRect(QRectF(left, 0, max(1.0, width - 1.0), self.height()), class_color(place))
            left += width
