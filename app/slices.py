"""Long work on the window's own thread in slices: between two of them the event loop turns, and frames are painted."""

import time
from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

SLICE_S: Final = 0.004
"""With a frame's painting beside two of them, this stays within 16.7 ms."""

_FIRST_SLICE_S: Final = 0.002
_REST_MS: Final = 50  # of the hand, after which work goes on


class Slices(QObject):
    """Goes through the steps of an iterator, a few milliseconds at a time. `sliced` follows each slice."""

    sliced = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps: Iterator[object] | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timer_timeout)

    def start(self, steps: Iterator[object]) -> None:
        """Works on these steps, the first slice at once; what was being worked on is dropped."""
        self._steps = steps
        self._timer.start(0)
        self._work(_FIRST_SLICE_S)

    def is_busy(self) -> bool:
        """Whether steps are left."""
        return self._steps is not None

    def give_way(self) -> None:
        """Leaves the frames to a hand that drags, pans or zooms; goes on once this was not called for a moment."""
        if self._steps is not None:
            self._timer.start(_REST_MS)

    def finish(self) -> None:
        """Does all that is left at once."""
        if self._steps is not None:
            for _ in self._steps:
                pass
            self._end()
            self.sliced.emit()

    def stop(self) -> None:
        """Drops what is left."""
        self._end()

    def _end(self) -> None:
        self._steps = None
        self._timer.stop()

    def _on_timer_timeout(self) -> None:
        self._timer.setInterval(0)
        self._work(SLICE_S)

    def _work(self, seconds: float) -> None:
        steps, end = self._steps, time.perf_counter() + seconds
        while steps is not None and time.perf_counter() < end:
            if next(steps, self) is self:
                self._end()
                break
        self.sliced.emit()
