"""A node on the canvas, painted; never a widget, so that hundreds of them move at the screen's rate."""

from collections.abc import Collection, Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPainterPath, QPen, QStaticText
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from app.canvas import geometry as geo
from app.canvas.facts import Badge, Caption, Slot, have_names, node_category, node_title
from app.canvas.style import CanvasStyle
from app.theme import RADIUS_NODE, readable_on
from engine.graph.document import Node

_LEFT: Final = 23.0
_RIGHT: Final = 10.0
_THUMBNAILS: Final = 5
_THUMBNAIL_GAP: Final = 4.0
_BADGE: Final = 9.0
_MARGIN: Final = 12.0
_NAME_GAP: Final = 4.0
_READABLE: Final = 0.4
"""Zoom below which small text is a smudge and is left out."""
_NAMEABLE: Final = 0.28
_BADGE_ROLES: Final = {"error": "bad", "warning": "warn", "info": "accent"}
_BADGE_SIGNS: Final = {"error": "!", "warning": "!", "info": "i"}

LAYER_OF_NODES: Final = 10.0


class NodeItem(QGraphicsItem):
    """Paints one `Node`; everything it shows is handed to it."""

    def __init__(self, node: Node, style: CanvasStyle) -> None:
        super().__init__()
        self._style = style
        self._node = node
        self._inputs: tuple[Slot, ...] = ()
        self._outputs: tuple[Slot, ...] = ()
        self._caption = Caption()
        self._cost = ""
        self._thumbnails: list[QImage] = []
        self._badge: Badge | None = None
        self._hovered = False
        self._dimmed = False
        self._lit: frozenset[Slot] = frozenset()
        self._lit_side_is_output = False
        self._height = geo.NODE_HEIGHT
        self._port_names: list[tuple[QRectF, str]] = []
        self._texts: list[tuple[QPointF, QStaticText, QFont, QPen]] = []
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        # Painted once, then copied: 300 nodes in view take a third of the time.
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.setZValue(LAYER_OF_NODES)
        self.setPos(*node.position)
        self._lay_out()

    # -- what it shows -------------------------------------------------------------------------------------
    @property
    def node(self) -> Node:
        """The node as last shown."""
        return self._node

    @property
    def badge(self) -> Badge | None:
        """What is wrong with it."""
        return self._badge

    @property
    def inputs(self) -> tuple[Slot, ...]:
        """Places for wires at the left."""
        return self._inputs

    @property
    def outputs(self) -> tuple[Slot, ...]:
        """Places for wires at the right."""
        return self._outputs

    @property
    def thumbnails(self) -> Sequence[QImage]:
        """The pictures shown."""
        return self._thumbnails

    def title(self) -> str:
        """The name it shows."""
        return self._caption.title or node_title(self._node)

    def subtitle(self) -> str:
        """The dim line it shows."""
        return self._caption.subtitle or self._node.layer.subtitle()

    def footer(self) -> str:
        """The faint line it shows."""
        return self._caption.footer or self._cost

    def set_node(self, node: Node, inputs: tuple[Slot, ...], outputs: tuple[Slot, ...]) -> None:
        """Shows another state of the node and its ports."""
        self._node, self._inputs, self._outputs = node, inputs, outputs
        self._lay_out()

    def set_caption(self, caption: Caption) -> None:
        """Replaces the words of the layer."""
        if caption != self._caption:
            self._caption = caption
            self._lay_out()

    def set_cost(self, text: str) -> None:
        """Shows parameters and multiply-adds."""
        if text != self._cost:
            self._cost = text
            self._lay_out()

    def set_thumbnails(self, images: Sequence[QImage]) -> None:
        """Shows up to five small pictures; with the first ones the node grows."""
        grows = bool(images) != bool(self._thumbnails)
        self._thumbnails = list(images[:_THUMBNAILS])
        if grows:
            self._lay_out()
        self.update()

    def set_badge(self, badge: Badge | None) -> None:
        """Shows that something is wrong, or that nothing is."""
        if badge != self._badge:
            self._badge = badge
            self.setToolTip(badge.sentence if badge else "")
            self.update()

    def set_hovered(self, hovered: bool) -> None:
        """Whether the pointer is over it."""
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def set_lit(self, slots: Collection[Slot] | None, *, output: bool = False) -> None:
        """While a wire is drawn: lights the ports it may end at, dims a node without one; `None` ends that."""
        self._lit = frozenset(slots or ())
        self._lit_side_is_output = output
        self._dimmed = slots is not None and not slots
        self.update()

    def is_lit(self) -> bool | None:
        """While a wire is drawn, whether it may end here; else `None`."""
        return False if self._dimmed else True if self._lit else None

    def restyle(self) -> None:
        """Takes over a changed theme."""
        self._lay_out()

    def port_names(self) -> list[str]:
        """The names written beside ports, inputs first."""
        return [name for _, name in self._port_names]

    # -- places ----------------------------------------------------------------------------------------------
    def body(self) -> QRectF:
        """The node's rectangle in its own coordinates."""
        return QRectF(0, 0, geo.NODE_WIDTH, self._height)

    def port_position(self, slot: Slot, *, output: bool) -> QPointF:
        """Middle of a port on the canvas; of the side if the node does not have it."""
        slots = self._outputs if output else self._inputs
        index = slots.index(slot) if slot in slots else 0
        return self.pos() + self._port_offset(index, slots, output=output)

    def port_at(self, position: QPointF) -> tuple[Slot, bool] | None:
        """The port whose target holds a position on the canvas, and whether it is an output."""
        for output, slots in ((True, self._outputs), (False, self._inputs)):
            for slot in slots:
                offset = position - self.port_position(slot, output=output)
                if max(abs(offset.x()), abs(offset.y())) <= geo.PORT_REACH:
                    return slot, output
        return None

    @override
    def boundingRect(self) -> QRectF:
        return self.body().adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)

    @override
    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.body().adjusted(-geo.PORT_RADIUS, 0, geo.PORT_RADIUS, 0))
        return path

    # -- painting ----------------------------------------------------------------------------------------------
    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        zoom = painter.worldTransform().m11()
        if self._dimmed:
            painter.setOpacity(0.4)
        self._paint_body(painter, shadow=zoom > _READABLE)
        if zoom > _NAMEABLE:
            self._paint_texts(painter, len(self._texts) if zoom > _READABLE else 1)
        if self._thumbnails and zoom > _NAMEABLE:
            self._paint_thumbnails(painter)
        if zoom > _NAMEABLE or self._lit:
            self._paint_ports(painter, self._inputs, output=False)
            self._paint_ports(painter, self._outputs, output=True)
        if zoom > _READABLE:
            self._paint_port_names(painter)
        if self._badge is not None:
            self._paint_badge(painter, self._badge)

    def _paint_body(self, painter: QPainter, *, shadow: bool) -> None:
        style, body = self._style, self.body()
        if shadow:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.shadow)
            painter.drawRoundedRect(body.translated(0, 2), RADIUS_NODE, RADIUS_NODE)
        painter.setBrush(style.node)
        selected = self.isSelected()
        painter.setPen(style.ring if selected else style.hover_outline if self._hovered else style.outline)
        painter.drawRoundedRect(body, RADIUS_NODE, RADIUS_NODE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.color(node_category(self._node)))
        painter.drawRoundedRect(QRectF(10, 12, 5, 26), 2, 2)

    def _paint_texts(self, painter: QPainter, count: int) -> None:
        for place, text, font, pen in self._texts[:count]:
            painter.setFont(font)
            painter.setPen(pen)
            painter.drawStaticText(place, text)

    def _paint_thumbnails(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for index, image in enumerate(self._thumbnails):
            side = self._thumbnail_side()
            place = QRectF(_LEFT - 11 + index * (side + _THUMBNAIL_GAP), 49, side, side)
            painter.drawImage(place, image)

    def _paint_ports(self, painter: QPainter, slots: Sequence[Slot], *, output: bool) -> None:
        style = self._style
        color = style.color(node_category(self._node))
        for index, slot in enumerate(slots):
            middle = self._port_offset(index, slots, output=output)
            lit = output == self._lit_side_is_output and slot in self._lit
            if lit:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(style.theme.color("accent", 0.3))
                painter.drawEllipse(middle, geo.PORT_REACH, geo.PORT_REACH)
            painter.setPen(QPen(style.color("accent") if lit else color, 2))
            painter.setBrush(QBrush(style.canvas))
            painter.drawEllipse(middle, geo.PORT_RADIUS - 1, geo.PORT_RADIUS - 1)

    def _paint_port_names(self, painter: QPainter) -> None:
        painter.setFont(self._style.small_font)
        painter.setPen(self._style.dim)
        for place, name in self._port_names:
            right = place.left() > geo.PORT_REACH
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_badge(self, painter: QPainter, badge: Badge) -> None:
        style = self._style
        role = _BADGE_ROLES[badge.severity]
        middle = QPointF(geo.NODE_WIDTH - 2, 2)
        painter.setPen(QPen(style.canvas, 2))
        painter.setBrush(style.color(role))
        painter.drawEllipse(middle, _BADGE, _BADGE)
        painter.setPen(QColor(readable_on(style.color(role).name())))
        painter.setFont(style.name_font)
        box = QRectF(middle.x() - _BADGE, middle.y() - _BADGE, 2 * _BADGE, 2 * _BADGE)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _BADGE_SIGNS[badge.severity])

    # -- layout ----------------------------------------------------------------------------------------------
    def _lay_out(self) -> None:
        self.prepareGeometryChange()
        style = self._style
        ports = max(len(self._inputs), len(self._outputs), 1)
        named = max((len(slots) for slots in (self._inputs, self._outputs) if have_names(slots)), default=0)
        self._height = geo.node_height(ports, thumbnails=bool(self._thumbnails), named=named)
        rows = (
            (11.0, self.title(), style.name_font, style.text),
            (27.0, self.subtitle(), style.small_font, style.dim),
            (self._height - 21.0, self.footer(), style.mono_font, style.faint),
        )
        width = geo.NODE_WIDTH - _LEFT - _RIGHT
        self._texts = [
            (QPointF(_LEFT, top), _static(style.elided(text, font, width), font), font, pen)
            for top, text, font, pen in rows
        ]
        self.update()

        self._port_names = [
            *self._names(self._inputs, output=False),
            *self._names(self._outputs, output=True),
        ]

    def _port_offset(self, index: int, slots: Sequence[Slot], *, output: bool) -> QPointF:
        if have_names(slots):
            return geo.named_port_offset(index, output=output, thumbnails=bool(self._thumbnails))
        return geo.port_offset(index, max(len(slots), 1), self._height, output=output)

    def _names(self, slots: Sequence[Slot], *, output: bool) -> list[tuple[QRectF, str]]:
        """The names beside the ports of a side, each with its place; none where there is nothing to tell apart."""
        if not have_names(slots):
            return []
        shared = have_names(self._inputs) and have_names(self._outputs)
        width = (geo.NODE_WIDTH / 2 if shared else geo.NODE_WIDTH) - geo.PORT_REACH - _NAME_GAP
        found = []
        for index, slot in enumerate(slots):
            middle = self._port_offset(index, slots, output=output)
            left = geo.NODE_WIDTH - geo.PORT_REACH - width if output else geo.PORT_REACH
            name = self._style.elided(slot.port.replace("_", " "), self._style.small_font, width)
            found.append((QRectF(left, middle.y() - 8, width, 16), name))
        return found

    def _thumbnail_side(self) -> float:
        room = geo.NODE_WIDTH - 2 * (_LEFT - 11) - (_THUMBNAILS - 1) * _THUMBNAIL_GAP
        return room / _THUMBNAILS


def _static(text: str, font: QFont) -> QStaticText:
    static = QStaticText(text)
    static.setTextFormat(Qt.TextFormat.PlainText)
    static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    static.prepare(font=font)
    return static
