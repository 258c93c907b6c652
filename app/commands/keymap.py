"""Which key does what: the keys that people gave to actions instead of ours, kept with the window's settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QSettings, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid
from typing_extensions import override

from app.canvas.bindings import canvas_keys
from app.canvas.view import GraphView
from app.commands.canvas import run

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

GROUP: Final = "keys"
_CANVAS: Final = "canvas/"


@dataclass(frozen=True, slots=True)
class Binding:
    """An action and its key now, as `Ctrl+G`; empty where it has none. `changed`: it is not ours."""

    name: str
    title: str
    group: str
    keys: str
    changed: bool


class Keymap(QObject):
    """The keys of a window. `changed` is emitted after an action got another key.

    Keys of the menu are shortcuts of its actions. The canvas knows its own keys only, so another key pressed there
    is taken from it, and what it means is done.
    """

    changed = Signal()

    def __init__(self, window: "MainWindow", remembered: QSettings | None) -> None:
        super().__init__(window)
        self._remembered = remembered
        self._actions = {a.objectName(): a for a in window.actions() if a.objectName()}
        self._shortcuts = {name: action.shortcuts() for name, action in self._actions.items()}
        self._canvas = {_CANVAS + each.name: each for each in canvas_keys() if each.offered}
        self._own: dict[str, str] = {}
        self._view: GraphView | None = None
        for name in (*self._actions, *self._canvas):
            kept = remembered.value(f"{GROUP}/{name}") if remembered is not None else None
            if isinstance(kept, str):
                self._own[name] = kept
        self._give_way()
        for name in self._own:
            self._apply(name)

    def _give_way(self) -> None:
        """What people chose counts, also where a later version of ours gave the same key to something new."""
        chosen = [QKeySequence(keys) for keys in self._own.values() if keys]
        for name, shortcuts in self._shortcuts.items():
            if name not in self._own and any(keys in shortcuts for keys in chosen):
                self._own[name] = ""

    @property
    def own(self) -> dict[str, str]:
        """The keys that people gave to actions, by the names of these."""
        return dict(self._own)

    def take(self, own: Mapping[str, str]) -> None:
        """Let these keys count, which were chosen and are kept elsewhere; `changed` is not emitted."""
        before, self._own = self._own, dict(own)
        for name in {*before, *own}:
            self._apply(name)

    def watch(self, view: GraphView, outline: QWidget | None = None) -> None:
        """Pass keys on to this canvas from now on; those that write no letter in the outline, too."""
        if self._view is not None and isValid(self._view):
            self._view.removeEventFilter(self)
        self._view = view
        view.installEventFilter(self)
        if outline is not None:
            outline.installEventFilter(self)

    def bindings(self) -> list[Binding]:
        """All actions with their keys."""
        rows = [(name, _plain(action), self.tr("Window")) for name, action in self._actions.items()]
        rows += [(name, each.title, self.tr("Canvas")) for name, each in self._canvas.items()]
        return [Binding(n, title, group, self.keys(n), n in self._own) for n, title, group in rows]

    def keys(self, name: str) -> str:
        """The key of an action, as `Ctrl+G`."""
        return self._own.get(name, self._default(name))

    def owner(self, keys: str) -> Binding | None:
        """The action that has a key."""
        wanted = QKeySequence(keys)
        for each in self.bindings():
            others = self._shortcuts.get(each.name, []) if not each.changed else []
            if QKeySequence(each.keys) == wanted or wanted in others:
                return each
        return None

    def bind(self, name: str, keys: str) -> None:
        """Give an action a key; who had it has none then."""
        before = self.owner(keys) if keys else None
        if before is not None and before.name != name:
            self._keep(before.name, "")
        self._keep(name, keys)
        self.changed.emit()

    def reset(self, name: str) -> None:
        """Give an action the key again that we gave it; who has it now has none then."""
        if name in self._own:
            self.bind(name, self._default(name))
            self._forget(name)
            self.changed.emit()

    def reset_all(self) -> None:
        """Give all actions our keys again."""
        for name in list(self._own):
            self._forget(name)
        self.changed.emit()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.spontaneous():
            at_canvas = watched is self._view
            if at_canvas or not _writes(event):
                return self._translate(event, at_canvas=at_canvas)
        return super().eventFilter(watched, event)

    def _translate(self, event: QKeyEvent, *, at_canvas: bool) -> bool:
        """Whether a key means something else than the canvas thinks."""
        pressed = QKeySequence(event.keyCombination())
        for name, each in self._canvas.items():
            if name in self._own and QKeySequence(self._own[name]) == pressed and self._view is not None:
                run(self._view, each) if at_canvas else each.run(self._view)
                return True
        given_away = (each.keys for name, each in self._canvas.items() if name in self._own)
        return any(QKeySequence(key) == pressed for keys in given_away for key in keys)

    # -- keeping ----------------------------------------------------------------------------------
    def _default(self, name: str) -> str:
        if name in self._canvas:
            return self._canvas[name].key
        shortcuts = self._shortcuts[name]
        return shortcuts[0].toString() if shortcuts else ""

    def _keep(self, name: str, keys: str) -> None:
        self._own[name] = keys
        if self._remembered is not None:
            self._remembered.setValue(f"{GROUP}/{name}", keys)
        self._apply(name)

    def _forget(self, name: str) -> None:
        self._own.pop(name, None)
        if self._remembered is not None:
            self._remembered.remove(f"{GROUP}/{name}")
        self._apply(name)

    def _apply(self, name: str) -> None:
        action = self._actions.get(name)
        if action is not None:
            own = self._own.get(name)
            action.setShortcuts(self._shortcuts[name] if own is None else [QKeySequence(own)] if own else [])


def _writes(event: QKeyEvent) -> bool:
    """Whether a key writes a letter."""
    with_another = event.modifiers() & ~(
        Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    )
    return bool(event.text()) and event.text().isprintable() and not with_another


def _plain(action: QAction) -> str:
    return without_keys(action.text()).rstrip("\N{HORIZONTAL ELLIPSIS}")


def without_keys(text: str) -> str:
    """The text of a menu as it is read: "&" marks the letter of a key there, and "&&" is one."""
    return "&".join(part.replace("&", "") for part in text.split("&&"))
