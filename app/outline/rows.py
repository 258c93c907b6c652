"""What the outline says: a row for each frame, layer, part of a group, comment and problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from PySide6.QtCore import QCoreApplication

from app.canvas.facts import node_category, short_count
from app.canvas.finding import note_title
from app.canvas.node_words import gives_words, shape_text, wires_words
from app.i18n import said
from engine.graph.diagnostics import Diagnostic
from engine.graph.document import ModelGraph, Node, Position, UnknownLayer
from engine.graph.inference import Inference, NodeInference
from engine.graph.inside import BELOW
from engine.graph.notes import Note, notes_of
from engine.graph.structure import topological_order
from engine.layers.base import Layer
from engine.layers.content import Holder


class RowKind(Enum):
    """What a row stands for."""

    NODE = "node"
    NOTE = "note"
    PART = "part"  # of a group; it is not on the canvas
    PROBLEM = "problem"


@dataclass(frozen=True)
class Row:
    """A row of the outline.

    Attributes:
        kind: what it stands for.
        key: id of the node or note; the path of a part, as it has it where its group is open; the node of a problem.
        title, layer, shape, parameters: what the columns say.
        icon: name and colour role.
        words: all of it in a sentence, for screen readers.
        problem: of a problem.
        inner: the rows below it.
    """

    kind: RowKind
    key: str
    title: str
    layer: str = ""
    shape: str = ""
    parameters: str = ""
    icon: tuple[str, str] = ("", "")
    words: str = ""
    problem: Diagnostic | None = None
    inner: tuple[Row, ...] = ()


def rows_of(graph: ModelGraph, found: Inference, middles: Mapping[str, Position]) -> tuple[Row, ...]:
    """The rows of a document: in the order of computation, layers below the smallest frame around them.

    Args:
        graph: the document.
        found: what is known of it.
        middles: of the nodes on the canvas, for what a frame holds.
    """
    order, _ = topological_order(graph)
    notes = notes_of(graph)
    frames = sorted((n for n in notes.values() if n.kind == "frame"), key=_area)
    inside: dict[
        str, list[tuple[str, bool]]
    ] = {}  # what is in a frame ("": in none), in order, and whether it is one
    placed: set[str] = set()

    def place(key: str, frame: Note | None, *, is_frame: bool = False) -> None:
        """Puts something behind all that is in its frame, and the frame likewise when it comes first."""
        inside.setdefault(frame.id if frame is not None else "", []).append((key, is_frame))
        if frame is not None and frame.id not in placed:
            placed.add(frame.id)
            place(frame.id, _outer(frame, frames), is_frame=True)

    for node_id in dict.fromkeys((*order, *graph.nodes)):
        at = middles.get(node_id, graph.nodes[node_id].position)
        place(node_id, next((frame for frame in frames if frame.holds(at)), None))
    for frame in frames:
        if frame.id not in placed:
            placed.add(frame.id)
            place(frame.id, _outer(frame, frames), is_frame=True)

    def rows_in(frame: str) -> tuple[Row, ...]:
        return tuple(
            _note_row(notes[key], rows_in(key)) if is_frame else node_row(graph, graph.nodes[key], found)
            for key, is_frame in inside.get(frame, ())
        )

    comments = (_note_row(note, ()) for note in notes.values() if note.kind == "comment")
    return (*rows_in(""), *comments)


def _outer(frame: Note, frames: Sequence[Note]) -> Note | None:
    """The smallest frame around a frame."""
    return next((each for each in frames if each.encloses(frame) and _area(each) > _area(frame)), None)


def node_row(graph: ModelGraph, node: Node, found: Inference) -> Row:
    """The row of a node, with its problems and, of a group, its parts below."""
    known = found.nodes.get(node.id)
    shape = shape_text(known)
    parameters = short_count(known.parameters) if known is not None and known.parameters else ""
    problems = found.at(node.id)
    category = node_category(node)
    row = Row(
        RowKind.NODE,
        node.id,
        node.name,
        _kind_words(node.layer),
        shape,
        parameters,
        (_icon(problems, category), category),
        inner=(*map(_problem_row, problems), *_part_rows(node)),
    )
    return replace(row, words=", ".join(_words(graph, node, row, known)))


def _words(graph: ModelGraph, node: Node, row: Row, known: NodeInference | None) -> Iterator[str]:
    yield row.title
    yield row.layer
    if node.bypassed:
        yield _tr("bypassed")
    if node.muted:
        yield _tr("muted")
    yield from gives_words(known)
    yield from wires_words(graph, node)
    problems = sum(inner.kind is RowKind.PROBLEM for inner in row.inner)
    if problems:
        yield _tr("one problem") if problems == 1 else _tr("%n problems", problems)


def _part_rows(node: Node) -> tuple[Row, ...]:
    return _inner_rows(node.layer, node.id)


def _inner_rows(layer: object, key: str) -> tuple[Row, ...]:
    if not isinstance(layer, Holder):
        return ()
    rows = []
    for part in layer.content.parts:
        inner = part.layer
        category = type(inner).declaration.category.value
        title, kind = part.name or inner.title(), _kind_words(inner)
        path = f"{key}{BELOW}{part.id}"
        below = _inner_rows(inner, path)
        rows.append(
            Row(
                RowKind.PART,
                path,
                title,
                kind,
                icon=(category, category),
                words=f"{title}, {kind}",
                inner=below,
            )
        )
    return tuple(rows)


def _problem_row(problem: Diagnostic) -> Row:
    icon = {"error": ("error", "bad"), "warning": ("warning", "warn")}.get(
        problem.severity.value, ("info", "dim")
    )
    words = sentence = said(problem.sentence)
    if problem.remedy is not None:
        words = f"{words} {_tr('Press Enter: {remedy}').format(remedy=said(problem.remedy.label))}"
    return Row(RowKind.PROBLEM, problem.node, sentence, icon=icon, words=words, problem=problem)


def _note_row(note: Note, inner: tuple[Row, ...]) -> Row:
    title = note_title(note)
    if note.kind == "comment":
        words = _tr("Comment: {text}").format(text=note.text)
        return Row(RowKind.NOTE, note.id, title, _tr("Comment"), icon=("info", "dim"), words=words)
    held = (
        _tr("Frame {title} with one layer")
        if len(inner) == 1
        else _tr("Frame {title} with %n layers", len(inner))
    )
    words = held.format(title=title)
    return Row(RowKind.NOTE, note.id, title, _tr("Frame"), icon=("contents", "dim"), words=words, inner=inner)


def _kind_words(layer: Layer | UnknownLayer) -> str:
    title, settings = layer.title(), layer.subtitle()
    return f"{title} \N{MIDDLE DOT} {settings}" if settings else title


def _icon(problems: tuple[Diagnostic, ...], category: str) -> str:
    severities = {problem.severity.value for problem in problems}
    if "error" in severities:
        return "error"
    return "warning" if "warning" in severities else category


def _area(note: Note) -> float:
    return note.size[0] * note.size[1]


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("Outline", text, "", number)
