"""Frames and comments as they are shown: painted behind wires and nodes, all in one pass."""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QStaticText

from app.canvas.node_painter import TAG_ROLES
from app.canvas.note_words import ROOM_BELOW, UPPER, comment_words, heading_words
from app.canvas.spatial import Board, Carry
from app.canvas.style import CanvasStyle
from app.theme import RADIUS_NODE
from engine.graph.notes import Note

HEAD: Final = 30.0
"""Height of a frame's heading, by which it is taken."""

PADDING: Final = 12.0
_EDGE: Final = 6.0
_CORNER: Final = 18.0
_SMUDGE: Final = 0.35
_HEADING_SMUDGE: Final = 0.15
_LARGEST_HEADING: Final = 2.0


class Part(Enum):
    """What of a note the pointer is on."""

    HANDLE = "handle"  # takes it along
    CORNER = "corner"  # makes it larger or smaller


class NoteItem:
    """One `Note`; its place and size are those shown, which during a gesture are not those of the document."""

    def __init__(self, note: Note, style: CanvasStyle, board: Board["NoteItem"], sequence: int) -> None:
        self.sequence = sequence
        self.note = note
        self._style = style
        self._board = board
        self._rect = QRectF()
        self._carry: Carry | None = None
        self._selected = self.dimmed = False
        self._words: tuple[float, QStaticText] | None = None  # and the width that they were cut to
        self.set_note(note)

    @property
    def selected(self) -> bool:
        """Whether it is selected."""
        return self._selected

    def rect(self) -> QRectF:
        """What it covers, on the canvas."""
        return QRectF(self._rect) if self._carry is None else self._rect.translated(self._carry.step())

    def bounds(self) -> QRectF:
        """The rectangle it paints in, on the canvas."""
        return self.rect().adjusted(-3, -3, 3, 3)

    def shift(self, step: QPointF) -> None:
        """Moves it without telling its board, which has asked for it."""
        self._rect.translate(step)

    def lift(self, carry: Carry | None) -> None:
        """It is carried from now on; with None it lies where it is shown."""
        if self._carry is not None:
            self.shift(self._carry.step())
        self._carry = carry

    def set_note(self, note: Note) -> None:
        """Shows another state of it."""
        self.note = note
        self.show_in(QRectF(*note.place, *note.size))

    def show_in(self, rect: QRectF) -> None:
        """Shows it elsewhere or in another size."""
        self._board.repaint(self.bounds())
        self._rect = QRectF(rect) if self._carry is None else rect.translated(-self._carry.step())
        self._words = None
        self._board.placed(self)

    def words(self, scale: float = 1.0) -> QStaticText:
        """Its text, cut to what there is room for at this size of letters: the heading of a frame, or all of a comment."""
        size, style = self._rect.size(), self._style
        width = max(size.width() - 2 * PADDING, 1.0) / scale
        if self._words is None or self._words[0] != width:
            if self.note.kind == "frame":
                words = heading_words(self.note.text, style.name_font, width)
            else:
                words = comment_words(
                    self.note.text, style.body_font, width, size.height() - UPPER - ROOM_BELOW
                )
            self._words = width, words
        return self._words[1]

    def set_selected(self, selected: bool) -> None:
        """Selects it or not."""
        if selected != self._selected:
            self._selected = selected
            self._board.repaint(self.bounds())

    def set_dimmed(self, dimmed: bool) -> None:
        """Paints it pale, because something else is looked for."""
        if dimmed != self.dimmed:
            self.dimmed = dimmed
            self._board.repaint(self.bounds())

    def part_at(self, place: QPointF) -> Part | None:
        """What of it is at a place of the canvas; the inside of a frame is not a part of it."""
        rect = self.rect()
        if not rect.contains(place):
            return None
        corner = rect.bottomRight() - place
        if max(corner.x(), corner.y()) <= _CORNER:
            return Part.CORNER
        inside = rect.adjusted(_EDGE, HEAD, -_EDGE, -_EDGE)
        return None if self.note.kind == "frame" and inside.contains(place) else Part.HANDLE


class NotePainter:
    """Paints `NoteItem`s."""

    def __init__(self, style: CanvasStyle) -> None:
        self._style = style

    def paint(self, painter: QPainter, items: Sequence[NoteItem]) -> None:
        """Paints notes in this order, frames below comments, with a painter whose units are those of the canvas."""
        zoom = painter.worldTransform().m11()
        for item in sorted(items, key=lambda item: item.note.kind == "comment"):
            if item.dimmed:
                painter.setOpacity(0.4)
            if item.note.kind == "frame":
                self._paint_frame(painter, item, zoom)
            else:
                self._paint_comment(painter, item, zoom)
            painter.setOpacity(1.0)

    def _paint_frame(self, painter: QPainter, item: NoteItem, zoom: float) -> None:
        style, rect = self._style, item.rect()
        role = TAG_ROLES.get(item.note.tag, "faint")
        fill = style.theme.color(role, 0.10 if item.note.tag else 0.07)
        painter.setPen(style.ring if item.selected else QPen(style.theme.color(role, 0.55), 1.2))
        painter.setBrush(fill)
        painter.drawRoundedRect(rect, RADIUS_NODE, RADIUS_NODE)
        if zoom > _HEADING_SMUDGE:
            scale = min(max(1.0, 0.8 / zoom), _LARGEST_HEADING)
            painter.save()
            painter.setClipRect(rect)
            painter.translate(rect.topLeft() + QPointF(PADDING, 7))
            painter.scale(scale, scale)
            painter.setPen(style.text if item.note.tag else style.dim)
            painter.setFont(style.name_font)
            painter.drawStaticText(QPointF(), item.words(scale))
            painter.restore()
        self._paint_corner(painter, item)

    def _paint_comment(self, painter: QPainter, item: NoteItem, zoom: float) -> None:
        style, rect = self._style, item.rect()
        painter.setPen(style.ring if item.selected else style.outline)
        painter.setBrush(style.pill)
        painter.drawRoundedRect(rect, RADIUS_NODE / 2, RADIUS_NODE / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        if item.note.tag:
            painter.setBrush(style.theme.color(TAG_ROLES[item.note.tag], 0.16))
            painter.drawRoundedRect(rect, RADIUS_NODE / 2, RADIUS_NODE / 2)
            painter.setBrush(style.color(TAG_ROLES[item.note.tag]))
            painter.drawRoundedRect(QRectF(rect.left(), rect.top() + 6, 4, rect.height() - 12), 2, 2)
        if zoom > _SMUDGE:
            painter.save()
            painter.setClipRect(rect.adjusted(4, 4, -4, -4))
            painter.setPen(style.text)
            painter.setFont(style.body_font)
            painter.drawStaticText(rect.topLeft() + QPointF(PADDING, UPPER), item.words())
            painter.restore()
        self._paint_corner(painter, item)

    def _paint_corner(self, painter: QPainter, item: NoteItem) -> None:
        if item.selected:
            corner = item.rect().bottomRight()
            painter.setPen(self._style.ring)
            for reach in (6, 11):
                painter.drawLine(corner - QPointF(reach + 3, 4), corner - QPointF(4, reach + 3))
