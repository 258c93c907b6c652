"""Moving frames with what they hold, and making them larger or smaller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from typing_extensions import override

from app.canvas.geometry import snapped
from app.canvas.gestures import Gesture, Pointer
from app.canvas.scene import center_of
from engine.graph.notes import SMALLEST, held_by

if TYPE_CHECKING:
    from app.canvas.note_item import NoteItem
    from app.canvas.view import GraphView

_FIRST_MOVE = 4


class MoveNotesGesture(Gesture):
    """Moves the selected notes with all that frames among them hold, and the selected nodes, from dot to dot.

    It may begin on a note, which becomes the selection, or on a node that is selected together with notes.
    """

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, view: GraphView, start: Pointer, item: NoteItem | None = None) -> None:
        super().__init__(view, start)
        scene = self.scene
        self._item = item
        self._was_selected = item is None or item.selected
        if item is not None and not item.selected:
            nodes = scene.selected_nodes() if start.adding else []
            notes = scene.notes.selected() if start.adding else []
            scene.select(nodes, notes=[*notes, item.note.id])
        middles = {i: center_of(each) for i, each in scene.nodes.items()}
        held, notes_held = held_by(
            scene.graph, scene.notes.selected(), {i: (p.x(), p.y()) for i, p in middles.items()}
        )
        moving = {*held, *scene.selected_nodes()}
        self._nodes = {i: scene.nodes[i].pos() for i in moving}
        self._notes = {i: scene.notes.items[i].rect().topLeft() for i in notes_held}
        self._step = QPointF()
        self._started = False

    @override
    def move(self, pointer: Pointer) -> None:
        if not self._started:
            if (pointer.view - self.start.view).manhattanLength() < _FIRST_MOVE:
                return
            self._started = True
        self._show(snapped(pointer.canvas - self.start.canvas))

    @override
    def finish(self, pointer: Pointer) -> None:
        step = self._step
        self.cancel()
        if self._started:
            self.view.editor.move_by(tuple(self._nodes), tuple(self._notes), step)
        elif self._item is not None:
            self._click(self._item, pointer)

    @override
    def cancel(self) -> None:
        self._show(QPointF())
        self.scene.lay_down()

    def _click(self, item: NoteItem, pointer: Pointer) -> None:
        """A click on one of several selected notes leaves it alone; with Shift or Ctrl it leaves the selection."""
        scene, own = self.scene, item.note.id
        if pointer.adding and self._was_selected:
            scene.select(scene.selected_nodes(), notes=[i for i in scene.notes.selected() if i != own])
        elif not pointer.adding:
            scene.select(notes=[own])

    def _show(self, step: QPointF) -> None:
        if step != self._step:
            self._step = step
            self.scene.carry(self._nodes, step)
            self.scene.notes.show_places({i: place + step for i, place in self._notes.items()})


class ResizeNoteGesture(Gesture):
    """Draws the lower right corner of a note elsewhere, from dot to dot."""

    cursor = Qt.CursorShape.SizeFDiagCursor

    def __init__(self, view: GraphView, start: Pointer, item: NoteItem) -> None:
        super().__init__(view, start)
        self._item = item
        self._before = item.rect()
        self.scene.select(notes=[item.note.id])

    @override
    def move(self, pointer: Pointer) -> None:
        corner = snapped(self._before.bottomRight() + pointer.canvas - self.start.canvas)
        size = corner - self._before.topLeft()
        width, height = max(size.x(), SMALLEST[0]), max(size.y(), SMALLEST[1])
        self._item.show_in(QRectF(self._before.x(), self._before.y(), width, height))

    @override
    def finish(self, pointer: Pointer) -> None:
        shown = self._item.rect()
        self._item.show_in(self._before)
        if shown != self._before:
            self.view.editor.place_note(self._item.note.id, shown)

    @override
    def cancel(self) -> None:
        self._item.show_in(self._before)
