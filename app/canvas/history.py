"""What was done, step by step, as a menu that goes back and forth to any of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QActionGroup, QUndoStack
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from app.canvas.view import GraphView

_SHOWN: Final = 15
"""Steps before and after the present one that the menu has."""


def open_history(view: GraphView) -> QMenu:
    """Opens the steps of a canvas where the pointer is."""
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setAccessibleName(QCoreApplication.translate("History", "History"))
    fill_history(menu, view.editor.stack.root)
    menu.popup(view.viewport().mapToGlobal(view.mapFromScene(view.pointer_place())))
    return menu


def fill_history(menu: QMenu, stack: QUndoStack) -> None:
    """Puts the steps around the present one into a menu, the present one checked; an entry goes to just after its step."""
    menu.clear()
    group = QActionGroup(menu)
    first, last = max(stack.index() - _SHOWN, 0), min(stack.index() + _SHOWN, stack.count())
    for index in range(first, last + 1):
        text = stack.text(index - 1) if index else QCoreApplication.translate("History", "Start")
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(index == stack.index())
        group.addAction(action)
        action.triggered.connect(partial(_go, stack, index))


def _go(stack: QUndoStack, index: int, _checked: bool = False) -> None:
    stack.setIndex(index)
