"""What a regression of two features gives everywhere in the plane, as colour, and the points it learned from in theirs."""

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.legend import LegendEntry
from app.plots.plane import Bounds, PlaneView
from app.plots.points import PointCloud, Split
from app.plots.surface import FieldImage
from app.plots.ticks import value_text
from app.theme import Theme

_Points = tuple[NDArray[np.float64], ...]
_NO_POINTS: Final[_Points] = (np.empty(0), np.empty(0), np.empty(0))  # x, y, true value
_SPLITS: Final[tuple[Split, ...]] = ("training", "validation")
_SHADES: Final = 24
_SHOWN_SHADES: Final = 4  # in the legend


class HeatView(PlaneView):
    """A field of values behind points in the colours of their true values: where a point can't be seen, it is right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._clouds = {split: PointCloud(self.surface, split) for split in _SPLITS}
        self._points: dict[Split, _Points] = dict.fromkeys(self._clouds, _NO_POINTS)
        self._extent: Bounds | None = None
        self._values: NDArray[np.float64] = np.empty((0, 0))
        self._features, self._name = ("x", "y"), "value"
        self._image = FieldImage()
        self.surface.item.addItem(self._image, ignoreBounds=True)
        table = pg.colormap.get("viridis").getLookupTable(0.0, 1.0, _SHADES)
        self._table: NDArray[np.uint8] = np.asarray(table, np.uint8)[:, :3]
        self.introduce(
            self.tr("Values in the plane"), self.tr("Press Train: what the network predicts appears here.")
        )

    @override
    def set_axis_names(self, x: str, y: str) -> None:
        self._features = (x, y)
        super().set_axis_names(x, y)

    def set_value_name(self, name: str) -> None:
        """Names what the colours stand for."""
        self._name = name
        self.request_refresh()

    def set_extent(self, extent: Bounds) -> None:
        """Says which part of the plane the field covers: least x, greatest x, least y, greatest y."""
        self._extent = extent
        self.request_refresh()

    def set_values(self, values: ArrayLike) -> None:
        """Shows predicted values, shape (rows, columns); row 0 is at the least y."""
        found = np.asarray(values, float)
        if found.ndim != 2:
            raise ValueError(f"A field has a value at each place of a grid. Received: shape {found.shape}.")
        self._values = found
        self.request_refresh()

    def set_points(self, split: Split, x: ArrayLike, y: ArrayLike, true: ArrayLike) -> None:
        """Shows the points of a split with their true values, arrays of shape (n,)."""
        self._points[split] = tuple(np.asarray(array, float) for array in (x, y, true))
        self.request_refresh()

    def clear(self) -> None:
        """Forgets field and points."""
        self._points, self._values = dict.fromkeys(self._clouds, _NO_POINTS), np.empty((0, 0))
        self.request_refresh()

    def span(self) -> tuple[float, float]:
        """The values that the first and the last colour stand for: those of the points, so that they stay the same."""
        true = np.concatenate([true for _, _, true in self._points.values()])
        held = true if true.size else self._values.ravel()
        finite = held[np.isfinite(held)]
        if not finite.size:
            return 0.0, 1.0
        low, high = float(finite.min()), float(finite.max())
        return (low, high) if high > low else (low - 0.5, high + 0.5)

    def value_at(self, x: float, y: float) -> float | None:
        """The value of the field at a position, or `None` outside of it."""
        if self._extent is None or not self._values.size:
            return None
        x0, x1, y0, y1 = self._extent
        if not (x0 <= x < x1 and y0 <= y < y1):
            return None
        rows, columns = self._values.shape
        return float(self._values[int((y - y0) / (y1 - y0) * rows), int((x - x0) / (x1 - x0) * columns)])

    @override
    def is_empty(self) -> bool:
        return not self._values.size and not any(len(x) for x, _, _ in self._points.values())

    @override
    def summary(self) -> str:
        low, high = self.span()
        text = self.tr("Colours from {low} to {high} of {name}.")
        return text.format(low=value_text(low, 3), high=value_text(high, 3), name=self._name)

    @override
    def words_at(self, x: float, y: float) -> str:
        place = " &nbsp; ".join(
            f"{escape(name)} {value_text(value, 3)}"
            for name, value in zip(self._features, (x, y), strict=True)
        )
        found = self.value_at(x, y)
        if found is None:
            return place
        said = f"{escape(self._name)} {value_text(found, 3)}"
        return f'{said}<br><span style="color:{self.theme.tokens.dim}">{place}</span>'

    @override
    def _refresh(self) -> None:
        low, high = self.span()
        for split, cloud in self._clouds.items():
            x, y, true = self._points[split]
            cloud.set_shaded(x, y, self._shades(true), self._colors())
            cloud.draw()
        self._draw_field()
        self.set_legend(self._entries(low, high))
        bounds = [self._extent] if self._extent else [cloud.bounds() for cloud in self._clouds.values()]
        self.frame(bounds, margin=0.0 if self._extent else 0.05)

    def _shades(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        low, high = self.span()
        share = np.clip((np.nan_to_num(values, nan=low) - low) / (high - low), 0.0, 1.0)
        return (share * (_SHADES - 1)).round().astype(np.intp)

    def _colors(self) -> Sequence[str]:
        return ["#{:02x}{:02x}{:02x}".format(*rgb) for rgb in self._table.tolist()]

    def _entries(self, low: float, high: float) -> list[LegendEntry]:
        colors = self._colors()
        entries = [
            LegendEntry(value_text(low + share * (high - low), 3), colors[round(share * (_SHADES - 1))], "o")
            for share in np.linspace(0.0, 1.0, _SHOWN_SHADES).tolist()
        ]
        if len(self._clouds["validation"]):
            entries.append(LegendEntry(self.tr("hollow: validation"), "dim", "ring"))
        return entries

    def _draw_field(self) -> None:
        self._image.setVisible(self._extent is not None and self._values.size > 0)
        if self._extent is None or not self._values.size:
            return
        x0, x1, y0, y1 = self._extent
        self._image.setImage(self._table[self._shades(self._values)], levels=None)
        self._image.setRect(QRectF(x0, y0, x1 - x0, y1 - y0))
