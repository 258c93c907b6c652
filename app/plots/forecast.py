"""A series with its forecasts: what came, what was expected, and one example from what was known on."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.legend import LegendEntry
from app.plots.plane import PlaneView
from app.plots.ticks import value_text
from app.theme import Theme, class_color

Floats = NDArray[np.float64]
_NONE: Floats = np.empty(0)
FAR = class_color(2)  # apart from what was known, came, and was expected


class ForecastView(PlaneView):
    """The rows of validation as a series; Left and Right choose the example that is shown from its window on.

    `stepped` carries -1 or 1.
    """

    stepped = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._came: Any = pg.PlotCurveItem(antialias=True)
        self._expected: Any = pg.PlotCurveItem(antialias=True)
        self._lines: list[Any] = [pg.PlotCurveItem(antialias=True) for _ in range(3)]
        for item in (self._came, self._expected, *self._lines):
            self.surface.add(item)
        self._series: tuple[Floats, Floats, Floats] = (_NONE, _NONE, _NONE)
        self._example: tuple[int, Floats, Floats, Floats] | None = None
        self._on: Floats | None = None  # what was forecast from forecasts
        self._from_itself: Any = pg.PlotCurveItem(antialias=True)
        self.surface.add(self._from_itself)
        self._alone = False
        self.introduce(self.tr("Forecast"), self.tr("Press Train: the forecast appears here."))

    def set_series(self, places: ArrayLike, came: ArrayLike, expected: ArrayLike) -> None:
        """Shows what came and what was expected at places (n,)."""
        self._series = (np.asarray(places, float), np.asarray(came, float), np.asarray(expected, float))
        self.request_refresh()

    def set_example(
        self, place: int, known: ArrayLike, came: ArrayLike, expected: ArrayLike, *, alone: bool
    ) -> None:
        """Shows one example: its window ends at `place`, then what came and what was expected; `alone`: nothing else."""
        self._example = (
            place,
            np.asarray(known, float),
            np.asarray(came, float),
            np.asarray(expected, float),
        )
        self._alone, self._on = alone, None
        self.request_refresh()

    def set_rolled(self, place: int, known: ArrayLike, values: ArrayLike) -> None:
        """Shows, over the series, a forecast that goes on from itself behind a window that ends at `place`."""
        self._example = (place, np.asarray(known, float), _NONE, _NONE)
        self._alone, self._on = False, np.asarray(values, float)
        self.request_refresh()

    @override
    def is_empty(self) -> bool:
        return not self._series[0].size and self._example is None

    @override
    def summary(self) -> str:
        return self.tr("{count} forecasts. {title}").format(count=self._series[0].size, title=self.title())

    @override
    def words_at(self, x: float, y: float) -> str:
        places, came, expected = self._series
        if self._alone or not places.size:
            return ""
        k = int(np.abs(places - x).argmin())
        words = self.tr("{place}: {expected} expected, {came} came")
        return words.format(place=int(places[k]), expected=value_text(expected[k]), came=value_text(came[k]))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(step)

    @override
    def _refresh(self) -> None:
        places, came, expected = self._series
        for item in (self._came, self._expected):
            item.setVisible(not self._alone)
        self._came.setData(places, came, pen=self.surface.pen("dim", 1.8))
        self._expected.setData(places, expected, pen=self.surface.pen("validation", 2.0))
        bounds = [] if self._alone or not places.size else [_bounds(places, np.concatenate([came, expected]))]
        if self._example is not None:
            bounds.append(self._draw_example(*self._example))
        known, passed = LegendEntry(self.tr("known"), "accent"), LegendEntry(self.tr("came"), "dim")
        if self._on is None:
            self.set_legend([known, passed, LegendEntry(self.tr("expected"), "validation")])
        else:
            one = LegendEntry(self.tr("expected one step ahead"), "validation")
            self.set_legend([known, passed, one, LegendEntry(self.tr("forecast from forecasts"), FAR)])
        self.frame(bounds)

    def _draw_example(
        self, place: int, known: Floats, came: Floats, expected: Floats
    ) -> tuple[float, float, float, float]:
        before = np.arange(place - len(known) + 1, place + 1, dtype=float)
        after = np.arange(place, place + len(came) + 1, dtype=float)
        tail = known[-1:]
        parts = (
            (before, known, "accent"),
            (after, np.append(tail, came), "dim"),
            (after, np.append(tail, expected), "validation"),
        )
        for item, (x, y, color) in zip(self._lines, parts, strict=True):
            item.setData(x, y, pen=self.surface.pen(color, 2.6))
        on = _NONE if self._on is None else self._on
        further = np.arange(place, place + len(on) + 1, dtype=float)
        self._from_itself.setVisible(bool(on.size))
        self._from_itself.setData(further, np.append(tail, on), pen=self.surface.pen(QColor(FAR), 2.6))
        return _bounds(np.concatenate([before, after, further]), np.concatenate([known, came, expected, on]))


def _bounds(x: Floats, y: Floats) -> tuple[float, float, float, float]:
    finite = y[np.isfinite(y)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return float(x.min()), float(x.max()), low, high
