"""What can be done with the past of the run in front, for the menu, the palette of commands and the list of keys."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from app.timeline.panel import TimePanel
    from app.window.bottom_dock import BottomDock
    from app.window.main_window import MainWindow

Maker = Callable[[str, str, list[str], Callable[[], object]], QAction]


def fill_past(window: "MainWindow", menu: QMenu, make: Maker) -> None:
    """Put the time machine's actions into a menu."""

    def dock() -> "BottomDock":
        return window.dock  # of the project in front, whichever that is then

    def panel() -> "TimePanel":
        return dock().past

    past = menu.addMenu(_tr("Time machine"))
    for name, text, keys, run in (
        ("rewind", _tr("Rewind to the first weights"), ["Ctrl+F5"], lambda: panel().go_to_beginning()),
        ("look_back", _tr("Look at the moment before"), ["Ctrl+Alt+Left"], lambda: panel().strip.go_by(-1)),
        ("look_ahead", _tr("Look at the moment after"), ["Ctrl+Alt+Right"], lambda: panel().strip.go_by(1)),
        ("back_to_now", _tr("Back to now"), ["Ctrl+Alt+End"], lambda: panel().look_now()),
        ("continue_from_here", _tr("Continue from the moment that is shown"), [], lambda: panel().go_on()),
        ("what_if", _tr("What if, from the moment that is shown"), [], lambda: dock().show_what_if()),
        ("show_time_machine", _tr("Show the time machine"), ["Ctrl+Alt+Up"], lambda: dock().show_past()),
    ):
        past.addAction(make(name, text, keys, run))


def _tr(text: str) -> str:
    return QCoreApplication.translate("TimeMachine", text)
