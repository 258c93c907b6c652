"""Tells a screen reader which hit Enter would choose, where the list of hits has not the keyboard."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.canvas.announce import announce

_TOLD_AFTER_MS: Final = 150


class Telling(QTimer):
    """Of the hits that come and go while one types, only the last is told; `words` says it, "" where there is none."""

    def __init__(self, field: QWidget, words: Callable[[], str]) -> None:
        super().__init__(field)
        self._field, self._words = field, words
        self.setSingleShot(True)
        self.setInterval(_TOLD_AFTER_MS)
        self.timeout.connect(self._tell)

    def _tell(self) -> None:
        words = self._words() if self._field.hasFocus() else ""
        if words:
            announce(self._field, words)
