"""Finds what lies in a part of the canvas: a pointer over 2,000 nodes must not ask every one of them."""

from collections.abc import Collection
from operator import attrgetter
from typing import Final, Generic, Protocol, TypeVar

from PySide6.QtCore import QPointF, QRectF

_CELL: Final = 512.0

Cells = tuple[int, int, int, int]
"""First column, first row, last column, last row."""


class Placed(Protocol):
    """Something with a place on the canvas and in the order of painting."""

    sequence: int

    def bounds(self) -> QRectF:
        """The rectangle it paints in, on the canvas."""

    def shift(self, step: QPointF) -> None:
        """Moves it without telling its board, which has asked for it."""


T = TypeVar("T", bound=Placed)
Kind = TypeVar("Kind", contravariant=True)


class Board(Protocol[Kind]):
    """What items lie on and tell of changes."""

    def repaint(self, rect: QRectF) -> None:
        """Something in this part of the canvas looks different now."""

    def placed(self, item: Kind) -> None:
        """An item lies elsewhere or has another size now, and is to be painted there."""


class SpatialIndex(Generic[T]):
    """Items by the squares of a coarse grid that their bounds touch; the grid goes along where all of them move."""

    def __init__(self) -> None:
        self._origin = QPointF()
        self._cells: dict[tuple[int, int], set[T]] = {}
        self._places: dict[T, Cells] = {}

    def __len__(self) -> int:
        return len(self._places)

    def put(self, item: T) -> None:
        """Takes in an item, or that it has moved."""
        cells = self._cells_of(item.bounds())
        before = self._places.get(item)
        if cells == before:
            return
        if before is not None:
            self._leave(item, before)
        self._places[item] = cells
        for cell in _each(cells):
            self._cells.setdefault(cell, set()).add(item)

    def take(self, item: T) -> None:
        """Forgets an item."""
        cells = self._places.pop(item, None)
        if cells is not None:
            self._leave(item, cells)

    def shift(self, items: Collection[T], step: QPointF) -> None:
        """Moves items by the same step."""
        for item in items:
            item.shift(step)
        if len(items) == len(self._places):
            self._origin += step
        else:
            for item in items:
                self.put(item)

    def within(self, rect: QRectF) -> list[T]:
        """The items whose bounds touch a rectangle, in painting order."""
        return sorted(self._touching(rect), key=_sequence)

    def _touching(self, rect: QRectF) -> Collection[T]:
        left, top, right, bottom = cells = self._cells_of(rect)
        if (right - left + 1) * (bottom - top + 1) > len(self._places):
            return [item for item in self._places if item.bounds().intersects(rect)]
        near = set[T]().union(*(self._cells.get(cell, ()) for cell in _each(cells)))
        # these cells are wholly in the rectangle, and so is a part of each item there
        inner = left + 1, top + 1, right - 1, bottom - 1
        sure = set[T]().union(*(self._cells.get(cell, ()) for cell in _each(inner)))
        return sure.union(item for item in near - sure if item.bounds().intersects(rect))

    def _cells_of(self, rect: QRectF) -> Cells:
        left, top = rect.x() - self._origin.x(), rect.y() - self._origin.y()
        return (
            int(left // _CELL),
            int(top // _CELL),
            int((left + rect.width()) // _CELL),
            int((top + rect.height()) // _CELL),
        )

    def _leave(self, item: T, cells: Cells) -> None:
        for cell in _each(cells):
            members = self._cells[cell]
            members.discard(item)
            if not members:
                del self._cells[cell]


def _each(cells: Cells) -> list[tuple[int, int]]:
    left, top, right, bottom = cells
    return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]


_sequence: Final = attrgetter("sequence")
