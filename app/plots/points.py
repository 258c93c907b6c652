"""Points of a data set: filled for training, hollow for validation, a colour and a mark for each class."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike, NDArray

from app.plots.legend import LegendEntry, color_of, symbol_of
from app.plots.surface import PlotSurface
from app.theme import class_color

Split = Literal["training", "validation"]

_SIZE: Final = 7


class PointCloud:
    """The points of one split on a plot; all of one colour role, or coloured by class."""

    def __init__(self, surface: PlotSurface, split: Split) -> None:
        self._surface = surface
        self._hollow = split == "validation"
        self._items: list[Any] = []
        self._groups: list[tuple[NDArray[np.float64], str, str]] = []

    def __len__(self) -> int:
        return sum(len(points) for points, _, _ in self._groups)

    def set_points(self, x: ArrayLike, y: ArrayLike, *, color: str) -> None:
        """Shows points of one colour (a role or `#rrggbb`); `x` and `y` have shape (n,)."""
        self._groups = [(_pairs(x, y), color, "o")]

    def set_classes(self, x: ArrayLike, y: ArrayLike, classes: ArrayLike) -> None:
        """Shows points coloured by class; all arrays have shape (n,), classes count from 0."""
        points, labels = _pairs(x, y), np.asarray(classes).astype(int)
        self._groups = [
            (points[labels == index], class_color(index), symbol_of(index))
            for index in np.unique(labels).tolist()
        ]

    def set_shaded(self, x: ArrayLike, y: ArrayLike, shades: ArrayLike, colors: Sequence[str]) -> None:
        """Shows points in one of `colors` each, `shades` of which are indices (n,)."""
        points, chosen = _pairs(x, y), np.asarray(shades).astype(int)
        self._groups = [(points[chosen == index], colors[index], "o") for index in np.unique(chosen).tolist()]

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Least x, greatest x, least y, greatest y of the finite points, or `None` without any."""
        filled = [points[np.isfinite(points).all(axis=1)] for points, _, _ in self._groups]
        together = np.concatenate(filled) if filled else np.empty((0, 2))
        if not len(together):
            return None
        (x0, y0), (x1, y1) = together.min(axis=0), together.max(axis=0)
        return float(x0), float(x1), float(y0), float(y1)

    def draw(self) -> None:
        """Draws the points in the colours of the theme of now."""
        while len(self._items) < len(self._groups):
            self._items.append(pg.ScatterPlotItem(size=_SIZE))
            self._surface.add(self._items[-1])
        while len(self._items) > len(self._groups):
            self._surface.remove(self._items.pop())
        theme, pen = self._surface.theme, self._surface.pen
        for item, (points, color, symbol) in zip(self._items, self._groups, strict=True):
            painted = color_of(theme, color)
            edge = pen(painted, 2) if self._hollow else pen("panel", 0.8)
            brush = theme.color("panel") if self._hollow else painted
            item.setData(x=points[:, 0], y=points[:, 1], symbol=symbol, brush=brush, pen=edge)


def class_legend(names: Sequence[str]) -> list[LegendEntry]:
    """A legend of class names."""
    return [LegendEntry(name, class_color(index), symbol_of(index)) for index, name in enumerate(names)]


def _pairs(x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    first, second = np.asarray(x, float), np.asarray(y, float)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(
            "Points have as many first as second coordinates, in arrays of one dimension. "
            f"Received: shapes {first.shape} and {second.shape}."
        )
    return np.stack([first, second], axis=1)
