"""What a regression of two features gives everywhere in the plane, as colour, and the points it learned from in theirs."""

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike, NDArray
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.field_view import SPLITS, FieldView
from app.plots.legend import LegendEntry
from app.plots.points import Split
from app.plots.ticks import value_text
from app.theme import Theme

_Points = tuple[NDArray[np.float64], ...]
_NO_POINTS: Final[_Points] = (np.empty(0), np.empty(0), np.empty(0))  # x, y, true value
_SHADES: Final = 24
_SHOWN_SHADES: Final = 4  # in the legend


class ValuesView(FieldView):
    """A field of values behind points in the colours of their true values: where a point can't be seen, it is right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._points: dict[Split, _Points] = dict.fromkeys(SPLITS, _NO_POINTS)
        self._values: NDArray[np.float64] = np.empty((0, 0))
        self._name = "value"
        table = pg.colormap.get("viridis").getLookupTable(0.0, 1.0, _SHADES)
        self._table: NDArray[np.uint8] = np.asarray(table, np.uint8)[:, :3]
        self.introduce(
            self.tr("Values in the plane"), self.tr("Press Train: what the network predicts appears here.")
        )

    def set_value_name(self, name: str) -> None:
        """Names what the colours stand for."""
        self._name = name
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

    @override
    def clear(self) -> None:
        self._points, self._values = dict.fromkeys(SPLITS, _NO_POINTS), np.empty((0, 0))
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
        cell = self.cell_at(x, y, self._values)
        return None if cell is None else float(self._values[cell])

    @override
    def is_empty(self) -> bool:
        return not self._values.size and not any(len(x) for x, _, _ in self._points.values())

    @override
    def summary(self) -> str:
        low, high = self.span()
        text = self.tr("Colours from {low} to {high} of {name}.")
        return text.format(low=value_text(low, 3), high=value_text(high, 3), name=self._name)

    @override
    def said_at(self, x: float, y: float) -> str:
        found = self.value_at(x, y)
        return "" if found is None else f"{escape(self._name)} {value_text(found, 3)}"

    @override
    def _refresh(self) -> None:
        low, high = self.span()
        for split, cloud in self._clouds.items():
            x, y, true = self._points[split]
            cloud.set_shaded(x, y, self._shades(true, low, high), self._colors())
            cloud.draw()
        field = self._table[self._shades(self._values, low, high)] if self._values.size else None
        self.show_field(field, self._entries(low, high))

    @staticmethod
    def _shades(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.intp]:
        share = np.clip((np.nan_to_num(values, nan=low) - low) / (high - low), 0.0, 1.0)
        return (share * (_SHADES - 1)).round().astype(np.intp)

    def _colors(self) -> Sequence[str]:
        return ["#{:02x}{:02x}{:02x}".format(*rgb) for rgb in self._table.tolist()]

    def _entries(self, low: float, high: float) -> list[LegendEntry]:
        colors = self._colors()
        return [
            LegendEntry(value_text(low + share * (high - low), 3), colors[round(share * (_SHADES - 1))], "o")
            for share in np.linspace(0.0, 1.0, _SHOWN_SHADES).tolist()
        ]
