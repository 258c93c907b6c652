"""The frames and comments of a canvas, kept equal to the document."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF

from app.canvas.layers import Layer
from app.canvas.note_item import NoteItem, NotePainter, Part
from app.canvas.style import CanvasStyle
from engine.graph.document import ModelGraph
from engine.graph.notes import NOTES, notes_of

if TYPE_CHECKING:
    from app.canvas.scene import GraphScene

LAYER_OF_NOTES: Final = 0.5


class NoteBoard:
    """Items for the notes of a document; `close` ends the watching."""

    def __init__(self, scene: GraphScene, graph: ModelGraph, look: CanvasStyle, extent: QRectF) -> None:
        self._scene = scene
        self._graph = graph
        self._look = look
        self._sequence = count()
        self._items: dict[str, NoteItem] = {}
        self._layer = Layer[NoteItem](extent, LAYER_OF_NOTES, NotePainter(look).paint)
        scene.addItem(self._layer)
        graph.section_changed.connect(self._on_section_changed)
        self._refresh()

    @property
    def items(self) -> Mapping[str, NoteItem]:
        """Items by note id, in painting order."""
        return self._items

    def at(self, place: QPointF) -> tuple[NoteItem, Part] | None:
        """The note that can be taken at a place; comments lie above frames, small frames above large ones."""
        found = [
            (item, part)
            for item in self._items.values()
            if item.rect().contains(place) and (part := item.part_at(place)) is not None
        ]
        return min(found, key=_depth, default=None)

    def selected(self) -> list[str]:
        """Ids of the selected notes, in painting order."""
        return [note_id for note_id, item in self._items.items() if item.selected]

    def select(self, ids: Collection[str]) -> None:
        """Selects exactly these."""
        for note_id, item in self._items.items():
            item.set_selected(note_id in ids)

    def rect(self, ids: Iterable[str] | None = None) -> QRectF:
        """What these notes, or all, cover."""
        whole = QRectF()
        for note_id in self._items if ids is None else ids:
            whole = whole.united(self._items[note_id].rect())
        return whole

    def show_places(self, places: Mapping[str, QPointF]) -> None:
        """Shows notes elsewhere; the document does not change."""
        for note_id, place in places.items():
            item = self._items[note_id]
            item.show_in(QRectF(place, item.rect().size()))

    def restyle(self) -> None:
        """Takes over a changed theme."""
        self._refresh()

    def close(self) -> None:
        """Ends watching the document."""
        self._graph.section_changed.disconnect(self._on_section_changed)

    def _on_section_changed(self, key: str) -> None:
        if key == NOTES:
            self._refresh()
            self._scene.settle_selection()
            self._scene.layout_changed.emit()

    def _refresh(self) -> None:
        notes = notes_of(self._graph)
        for note_id in [i for i in self._items if i not in notes]:
            item = self._items.pop(note_id)
            self._layer.index.take(item)
            self._layer.repaint(item.bounds())
        before, self._items = self._items, {}
        for note_id, note in notes.items():
            known = before.get(note_id)
            if known is None:
                known = NoteItem(note, self._look, self._layer, next(self._sequence))
            else:
                known.set_note(note)
            self._items[note_id] = known


def _depth(found: tuple[NoteItem, Part]) -> tuple[bool, float]:
    size = found[0].rect().size()
    return found[0].note.kind == "frame", size.width() * size.height()
