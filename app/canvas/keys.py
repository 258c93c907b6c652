"""The keys of the canvas. Everything the mouse does to nodes can be done with them, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from app.canvas.arrange import Line
from app.canvas.history import open_history
from app.canvas.navigate import Direction, first_node, neighbour
from engine.graph.document import TAGS

if TYPE_CHECKING:
    from app.canvas.view import GraphView

_ARROWS: Final = {
    Qt.Key.Key_Left: Direction.LEFT,
    Qt.Key.Key_Right: Direction.RIGHT,
    Qt.Key.Key_Up: Direction.UP,
    Qt.Key.Key_Down: Direction.DOWN,
}
_NUDGING: Final = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_ALT: Final = Qt.KeyboardModifier.AltModifier
LINES: Final = {
    QKeyCombination(_ALT, Qt.Key.Key_A): Line.LEFT,
    QKeyCombination(_ALT, Qt.Key.Key_H): Line.CENTER,
    QKeyCombination(_ALT, Qt.Key.Key_D): Line.RIGHT,
    QKeyCombination(_ALT, Qt.Key.Key_W): Line.TOP,
    QKeyCombination(_ALT, Qt.Key.Key_V): Line.MIDDLE,
    QKeyCombination(_ALT, Qt.Key.Key_S): Line.BOTTOM,
}
"""Keys that bring nodes in line, as drawing programs have them."""

_SHIFT: Final = Qt.KeyboardModifier.ShiftModifier
_ALT_SHIFT: Final = _ALT | Qt.KeyboardModifier.ShiftModifier
SPREADS: Final = {
    QKeyCombination(_ALT_SHIFT, Qt.Key.Key_H): True,
    QKeyCombination(_ALT_SHIFT, Qt.Key.Key_V): False,
}
"""Keys that spread nodes evenly, and whether sideways."""

TAG_KEYS: Final = {str(k): tag for k, tag in enumerate(("", *TAGS))}
"""Keys that mark nodes with a colour; 0 takes it away."""

_ZOOM_STEP: Final = 1.25
_Standard = QKeySequence.StandardKey


class CanvasKeys:
    """Handles key events of a view; holds nothing but whether Space or X is down."""

    def __init__(self, view: GraphView) -> None:
        self._view = view
        self.space_down = False
        self.cut_down = False
        self._panned = False

    def takes_tab(self, event: QKeyEvent) -> bool:
        """Whether Tab opens the search: not with Shift, which leads out of the canvas."""
        return event.key() == Qt.Key.Key_Tab and event.modifiers() == Qt.KeyboardModifier.NoModifier

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
        if event.key() in _ARROWS:
            return self._arrow(_ARROWS[Qt.Key(event.key())], event.modifiers())
        return self._standard(event) or self._arrange(event) or self._plain(event)

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
            self._view.open_search(self._view.pointer_place())
        return True

    def _standard(self, event: QKeyEvent) -> bool:
        view, editor, scene = self._view, self._view.editor, self._view.graph_scene
        selected = scene.selected_nodes()
        if event.matches(_Standard.SelectAll):
            scene.select(scene.nodes)
        elif event.matches(_Standard.Copy):
            editor.copy(selected)
        elif event.matches(_Standard.Cut):
            editor.cut(selected)
        elif event.matches(_Standard.Paste):
            editor.paste(view.pointer_place())
        elif event.matches(_Standard.Undo):
            editor.stack.undo()
        elif event.matches(_Standard.Redo) or event.keyCombination() == _REDO:
            editor.stack.redo()
        elif event.keyCombination() == _DUPLICATE:
            editor.duplicate(selected)
        else:
            return self._together(event, selected)
        return True

    def _arrange(self, event: QKeyEvent) -> bool:
        """Keys that bring the selected nodes in line."""
        keys = event.keyCombination()
        if keys in LINES:
            self._view.align(LINES[keys])
        elif keys in SPREADS:
            self._view.distribute(sideways=SPREADS[keys])
        else:
            return False
        return True

    def _together(self, event: QKeyEvent, selected: list[str]) -> bool:
        """Keys that make nodes belong together, or no longer."""
        editor = self._view.editor
        if event.keyCombination() == _GROUP:
            editor.group(selected)
        elif event.keyCombination() == _DISSOLVE:
            for node_id in filter(editor.can_dissolve, selected):
                editor.dissolve(node_id)
        elif event.keyCombination() == _SHARE:
            if editor.can_share(selected):
                editor.share(selected)
        elif event.keyCombination() == _UNSHARE:
            editor.unshare(selected)
        else:
            return False
        return True

    def _plain(self, event: QKeyEvent) -> bool:
        view, scene = self._view, self._view.graph_scene
        selected = scene.selected_nodes()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            view.editor.delete(selected, scene.selected_edges())
        elif event.key() == Qt.Key.Key_Escape:
            if not view.cancel_gesture():
                scene.select()
        elif event.key() == Qt.Key.Key_F2:
            view.rename_selected()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and len(selected) == 1:
            view.node_activated.emit(selected[0])
        elif event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        else:
            return self._letter(event.text(), shifted=bool(event.modifiers() & _SHIFT))
        return True

    def _letter(self, text: str, *, shifted: bool) -> bool:
        view, scene = self._view, self._view.graph_scene
        if text == ".":
            view.fit(scene.selected_nodes() or None)
        elif text in ("+", "="):
            view.zoom_by(_ZOOM_STEP)
        elif text == "-":
            view.zoom_by(1 / _ZOOM_STEP)
        elif text.lower() == "l" and shifted:
            view.tidy_selection()
        elif text.lower() == "l":
            view.tidy()
        elif text.lower() == "h":
            open_history(view)
        elif text.lower() == "m":
            view.editor.toggle_bypass(scene.selected_nodes())
        elif text in TAG_KEYS:
            view.editor.tag(scene.selected_nodes(), TAG_KEYS[text])
        else:
            return False
        return True

    def _arrow(self, direction: Direction, modifiers: Qt.KeyboardModifier) -> bool:
        view, scene = self._view, self._view.graph_scene
        selected = scene.selected_nodes()
        if modifiers & _NUDGING:
            view.editor.nudge(selected, *direction.value)
            return True
        here = selected[-1] if selected else None
        there = neighbour(scene.graph, here, direction) if here is not None else first_node(scene.graph)
        if there is not None:
            extend = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
            scene.select([*selected, there] if extend else [there])
            view.show_node(there)
        return True


_DUPLICATE = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_D)
_REDO = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_Y)
_BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_GROUP = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_G)
_DISSOLVE = QKeyCombination(_BOTH, Qt.Key.Key_G)
_SHARE = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_L)
_UNSHARE = QKeyCombination(_BOTH, Qt.Key.Key_L)
_CUT_STROKE = QKeyCombination(Qt.KeyboardModifier.NoModifier, Qt.Key.Key_X)
