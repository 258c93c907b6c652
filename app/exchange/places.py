"""Where the user has other programs, chosen once: they say what exported files predict, and give the library of pages."""

from PySide6.QtCore import QSettings

from engine.exchange.judges import Places

PYTHON, TFJS = "programs/python", "programs/tfjs"


def known_places(remembered: QSettings | None) -> Places:
    """What was chosen; else what the environment says."""
    named = Places.of_environment()
    if remembered is None:
        return named
    return Places(_text(remembered, PYTHON) or named.python, _text(remembered, TFJS) or named.tfjs)


def remember(remembered: QSettings | None, key: str, path: str) -> None:
    """Keep a choice."""
    if remembered is not None:
        remembered.setValue(key, path)


def _text(remembered: QSettings, key: str) -> str:
    return str(remembered.value(key) or "")
