"""Curves in the unit square, one for each class: ROC and precision-recall."""

from collections.abc import Sequence
from html import escape
from math import isnan
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.legend import LegendEntry
from app.plots.plane import PlaneView
from app.theme import Theme, class_color
from engine.training.predictions.rates import Rates

Curve = tuple[str, int, Rates]


class RatesView(PlaneView):
    """Curves with their areas in the legend; the read-out says the threshold of the nearest point."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._curves: list[Curve] = []
        self._items: list[Any] = []
        self._measure = ""
        self._names = ("", "")
        self._diagonal: Any = pg.PlotCurveItem([0, 1], [0, 1])
        self.surface.add(self._diagonal)
        self.introduce(self.tr("Curve of rates"), self.tr("Press Train: the curve appears here."))

    @override
    def set_axis_names(self, x: str, y: str) -> None:
        self._names = (x, y)
        super().set_axis_names(x, y)

    def set_measure(self, name: str, *, diagonal: bool) -> None:
        """What the area is called, and whether the diagonal is what guessing gives."""
        self._measure = name
        self._diagonal.setVisible(diagonal)

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Shows curves: the class's name and number, and its rates."""
        self._curves = list(curves)
        self.request_refresh()

    @override
    def is_empty(self) -> bool:
        return not self._curves

    @override
    def summary(self) -> str:
        parts = [f"{name}: {self._measure} {_area(rates)}" for name, _, rates in self._curves]
        return ", ".join(parts)

    @override
    def words_at(self, x: float, y: float) -> str:
        nearest, best = "", np.inf
        for name, _, rates in self._curves:
            distance = np.hypot(rates.x - x, rates.y - y)
            k = int(distance.argmin())
            if distance[k] < best:
                best = float(distance[k])
                place = f"{escape(self._names[0])} {rates.x[k]:.2f} &nbsp; {escape(self._names[1])} {rates.y[k]:.2f}"
                from_on = self.tr("{name} from {threshold} on").format(
                    name=name, threshold=_percent(rates.threshold[k])
                )
                nearest = f'{escape(from_on)}<br><span style="color:{self.theme.tokens.dim}">{place}</span>'
        return nearest

    @override
    def _refresh(self) -> None:
        while len(self._items) < len(self._curves):
            self._items.append(pg.PlotCurveItem(antialias=True))
            self.surface.add(self._items[-1])
        while len(self._items) > len(self._curves):
            self.surface.remove(self._items.pop())
        for item, (_, number, rates) in zip(self._items, self._curves, strict=True):
            item.setData(rates.x, rates.y, pen=self.surface.pen(QColor(class_color(number)), 2.5))
        self._diagonal.setPen(self.surface.pen("dim", 1.2, style=Qt.PenStyle.DashLine))
        self.set_legend([LegendEntry(name, class_color(k), "line", _area(r)) for name, k, r in self._curves])
        if len(self._curves) == 1:
            self.set_title(f"{self._measure} {_area(self._curves[0][2])}")
        else:
            areas = [r.area for _, _, r in self._curves if not isnan(r.area)]
            words = self.tr("{measure}, mean {area}")
            self.set_title(words.format(measure=self._measure, area=f"{np.mean(areas):.3f}") if areas else "")
        self.frame([(0.0, 1.0, 0.0, 1.0)], margin=0.02)


def _area(rates: Rates) -> str:
    return "-" if isnan(rates.area) else f"{rates.area:.3f}"


def _percent(threshold: float) -> str:
    return f"{100 * threshold:.0f} %" if np.isfinite(threshold) else "∞"
