"""What can be done with windows, for the menu, the palette of commands, the list of keys and the tabs."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from app.window.main_window import MainWindow
    from app.window.project_tab import ProjectTab

Maker = Callable[[str, str, list[str], Callable[[], object]], QAction]


def fill_windows(window: "MainWindow", parent: QMenu, make: Maker) -> QAction:
    """Put a menu of windows into a menu: what can be done with them, and all of them by name.

    Returns the action that moves a project to a window of its own, which is possible where there is another.
    """
    windows = window.windows
    menu = parent.addMenu(_tr("Windows"))
    menu.addAction(make("new_window", _tr("New window"), ["Ctrl+Shift+N"], windows.new))
    move = make("move_to_new_window", _tr("Move this project to a new window"), [], window.move_project)
    menu.addAction(move)
    for name, text, keys, by in (
        ("next_window", _tr("Next window"), ["Ctrl+F6"], 1),
        ("previous_window", _tr("Previous window"), ["Ctrl+Shift+F6"], -1),
    ):
        menu.addAction(make(name, text, keys, partial(windows.step, window, by)))
    menu.addAction(make("close_window", _tr("Close the window"), ["Ctrl+Shift+W"], window.close))
    fixed = len(menu.actions())
    menu.aboutToShow.connect(partial(_show_windows, window, menu, fixed))
    return move


def fill_moves(window: "MainWindow", tab: "ProjectTab", menu: QMenu) -> None:
    """Put into the menu of a tab to which windows its project can go."""
    menu.addSeparator()
    new = menu.addAction(_tr("Move to a new window"))
    new.setEnabled(len(window.tabs) > 1)
    new.triggered.connect(partial(_move, window, tab, None))
    for other in window.windows:
        if other is not window:
            action = menu.addAction(_tr("Move to the window of {name}").format(name=_plain(other)))
            action.triggered.connect(partial(_move, window, tab, other))


def _show_windows(window: "MainWindow", menu: QMenu, fixed: int) -> None:
    """All windows by name, as they are now; the one that the menu is of is checked."""
    for action in menu.actions()[fixed:]:
        menu.removeAction(action)
        action.deleteLater()
    menu.addSeparator()
    for other in window.windows:
        action = menu.addAction(_plain(other))
        action.setCheckable(True)
        action.setChecked(other is window)
        action.triggered.connect(partial(_bring, window, other))


def _plain(window: "MainWindow") -> str:
    """How a window is called: as the project in front of it."""
    return window.project_name().replace("&", "&&")


def _bring(window: "MainWindow", other: "MainWindow", _checked: bool = False) -> None:
    window.windows.bring(other)


def _move(window: "MainWindow", tab: "ProjectTab", end: "MainWindow | None", _checked: bool = False) -> None:
    window.windows.move(tab, window, end)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Windows", text)
