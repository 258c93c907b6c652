"""Finds what lies in a part of the canvas: a pointer over 2,000 nodes must not ask every one of them."""

from __future__ import annotations

from collections.abc import Collection
from operator import attrgetter
from typing import Final, Generic, Protocol, TypeVar

from PySide6.QtCore import QPointF, QRectF

_CELL: Final = 512.0

Cells = tuple[int, int, int, int]
"""First column, first row, last column, last row."""


class Carry:
    """How far from where they lie things are shown, which are on the move together: one number for all of them."""

    __slots__ = ("x", "y")

    def __init__(self) -> None:
        self.x = self.y = 0.0

    def step(self) -> QPointF:
        """From where they lie to where they are shown."""
        return QPointF(self.x, self.y)


class Placed(Protocol):
    """Something with a place on the canvas and in the order of painting."""

    sequence: int

    def bounds(self) -> QRectF:
        """The rectangle it paints in, on the canvas."""

    def shift(self, step: QPointF) -> None:
        """Moves it without telling its board, which has asked for it."""

    def lift(self, carry: Carry | None) -> None:
        """It is carried from now on; with None it lies where it is shown."""


T = TypeVar("T", bound=Placed)
Kind = TypeVar("Kind", contravariant=True)


class Board(Protocol[Kind]):
    """What items lie on and tell of changes."""

    def repaint(self, rect: QRectF) -> None:
        """Something in this part of the canvas looks different now."""

    def placed(self, item: Kind) -> None:
        """An item lies elsewhere or has another size now, and is to be painted there."""


class _Grid(Generic[T]):
    """Items by the squares of a coarse grid that their bounds touch; `carry` is where the grid itself is."""

    def __init__(self) -> None:
        self.carry = Carry()
        self.places: dict[T, Cells] = {}
        self._cells: dict[tuple[int, int], set[T]] = {}

    def put(self, item: T) -> None:
        """Takes in an item, or that it has moved."""
        cells = self._cells_of(item.bounds())
        before = self.places.get(item)
        if cells == before:
            return
        if before is not None:
            self._leave(item, before)
        self.join(item, cells)

    def take(self, item: T) -> None:
        """Forgets an item."""
        cells = self.places.pop(item, None)
        if cells is not None:
            self._leave(item, cells)

    def give(self, items: Collection[T], other: _Grid[T]) -> None:
        """Hands items over to a grid that lies where this one does; all of them go in no time."""
        if len(items) == len(self.places) and not other.places:
            self.places, other.places = other.places, self.places
            self._cells, other._cells = other._cells, self._cells
            return
        for item in items:
            other.join(item, self.places[item])
            self.take(item)

    def join(self, item: T, cells: Cells) -> None:
        """Takes in an item that touches these squares."""
        self.places[item] = cells
        for cell in _each(cells):
            self._cells.setdefault(cell, set()).add(item)

    def clear(self) -> None:
        """Forgets all items."""
        self.places.clear()
        self._cells.clear()

    def touching(self, rect: QRectF) -> Collection[T]:
        """The items whose bounds touch a rectangle."""
        if not self.places:
            return ()
        left, top, right, bottom = cells = self._cells_of(rect)
        if (right - left + 1) * (bottom - top + 1) > len(self.places):
            return [item for item in self.places if item.bounds().intersects(rect)]
        near = set[T]().union(*(self._cells.get(cell, ()) for cell in _each(cells)))
        # these cells are wholly in the rectangle, and so is a part of each item there
        inner = left + 1, top + 1, right - 1, bottom - 1
        sure = set[T]().union(*(self._cells.get(cell, ()) for cell in _each(inner)))
        return sure.union(item for item in near - sure if item.bounds().intersects(rect))

    def _cells_of(self, rect: QRectF) -> Cells:
        left, top = rect.x() - self.carry.x, rect.y() - self.carry.y
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


class SpatialIndex(Generic[T]):
    """Finds items by place. What is carried together has a grid of its own, which goes along with it."""

    def __init__(self) -> None:
        self._resting = _Grid[T]()
        self._carried = _Grid[T]()

    def __len__(self) -> int:
        return len(self._resting.places) + len(self._carried.places)

    def put(self, item: T) -> None:
        """Takes in an item, or that it has moved."""
        (self._carried if item in self._carried.places else self._resting).put(item)

    def take(self, item: T) -> None:
        """Forgets an item."""
        (self._carried if item in self._carried.places else self._resting).take(item)

    def shift(self, items: Collection[T], step: QPointF) -> None:
        """Moves items by the same step."""
        for item in items:
            item.shift(step)
            self.put(item)

    def lift(self, items: Collection[T], carry: Carry) -> None:
        """From now on these are carried, and nothing else; when `carry` changes, nothing has to be told."""
        self.lay_down()
        self._resting.give(items, self._carried)
        self._carried.carry = carry
        for item in items:
            item.lift(carry)

    def lay_down(self) -> None:
        """What was carried lies where it is shown."""
        items, carry = list(self._carried.places), self._carried.carry
        for item in items:
            item.lift(None)
        self._carried.carry = Carry()
        if not (carry.x or carry.y):
            self._carried.give(items, self._resting)
            return
        self._carried.clear()
        for item in items:
            self._resting.put(item)

    def carried(self) -> Collection[T]:
        """The items that are carried."""
        return self._carried.places.keys()

    def within(self, rect: QRectF) -> list[T]:
        """The items whose bounds touch a rectangle, in painting order."""
        return sorted([*self._resting.touching(rect), *self._carried.touching(rect)], key=_sequence)


def _each(cells: Cells) -> list[tuple[int, int]]:
    left, top, right, bottom = cells
    return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]


_sequence: Final = attrgetter("sequence")
