"""How often projects that have a file are saved by themselves; the recovery file follows every edit anyhow."""

from typing import Final

from PySide6.QtCore import QSettings

KEY: Final = "autosave_minutes"
CHOICES: Final = (0, 1, 5, 15)


def autosave_minutes(remembered: QSettings | None) -> int:
    """Every how many minutes; 0 for never."""
    try:
        minutes = int(str(remembered.value(KEY, 0))) if remembered is not None else 0
    except ValueError:
        return 0
    return minutes if minutes in CHOICES else 0
