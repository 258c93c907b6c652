"""Frames around layers and comments beside them: what people write on the canvas for each other.

They are a section of the document, so files, undo and copies need nothing of their own for them; training never sees them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, field_validator

from engine.graph.document import TAGS, ModelGraph, Position, free_name
from engine.graph.edits import Compound, GraphEdit, SetSection
from engine.settings import Settings

NOTES: Final = "notes"
LONGEST_TEXT: Final = 4000
MOST_NOTES: Final = 1000
SMALLEST: Final = (100.0, 50.0)
"""Width and height that a note has at least, in canvas units."""

_Coordinate = Annotated[float, Field(ge=-1e7, le=1e7)]
_Length = Annotated[float, Field(ge=1.0, le=1e5)]


class Note(Settings):
    """A frame or a comment.

    Attributes:
        id: unique among the notes.
        kind: a frame is drawn around layers and takes those inside along, a comment is a text of its own.
        text: the heading of a frame, the words of a comment.
        place: of the top left corner, in canvas units.
        size: width and height, in canvas units.
        tag: one of `TAGS`, or "" for no colour.
    """

    model_config = ConfigDict(defer_build=False)

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    kind: Literal["frame", "comment"] = "frame"
    text: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    place: tuple[_Coordinate, _Coordinate] = (0.0, 0.0)
    size: tuple[_Length, _Length] = SMALLEST
    tag: str = ""

    @field_validator("tag")
    @classmethod
    def _known_tag(cls, tag: str) -> str:
        return tag if tag in TAGS else ""

    def holds(self, place: Position) -> bool:
        """Whether it is a frame with a place inside."""
        inside = all(
            low <= at <= low + length for low, length, at in zip(self.place, self.size, place, strict=True)
        )
        return self.kind == "frame" and inside

    def encloses(self, other: Note) -> bool:
        """Whether it is a frame with all of another note inside."""
        far = tuple(at + length for at, length in zip(other.place, other.size, strict=True))
        return other.id != self.id and self.holds(other.place) and self.holds((far[0], far[1]))

    def moved(self, dx: float, dy: float) -> Note:
        """The same elsewhere."""
        return self.model_copy(update={"place": (self.place[0] + dx, self.place[1] + dy)})


class Notes(Settings):
    """All frames and comments of a project, in painting order."""

    model_config = ConfigDict(defer_build=False)

    items: Annotated[tuple[Note, ...], Field(max_length=MOST_NOTES)] = ()

    @field_validator("items")
    @classmethod
    def _unique(cls, items: tuple[Note, ...]) -> tuple[Note, ...]:
        return tuple({note.id: note for note in items}.values())


def notes_of(graph: ModelGraph) -> Mapping[str, Note]:
    """The notes of a document by id, in painting order."""
    section = graph.sections.get(NOTES)
    return {note.id: note for note in section.items} if isinstance(section, Notes) else {}


def new_id(graph: ModelGraph, taken: Collection[str] = ()) -> str:
    """An id that no note has."""
    return free_name("note", {*notes_of(graph), *taken})


def put(graph: ModelGraph, notes: Iterable[Note], label: str) -> GraphEdit:
    """The edit that adds notes, or exchanges those of the same ids."""
    return _set({**notes_of(graph), **{note.id: note for note in notes}}, label)


def remove(graph: ModelGraph, ids: Collection[str], label: str = "Delete note") -> GraphEdit:
    """The edit that takes notes away."""
    return _set({i: note for i, note in notes_of(graph).items() if i not in ids}, label)


def _set(notes: Mapping[str, Note], label: str) -> GraphEdit:
    value = Notes(items=tuple(notes.values())) if notes else None
    return Compound((SetSection(NOTES, value),), label)


def held_by(
    graph: ModelGraph, ids: Collection[str], middles: Mapping[str, Position]
) -> tuple[set[str], set[str]]:
    """The nodes and the notes that go along when notes are moved, those notes included.

    Args:
        graph: the document.
        ids: of the notes that are moved.
        middles: of the nodes, in canvas units; a node belongs to the frames that its middle is in.
    """
    notes = notes_of(graph)
    frames = [notes[i] for i in ids if i in notes]
    nodes = {i for i, place in middles.items() if any(frame.holds(place) for frame in frames)}
    inner = {i for i, note in notes.items() if any(frame.encloses(note) for frame in frames)}
    return nodes, inner | {frame.id for frame in frames}
