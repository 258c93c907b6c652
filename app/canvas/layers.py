"""Two items of Qt's on the canvas, one that paints all wires and one that paints all nodes."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from app.canvas.spatial import Carry, Placed, SpatialIndex

T = TypeVar("T", bound=Placed)
_MANY: Final = 100
"""Of so many items that move, the parts of the canvas that change are not looked for one by one."""


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
        before, self._together = self._together, QRectF()
        try:
            yield
        finally:
            changed, self._together = self._together, before
            self.repaint(changed)

    def shift(self, items: Collection[T], step: QPointF) -> None:
        """Moves items by the same step, which is far cheaper than one after the other."""
        with self.changing(items):
            self.index.shift(items, step)

    def lift(self, items: Collection[T], carry: Carry) -> None:
        """These are carried from now on, with `changing` around each step."""
        self.index.lift(items, carry)

    def lay_down(self) -> None:
        """What was carried lies where it is shown."""
        self.index.lay_down()

    @contextmanager
    def changing(self, items: Collection[T]) -> Iterator[None]:
        """Repaints where items are before and after they move; where they are many, all there is."""
        if len(items) > _MANY:
            yield
            self.repaint(self._extent)
            return
        with self.together():
            for item in items:
                self.repaint(item.bounds())
            yield
            for item in items:
                self.repaint(item.bounds())

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
