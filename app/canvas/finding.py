"""Finding layers, frames and comments on the canvas by what they are called, what they are and how they are set."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.graph.document import ModelGraph, Node, UnknownLayer
from engine.graph.notes import Note, notes_of
from engine.layers.content import Holder


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found: ids of nodes and notes, as they lie from left to right and top to bottom."""

    nodes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = field(default=())
    """Ids of both, and whether it is a note."""

    def __len__(self) -> int:
        return len(self.order)


def find(graph: ModelGraph, text: str) -> Hits:
    """What has all words of a text somewhere; nothing for a blank text."""
    words = text.casefold().split()
    if not words:
        return Hits()
    nodes = [node for node in graph.nodes.values() if _has(words, _words_of(node))]
    notes = [note for note in notes_of(graph).values() if _has(words, iter((note.text, note.kind)))]
    places = [(node.position, node.id, False) for node in nodes]
    places += [(note.place, note.id, True) for note in notes]
    order = tuple((name, is_note) for _, name, is_note in sorted(places))
    return Hits(tuple(n.id for n in nodes), tuple(n.id for n in notes), order)


def _has(words: Sequence[str], texts: Iterator[str]) -> bool:
    whole = "\n".join(texts).casefold()
    return all(word in whole for word in words)


def _words_of(node: Node) -> Iterator[str]:
    """All that a node can be found by; a group by what is inside, too."""
    yield from (node.name, node.layer.title(), node.layer.subtitle(), node.tag)
    if isinstance(node.layer, UnknownLayer):
        return
    declaration = type(node.layer).declaration
    yield from (declaration.category.value, declaration.keras, *declaration.aliases)
    for name, info in type(node.layer).model_fields.items():
        value = getattr(node.layer, name)
        if not isinstance(info.json_schema_extra, dict) or not info.json_schema_extra.get("hidden"):
            yield f"{info.title or name} {value}"
            yield f"{name}={value}"
    if isinstance(node.layer, Holder):
        for part in node.layer.content.parts:
            yield from (part.name, part.layer.title(), part.layer.subtitle())
    if node.bypassed:
        yield "bypassed"
    if node.muted:
        yield "muted"


def note_title(note: Note) -> str:
    """A note in a few words."""
    return note.text.partition("\n")[0][:60]
