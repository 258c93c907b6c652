"""What all tests of the window share: a screen that needs no display, and a theme."""

import gc
import os
from collections.abc import Iterator
from functools import partialmethod

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import Theme

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
PATIENCE_MS = 60_000


@pytest.fixture(autouse=True)
def _garbage_is_looked_for_here() -> Iterator[None]:
    """As in the application (app/garbage.py): a widget that goes on the thread of a worker's reports ends the process."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The dark theme without motion, in force."""
    theme = Theme("dark", reduced_motion=True)
    theme.apply(qapp)
    return theme


@pytest.fixture(scope="session", autouse=True)
def _patience() -> Iterator[None]:
    """Waiting that says no time fails after a minute: the five seconds of pytest-qt may pass on a busy machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("waitUntil", "waitSignal", "waitSignals", "waitExposed", "waitActive"):
            patch.setattr(QtBot, name, partialmethod(getattr(QtBot, name), timeout=PATIENCE_MS))
        yield
