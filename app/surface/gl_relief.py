"""The relief painted by the GPU, for those who have one: pyqtgraph's OpenGL. Made only where somebody asks for it.

The rest of the window does not depend on it: what is not there is said in a sentence, and `ReliefView` shows the same.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from PySide6.QtGui import QColor, QOffscreenSurface, QOpenGLContext, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.surface.contours import RING, Trail, pictured
from app.surface.relief import TALL, Relief
from app.theme import Theme
from engine.training.surface.sampling import Surface

DISTANCE: Final = 4.2
LOW: Final = 2.4  # distance for each time that a low view is as wide as high: its angle is that of the width
TILT, TURN = 32, -60  # degrees


def opengl_works() -> bool:
    """Whether a widget can be painted by OpenGL here; asks the driver."""
    surface = QOffscreenSurface()
    surface.create()
    context = QOpenGLContext()
    if not context.create() or not context.makeCurrent(surface):
        return False
    context.doneCurrent()
    return True


class GlReliefView(QWidget):
    """The same as `ReliefView`; drag, wheel and arrow keys turn and zoom it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        import pyqtgraph.opengl as gl  # takes OpenGL along, which not every computer has

        self._gl: Any = gl
        self._theme = theme
        self._relief: Relief | None = None
        self._items: list[Any] = []
        self._ways: list[Any] = []
        self.view: Any = self._gl.GLViewWidget()
        self.view.setCameraPosition(distance=DISTANCE, elevation=TILT, azimuth=TURN)
        self.view.setAccessibleName(self.tr("Loss surface in 3-D, by OpenGL"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.setFocusProxy(self.view)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_surface(self, surface: Surface | None) -> None:
        """Show this one."""
        if self._relief is not None and self._relief.surface is surface:
            return
        for item in self._items:
            self.view.removeItem(item)
        self._items = []
        self._relief = Relief(surface) if surface is not None else None
        if self._relief is None:
            return
        heights = np.nan_to_num(self._relief.heights, nan=0.0)
        at = np.linspace(-1.0, 1.0, len(heights))
        colors = np.ones((*heights.shape, 4), np.float32)
        colors[..., :3] = pictured(self._relief.heights, self._theme) / 255.0
        height = ((heights - 0.5) * TALL * 2).T
        turned = colors.transpose(1, 0, 2).reshape(-1, 4)
        item = self._gl.GLSurfacePlotItem(x=at, y=at, z=height, colors=turned, shader="shaded", smooth=True)
        self.view.addItem(item)
        self._items.append(item)

    def set_trails(self, trails: Sequence[Trail]) -> None:
        """Show these ways on it."""
        for item in self._ways:
            self.view.removeItem(item)
        self._ways = []
        for trail in trails if self._relief is not None else ():
            assert self._relief is not None
            over = self._relief.over(trail.points)
            if not len(over):
                continue
            color = QColor(trail.color).getRgbF()
            line = self._gl.GLLinePlotItem(pos=over, color=color, width=3.0, antialias=True)
            end = self._gl.GLScatterPlotItem(pos=over[-1:], color=color, size=10.0)
            looked = self._relief.over((trail.marked,)) if trail.marked is not None else ()
            marks = [
                self._gl.GLScatterPlotItem(
                    pos=looked, color=self._theme.color("accent").getRgbF(), size=float(RING)
                )
            ] * len(looked)
            for item in (line, end, *marks):
                item.setGLOptions("opaque")
                self.view.addItem(item)
                self._ways.append(item)

    def set_axis_names(self, x: str, y: str) -> None:
        """Say what the two directions are."""
        self.view.setAccessibleDescription(f"{x}, {y}")

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width() / max(1, event.size().height())
        self.view.setCameraPosition(distance=max(DISTANCE, LOW * wide))

    def _restyle(self) -> None:
        self.view.setBackgroundColor(self._theme.color("panel"))
