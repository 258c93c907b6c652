"""Spreads what draws over the frames: views that draw in the same turn of the event loop make it a long one."""

import math
import time
from typing import Final

SHARE: Final = 1.0
"""So many times as long as something drew the frames are left to others."""

MOST_S: Final = 0.033
"""The longest rest: on a busy machine, too, pictures move."""


class Pace:
    """Who draws says how long that took; who comes before others had their time waits."""

    def __init__(self) -> None:
        self._free_from = 0.0

    def wait_ms(self) -> int:
        """How long to wait before something is drawn."""
        return max(0, math.ceil(1000 * (self._free_from - time.perf_counter())))

    def rest(self, took: float) -> None:
        """Something has been drawn just now, which took so many seconds."""
        self._free_from = time.perf_counter() + min(SHARE * took, MOST_S)
