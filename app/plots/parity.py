"""Predicted against true values: what a regression of several features has learned, at one look."""

from typing import Any

import pyqtgraph as pg
from numpy.typing import ArrayLike
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.legend import LegendEntry
from app.plots.plane import Bounds, PlaneView
from app.plots.points import PointCloud, Split
from app.plots.ticks import value_text
from app.theme import Theme


class ParityView(PlaneView):
    """Points near the diagonal are predicted well; `set_title` takes the score in words ("R2 0.87")."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._diagonal: Any = pg.InfiniteLine(pos=(0, 0), angle=45, movable=False)
        self.surface.add(self._diagonal)
        self._clouds = {split: PointCloud(self.surface, split) for split in ("training", "validation")}
        self._points_changed = False
        self.surface.set_axis_names(self.tr("true"), self.tr("predicted"))
        self.introduce(self.tr("Predicted against true"), self.tr("Press Train: predictions appear here."))

    def set_points(self, split: Split, true: ArrayLike, predicted: ArrayLike) -> None:
        """Shows the predictions for a split, arrays of shape (n,)."""
        self._clouds[split].set_points(true, predicted, color=split)
        self._points_changed = True
        self.request_refresh()

    def clear(self) -> None:
        """Forgets all points."""
        for split, cloud in self._clouds.items():
            cloud.set_points([], [], color=split)
        self._points_changed = True
        self.request_refresh()

    @override
    def is_empty(self) -> bool:
        return not any(len(cloud) for cloud in self._clouds.values())

    @override
    def summary(self) -> str:
        counts = {split: len(cloud) for split, cloud in self._clouds.items()}
        text = self.tr("{training} training and {validation} validation points.").format(**counts)
        return f"{self.title()} {text}".strip()

    @override
    def words_at(self, x: float, y: float) -> str:
        words = self.tr("true {true}, predicted {predicted}")
        return words.format(true=value_text(x, 3), predicted=value_text(y, 3))

    @override
    def _refresh(self) -> None:
        if self._points_changed:
            for cloud in self._clouds.values():
                cloud.draw()
            self._points_changed = False
        self._diagonal.setPen(self.surface.pen("dim", 1.5, style=Qt.PenStyle.DashLine))
        self.set_legend(
            [
                LegendEntry(self.tr("training"), "training", "o"),
                LegendEntry(self.tr("validation"), "validation", "ring"),
                LegendEntry(self.tr("exactly right"), "dim", "dots"),
            ]
        )
        self.frame([_square(cloud.bounds()) for cloud in self._clouds.values()])

    @override
    def _restyle(self) -> None:
        super()._restyle()
        self._points_changed = True


def _square(bounds: Bounds | None) -> Bounds | None:
    """The same range on both axes, so that the diagonal goes from corner to corner."""
    if bounds is None:
        return None
    low, high = min(bounds[0], bounds[2]), max(bounds[1], bounds[3])
    return low, high, low, high
