"""Gets the plots ready right after the window's first picture, since their library takes longer to import than all else.

Whoever needs a plot before that simply imports it, and waits.
"""

import importlib
import sys
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal

PLOTS = "app.predictions.everything"  # it imports every plot there is
LOOK_MS = 10
FIRST_MS = 20  # for the window's first picture, which the import would take turns with


class PlotsLater(QObject):
    """Imports the plots on a thread of its own; `ready` says that making one takes no time from now on."""

    ready = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: Thread | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    def want(self) -> None:
        """Answer with `ready`: at once, where the plots are there already."""
        if self._is_there():
            self.ready.emit()
        elif self._thread is None:
            self._timer.start(FIRST_MS)

    def _is_there(self) -> bool:
        return PLOTS in sys.modules if self._thread is None else not self._thread.is_alive()

    def _look(self) -> None:
        if self._thread is None and not self._is_there():
            self._thread = Thread(target=importlib.import_module, args=(PLOTS,), name="plots")
            self._thread.start()
            self._timer.start(LOOK_MS)
        elif self._is_there():
            self._timer.stop()
            self.ready.emit()
