"""A wire on the canvas: a curve from an output to an input, with the shape of what flows in a pill."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from app.canvas import geometry as geo
from app.canvas.style import CanvasStyle
from engine.graph.document import Edge

_REACH: Final = 12.0
_PILL_HEIGHT: Final = 18.0
_READABLE: Final = 0.4

LAYER_OF_WIRES: Final = 1.0


class WireItem(QGraphicsItem):
    """Paints one `Edge`; the scene hands it its ends."""

    def __init__(self, edge: Edge, style: CanvasStyle) -> None:
        super().__init__()
        self.edge = edge
        self._style = style
        self._start, self._end = QPointF(), QPointF()
        self._path = QPainterPath()
        self._reach: QPainterPath | None = None
        self._pill = QRectF()
        self._shape_text = ""
        self._hovered = False
        self._faulty = False
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setZValue(LAYER_OF_WIRES)

    @property
    def shape_text(self) -> str:
        """The text in the pill, whether there is room for it or not."""
        return self._shape_text

    def shows_pill(self) -> bool:
        """Whether there is room for the pill; where there is none it shows under the pointer only."""
        return not self._pill.isEmpty() and geo.fits_pill(self._start, self._end, self._pill.width())

    def path(self) -> QPainterPath:
        """Its course."""
        return self._path

    def middle(self) -> QPointF:
        """The point half way along."""
        return self._path.pointAtPercent(0.5)

    def set_ends(self, start: QPointF, end: QPointF) -> None:
        """Draws it between two points of the canvas."""
        if (start, end) != (self._start, self._end):
            self._start, self._end = QPointF(start), QPointF(end)
            self._lay_out()

    def set_shape_text(self, text: str) -> None:
        """Shows the shape of what flows, without the batch."""
        if text != self._shape_text:
            self._shape_text = text
            self._lay_out()

    def set_hovered(self, hovered: bool) -> None:
        """Whether the pointer is over it, or something is about to be dropped on it."""
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def set_faulty(self, faulty: bool) -> None:
        """Whether what flows does not suit its end."""
        if faulty != self._faulty:
            self._faulty = faulty
            self.update()

    def restyle(self) -> None:
        """Takes over a changed theme."""
        self._lay_out()

    @override
    def boundingRect(self) -> QRectF:
        return self._path.controlPointRect().united(self._pill).adjusted(-3, -3, 3, 3)

    @override
    def shape(self) -> QPainterPath:
        if self._reach is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(_REACH)
            self._reach = stroker.createStroke(self._path)
        return self._reach

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        style = self._style
        lit = self._hovered or self.isSelected()
        painter.setPen(style.wire_lit if lit else style.wire_bad if self._faulty else style.wire)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        zoom = painter.worldTransform().m11()
        if self._pill.isEmpty() or zoom <= _READABLE or not (lit or self.shows_pill()):
            return
        painter.setPen(style.ring if lit else style.outline)
        painter.setBrush(style.pill)
        painter.drawRoundedRect(self._pill, _PILL_HEIGHT / 2, _PILL_HEIGHT / 2)
        painter.setPen(style.dim)
        painter.setFont(style.mono_font)
        painter.drawText(self._pill, Qt.AlignmentFlag.AlignCenter, self._shape_text)

    def _lay_out(self) -> None:
        self.prepareGeometryChange()
        self._path = geo.wire_path(self._start, self._end)
        self._reach = None
        width = QFontMetricsF(self._style.mono_font).horizontalAdvance(self._shape_text) + 10
        self._pill = QRectF()
        if self._shape_text:
            self._pill = QRectF(0, 0, width, _PILL_HEIGHT)
            self._pill.moveCenter(self.middle() - QPointF(0, 13))
        self.update()
