"""What all tests of the window share: a screen that needs no display, and a theme."""

import os

import pytest
from PySide6.QtWidgets import QApplication

from app.theme import Theme

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The dark theme without motion, in force."""
    theme = Theme("dark", reduced_motion=True)
    theme.apply(qapp)
    return theme
