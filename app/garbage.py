"""When and where the window's process looks for garbage."""

import gc

from PySide6.QtCore import QObject, QTimer

YOUNG_OBJECTS, OLDER_EVERY, OLDEST_EVERY = 50_000, 10, 10
LOOK_MS = 100


class Collector(QObject):
    """Looks for garbage between two turns of the event loop: on the window's thread, among what is new only.

    Python itself would look on whichever thread happens to make an object, and a widget that is let go on another thread
    than the window's takes the program with it. A full collection goes through all that the start of the window has made,
    which takes 150 ms: ten frames. What is there now is kept out of it for good; looking through 50,000 new objects takes
    a few frames' time at most.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rounds = 0
        gc.freeze()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect where enough is new; every so many times also among what is older, as Python would."""
        if gc.get_count()[0] < YOUNG_OBJECTS:
            return
        self._rounds += 1
        older = self._rounds % OLDER_EVERY == 0
        oldest = self._rounds % (OLDER_EVERY * OLDEST_EVERY) == 0
        gc.collect(2 if oldest else 1 if older else 0)
