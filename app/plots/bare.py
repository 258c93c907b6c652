"""A plot of pyqtgraph with nothing but its axes: a view of positions, one axis at the left and one below.

`PlotItem` also makes a title, two more axes, a button and a menu of forty controls, all hidden here: 11 of the 14 ms that a
plot took, and the panels of a run are made while it trains.
"""

from typing import Any

import pyqtgraph as pg
from PySide6.QtWidgets import QGraphicsGridLayout, QGraphicsItem, QSizePolicy

_PLACES = {"left": (0, 0), "bottom": (1, 1)}  # row and column; the view is above one and right of the other
_MOST = 100  # of the room goes to the view, so many times as much as to an axis


class BarePlot(pg.GraphicsWidget):
    """What is drawn lies in `view`."""

    def __init__(self, axes: dict[str, Any]) -> None:
        """`axes` are those at the "left" and the "bottom"."""
        make: Any = super().__init__  # pyqtgraph tells no types
        make()
        expanding = QSizePolicy.Policy.Expanding
        self.setSizePolicy(expanding, expanding)
        self._items: list[Any] = []  # Python's ends of what C++ draws
        self.view: Any = pg.ViewBox(parent=self, enableMenu=False)
        self.grid = QGraphicsGridLayout()
        self.grid.setSpacing(0)
        self.setLayout(self.grid)
        self.grid.addItem(self.view, 0, 1)
        for side, axis in axes.items():
            axis.linkToView(self.view)
            self.grid.addItem(axis, *_PLACES[side])
            axis.setFlag(QGraphicsItem.GraphicsItemFlag.ItemNegativeZStacksBehindParent)
        self.grid.setRowStretchFactor(0, _MOST)
        self.grid.setColumnStretchFactor(1, _MOST)

    def add(self, item: Any) -> None:
        """Draws something more, in positions of `view`; it does not change what the view shows."""
        self._items.append(item)
        self.view.addItem(item, ignoreBounds=True)

    def remove(self, item: Any) -> None:
        """Draws something no more."""
        self._items.remove(item)
        self.view.removeItem(item)
