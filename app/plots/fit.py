"""The curve a network of one feature has fitted, through the points it learned from."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike, NDArray
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.legend import LegendEntry
from app.plots.plane import PlaneView
from app.plots.points import PointCloud, Split
from app.plots.ticks import value_text
from app.theme import Theme

Floats = NDArray[np.float64]


class FitView(PlaneView):
    """Points, the fitted curve, and on request the residuals; `set_title` takes the coefficients in words."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._residuals: Any = pg.PlotCurveItem(connect="pairs")
        self._curve: Any = pg.PlotCurveItem(connect="finite", antialias=True)
        self.surface.add(self._residuals)
        self._clouds = {split: PointCloud(self.surface, split) for split in ("training", "validation")}
        self.surface.add(self._curve)
        self._curve.setZValue(5)
        self._line: tuple[Floats, Floats] = (np.empty(0), np.empty(0))
        self._errors: tuple[Floats, Floats, Floats] | None = None
        self._points_changed = False
        self.introduce(self.tr("Fitted curve"), self.tr("Press Train: the fitted curve appears here."))

    def set_points(self, split: Split, x: ArrayLike, y: ArrayLike) -> None:
        """Shows the points of a split, arrays of shape (n,)."""
        self._clouds[split].set_points(x, y, color=split)
        self._points_changed = True
        self.request_refresh()

    def set_curve(self, x: ArrayLike, y: ArrayLike) -> None:
        """Shows the fitted curve; `x` increases, both have shape (n,)."""
        self._line = (np.asarray(x, float), np.asarray(y, float))
        self.request_refresh()

    def set_residuals(self, x: ArrayLike, y: ArrayLike, fitted: ArrayLike) -> None:
        """Draws a line from each point (x, y) to its fitted value; arrays of shape (n,)."""
        self._errors = (np.asarray(x, float), np.asarray(y, float), np.asarray(fitted, float))
        self.request_refresh()

    def hide_residuals(self) -> None:
        """Draws no lines between points and curve."""
        self._errors = None
        self.request_refresh()

    def clear(self) -> None:
        """Forgets points, curve and residuals."""
        for split, cloud in self._clouds.items():
            cloud.set_points([], [], color=split)
        self._line, self._errors, self._points_changed = (np.empty(0), np.empty(0)), None, True
        self.request_refresh()

    @override
    def is_empty(self) -> bool:
        return not self._line[0].size and not any(len(cloud) for cloud in self._clouds.values())

    @override
    def summary(self) -> str:
        counts = {split: len(cloud) for split, cloud in self._clouds.items()}
        text = self.tr("{training} training and {validation} validation points.").format(**counts)
        return f"{self.title()} {text}".strip()

    @override
    def words_at(self, x: float, y: float) -> str:
        curve_x, curve_y = self._line
        if not curve_x.size or not curve_x[0] <= x <= curve_x[-1]:
            return ""
        nearest = int(np.abs(curve_x - x).argmin())
        words = self.tr("at {x}: {y} fitted")
        return words.format(x=value_text(float(curve_x[nearest]), 3), y=value_text(float(curve_y[nearest])))

    @override
    def _refresh(self) -> None:
        if self._points_changed:
            for cloud in self._clouds.values():
                cloud.draw()
            self._points_changed = False
        self._curve.setData(*self._line, pen=self.surface.pen("text", 2.5))
        self._draw_residuals()
        self.set_legend(
            [
                LegendEntry(self.tr("training"), "training", "o"),
                LegendEntry(self.tr("validation"), "validation", "ring"),
                LegendEntry(self.tr("fitted"), "text"),
            ]
        )
        self.frame([cloud.bounds() for cloud in self._clouds.values()])

    def _draw_residuals(self) -> None:
        self._residuals.setVisible(self._errors is not None)
        if self._errors is not None:
            x, y, fitted = self._errors
            ends = np.stack([y, fitted], axis=1).ravel()
            dim = self.surface.pen("dim", alpha=0.7)
            self._residuals.setData(np.repeat(x, 2), ends, pen=dim)

    @override
    def _restyle(self) -> None:
        super()._restyle()
        self._points_changed = True
