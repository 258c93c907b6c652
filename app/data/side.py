"""The right side of the Data view: the proposal on top, how the data is prepared below it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.theme import SPACE

LEAST_WIDTH = 300


class SidePanel(QScrollArea):
    """Two slots in a column that scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(LEAST_WIDTH)
        self.setAccessibleName(self.tr("What becomes of the data"))
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        self._column.setSpacing(4 * SPACE)
        self._column.addStretch(1)
        self.setWidget(page)
        self._card: QWidget | None = None
        self._prepare: QWidget | None = None

    def set_card(self, widget: QWidget) -> None:
        """What stands on top."""
        self._card = self._replace(self._card, widget, 0)

    def set_prepare(self, widget: QWidget) -> None:
        """What stands below it."""
        self._prepare = self._replace(self._prepare, widget, 0 if self._card is None else 1)

    def _replace(self, old: QWidget | None, new: QWidget, place: int) -> QWidget:
        if old is not None:
            self._column.removeWidget(old)
            old.deleteLater()
        self._column.insertWidget(place, new)
        return new
