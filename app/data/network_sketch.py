"""A network in the size of a stamp: blocks in the colours of their kinds, as they will stand on the canvas."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter
from engine.graph.document import ModelGraph, Node, UnknownLayer
from engine.graph.sequence import NODE_WIDTH

_BLOCK: Final = QRectF(0, 0, NODE_WIDTH, 56)  # canvas units
_HEIGHT: Final = 84
_MARGIN: Final = 12
_BEND: Final = 10.0  # pixels; a wire back to the next row stays inside the frame
_LARGEST: Final = 0.34  # pixels a canvas unit


class NetworkSketch(QWidget):
    """Paints a graph; its words are in the accessible description."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._graph = ModelGraph()
        self.setAccessibleName(self.tr("The proposed network"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)
        theme.changed.connect(self.update)

    def set_graph(self, graph: ModelGraph) -> None:
        """Shows another network."""
        self._graph = graph
        self.setAccessibleDescription(", ".join(node.layer.title() for node in graph.nodes.values()))
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(260, _HEIGHT)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        frame = QRectF(self.rect())
        fill_rounded(painter, frame, self._theme.color("canvas"), 7)
        outline_rounded(painter, frame, self._theme.color("line"), 7)
        if not self._graph.nodes:
            return
        corner, zoom = self._mapping()
        painter.setPen(QPen(self._theme.color("faint"), 1.2))
        for wire in self._graph.edges:
            ends = (self._graph.nodes[wire.source], self._graph.nodes[wire.target])
            self._paint_wire(painter, *(_place(node, corner, zoom) for node in ends))
        for node in self._graph.nodes.values():
            block = _place(node, corner, zoom)
            fill_rounded(painter, block, self._theme.color(_category(node)), min(3.0, block.height() / 3))

    def _paint_wire(self, painter: QPainter, source: QRectF, target: QRectF) -> None:
        start = QPointF(source.right(), source.center().y())
        end = QPointF(target.left(), target.center().y())
        bend = min(_BEND, max(4.0, abs(end.x() - start.x()) / 2))
        path = QPainterPath(start)
        path.cubicTo(start + QPointF(bend, 0), end - QPointF(bend, 0), end)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)

    def _mapping(self) -> tuple[QPointF, float]:
        """Where the canvas' origin is painted, and pixels a canvas unit."""
        whole = QRectF()
        for node in self._graph.nodes.values():
            whole = whole.united(_BLOCK.translated(*node.position))
        room = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        zoom = min(room.width() / whole.width(), room.height() / whole.height(), _LARGEST)
        return room.center() - whole.center() * zoom, zoom


def _place(node: Node, corner: QPointF, zoom: float) -> QRectF:
    return QRectF(corner + QPointF(*node.position) * zoom, _BLOCK.size() * zoom)


def _category(node: Node) -> str:
    return "shape" if isinstance(node.layer, UnknownLayer) else type(node.layer).declaration.category
