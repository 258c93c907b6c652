"""Points on a map without axes that mean anything: coloured by class, or by value in the colours of viridis."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.plots.legend import LegendEntry
from app.plots.plane import PlaneView
from app.plots.points import PointCloud, class_legend
from app.plots.ticks import value_text
from app.theme import Theme

_SIZE = 7
_NEAR = 14  # pixels from a point that still mean it


class MapView(PlaneView):
    """`chosen` carries the place of the point that was clicked (or gone to with the arrow keys), or None."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._cloud = PointCloud(self.surface, "training")
        self._values: Any = pg.ScatterPlotItem(size=_SIZE)
        self._ring: Any = pg.ScatterPlotItem(size=_SIZE + 8)
        for item in (self._values, self._ring):
            self.surface.add(item)
        self._ring.setZValue(20)
        self._places: NDArray[np.float64] = np.empty((0, 2))
        self._true: NDArray[Any] = np.empty(0)
        self._names: tuple[str, ...] = ()
        self._current: int | None = None
        self._shades = pg.colormap.get("viridis")
        self.surface.view.setMouseEnabled(True, True)
        self.surface.scene.sigMouseClicked.connect(self._on_scene_mouse_clicked)
        self.introduce(
            self.tr("Map of a layer"),
            self.tr("While it trains, the map of what the layer gives appears here."),
        )

    def set_map(self, places: ArrayLike, true: ArrayLike, names: Sequence[str]) -> None:
        """Shows points (n, 2) with their classes or values (n,); `names` of the classes, none for values."""
        self._places, self._true, self._names = np.asarray(places, float), np.asarray(true), tuple(names)
        self.request_refresh()

    def clear(self) -> None:
        """Forgets the points."""
        self._places, self._true = np.empty((0, 2)), np.empty(0)
        self.request_refresh()

    def nearest(self, x: float, y: float) -> int | None:
        """The point that is meant by a position, if one is near."""
        if not len(self._places):
            return None
        k = int(np.hypot(*(self._places - (x, y)).T).argmin())
        apart = self.surface.to_widget(*self._places[k].tolist()) - self.surface.to_widget(x, y)
        return k if apart.manhattanLength() <= _NEAR else None

    def choose(self, place: int | None) -> None:
        """Marks a point and says so."""
        self._current = place
        self.request_refresh()
        self.chosen.emit(place)

    @override
    def is_empty(self) -> bool:
        return not len(self._places)

    @override
    def summary(self) -> str:
        return self.tr("{count} points. {title}").format(count=len(self._places), title=self.title())

    @override
    def words_at(self, x: float, y: float) -> str:
        k = self.nearest(x, y)
        if k is None:
            return ""
        value = self._true[k].item()
        return (
            self._names[value] if self._names and 0 <= value < len(self._names) else value_text(float(value))
        )

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or self.is_empty():
            super().keyPressEvent(event)
            return
        self.choose(((self._current if self._current is not None else -step) + step) % len(self._places))

    @override
    def _refresh(self) -> None:
        x, y = self._places[:, 0], self._places[:, 1]
        by_class = bool(self._names)
        self._values.setVisible(not by_class)
        if by_class:
            self._cloud.set_classes(x, y, self._true)
            self.set_legend(class_legend(self._names[:20]))
        else:
            self._cloud.set_points([], [], color="dim")
            self._draw_values(x, y)
        self._cloud.draw()
        chosen = [self._current] if self._current is not None and self._current < len(self._places) else []
        self._ring.setData(x=x[chosen], y=y[chosen], brush=None, pen=self.surface.pen("text", 2.5))
        for axis in (self.surface.x_axis, self.surface.y_axis):
            axis.setStyle(showValues=False)
        bounds = (float(x.min()), float(x.max()), float(y.min()), float(y.max())) if len(x) else None
        self.frame([bounds])

    def _draw_values(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        values = np.asarray(self._true, float)
        low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
        colors = (
            self._shades.map((values - low) / ((high - low) or 1.0), mode="qcolor") if values.size else []
        )
        self._values.setData(x=x, y=y, brush=list(colors), pen=self.surface.pen("panel", 0.8))
        ends = self._shades.map(np.array([0.0, 1.0]), mode="qcolor")
        self.set_legend(
            [LegendEntry(value_text(v), c.name(), "o") for v, c in zip((low, high), ends, strict=True)]
        )

    def _on_scene_mouse_clicked(self, event: Any) -> None:
        where: QPointF = self.surface.view.mapSceneToView(event.scenePos())
        if event.button() == Qt.MouseButton.LeftButton:
            self.choose(self.nearest(where.x(), where.y()))
