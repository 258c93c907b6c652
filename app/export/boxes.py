"""The architecture as a column of boxes, as Keras' `plot_model` draws it: what papers and reports are used to.

Nothing of where layers stand on the canvas counts here: the data is at the top, every layer below those it reads.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from app.theme import FontRole, Theme
from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer
from engine.graph.inference import Inference, NodeInference
from engine.graph.layered import Box, Link, layered
from engine.tensor.spec import TensorSpec

MARGIN: Final = 24.0
_BETWEEN, _BESIDE = 36.0, 28.0  # boxes below and beside each other
_ROW, _SIDE, _BAR = 24.0, 12.0, 5.0  # height of a row, room beside its words, the stripe of the category
_ARROW: Final = 4.5
_RADIUS: Final = 6.0


@dataclass(frozen=True)
class Shown:
    """What a box says beside the name and the kind of its layer."""

    shapes: bool = True
    activations: bool = True
    parameters: bool = True


@dataclass(frozen=True)
class Card:
    """A box: the words of its head and of its rows, a row having one cell or two."""

    name: str
    kind: str
    category: str
    rows: tuple[tuple[str, ...], ...]


class Boxes:
    """Lays the boxes of a network out and paints them, from (0, 0) on.

    Args:
        graph: the network.
        inference: what is known of its shapes.
        theme: colours and fonts.
        shown: rows of the boxes.
        nodes: these only; all where it is None.
    """

    def __init__(
        self,
        graph: ModelGraph,
        inference: Inference | None,
        theme: Theme,
        shown: Shown,
        nodes: Collection[str] | None = None,
    ) -> None:
        self._theme = theme
        self._head, self._body = theme.font(FontRole.STRONG), theme.font(FontRole.BODY)
        known = inference.nodes if inference is not None else {}
        chosen = [n for n in graph.nodes.values() if nodes is None or n.id in nodes]
        self.cards = {n.id: card_of(n, known.get(n.id), shown) for n in chosen}
        self.edges = [
            e
            for e in graph.edges
            if e.source in self.cards and e.target in self.cards and e.source != e.target
        ]
        self.places = self._placed({n.id: n.position for n in chosen})

    @property
    def area(self) -> QRectF:
        """All of it, with a margin."""
        whole = QRectF()
        for rect in self.places.values():
            whole = whole.united(rect)
        for path in self._paths():
            whole = whole.united(path.boundingRect())
        return (
            QRectF(whole.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).toAlignedRect()) if self.places else whole
        )

    def paint(self, painter: QPainter) -> None:
        """Paint the arrows and the boxes."""
        painter.setPen(QPen(self._theme.color("dim"), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for path in self._paths():
            painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("dim"))
        for path in self._paths():
            tip = path.currentPosition()
            corners = [tip, tip + QPointF(-_ARROW, -2 * _ARROW), tip + QPointF(_ARROW, -2 * _ARROW)]
            painter.drawPolygon(QPolygonF(corners))
        for node, rect in self.places.items():
            self._paint_card(painter, self.cards[node], rect)

    # -- layout -----------------------------------------------------------------------------------
    def _placed(self, hints: Mapping[str, tuple[float, float]]) -> dict[str, QRectF]:
        """Where each box is: rows by distance from the data, as high as the highest box in them."""
        widths = {node: self._width(card) for node, card in self.cards.items()}
        boxes = {
            node: Box(
                widths[node], (widths[node] / 2,), (widths[node] / 2,), (hints[node][1], hints[node][0])
            )
            for node in self.cards
        }
        links = [Link(e.source, e.target) for e in self.edges]
        drawn = layered(boxes, links, column=1.0, gap=_BESIDE)
        ranks = {node: round(rank) for node, (rank, _) in drawn.items()}
        heights: dict[int, float] = {}
        for node, rank in ranks.items():
            heights[rank] = max(heights.get(rank, 0.0), _height(self.cards[node]))
        tops: dict[int, float] = {}
        below = 0.0
        for rank in sorted(heights):
            tops[rank] = below
            below += heights[rank] + _BETWEEN
        left = min((x for _, x in drawn.values()), default=0.0)
        return {
            node: QRectF(x - left, tops[ranks[node]], widths[node], _height(self.cards[node]))
            for node, (_, x) in drawn.items()
        }

    def _width(self, card: Card) -> float:
        head, body = QFontMetricsF(self._head), QFontMetricsF(self._body)
        widest = head.horizontalAdvance(card.name) + body.horizontalAdvance(card.kind) + 3 * _SIDE + _BAR
        for row in card.rows:
            cell = max(body.horizontalAdvance(text) for text in row) + 2 * _SIDE
            widest = max(widest, cell * len(row))
        return float(round(widest))

    def _paths(self) -> list[QPainterPath]:
        return [self._path(edge) for edge in self.edges]

    def _path(self, edge: Edge) -> QPainterPath:
        """Straight down where nothing is in between, else around it."""
        source, target = self.places[edge.source], self.places[edge.target]
        begin = QPointF(source.center().x(), source.bottom())
        end = QPointF(target.center().x(), target.top())
        path = QPainterPath(begin)
        in_the_way = self._between(begin, end, edge)
        if not in_the_way:
            path.cubicTo(begin + QPointF(0, _BETWEEN / 2), end - QPointF(0, _BETWEEN / 2), end)
            return path
        lane = max(rect.right() for rect in in_the_way) + _BESIDE / 2
        upper, lower = begin.y() + _BETWEEN / 2, end.y() - _BETWEEN / 2
        corners = [
            QPointF(begin.x(), upper),
            QPointF(lane, upper),
            QPointF(lane, lower),
            QPointF(end.x(), lower),
        ]
        for corner, after in zip(corners, [*corners[1:], end], strict=True):
            _round_corner(path, corner, after)
        path.lineTo(end)
        return path

    def _between(self, begin: QPointF, end: QPointF, edge: Edge) -> Sequence[QRectF]:
        """The boxes that the column between two ends goes through."""
        way = QRectF(begin, end).normalized().adjusted(-2, 2, 2, -2)
        others = [rect for node, rect in self.places.items() if node not in (edge.source, edge.target)]
        return [rect for rect in others if rect.intersects(way)]

    # -- painting ---------------------------------------------------------------------------------
    def _paint_card(self, painter: QPainter, card: Card, rect: QRectF) -> None:
        theme = self._theme
        outline = QPainterPath()
        outline.addRoundedRect(rect, _RADIUS, _RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillPath(outline, theme.color("panel"))
        head = QRectF(rect.topLeft(), rect.topLeft() + QPointF(rect.width(), _ROW))
        painter.save()
        painter.setClipPath(outline)
        painter.fillRect(head, theme.color("raised"))
        painter.fillRect(QRectF(head.left(), head.top(), _BAR, rect.height()), theme.color(card.category))
        painter.restore()
        inner = head.adjusted(_SIDE + _BAR, 0, -_SIDE, 0)
        self._write(painter, inner, card.name, self._head, "text", Qt.AlignmentFlag.AlignLeft)
        self._write(painter, inner, card.kind, self._body, "dim", Qt.AlignmentFlag.AlignRight)
        painter.setPen(QPen(theme.color("line"), 1.0))
        for number, row in enumerate(card.rows, start=1):
            top = rect.top() + number * _ROW
            painter.drawLine(QPointF(rect.left() + _BAR, top), QPointF(rect.right(), top))
            width = (rect.width() - _BAR) / len(row)
            for place, text in enumerate(row):
                cell = QRectF(rect.left() + _BAR + place * width, top, width, _ROW)
                if place:
                    painter.drawLine(cell.topLeft(), cell.bottomLeft())
                self._write(painter, cell, text, self._body, "text", Qt.AlignmentFlag.AlignHCenter)
                painter.setPen(QPen(theme.color("line"), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("dim"), 1.0))
        painter.drawPath(outline)

    def _write(
        self, painter: QPainter, rect: QRectF, text: str, font: QFont, role: str, side: Qt.AlignmentFlag
    ) -> None:
        painter.setFont(font)
        painter.setPen(self._theme.color(role))
        painter.drawText(rect, int(side | Qt.AlignmentFlag.AlignVCenter), text)


def card_of(node: Node, known: NodeInference | None, shown: Shown) -> Card:
    """What the box of a layer says."""
    layer = node.layer
    rows: list[tuple[str, ...]] = []
    activation = getattr(layer, "activation", None)
    if shown.activations and activation is not None:
        title = activation.title() if callable(getattr(activation, "title", None)) else str(activation)
        rows.append(
            (
                _tr("Activation: {name}").format(
                    name=str(activation) if isinstance(activation, str) else title
                ),
            )
        )
    if shown.shapes and known is not None:
        cells = []
        if known.inputs:
            cells.append(_tr("Input: {shape}").format(shape=_shapes(known.inputs)))
        if known.outputs:
            cells.append(_tr("Output: {shape}").format(shape=_shapes(known.outputs)))
        if cells:
            rows.append(tuple(cells))
    if shown.parameters and known is not None and known.parameters:
        rows.append((_tr("Parameters: {count:,}").format(count=known.parameters),))
    category = "bad" if isinstance(layer, UnknownLayer) else layer.declaration.category.value
    kind = layer.title()
    return Card(node.name, "" if kind == node.name else kind, category, tuple(rows))


def _shapes(specs: Sequence[TensorSpec]) -> str:
    """As Keras writes them, the batch first."""
    written = [
        f"({', '.join(map(str, (None, *spec.shape)))}{',' if not spec.shape else ''})" for spec in specs
    ]
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def _height(card: Card) -> float:
    return _ROW * (1 + len(card.rows))


def _round_corner(path: QPainterPath, corner: QPointF, after: QPointF) -> None:
    """To a corner and round it, towards the next point."""
    before = path.currentPosition()
    path.lineTo(_towards(corner, before))
    path.quadTo(corner, _towards(corner, after))


def _towards(point: QPointF, other: QPointF) -> QPointF:
    way = other - point
    length = (way.x() ** 2 + way.y() ** 2) ** 0.5
    return point if length == 0 else point + way * (min(_RADIUS, length / 2) / length)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Boxes", text)
