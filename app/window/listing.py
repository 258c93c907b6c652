"""Menus that list what there is: examples, templates, files that were used lately."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.data.recent import Recent

LISTED: Final = "listed"
"""The property of actions that the palette of commands tells in other words."""

_WIDEST: Final = 420


def add_listed(menu: QMenu, title: str, tip: str, run: Callable[[], object]) -> QAction:
    """Another entry: its title as it is, cut in the middle where it is very long, and more in a tip."""
    shown = menu.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, _WIDEST)
    action = menu.addAction(shown.replace("&", "&&"))
    action.setToolTip(tip)
    action.setProperty(LISTED, True)
    action.triggered.connect(lambda _checked=False: run())
    menu.setToolTipsVisible(True)
    return action


def fill_recent(menu: QMenu, recent: Recent, use: Callable[[Path], object], forget: str) -> None:
    """The files that were used lately as they are now, and, under the name `forget`, how to forget them."""
    menu.clear()
    for path, title in recent.titles().items():
        add_listed(menu, title, path, partial(use, Path(path)))
    if menu.isEmpty():
        add_listed(menu, _tr("Nothing yet"), "", lambda: None).setEnabled(False)
        return
    menu.addSeparator()
    menu.addAction(forget).triggered.connect(recent.clear)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Listing", text)
