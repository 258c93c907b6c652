"""Paints wires, all of them in one pass: first the courses, those under the pointer last, then the pills on top."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from app.canvas.far_painter import READABLE
from app.canvas.sprites import Sprites
from app.canvas.style import CanvasStyle
from app.canvas.wire_item import PILL_HEIGHT, WireItem

_PILL_ROOM: Final = 2.0
_FOUND_AT_ONCE: Final = 40
"""Outlines that are found in one frame, which takes less than half a millisecond."""


class WirePainter:
    """Paints `WireItem`s."""

    def __init__(self, style: CanvasStyle, sprites: Sprites | None = None) -> None:
        self._style = style
        self._sprites = sprites or Sprites()

    def restyle(self) -> None:
        """Takes over a changed theme."""
        self._sprites.clear()

    def paint(self, painter: QPainter, items: Sequence[WireItem]) -> None:
        """Paints wires in this order with a painter whose units are those of the canvas."""
        style = self._style
        shown = [item for item in items if item.visible]
        special = [item for item in shown if item.lit or item.faulty]
        self._paint_courses(painter, [i for i in shown if not (i.lit or i.faulty)] if special else shown)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for item in special:
            painter.setPen(style.wire_lit if item.lit else style.wire_bad)
            painter.drawPath(item.path())
        if painter.worldTransform().m11() > READABLE:
            self._paint_pills(painter, [i for i in shown if i.shape_text and (i.shows_pill() or i.lit)])

    def _paint_courses(self, painter: QPainter, items: Sequence[WireItem]) -> None:
        """Those that rest, then those that are carried, of which there is one group."""
        self._fill_courses(painter, [item for item in items if item.carry is None])
        carried = [item for item in items if item.carry is not None]
        if carried and carried[0].carry is not None:
            painter.save()
            painter.translate(carried[0].carry.step())
            self._fill_courses(painter, carried)
            painter.restore()

    def _fill_courses(self, painter: QPainter, items: Iterable[WireItem]) -> None:
        pen, drawn, left = self._style.wire, list[WireItem](), _FOUND_AT_ONCE
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(pen.color())
        for item in items:
            outline = item.outline
            if outline is None and left > 0:
                outline = item.find_outline(pen)
                left -= outline is not None
            if outline is None:
                drawn.append(item)
            else:
                painter.drawPath(outline)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for item in drawn:
            painter.drawPath(item.course())

    def _paint_pills(self, painter: QPainter, items: Sequence[WireItem]) -> None:
        view = painter.worldTransform()
        self._sprites.use_scale_of(painter)
        painter.resetTransform()
        zoom, left, top, stamp = view.m11(), view.dx(), view.dy(), self._sprites.stamp
        for item in sorted(items, key=_is_lit):
            pill, key = item.pill(), (item.pill_text, item.lit)
            x, y = pill.center().toTuple()
            x, y = x * zoom + left, y * zoom + top
            if stamp(painter, key, x, y) is None:
                half = QPointF(pill.width() / 2 + _PILL_ROOM, PILL_HEIGHT / 2 + _PILL_ROOM)
                paint = partial(self._paint_pill, item=item)
                self._sprites.draw(painter, key, QRectF(-half, half), QPointF(x, y), paint)
        painter.setWorldTransform(view)

    def _paint_pill(self, painter: QPainter, item: WireItem) -> None:
        style = self._style
        pill = QRectF(item.pill())
        pill.moveCenter(QPointF())
        painter.setPen(style.ring if item.lit else style.outline)
        painter.setBrush(style.pill)
        painter.drawRoundedRect(pill, PILL_HEIGHT / 2, PILL_HEIGHT / 2)
        painter.setPen(style.dim)
        painter.setFont(style.mono_font)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, item.pill_text)


def _is_lit(item: WireItem) -> bool:
    return item.lit
