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

elif sys.platform == "darwin":

    def _desktop_reduces_motion() -> bool:
        import plistlib
        from pathlib import Path

        path = Path.home() / "Library" / "Preferences" / "com.apple.universalaccess.plist"
        try:
            return bool(plistlib.loads(path.read_bytes()).get("reduceMotion"))
        except (OSError, ValueError):
            return False

else:

    def _desktop_reduces_motion() -> bool:
        """What GNOME and KDE write down for programs that are not theirs."""
        from configparser import ConfigParser, Error
        from pathlib import Path

        folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        files = ConfigParser(strict=False, interpolation=None)
        try:
            files.read(
                [
                    folder / "gtk-3.0" / "settings.ini",
                    folder / "gtk-4.0" / "settings.ini",
                    folder / "kdeglobals",
                ]
            )
            gtk = files.getboolean("Settings", "gtk-enable-animations", fallback=True)
            return not gtk or files.getfloat("KDE", "AnimationDurationFactor", fallback=1.0) == 0.0
        except (OSError, ValueError, Error):
            return False


def system_reduces_motion() -> bool:
    """Whether the user wants no motion: the desktop says so, or `LAYERLOOM_REDUCED_MOTION=1` does.

    Qt 6.11 reports that wish on no platform.
    """
    asked = os.environ.get("LAYERLOOM_REDUCED_MOTION")
    if asked is None:
        return _desktop_reduces_motion()
    return asked.strip().lower() not in {"", "0", "false", "no"}
