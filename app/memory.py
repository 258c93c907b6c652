"""Keeps the window's memory from creeping up while it draws, and the search for garbage out of its start.

Every picture of the curves takes and returns buffers of slightly other sizes. glibc keeps what is returned for later and
grows in steps: under Xvfb by 2.1 % and more in 100,000 training steps, against 0.6 to 0.8 % with the settings below.
"""

import ctypes
import gc
import sys

# numbers from malloc.h; the same in every glibc
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
RETURNED_FROM = 32 * 1024  # bytes; larger buffers go back to the system as soon as they are freed


def take_memory_from_one_place() -> None:
    """Let all threads share what the C library has; to be said before there are any."""
    _tell_c_library({M_ARENA_MAX: 1})


def return_memory_early() -> None:
    """Let the C library give freed buffers back at once; to be said once the window is there.

    Its start takes and returns so many buffers that asking the system for each took 4 % of it.
    """
    _tell_c_library({M_MMAP_THRESHOLD: RETURNED_FROM, M_TRIM_THRESHOLD: RETURNED_FROM})


def _tell_c_library(wishes: dict[int, int]) -> None:
    """Nothing where it is not glibc."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in wishes.items():
            mallopt(parameter, value)


def collect_later() -> None:
    """Let Python look for no garbage while the window starts.

    All that is imported stays, and looking through it again and again takes a tenth of the start. `garbage.py` looks later.
    """
    gc.disable()
