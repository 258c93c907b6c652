"""A dashed level line in a plot: a value that curves are to be held against."""

from dataclasses import dataclass
from math import log10
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt

from app.plots.surface import PlotSurface

COLOR = "dim"
_BACK = -1  # under the curves


@dataclass(frozen=True, slots=True)
class Reference:
    """What the line is called in the legend, and where it lies."""

    name: str
    value: float


class ReferenceLine:
    """Made when it is shown first; it shows none until it is told one."""

    def __init__(self, surface: PlotSurface) -> None:
        self._surface = surface
        self._line: Any = None
        self.reference: Reference | None = None

    def draw(self, *, log: bool) -> tuple[float, float] | None:
        """Draws the line; returns the span that it takes on the vertical axis, or `None` where there is none."""
        there = self.reference is not None and not (log and self.reference.value <= 0)
        if self.reference is None or not there:
            if self._line is not None:
                self._line.hide()
            return None
        if self._line is None:
            self._line = pg.InfiniteLine(angle=0, movable=False)
            self._surface.add(self._line)
            self._line.setZValue(_BACK)
        place = log10(self.reference.value) if log else self.reference.value
        self._line.setPen(self._surface.pen(COLOR, style=Qt.PenStyle.DashLine))
        self._line.setValue(place)
        self._line.show()
        return place, place
