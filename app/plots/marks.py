"""Marks on the axis of a run: what somebody did to it, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt

from app.plots.surface import PlotSurface

_OVER = 5  # the curves, under cross-hair and rings


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at an epoch: one sign above the curves, and its words for a tooltip."""

    epoch: float
    sign: str
    words: str


class MarkLines:
    """Thin vertical lines on a plot, each with its sign at the top."""

    def __init__(self, surface: PlotSurface) -> None:
        self._surface = surface
        self._marks: tuple[Mark, ...] = ()
        self._lines: list[Any] = []

    def show(self, marks: Sequence[Mark]) -> None:
        """Shows these marks and no others."""
        wanted, shown = tuple(marks), self._marks
        if wanted == shown:
            return
        self._marks = wanted
        if wanted[: len(shown)] == shown:  # as a rule one more, and each costs a millisecond in each track
            self._add(wanted[len(shown) :])
        else:
            self.draw()

    def draw(self) -> None:
        """Draws them in the colours of the theme."""
        for line in self._lines:
            self._surface.remove(line)
        self._lines.clear()
        self._add(self._marks)

    def _add(self, marks: Sequence[Mark]) -> None:
        for line in map(self._line, marks):
            self._surface.add(line)
            self._lines.append(line)

    def _line(self, mark: Mark) -> Any:
        surface = self._surface
        options = {"position": 0.94, "color": surface.theme.color("warn"), "movable": False}
        pen = surface.pen("warn", alpha=0.7, style=Qt.PenStyle.DotLine)
        line = pg.InfiniteLine(
            mark.epoch, angle=90, movable=False, pen=pen, label=mark.sign, labelOpts=options
        )
        line.setZValue(_OVER)
        line.setToolTip(mark.words)
        line.label.setToolTip(mark.words)
        return line
