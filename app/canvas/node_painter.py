"""Paints nodes, all of them in one pass: bodies and ports from shared pictures, words and thumbnails on top of them."""

from collections.abc import Iterable
from functools import partial
from typing import Final

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from app.canvas import geometry as geo
from app.canvas.far_painter import PICTURED, READABLE, FarPainter
from app.canvas.letters import Letters
from app.canvas.node_item import LEFT, MARGIN, THUMBNAILS, NodeItem, Text
from app.canvas.node_parts import NodeParts, paint_parts
from app.canvas.sprites import Sprites
from app.canvas.style import CanvasStyle
from app.theme import RADIUS_NODE, readable_on

_THUMBNAIL_GAP: Final = 4.0
_THUMBNAIL_TOP: Final = 49.0
_BADGE: Final = 9.0
_LEAST_BADGE: Final = 4.0  # pixels
_DIM: Final = 0.4
_TAG_LEFT: Final = 16.0
TAG_ROLES: Final = {
    "red": "bad",
    "yellow": "normalization",
    "green": "good",
    "teal": "pooling",
    "blue": "accent",
    "purple": "convolution",
    "pink": "recurrent",
}
"""The colours that nodes are marked with, as roles of the theme."""

_BADGE_ROLES: Final = {"error": "bad", "warning": "warn", "info": "accent"}
_BADGE_SIGNS: Final = {"error": "!", "warning": "!", "info": "i"}


class NodePainter:
    """Paints `NodeItem`s; what of them is left out when they are far away is decided here."""

    def __init__(self, style: CanvasStyle, sprites: Sprites | None = None) -> None:
        self._style = style
        self._sprites = sprites or Sprites()
        self._far = FarPainter(style)
        self._parts = NodeParts(style)
        self._put = Letters.write if self._sprites.keeps_words else Letters.paint

    def restyle(self) -> None:
        """Takes over a changed theme."""
        self._sprites.clear()
        self._far.restyle()
        self._parts.restyle()

    def paint(self, painter: QPainter, items: Iterable[NodeItem]) -> None:
        """Paints nodes in this order with a painter whose units are those of the canvas."""
        view = painter.worldTransform()
        zoom, left, top = view.m11(), view.dx(), view.dy()
        self._sprites.use_scale_of(painter)
        painter.resetTransform()
        stamp, near = self._sprites.stamp, zoom > READABLE
        for item in items:
            x, y = item.corner()
            x, y = x * zoom + left, y * zoom + top
            key = item.look() if near else item.far_look()
            corner = stamp(painter, key, x, y)
            if corner is None:
                draw = self._draw if near else self._draw_far
                corner = draw(painter, item, QPointF(x, y), zoom).toTuple()
            if near or (item.thumbnails and zoom > PICTURED):
                painter.setWorldTransform(QTransform(zoom, 0, 0, zoom, *corner))
                self._paint_contents(painter, item, near=near)
                painter.resetTransform()
        painter.setWorldTransform(view)

    def _draw_far(self, painter: QPainter, item: NodeItem, place: QPointF, zoom: float) -> QPointF:
        """Paints a node that is far away: what those of one look share becomes a picture, with the name another."""
        area = item.body().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        name = partial(self._paint_far_name, item=item, zoom=zoom)
        ground = item.look(), partial(self._paint_far, item=item, zoom=zoom)
        return self._sprites.draw(painter, item.far_look(), area, place, name, ground)

    def _draw(self, painter: QPainter, item: NodeItem, place: QPointF, zoom: float) -> QPointF:
        """Paints what nodes of one look share, where there is no picture of it yet."""
        area = item.body().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        paint = partial(self._paint_picture, item=item)
        ground = item.body_look(), partial(self._paint_body, item=item)
        if not self._sprites.is_large(area):
            return self._sprites.draw(painter, item.look(), area, place, paint, ground)
        corner = self._sprites.draw(painter, ground[0], area, place, ground[1])
        self._draw_parts(painter, item, corner, zoom)
        return corner

    def _draw_parts(self, painter: QPainter, item: NodeItem, corner: QPointF, zoom: float) -> None:
        """Paints what lies on a body in pictures of its own: a large node would take as long to make as to paint."""
        left, top = corner.toTuple()
        sprites = self._sprites
        if item.faded:
            painter.setOpacity(_DIM)
        for key, area, middle, paint in self._parts.of(item):
            x, y = left + middle.x() * zoom, top + middle.y() * zoom
            if sprites.stamp(painter, key, x, y) is None:
                sprites.draw(painter, key, area, QPointF(x, y), paint)
        if item.is_marked():
            painter.setWorldTransform(QTransform(zoom, 0, 0, zoom, left, top))
            self._paint_marks(painter, item)
            painter.resetTransform()
        painter.setOpacity(1.0)

    def _paint_contents(self, painter: QPainter, item: NodeItem, *, near: bool) -> None:
        if item.faded:
            painter.setOpacity(_DIM)
        if near:
            self._paint_texts(painter, item.texts())
            self._paint_texts(painter, item.name_texts())
        if item.thumbnails:
            _paint_thumbnails(painter, item)
        if item.faded:
            painter.setOpacity(1.0)

    def _paint_texts(self, painter: QPainter, texts: Iterable[Text]) -> None:
        put, used = self._put, None
        for place, letters, pen in texts:
            if pen is not used:
                painter.setPen(pen)
                used = pen
            put(letters, painter, place)

    # -- the picture that nodes share --------------------------------------------------------------------------
    def _paint_far(self, painter: QPainter, item: NodeItem, zoom: float) -> None:
        if item.faded:
            painter.setOpacity(_DIM)
        self._far.paint_body(painter, item, zoom)
        if zoom > PICTURED or item.is_lit():
            paint_parts(painter, tuple(self._parts.ports(item)))
        self._paint_marks(painter, item, zoom)

    def _paint_far_name(self, painter: QPainter, item: NodeItem, zoom: float) -> None:
        if item.faded:
            painter.setOpacity(_DIM)
        self._far.paint_name(painter, item, zoom)

    def _paint_picture(self, painter: QPainter, item: NodeItem) -> None:
        if item.faded:
            painter.setOpacity(_DIM)
        paint_parts(painter, self._parts.of(item))
        self._paint_marks(painter, item)

    def _paint_marks(self, painter: QPainter, item: NodeItem, zoom: float = 1.0) -> None:
        """What was done with it, and what is wrong with it; from afar signs are larger."""
        if item.bypassed and not item.dimmed:
            painter.setOpacity(1.0)
            self._paint_way_past(painter, item)
        if item.muted and not item.dimmed and zoom > PICTURED:
            painter.setOpacity(1.0)
            self._paint_muted(painter, item)
        if item.tag:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._style.color(TAG_ROLES[item.tag]))
            painter.drawRoundedRect(QRectF(_TAG_LEFT, -2, geo.NODE_WIDTH - 2 * _TAG_LEFT, 4), 2, 2)
        if item.badge is not None:
            self._paint_badge(painter, item.badge.severity, max(_BADGE, _LEAST_BADGE / zoom))

    def _paint_body(self, painter: QPainter, item: NodeItem) -> None:
        style, body = self._style, item.body()
        if item.faded:
            painter.setOpacity(_DIM)
        else:  # through a pale body its shadow would be seen
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.shadow)  # of which only the lower edge is seen
            lower = QRectF(0, body.bottom() - 2 * RADIUS_NODE, body.width(), 2 * RADIUS_NODE + 2)
            painter.drawRoundedRect(lower, RADIUS_NODE, RADIUS_NODE)
        painter.setBrush(style.node)
        outline = style.hover_outline if item.hovered else style.outline
        painter.setPen(Qt.PenStyle.NoPen if item.bypassed else style.ring if item.selected else outline)
        painter.drawRoundedRect(body, RADIUS_NODE, RADIUS_NODE)

    def _paint_way_past(self, painter: QPainter, item: NodeItem) -> None:
        """The outline of a bypassed node, dashed."""
        style = self._style
        pen = QPen(style.ring if item.selected else style.bypassed)
        pen.setDashPattern([4.0, 3.0])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(item.body(), RADIUS_NODE, RADIUS_NODE)

    def _paint_muted(self, painter: QPainter, item: NodeItem) -> None:
        """What a muted node gives, in its lower right corner: nothing but zeros."""
        style = self._style
        text = QCoreApplication.translate("NodePainter", "gives 0")
        width = style.metrics(style.small_font).horizontalAdvance(text) + 12
        pill = QRectF(geo.NODE_WIDTH - width - 10, item.body().height() - 24, width, 17)
        painter.setPen(style.bypassed)
        painter.setBrush(style.pill)
        painter.drawRoundedRect(pill, 8, 8)
        painter.setPen(style.text)
        painter.setFont(style.small_font)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_badge(self, painter: QPainter, severity: str, radius: float) -> None:
        style = self._style
        color = style.color(_BADGE_ROLES[severity])
        out = min(radius - 2, MARGIN - 1)  # beyond its corner no more than its picture has room for
        middle = QPointF(geo.NODE_WIDTH - radius + out, radius - out)
        painter.setPen(QPen(style.canvas, 2))
        painter.setBrush(color)
        painter.drawEllipse(middle, radius, radius)
        painter.setPen(QColor(readable_on(color.name())))
        painter.setFont(style.name_font)
        box = QRectF(-_BADGE, -_BADGE, 2 * _BADGE, 2 * _BADGE)
        painter.translate(middle)
        painter.scale(radius / _BADGE, radius / _BADGE)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _BADGE_SIGNS[severity])


def _paint_thumbnails(painter: QPainter, item: NodeItem) -> None:
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    left = LEFT - 11
    side = (geo.NODE_WIDTH - 2 * left - (THUMBNAILS - 1) * _THUMBNAIL_GAP) / THUMBNAILS
    for index, image in enumerate(item.thumbnails):
        place = QRectF(left + index * (side + _THUMBNAIL_GAP), _THUMBNAIL_TOP, side, side)
        painter.drawImage(place, image)
