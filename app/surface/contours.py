"""The loss from above: colours and lines of equal height, the path of the run, and optimizers that race."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.legend import LegendEntry
from app.plots.plane import PlaneView
from app.plots.surface import FieldImage
from app.plots.ticks import value_text
from app.theme import Theme
from engine.training.surface.sampling import Surface
from engine.training.surface.shading import Scale

LINES: Final = 12
RING: Final = 18  # across, around a point that is looked at


@dataclass(frozen=True)
class Trail:
    """A way over the surface: (x, y) points, its name and colour; the last point is where it is now.

    `marked` is a point that is looked at; beside the way where it was left since.
    """

    name: str
    color: str
    points: tuple[tuple[float, float], ...]
    marked: tuple[float, float] | None = None


class ContourView(PlaneView):
    """A map of the loss over two directions."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._loss: Surface | None = None
        self._drawn: Surface | None = None
        self._trails: tuple[Trail, ...] = ()
        self._image = FieldImage()
        self.surface.add(self._image)
        self._lines: Any = pg.PlotCurveItem(connect="finite", antialias=True)
        self.surface.add(self._lines)
        self._ways: list[Any] = []
        self.introduce(self.tr("Loss surface"), self.tr("The loss surface appears here."))

    @property
    def trails(self) -> Sequence[Trail]:
        """The ways that are shown."""
        return self._trails

    def set_surface(self, surface: Surface | None) -> None:
        """Show this one."""
        self._loss = surface
        self.request_refresh()

    def set_trails(self, trails: Sequence[Trail]) -> None:
        """Show these ways over it."""
        self._trails = tuple(trails)
        self.request_refresh()

    @override
    def is_empty(self) -> bool:
        return self._loss is None

    @override
    def summary(self) -> str:
        if self._loss is None:
            return ""
        scale = Scale(self._loss.losses)
        text = self.tr("Loss from {low} to {high}. {ways}")
        ways = ", ".join(trail.name for trail in self._trails)
        return text.format(low=value_text(scale.low, 3), high=value_text(scale.high, 3), ways=ways)

    @override
    def words_at(self, x: float, y: float) -> str:
        height = self._loss.height(x, y) if self._loss is not None else float("nan")
        place = f"{value_text(x, 3)} &nbsp; {value_text(y, 3)}"
        if not np.isfinite(height):
            return place
        loss = self.tr("loss {loss}").format(loss=value_text(height, 4))
        return f'{loss}<br><span style="color:{self.theme.tokens.dim}">{place}</span>'

    @override
    def _refresh(self) -> None:
        if self._loss is not self._drawn:
            self._drawn = self._loss
            self._draw_surface()
        self._draw_trails()
        self.set_legend([LegendEntry(t.name, t.color) for t in self._trails])
        self.frame([self._loss.extent if self._loss is not None else None], margin=0.0)

    def _draw_surface(self) -> None:
        surface = self._loss
        self._image.setVisible(surface is not None)
        if surface is None:
            self._lines.setData([], [])
            return
        heights = Scale(surface.losses).heights(surface.losses)
        x0, x1, y0, y1 = surface.extent
        self._image.setImage(pictured(heights, self.theme), levels=None)
        # the middles of the outer squares lie on the edges
        side = len(heights) - 1
        dx, dy = (x1 - x0) / side, (y1 - y0) / side
        self._image.setRect(QRectF(x0 - dx / 2, y0 - dy / 2, x1 - x0 + dx, y1 - y0 + dy))
        xs, ys = _isolines(heights)
        self._lines.setData(x0 + xs * dx, y0 + ys * dy, pen=self.surface.pen("text", 1.0, alpha=0.35))

    def _draw_trails(self) -> None:
        for item in self._ways:
            self.surface.remove(item)
        self._ways = []
        for trail in self._trails:
            points = np.array(trail.points, float).reshape(-1, 2)
            finite = points[np.isfinite(points).all(axis=1)]
            xs, ys = finite[:, 0], finite[:, 1]
            color = QColor(trail.color)
            pens = (self.surface.pen("panel", 4.5), self.surface.pen(color, 2.5))
            items = [pg.PlotCurveItem(xs, ys, pen=pen, antialias=True) for pen in pens]
            end = pg.ScatterPlotItem(
                xs[-1:], ys[-1:], size=11, pen=self.surface.pen("panel", 1.5), brush=pg.mkBrush(color)
            )
            for item in (*items, end, *self._ring(trail)):
                self.surface.add(item)
                self._ways.append(item)

    def _ring(self, trail: Trail) -> list[Any]:
        """Around the point that is looked at."""
        if trail.marked is None:
            return []
        x, y = trail.marked
        pens = (self.surface.pen("panel", 5.0), self.surface.pen("accent", 2.5))
        return [pg.ScatterPlotItem([x], [y], size=RING, pen=pen, brush=None) for pen in pens]

    @override
    def _restyle(self) -> None:
        super()._restyle()
        self._drawn = None


def pictured(heights: Any, theme: Theme) -> Any:
    """The colours of heights (0 to 1), uint8 (rows, columns, 3); those of nothing are the panel's."""
    table = pg.colormap.get("viridis").getLookupTable(0.0, 1.0, 256)
    known = np.isfinite(heights)
    levels = np.where(known, np.nan_to_num(heights), 0.0) * 255.0
    colors = table[np.clip(levels, 0, 255).astype(np.uint8)][..., :3]
    panel = theme.color("panel")
    colors[~known] = (panel.red(), panel.green(), panel.blue())
    return colors


def _isolines(heights: Any) -> tuple[Any, Any]:
    """Lines of equal height in units of the grid: x and y, with NaN between two of them."""
    filled = np.where(np.isfinite(heights), heights, 2.0)
    xs: list[float] = []
    ys: list[float] = []
    for level in np.linspace(0.0, 1.0, LINES + 2)[1:-1]:
        for line in pg.functions.isocurve(filled.T, level, connected=True):
            xs += [p[0] for p in line] + [float("nan")]
            ys += [p[1] for p in line] + [float("nan")]
    return np.array(xs), np.array(ys)
