"""Imports all layers once the window is there, so that none has to be when it is put down.

The window listed them by what was written down of them. What is imported here nobody waits for, so it leaves most of each
frame to others, and all of them while something trains: the first seconds of a run bring enough into the window.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.slices import SLICE_S

FIRST_MS: Final = 500  # after the window is there
REST_MS: Final = 8  # between two slices
TRAINS_MS: Final = 500  # until the next look whether it still does


class LayersLater(QObject):
    """Goes through steps that import something, while nothing trains. `done` follows the last.

    Args:
        steps: import a module each.
        is_training: whether something trains now.
    """

    done = Signal()

    def __init__(self, steps: Iterator[None], is_training: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._steps = steps
        self._is_training = is_training
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._timer.start(FIRST_MS)

    def _on_timer_timeout(self) -> None:
        if self._is_training():
            self._timer.start(TRAINS_MS)
        elif self._work():
            self._timer.start(REST_MS)
        else:
            self.done.emit()

    def _work(self) -> bool:
        """Work for a slice; whether something is left."""
        end = time.perf_counter() + SLICE_S
        return any(time.perf_counter() >= end for _ in self._steps)
