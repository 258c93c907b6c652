"""What views over two features that colour the whole plane share: the field, the points before it, the read-out."""

from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.legend import LegendEntry
from app.plots.plane import Bounds, PlaneView
from app.plots.points import PointCloud, Split
from app.plots.surface import FieldImage
from app.plots.ticks import value_text
from app.theme import Theme

SPLITS: Final[tuple[Split, ...]] = ("training", "validation")


class FieldView(PlaneView):
    """A coloured plane behind the points of training and validation; both change in place."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._clouds = {split: PointCloud(self.surface, split) for split in SPLITS}
        self._extent: Bounds | None = None
        self._features = ("x", "y")
        self._image = FieldImage()
        self.surface.add(self._image)

    @override
    def set_axis_names(self, x: str, y: str) -> None:
        self._features = (x, y)
        super().set_axis_names(x, y)

    def set_extent(self, extent: Bounds) -> None:
        """Says which part of the plane the field covers: least x, greatest x, least y, greatest y."""
        self._extent = extent
        self.request_refresh()

    def clear(self) -> None:
        """Forgets field and points."""
        raise NotImplementedError

    def cell_at(self, x: float, y: float, field: NDArray[np.generic]) -> tuple[int, int] | None:
        """Row and column of a field at a position, or `None` outside of it."""
        if self._extent is None or not field.size:
            return None
        x0, x1, y0, y1 = self._extent
        if not (x0 <= x < x1 and y0 <= y < y1):
            return None
        rows, columns = field.shape
        return int((y - y0) / (y1 - y0) * rows), int((x - x0) / (x1 - x0) * columns)

    def said_at(self, x: float, y: float) -> str:
        """What the field says at a position, as rich text; nothing outside of it."""
        raise NotImplementedError

    @override
    def words_at(self, x: float, y: float) -> str:
        place = " &nbsp; ".join(
            f"{escape(name)} {value_text(value, 3)}"
            for name, value in zip(self._features, (x, y), strict=True)
        )
        said = self.said_at(x, y)
        return f'{said}<br><span style="color:{self.theme.tokens.dim}">{place}</span>' if said else place

    def show_field(self, picture: NDArray[np.uint8] | None, entries: list[LegendEntry]) -> None:
        """Paints the field, shape (rows, columns, 3), names what is to be seen, and frames it; call it from `_refresh`."""
        self._image.setVisible(self._extent is not None and picture is not None)
        if self._extent is not None and picture is not None:
            x0, x1, y0, y1 = self._extent
            self._image.setImage(picture, levels=None)
            self._image.setRect(QRectF(x0, y0, x1 - x0, y1 - y0))
        if len(self._clouds["validation"]):
            entries = [*entries, LegendEntry(self.tr("hollow: validation"), "dim", "ring")]
        self.set_legend(entries)
        bounds = [self._extent] if self._extent else [cloud.bounds() for cloud in self._clouds.values()]
        self.frame(bounds, margin=0.0 if self._extent else 0.05)
