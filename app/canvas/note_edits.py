"""Where frames and comments go: edits of them that know the sizes of what is on the canvas."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from PySide6.QtCore import QCoreApplication, QPointF, QRectF

from app.canvas.geometry import GRID, snapped
from app.canvas.note_item import HEAD
from engine.graph.document import ModelGraph
from engine.graph.edits import GraphEdit, MoveNodes
from engine.graph.notes import Note, new_id, notes_of, put

_AROUND: Final = GRID
_EMPTY_FRAME: Final = (16 * GRID, 8 * GRID)
_COMMENT: Final = (10 * GRID, 4 * GRID)

Rects = Mapping[str, QRectF]
"""Bodies of nodes on the canvas, by id."""


def around(rects: Iterable[QRectF]) -> QRectF:
    """A frame around these, its corners on the grid."""
    whole = QRectF()
    for rect in rects:
        whole = whole.united(rect)
    whole = whole.adjusted(-_AROUND, -_AROUND - HEAD, _AROUND, _AROUND)
    left_top = snapped(whole.topLeft() - QPointF(GRID, GRID) * 0.49)
    right_bottom = snapped(whole.bottomRight() + QPointF(GRID, GRID) * 0.49)
    return QRectF(left_top, right_bottom)


def new_frame(graph: ModelGraph, rects: Rects, place: QPointF) -> Note:
    """A frame around nodes, or an empty one around a place."""
    corner = snapped(place - QPointF(_EMPTY_FRAME[0] / 2, _EMPTY_FRAME[1] / 2))
    rect = around(rects.values()) if rects else QRectF(corner.x(), corner.y(), *_EMPTY_FRAME)
    return placed(Note(id=new_id(graph), kind="frame", text=_tr("Frame")), rect)


def new_comment(graph: ModelGraph, place: QPointF) -> Note:
    """An empty comment with its top left corner at a place."""
    corner = snapped(place)
    return placed(
        Note(id=new_id(graph), kind="comment", tag="yellow"), QRectF(corner.x(), corner.y(), *_COMMENT)
    )


def placed(note: Note, rect: QRectF) -> Note:
    """The note in a rectangle."""
    return note.model_copy(update={"place": (rect.x(), rect.y()), "size": (rect.width(), rect.height())})


def moving(
    graph: ModelGraph, nodes: Collection[str], notes: Collection[str], step: QPointF
) -> list[GraphEdit]:
    """The edits that move nodes and notes by one step."""
    known = notes_of(graph)
    places = {i: graph.nodes[i].position for i in nodes}
    edits: list[GraphEdit] = []
    if places:
        edits.append(MoveNodes({i: (x + step.x(), y + step.y()) for i, (x, y) in places.items()}))
    if notes:
        edits.append(put(graph, [known[i].moved(step.x(), step.y()) for i in notes], ""))
    return edits


def refitted(
    graph: ModelGraph, before: Rects, after: Rects, only: Collection[str] | None = None
) -> list[GraphEdit]:
    """The edits that let frames (all, or only some) go around what they held before nodes were moved; empty ones stay."""
    changed = []
    middles = {i: rect.center() for i, rect in before.items()}
    for note in notes_of(graph).values():
        if only is not None and note.id not in only:
            continue
        held = [i for i, place in middles.items() if note.holds((place.x(), place.y()))]
        if held:
            frame = placed(note, around(after[i] for i in held))
            changed += [frame] if frame != note else []
    return [put(graph, changed, "")] if changed else []


def _tr(text: str) -> str:
    return QCoreApplication.translate("Notes", text)
