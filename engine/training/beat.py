"""When a run tells of itself: at most so many times a second, and as near to that as its steps allow.

Counting from the last report loses up to a chunk of steps each time, and a third of the reports with it. So the moments
are those of an even beat; a chunk that ends shortly before one is in time, and one that is late is followed the sooner.
"""

from __future__ import annotations

from collections.abc import Callable

REPORT_INTERVAL = 1 / 30  # seconds
EARLY = REPORT_INTERVAL / 4  # so long before its moment a report is in time


class Beat:
    """An even beat; who is late for long goes on from there.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._next = clock() + REPORT_INTERVAL

    @property
    def left(self) -> float:
        """Seconds until the next report; less than 0 where it is late."""
        return self._next - self._clock()

    @property
    def is_due(self) -> bool:
        """Whether it is time for a report."""
        return self.left <= EARLY

    def told(self) -> None:
        """A report goes out now. Half an interval is made up for, no more."""
        now = self._clock()
        moment = min(max(self._next, now - REPORT_INTERVAL / 2), now + EARLY)
        self._next = moment + REPORT_INTERVAL
