"""One series as it is drawn: a light raw line, its moving average over it, dots while there are few values."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from typing_extensions import override

from app.plots.legend import color_of
from app.plots.surface import PlotSurface
from app.plots.ticks import value_text
from engine.runs.band import band
from engine.runs.series import Floats, Series

Bounds = tuple[float, float] | tuple[None, None]

LIGHT: Final = 0.35  # of the colour, for the values behind their average
_FEW: Final = 60
"""Up to this many values a series shows a dot for each."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a series says at one position, in words; `mean` is empty where no average is drawn."""

    epoch: float
    position: float
    value: str
    mean: str


class Curve(pg.PlotCurveItem):
    """A curve that looks for its bounds once for each data.

    pyqtgraph forgets them at each change of the range, and its search takes care of NaN in ways that cost more than the
    search itself: a sixth of a frame with ten long curves.
    """

    _known: Any = None  # the values that `_found` belongs to
    _found: tuple[Bounds, Bounds] = ((None, None), (None, None))

    @override
    def dataBounds(self, ax: int, frac: float = 1.0, orthoRange: tuple[float, float] | None = None) -> Bounds:
        """Least and greatest position (`ax` 0) or value; nobody here asks for those of a part."""
        if self._known is not self.yData:
            self._known, self._found = self.yData, bounds(self.xData, self.yData)
        return self._found[ax]


def bounds(x: Floats | None, y: Floats | None) -> tuple[Bounds, Bounds]:
    """Of positions and values; those that are no number count for nothing."""
    if x is None or y is None or not np.isfinite(y).any():
        return (None, None), (None, None)
    low_x, high_x, low_y, high_y = (float(f.reduce(v)) for v in (x, y) for f in (np.fmin, np.fmax))
    return (low_x, high_x), (low_y, high_y)


class SeriesLine:
    """A series and the plot items that draw it."""

    def __init__(
        self,
        surface: PlotSurface,
        name: str,
        color: str,
        *,
        style: Qt.PenStyle = Qt.PenStyle.SolidLine,
        width: float = 2.0,
    ) -> None:
        """`color` is a role of the theme or `#rrggbb`."""
        self.series = Series()
        self.name = name
        self.color = color
        self.style = style
        self._width = width
        self._surface = surface
        make: Any = Curve  # pyqtgraph tells no types
        self._raw: Any = make(connect="finite", antialias=True)
        self._mean: Any = make(connect="finite", antialias=True)
        self._dots: Any = pg.ScatterPlotItem(size=5, pen=None)
        self._items = (self._raw, self._mean, self._dots)
        for item in self._items:
            surface.item.addItem(item, ignoreBounds=True)
        self._drawn: tuple[object, ...] = ()
        self._span: tuple[float, float] | None = None

    def remove(self) -> None:
        """Takes the items off the plot."""
        for item in self._items:
            self._surface.item.removeItem(item)

    def draw(self, x_range: tuple[float, float], *, log: bool) -> tuple[float, float] | None:
        """Draws what lies in `x_range`; returns the least and the greatest position drawn, or `None`."""
        surface = self._surface
        color = color_of(surface.theme, self.color)
        as_now = (
            self.series.version,
            x_range,
            surface.columns(),
            np.frexp(surface.pixel_height())[1],  # the width of a band, to a factor of two
            log,
            color.name(),
            surface.devicePixelRatioF(),
        )
        if as_now != self._drawn:  # earlier runs do not change while the run of now grows
            self._drawn = as_now
            self._span = self._draw(x_range, color, log=log)
        return self._span

    def _draw(self, x_range: tuple[float, float], color: QColor, *, log: bool) -> tuple[float, float] | None:
        surface = self._surface
        outline = self.series.outline(*x_range, surface.columns())
        scaled = _log10 if log else _finite
        y, mean_y = scaled(outline.y), scaled(outline.mean_y)
        averaged = mean_y.size > 0
        full = surface.pen(color, self._width, style=self.style)
        if averaged and outline.x.size > surface.columns():
            self._draw_band(outline.x, y, color)
        else:
            pen = surface.pen(color, alpha=LIGHT) if averaged else full
            connect = "all" if np.isfinite(y).all() else "finite"
            self._raw.setData(outline.x, y, pen=pen, connect=connect, fillLevel=None, antialias=True)
        finite = np.isfinite(y)
        self._mean.setVisible(averaged)
        if averaged:
            self._mean.setData(outline.mean_x, mean_y, pen=full)
        few = len(self.series) <= _FEW
        self._dots.setVisible(few)
        if few:
            self._dots.setData(x=outline.x[finite], y=y[finite], brush=color)
        return (float(y[finite].min()), float(y[finite].max())) if finite.any() else None

    def _draw_band(self, x: Floats, y: Floats, color: QColor) -> None:
        """The raw line where its points are more than the columns; smooth edges would cost as much as the band."""
        light = QColor(color)
        light.setAlphaF(LIGHT)
        x, y, connected = band(x, y, self._surface.pixel_height() / 2)
        self._raw.setData(
            x, y, pen=None, connect=connected, fillLevel="enclosed", brush=light, antialias=False
        )

    def last_value(self) -> str:
        """The newest value in words, or nothing."""
        return value_text(float(self.series.y[-1])) if len(self.series) else ""

    def reading_at(self, epoch: float, *, log: bool) -> Reading | None:
        """What the series says at the value nearest to `epoch`."""
        index = self.series.nearest(epoch)
        if index is None:
            return None
        window = self.series.window()
        mean = self.series.mean_at(np.array([index]), window)[0] if window > 1 else np.nan
        value = self.series.y[index : index + 1]
        return Reading(
            epoch=float(self.series.x[index]),
            position=float((_log10 if log else _finite)(value)[0]),
            value=value_text(float(value[0])),
            mean=value_text(float(mean)) if np.isfinite(mean) else "",
        )


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def _log10(values: Floats) -> Floats:
    positive = np.isfinite(values) & (values > 0)
    return np.log10(values, out=np.full_like(values, np.nan), where=positive)
