"""One series as it is drawn: a light raw line, its moving average over it, dots while there are few values."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter
from typing_extensions import override

from app.plots.legend import color_of
from app.plots.surface import PlotSurface
from app.plots.ticks import value_text
from engine.runs.band import band, dots
from engine.runs.series import Floats, Series

Bounds = tuple[float, float] | tuple[None, None]

LIGHT: Final = 0.35  # of the colour, for the values behind their average
_FEW: Final = 60
"""Up to this many values a series shows a dot for each."""

_DOT: Final = 5.0
"""Device-independent pixels of a dot's width."""

_DENSE: Final = 100
"""From so many points on, nobody sees how two pieces of a line meet."""

_CLOSE: Final = 2
"""Points so many device-independent pixels beside each other are drawn as a band."""

_MEAN_EVERY: Final = 1.5
"""Device-independent pixels between two points of an average, at least: its line is wide, and bends slowly."""

_LONGEST_DOT: Final = 3
"""Times its width that a dot of a line may be long."""

_PLACES: Final = 1_000_000
"""Lines that find room under the marks of a plot, each over those that were made before it."""

_NUMBERS: Final = count()


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


class Dots(Curve):
    """A dot at each value, as wide as the pen.

    pyqtgraph's own marks are records of eleven fields with a picture each: four times as dear for a few dots of one kind.
    """

    @override
    def paint(self, p: QPainter, *rest: object) -> None:
        if self.xData is not None and self.xData.size:
            p.setRenderHint(QPainter.RenderHint.Antialiasing)
            p.setPen(self.opts["pen"])
            p.drawPoints(pg.functions.arrayToQPolygonF(self.xData, self.yData))


class Band(pg.BarGraphItem):
    """What a line with many ups and downs covers; smooth edges would be seen between the boxes."""

    @override
    def paint(self, p: QPainter, *rest: object) -> None:
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pg.BarGraphItem.paint(self, p, *rest)

    @override
    def pixelPadding(self) -> float:
        """None: boxes without an edge end where they end, and nobody needs to look how large a pixel is."""
        return 0.0


def bounds(x: Floats | None, y: Floats | None) -> tuple[Bounds, Bounds]:
    """Of positions and values; those that are no number count for nothing."""
    if x is None or y is None or not np.isfinite(y).any():
        return (None, None), (None, None)
    low_x, high_x, low_y, high_y = (float(f.reduce(v)) for v in (x, y) for f in (np.fmin, np.fmax))
    return (low_x, high_x), (low_y, high_y)


class _Later:
    """A plot item that is made when it is shown first: with the first values of a run, ten of them would cost a frame.

    Args:
        place: of several items the one with the greater is drawn over the others.
    """

    def __init__(self, surface: PlotSurface, make: Callable[[], Any], place: float) -> None:
        self._surface = surface
        self._make = make
        self._place = place
        self._item: Any = None

    @property
    def item(self) -> Any:
        """The item; made now, if nobody wanted it before."""
        if self._item is None:
            self._item = self._make()
            self._item.setZValue(self._place / _PLACES)
            self._surface.add(self._item)
        return self._item

    @property
    def shown(self) -> bool:
        """Whether it is to be seen."""
        return self._item is not None and bool(self._item.isVisible())

    def show(self, on: bool) -> None:
        """Shows it, or hides it."""
        if on or self._item is not None:
            self.item.setVisible(on)

    def remove(self) -> None:
        """Takes it off the plot."""
        if self._item is not None:
            self._surface.remove(self._item)
            self._item = None


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
        make_band: Any = Band
        number = next(_NUMBERS)
        self._raw = _Later(surface, partial(make, connect="finite", antialias=True), number)
        self._band = _Later(surface, partial(make_band, x0=[], x1=[], y0=[], y1=[], pen=None), number)
        self._mean = _Later(surface, partial(make, connect="finite", antialias=True), number + 1 / 3)
        make_dots: Any = Dots
        self._dots = _Later(surface, make_dots, number + 2 / 3)
        self._drawn: tuple[object, ...] = ()
        self._span: tuple[float, float] | None = None

    def remove(self) -> None:
        """Takes the items off the plot."""
        for later in (self._raw, self._band, self._mean, self._dots):
            later.remove()

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
        wide = float(surface.view.width())
        outline = self.series.outline(*x_range, max(1, int(wide)), max(1, int(wide / _MEAN_EVERY)))
        scaled = _log10 if log else _finite
        y, mean_y = scaled(outline.y), scaled(outline.mean_y)
        averaged = mean_y.size > 0
        close = averaged and outline.x.size > wide / _CLOSE
        self._band.show(close)
        self._raw.show(not close)
        if close:
            self._draw_band(outline.x, y, color)
        else:
            self._draw_raw(outline.x, y, color, light=averaged)
        finite = np.isfinite(y)
        self._mean.show(averaged)
        if averaged:
            self._draw_mean(outline.mean_x, mean_y, color)
        few = len(self.series) <= _FEW
        self._dots.show(few)
        if few:
            self._dots.item.setData(outline.x[finite], y[finite], pen=surface.pen(color, _DOT))
        return (float(y[finite].min()), float(y[finite].max())) if finite.any() else None

    def _draw_raw(self, x: Floats, y: Floats, color: QColor, *, light: bool) -> None:
        """Every value. A light line is one pixel of the screen thin: joints of wider ones cost most of a frame."""
        surface = self._surface
        if light:
            ratio = surface.devicePixelRatioF()
            pen = surface.pen(color, 1.0 / ratio, alpha=min(1.0, LIGHT * ratio))
        else:
            pen = surface.pen(color, self._width, style=self.style)
        self._raw.item.setData(x, y, pen=pen, connect="all" if np.isfinite(y).all() else "finite")

    def _draw_band(self, x: Floats, y: Floats, color: QColor) -> None:
        """Where values lie so close together that a line between them covers all there is."""
        light = QColor(color)
        light.setAlphaF(LIGHT)
        surface = self._surface
        # every pixel of a fine screen would cost twice as much and show the same
        group = 2 if x.size > surface.view.width() else 1
        boxes = band(x, y, group, surface.pixel_height() / 2)
        self._band.item.setOpts(x0=boxes.left, x1=boxes.right, y0=boxes.low, y1=boxes.high, brush=light)

    def _draw_mean(self, x: Floats, y: Floats, color: QColor) -> None:
        """The average, piece by piece: one wide stroke around all points costs ten times as much."""
        pen = self._surface.pen(color, self._width, style=self.style)
        connect: object = "finite"
        is_solid = self.style is Qt.PenStyle.SolidLine
        leaves_dots = not is_solid and self._can_leave_dots(x.size)
        if leaves_dots:
            pen.setStyle(Qt.PenStyle.SolidLine)
            connect = dots(y, self._dot(y.size))
        elif is_solid and x.size > _DENSE:
            pen.setCapStyle(Qt.PenCapStyle.SquareCap)
        self._mean.item.setSegmentedLineMode("on" if is_solid or leaves_dots else "off")
        self._mean.item.setData(x, y, pen=pen, connect=connect)

    def _can_leave_dots(self, points: int) -> bool:
        """Whether so many points are close enough to each other to make dots by leaving some out."""
        return _LONGEST_DOT * points * self._width > float(self._surface.view.width())

    def _dot(self, points: int) -> int:
        """How many pieces of a line of so many make a dot as long as the line is wide."""
        return max(1, round(self._width * points / float(self._surface.view.width())))

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
