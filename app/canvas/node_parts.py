"""What lies on a node's body: its category's bar and sign, and its ports. Many nodes have the same, each in its place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen

from app.canvas import geometry as geo

if TYPE_CHECKING:
    from app.canvas.node_item import NodeItem
    from app.canvas.style import CanvasStyle

_BAR: Final = QRectF(10, 12, 5, 26)
_ICON: Final = 13.0
_ICON_RIGHT: Final = 9.0
_ICON_BELOW: Final = 7.0
_ROOM: Final = 1.0
_MOST_LOOKS: Final = 500


class Part(NamedTuple):
    """A thing on a node: what its picture is known by and covers around its middle, where that is, and its painting."""

    key: Hashable
    area: QRectF
    middle: QPointF
    paint: Callable[[QPainter], object]


class NodeParts:
    """The parts of nodes, found once for each look."""

    def __init__(self, style: CanvasStyle) -> None:
        self._style = style
        self._known: dict[int, Sequence[Part]] = {}

    def restyle(self) -> None:
        """Takes over a changed theme."""
        self._known.clear()

    def of(self, item: NodeItem) -> Sequence[Part]:
        """The parts of a node, in painting order."""
        found = self._known.get(item.look())
        if found is None:
            if len(self._known) >= _MOST_LOOKS:
                self._known.clear()
            found = self._known[item.look()] = (self._bar(item), *self.ports(item), self._icon(item))
        return found

    def ports(self, item: NodeItem) -> Iterator[Part]:
        """Inputs and outputs."""
        for output in (False, True):
            lit = item.lit_ports(output=output)
            for slot, middle in item.port_offsets(output=output).items():
                role = "accent" if slot in lit else item.category()
                reach = geo.PORT_REACH if slot in lit else geo.PORT_RADIUS
                paint = partial(self._paint_port, role=role, lit=slot in lit)
                yield Part(("port", role, slot in lit), _around(reach, reach), middle, paint)

    def _bar(self, item: NodeItem) -> Part:
        area = _around(_BAR.width() / 2, _BAR.height() / 2)
        return Part(
            ("bar", item.category()), area, _BAR.center(), partial(self._paint_bar, role=item.category())
        )

    def _icon(self, item: NodeItem) -> Part:
        """The sign of its category in the lower right corner: colour alone tells nothing to some."""
        half, category = _ICON / 2, item.category()
        middle = QPointF(geo.NODE_WIDTH - _ICON_RIGHT - half, item.body().height() - _ICON_BELOW - half)
        return Part(("icon", category), _around(half, half), middle, partial(self._paint_icon, role=category))

    def _paint_bar(self, painter: QPainter, role: str) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._style.color(role))
        painter.drawRoundedRect(_BAR.translated(-_BAR.center()), 2, 2)

    def _paint_port(self, painter: QPainter, role: str, *, lit: bool) -> None:
        style = self._style
        if lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.theme.color("accent", 0.3))
            painter.drawEllipse(QPointF(), geo.PORT_REACH, geo.PORT_REACH)
        painter.setPen(QPen(style.color(role), 2))
        painter.setBrush(QBrush(style.canvas))
        painter.drawEllipse(QPointF(), geo.PORT_RADIUS - 1, geo.PORT_RADIUS - 1)

    def _paint_icon(self, painter: QPainter, role: str) -> None:
        box = QRectF(-_ICON / 2, -_ICON / 2, _ICON, _ICON)
        self._style.theme.paint_icon(painter, box, "error" if role == "bad" else role, role)


def _around(half_width: float, half_height: float) -> QRectF:
    width, height = half_width + _ROOM, half_height + _ROOM
    return QRectF(-width, -height, 2 * width, 2 * height)


def paint_parts(painter: QPainter, parts: Sequence[Part]) -> None:
    """Paints parts in their places with a painter whose units are those of the canvas, from the node's corner on."""
    for part in parts:
        painter.translate(part.middle)
        part.paint(painter)
        painter.translate(-part.middle)
