"""A vertical line in a plot and marks on it: where a pointer is, or where a run was best."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QPen

from app.plots.surface import PlotSurface

_FRONT, _BACK = 10, -1  # marks over the curves, lines under them


class LineAndMarks:
    """Made when they are shown first: they took a quarter of the time of a panel, which is made while a run begins.

    Args:
        options: of the marks, as pyqtgraph's `ScatterPlotItem` takes them.
    """

    def __init__(self, surface: PlotSurface, **options: Any) -> None:
        self._surface = surface
        self._options = options
        self._line: Any = None
        self._marks: Any = None

    def hide(self) -> None:
        """Shows neither."""
        if self._line is not None:
            self._line.hide()
            self._marks.hide()

    def show(self, place: float, line: QPen, **marks: Any) -> None:
        """Shows a line at `place`, drawn with the pen `line`, and marks as `ScatterPlotItem.setData` takes them."""
        if self._line is None:
            self._make()
        self._line.setPen(line)
        self._line.setValue(place)
        self._marks.setData(**marks)
        self._line.show()
        self._marks.show()

    def _make(self) -> None:
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._marks = pg.ScatterPlotItem(**self._options)
        for item in (self._line, self._marks):
            self._surface.add(item)
        self._line.setZValue(_BACK)
        self._marks.setZValue(_FRONT)
