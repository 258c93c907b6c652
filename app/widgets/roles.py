"""What screen readers are told that a widget is which paints itself; Qt calls all of those areas of the window.

A class says it with `accessible_role`; `install` tells Qt to look there.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget
from shiboken6 import isValid

ROLE: Final = "accessible_role"
"""The attribute of a class of widgets that has its role."""


class _Factory:
    """Makes the interfaces and keeps them: Qt deletes each with its widget, so Python must not do it before."""

    def __init__(self) -> None:
        self._made: list[QAccessibleWidget] = []

    def __call__(self, _kind: str, thing: QObject) -> QAccessibleInterface | None:
        role = getattr(type(thing), ROLE, None)
        if not isinstance(thing, QWidget) or not isinstance(role, QAccessible.Role):
            return None
        self._made = [each for each in self._made if isValid(each)]
        made = QAccessibleWidget(thing, role)
        self._made.append(made)
        return made


@cache
def install() -> _Factory:
    """Tells Qt, once a process, what widgets are."""
    factory = _Factory()
    QAccessible.installFactory(factory)
    return factory
