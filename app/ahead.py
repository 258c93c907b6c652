"""Imports ahead what will be wanted, a few milliseconds at a time, so that nobody waits for it then.

Nobody waits for it now, either: it leaves most of each frame to others.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.slices import SLICE_S

REST_MS: Final = 8  # between two slices
HELD_MS: Final = 500  # until the next look whether it still has to wait


class Ahead(QObject):
    """Goes through steps that import something, a few at a time. `done` follows the last.

    Args:
        steps: import a module each.
        first_ms: how long after now to begin.
        waits: whether it has to wait now; each run brings enough into the window in its first seconds.
    """

    done = Signal()

    def __init__(
        self,
        steps: Iterator[object],
        parent: QObject,
        *,
        first_ms: int = 0,
        waits: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(parent)
        self._steps = steps
        self._waits = waits
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._timer.start(first_ms)

    def _on_timer_timeout(self) -> None:
        if self._waits():
            self._timer.start(HELD_MS)
        elif self._work():
            self._timer.start(REST_MS)
        else:
            self.done.emit()

    def _work(self) -> bool:
        """Work for a slice; whether something is left."""
        end = time.perf_counter() + SLICE_S
        return any(time.perf_counter() >= end for _ in self._steps)
