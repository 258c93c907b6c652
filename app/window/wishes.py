"""What the user wishes of the window, as its settings keep it; see preferences.py for the page."""

from typing import Final, Literal

from PySide6.QtCore import QSettings

from app.theme.metrics import system_reduces_motion

THEME: Final = "theme"
MOTION: Final = "motion"
DEVICE: Final = "device"
BEGIN: Final = "begin_with"
TEACHER: Final = "teacher_mode"
DEVICES: Final = ("auto", "cpu", "gl")
Motion = Literal["system", "less", "full"]


def wished_motion(remembered: QSettings | None) -> Motion:
    """Whether the user wants less motion, all of it, or what the desktop says."""
    wish = str(remembered.value(MOTION, "system")) if remembered is not None else "system"
    return "less" if wish == "less" else "full" if wish == "full" else "system"


def reduces_motion(wish: Motion) -> bool:
    """Whether nothing moves."""
    return system_reduces_motion() if wish == "system" else wish == "less"


def wished_device(remembered: QSettings | None) -> str:
    """The device of new projects."""
    wish = str(remembered.value(DEVICE, DEVICES[0])) if remembered is not None else DEVICES[0]
    return wish if wish in DEVICES else DEVICES[0]


def begins_with_welcome(remembered: QSettings | None) -> bool:
    """Whether the window begins with the welcome page instead of an example."""
    return remembered is not None and str(remembered.value(BEGIN, "example")) == "welcome"


def wishes_teacher_mode(remembered: QSettings | None) -> bool:
    """Whether projects without a lesson show only what beginners need."""
    return remembered is not None and str(remembered.value(TEACHER, "no")) == "yes"
