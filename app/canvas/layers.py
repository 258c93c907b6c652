"""Two items of Qt's on the canvas, one that paints all wires and one that paints all nodes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from app.canvas.spatial import Placed, SpatialIndex

T = TypeVar("T", bound=Placed)


class Layer(QGraphicsItem, Generic[T]):
    """Items of one kind: knows where they are and paints those in sight in one go.

    Args:
        extent: what the items may cover.
        paint: paints items in the given order.
    """

    def __init__(self, extent: QRectF, height: float, paint: Callable[[QPainter, Sequence[T]], None]) -> None:
        super().__init__()
        self.index = SpatialIndex[T]()
        self._extent = extent
        self._paint = paint
        self._together: QRectF | None = None
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # for exposedRect
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(height)

    def repaint(self, rect: QRectF) -> None:
        """Something in this part of the canvas looks different now."""
        if self._together is not None:
            self._together = self._together.united(rect)
        elif not rect.isEmpty() and (scene := self.scene()) is not None:
            scene.update(rect)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Repaints all that changes meanwhile as one part of the canvas: many items are on the move."""
        self._together = QRectF()
        try:
            yield
        finally:
            changed, self._together = self._together, None
            self.repaint(changed)

    def placed(self, item: T) -> None:
        """An item lies elsewhere or has another size now, and is to be painted there."""
        self.index.put(item)
        self.repaint(item.bounds())

    @override
    def boundingRect(self) -> QRectF:
        return self._extent

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        self._paint(painter, self.index.within(option.exposedRect))
