"""Boxes of words on the canvas: why a wire is refused, what is wrong with a node."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from app.canvas.style import CanvasStyle
from app.theme import RADIUS_CONTROL

_WIDEST: Final = 250.0
_PADDING: Final = 10.0
_ON_TOP: Final = 200.0
_WRAP: Final = Qt.TextFlag.TextWordWrap


class HintItem(QGraphicsItem):
    """A sentence and, in accent, a remedy; keeps its size on the screen at any zoom and takes no clicks away."""

    def __init__(self, style: CanvasStyle) -> None:
        super().__init__()
        self._style = style
        self._sentence = ""
        self._remedy = ""
        self._role = "bad"
        self._box = QRectF()
        self._split = 0.0
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setZValue(_ON_TOP)
        self.hide()

    @property
    def sentence(self) -> str:
        """What it says; nothing while it is hidden."""
        return self._sentence if self.isVisible() else ""

    def show_at(
        self, place: QPointF, sentence: str, remedy: str = "", role: str = "bad", *, above: bool = False
    ) -> None:
        """Shows the words with their top left corner at a place on the canvas; `above`: the bottom left one."""
        self._leave()
        self.prepareGeometryChange()
        self._sentence, self._remedy, self._role = sentence, remedy, role
        metrics = QFontMetricsF(self._style.body_font)
        first = metrics.boundingRect(QRectF(0, 0, _WIDEST, 999), _WRAP, sentence)
        second = metrics.boundingRect(QRectF(0, 0, _WIDEST, 999), _WRAP, remedy) if remedy else QRectF()
        self._split = first.height()
        width = max(first.width(), second.width()) + 1
        height = first.height() + second.height() + 1.4 * _PADDING
        self._box = QRectF(0, -height if above else 0, width + 2 * _PADDING, height)
        self.setPos(place)
        self.show()
        self.update()

    def _leave(self) -> None:
        """Has the views paint what is under it: Qt forgets this where they paint before it has looked at what moved."""
        if self.isVisible() and (scene := self.scene()) is not None:
            for view in scene.views():
                box = self.boundingRect().toAlignedRect().translated(view.mapFromScene(self.pos()))
                view.viewport().update(box.adjusted(-1, -1, 1, 1))

    def keep_inside(self, view: QGraphicsView, above: int = 0) -> None:
        """Moves it, where it was shown too near the edge of a view, to where all of it is seen.

        So much of the view is covered `above`; that counts where below it there is room.
        """
        corner = QPointF(view.mapFromScene(self.pos()))
        box, room = self._box.translated(corner), QRectF(view.viewport().rect()).adjusted(8, 8, -8, -8)
        if box.height() + above < room.height():
            room.setTop(room.top() + above)
        x = min(max(box.left(), room.left()), room.right() - box.width())
        y = min(max(box.top(), room.top()), room.bottom() - box.height())
        moved = corner + QPointF(x - box.left(), y - box.top())
        self.setPos(view.mapToScene(moved.toPoint()))

    def is_remedy_at(self, offset: QPointF) -> bool:
        """Whether a point, in pixels of the screen from its place, is on the words of the remedy."""
        top = self._box.top() + 0.5 * _PADDING + self._split
        return self.isVisible() and bool(self._remedy) and self._box.contains(offset) and offset.y() >= top

    @override
    def boundingRect(self) -> QRectF:
        return self._box.adjusted(-2, -2, 2, 2)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        style = self._style
        painter.setPen(QPen(style.color(self._role), 1.2))
        painter.setBrush(QBrush(style.color("panel")))
        painter.drawRoundedRect(self._box, RADIUS_CONTROL, RADIUS_CONTROL)
        painter.setFont(style.body_font)
        painter.setPen(style.text)
        inner = self._box.adjusted(_PADDING, 0.7 * _PADDING, -_PADDING, 0)
        painter.drawText(inner, _WRAP, self._sentence)
        if self._remedy:
            painter.setPen(style.accent_text)
            painter.drawText(inner.adjusted(0, self._split, 0, 0), _WRAP, self._remedy)
