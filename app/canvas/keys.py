"""The keys of the canvas: finds what a key does. Everything the mouse does to nodes can be done with them, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from app.canvas.bindings import CanvasKey, canvas_keys

if TYPE_CHECKING:
    from app.canvas.view import GraphView

_SHIFT: Final = Qt.KeyboardModifier.ShiftModifier
_KEYPAD: Final = Qt.KeyboardModifier.KeypadModifier
_CONTROL: Final = Qt.KeyboardModifier.ControlModifier
_ZOOMING: Final = _CONTROL | _SHIFT
_SIGNS: Final = (Qt.Key.Key_Plus, Qt.Key.Key_Equal)
_NONE: Final = Qt.KeyboardModifier.NoModifier
_CUT_STROKE: Final = QKeyCombination(_NONE, Qt.Key.Key_X)


class CanvasKeys:
    """Handles key events of a view; holds nothing but whether Space or X is down."""

    def __init__(self, view: GraphView) -> None:
        self._view = view
        self._by_combination: dict[QKeyCombination, CanvasKey] = {}
        self._by_sign: dict[str, CanvasKey] = {}
        for each in canvas_keys():
            for keys in each.keys:
                self._by_combination[combination_of(keys)] = each
                if len(keys) == 1 and not keys.isalpha():
                    self._by_sign[keys] = each
        self.space_down = False
        self.cut_down = False
        self._panned = False

    def takes_tab(self, event: QKeyEvent) -> bool:
        """Whether Tab opens the search: not with Shift, which leads out of the canvas."""
        return event.key() == Qt.Key.Key_Tab and event.modifiers() == _NONE

    def note_pan(self) -> None:
        """Space was used to pan, so its release is not a tap."""
        self._panned = True

    def forget(self) -> None:
        """The view lost the keyboard."""
        self.space_down = self.cut_down = False
        self._view.cancel_gesture()

    def press(self, event: QKeyEvent) -> bool:
        """Handles a key; whether it meant something."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.space_down, self._panned = True, False
            return True
        if event.keyCombination() == _CUT_STROKE:
            self.cut_down = True
            return True
        found = self._find(event)
        if found is None:
            return False
        found.run(self._view)
        return True

    def release(self, event: QKeyEvent) -> bool:
        """Handles a key going up; whether it meant something."""
        if event.isAutoRepeat():
            return False
        if event.key() == Qt.Key.Key_X:
            self.cut_down = False
            return True
        if event.key() != Qt.Key.Key_Space:
            return False
        tapped = self.space_down and not self._panned
        self.space_down = False
        if tapped:
            self._view.adding.open_here()
        return True

    def _find(self, event: QKeyEvent) -> CanvasKey | None:
        """What a key does; signs count by what is written, because keyboards have them in different places."""
        modifiers = event.modifiers() & ~_KEYPAD
        found = self._by_combination.get(QKeyCombination(modifiers, Qt.Key(event.key())))
        if found is None and modifiers == _ZOOMING:  # a sign that needs Shift: Ctrl+Plus where 1 is beside it
            found = self._by_combination.get(QKeyCombination(_CONTROL, Qt.Key(event.key())))
            return found if found is not None and event.key() in _SIGNS else None
        return found if found is not None or modifiers & ~_SHIFT else self._by_sign.get(event.text())


def combination_of(keys: str) -> QKeyCombination:
    """The first key of a sequence written as `Ctrl+G`."""
    first: QKeyCombination = QKeySequence(keys)[0]  # type: ignore[index]  # missing in PySide's annotations
    return first
