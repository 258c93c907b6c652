"""What the pads to draw on have in common: a square that grows with its room, as far as hands still reach across."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import Theme

_USUAL = 284


class Pad(QWidget):
    """A square that takes the keyboard and shows a cross for a pointer; `least` and `largest` are pixels of its side."""

    accessible_role = QAccessible.Role.Canvas

    least = 140
    largest = 336

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(name)

    @override
    def sizeHint(self) -> QSize:
        return QSize(_USUAL, _USUAL)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(self.least, self.least)

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        return min(width, self.largest)
