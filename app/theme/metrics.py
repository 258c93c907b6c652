"""Sizes and durations that all views share, so that the window looks drawn by one hand."""

import os
import sys
from dataclasses import dataclass
from typing import Final

SPACE: Final = 4
"""The grid step of all distances, in pixels: `2 * SPACE` between controls, `4 * SPACE` around a panel."""

RADIUS_CONTROL: Final = 7
RADIUS_NODE: Final = 10
CONTROL_HEIGHT: Final = 30
"""Height of buttons and fields, in pixels."""

FRAME_MS: Final = 33
"""Least time between two repaints of a live picture: at most 30 a second."""


@dataclass(frozen=True, slots=True)
class Motion:
    """How long movements last, in milliseconds; all zero where the user wants no motion."""

    quick: int = 120
    settle: int = 180

    @classmethod
    def of(cls, *, reduced: bool) -> "Motion":
        """The durations with or without reduced motion."""
        return cls(0, 0) if reduced else cls()


if sys.platform == "win32":

    def _desktop_reduces_motion() -> bool:
        import ctypes

        get_client_area_animation = 0x1042
        enabled = ctypes.c_int(1)
        ctypes.windll.user32.SystemParametersInfoW(get_client_area_animation, 0, ctypes.byref(enabled), 0)
        return not enabled.value

else:

    def _desktop_reduces_motion() -> bool:
        return False


def system_reduces_motion() -> bool:
    """Whether the user wants no motion: the desktop says so (Windows), or `LAYERLOOM_REDUCED_MOTION=1` does.

    Qt 6.11 reports that wish on no platform.
    """
    asked = os.environ.get("LAYERLOOM_REDUCED_MOTION")
    if asked is None:
        return _desktop_reduces_motion()
    return asked.strip().lower() not in {"", "0", "false", "no"}
