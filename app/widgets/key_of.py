"""Which action's key a tooltip names in brackets at its end, so that it names another one when people choose that."""

from typing import Final

from PySide6.QtWidgets import QWidget

_NAME: Final = "nameOfKeysAction"


def name_key_of(widget: QWidget, action: str) -> None:
    """The tooltip ends with the key of this action, called as in the list of keys: `one_step`, `canvas/find_next`."""
    widget.setProperty(_NAME, action)


def key_is_of(widget: QWidget) -> str:
    """The action whose key the tooltip names; empty where it names none."""
    return str(widget.property(_NAME) or "")
