"""A pyqtgraph plot in the look of the application: quiet grid, plain numbers, no menu of its own."""

from typing import Any, Literal

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget
from typing_extensions import override

from app.plots.bare import BarePlot
from app.plots.step_scale import StepScale
from app.plots.ticks import linear_ticks, log_ticks, tick_text
from app.theme import FontRole, Theme

_PIXELS_PER_TICK = {"left": 28, "bottom": 56}
_PIXELS_PER_WORDED_TICK = 44
_PIXELS_PER_STEP = 70
_SPARE = 2  # pixels at each end of a text


class ValueAxis(pg.AxisItem):
    """An axis with plain numbers.

    `log` makes it read its positions as base-10 logarithms; `pattern` puts words around the first; with `steps` it
    counts steps, and its positions are epochs.
    """

    def __init__(self, side: Literal["left", "bottom"], *, whole: bool = False) -> None:
        self._words = ""
        super().__init__(side)
        self._side = side
        self._whole = whole
        self.log = False
        self.pattern = "{}"
        self.steps: StepScale | None = None
        self.enableAutoSIPrefix(False)
        self.setStyle(
            tickLength=0,
            maxTickLevel=0,
            tickAlpha=255,
            autoExpandTextSpace=True,
            tickTextOffset=6,
        )
        self.setGrid(255)

    @override
    def _updateLabel(self) -> None:
        """Lays the name out when it is another one; pyqtgraph does so with each pen, font and width."""
        words = self.labelString() if self.labelText or self.labelUnits else ""
        if words != self._words:
            self._words = words
            lay_out: Any = super()._updateLabel  # pyqtgraph tells no types
            lay_out()
        self.picture = None
        self.update()

    @override
    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        room = _PIXELS_PER_TICK[self._side] if self.pattern == "{}" else _PIXELS_PER_WORDED_TICK
        most = max(3, int(size / room))
        low, high = sorted((float(minVal), float(maxVal)))
        if self.steps is not None:
            first, last = self.steps.step(low), self.steps.step(high)
            most = max(3, int(size / _PIXELS_PER_STEP))
            return [(1.0, [self.steps.epoch(tick) for tick in linear_ticks(first, last, most, whole=True)])]
        ticks = log_ticks(low, high, most) if self.log else linear_ticks(low, high, most, whole=self._whole)
        return [(1.0, ticks)]

    @override
    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        scale_of = self.steps.step if self.steps is not None else float
        texts = [
            tick_text(10.0**value if self.log else _rounded(scale_of(value), self.steps)) for value in values
        ]
        worded = self._worded(values, texts)
        shown = [self.pattern.format(text) if index == worded else text for index, text in enumerate(texts)]
        return shown if worded is None or self._side == "left" else self._apart(values, shown, worded)

    def _apart(self, values: list[float], texts: list[str], worded: int) -> list[str]:
        """Without the numbers beside the words that these would reach over."""
        metrics = self._metrics()
        widths = [metrics.horizontalAdvance(text) / 2 + _SPARE for text in texts]
        places = [self._place(value) for value in values]
        room = [
            abs(place - places[worded]) >= width + widths[worded]
            for place, width in zip(places, widths, strict=True)
        ]
        return [text if index == worded or room[index] else "" for index, text in enumerate(texts)]

    def _metrics(self) -> QFontMetricsF:
        style: Any = self.style  # pyqtgraph's settings, not the style of the widget
        return QFontMetricsF(style["tickFont"] or self.font())

    def _place(self, value: float) -> float:
        low, high = self.range
        return (value - low) / (high - low or 1.0) * self.size().width()

    def _worded(self, values: list[float], texts: list[str]) -> int | None:
        """Which of them has room for the words: pyqtgraph leaves out what reaches over an end of the axis."""
        metrics, length = self._metrics(), self.size().width()
        for index, (value, text) in enumerate(zip(values, texts, strict=True)):
            half = metrics.horizontalAdvance(self.pattern.format(text)) / 2 + _SPARE
            place = self._place(value)
            if value > 0 and (self._side == "left" or half <= place <= length - half):
                return index
        return None


def _rounded(value: float, steps: StepScale | None) -> float:
    return value if steps is None else float(round(value))


class PlotSurface(QWidget):
    """A plot area with two `ValueAxis`, whose wheel zooms at the pointer and whose drag pans.

    `pointer_moved` carries the pointer's position in plot coordinates, or `None` when it has left;
    `reset_asked` follows a double-click, `zoomed` any change of the range by hand, `resized` another size of
    the plot area.
    """

    pointer_moved = Signal(object)
    resized = Signal()
    reset_asked = Signal()
    zoomed = Signal()

    def __init__(self, theme: Theme, *, whole_x: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.x_axis = ValueAxis("bottom", whole=whole_x)
        self.y_axis = ValueAxis("left")
        self._columns_style = Qt.PenStyle.SolidLine
        self._axis_names = ("", "")
        # that were asked for last
        self._ranges: tuple[tuple[float, float], tuple[float, float]] | None = None
        self._plot: Any = pg.GraphicsView(self)
        self._bare = BarePlot({"bottom": self.x_axis, "left": self.y_axis})
        self._plot.setCentralItem(self._bare)
        self.view: Any = self._bare.view
        self._bare.grid.setContentsMargins(0, 6, 12, 0)
        for axis in (self.x_axis, self.y_axis):
            axis.setZValue(-1000)  # after it has its place: the grid goes behind the data
        self._plot.setFrameShape(QFrame.Shape.NoFrame)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.viewport().installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self.view.sigResized.connect(self._on_view_resized)
        self.view.sigRangeChangedManually.connect(self._on_view_range_changed)
        self.scene: Any = self._bare.scene()
        self.scene.sigMouseMoved.connect(self._on_scene_mouse_moved)
        self.restyle()

    def add(self, item: Any) -> None:
        """Draws an item of pyqtgraph in positions of the plot; what is shown of it stays as it is."""
        self._bare.add(item)

    def remove(self, item: Any) -> None:
        """Takes an item off."""
        self._bare.remove(item)

    def restyle(self) -> None:
        """Takes the colours and fonts of the theme."""
        self._plot.setBackground(self.theme.color("panel"))
        for axis in (self.x_axis, self.y_axis):
            axis.setPen(QPen(Qt.PenStyle.NoPen))
            axis.setTextPen(self.theme.color("dim"))
            axis.setTickFont(self.theme.font(FontRole.MONO_SMALL))
        for axis, name in zip((self.x_axis, self.y_axis), self._axis_names, strict=True):
            axis.setLabel(name or None, color=self.theme.tokens.dim)
            axis.label.setFont(self.theme.font(FontRole.SMALL))
            axis.showLabel(bool(name))
        self.x_axis.setTickPen(self.pen("grid", style=self._columns_style))
        self.y_axis.setTickPen(self.pen("grid"))

    def pen(
        self,
        color: QColor | str,
        width: float = 1.0,
        *,
        alpha: float = 1.0,
        style: Qt.PenStyle = Qt.PenStyle.SolidLine,
    ) -> QPen:
        """A pen of `width` device-independent pixels at any zoom; `color` may be a role of the theme."""
        painted = QColor(color) if isinstance(color, QColor) else self.theme.color(color)
        painted.setAlphaF(alpha)
        joins, solid = Qt.PenJoinStyle.RoundJoin, style is Qt.PenStyle.SolidLine
        caps = (
            Qt.PenCapStyle.RoundCap if solid else Qt.PenCapStyle.FlatCap
        )  # each dot has two, and none can see them
        made = QPen(painted, width * self.devicePixelRatioF(), style, caps, joins)
        made.setCosmetic(True)  # a cosmetic pen counts the screen's own pixels
        return made

    def set_dashed_columns(self) -> None:
        """Draws the vertical grid lines dashed."""
        self._columns_style = Qt.PenStyle.DashLine
        self.x_axis.setTickPen(self.pen("grid", style=self._columns_style))

    def set_axis_names(self, x: str, y: str) -> None:
        """Writes what the axes show beside them."""
        self._axis_names = (x, y)
        self.restyle()

    def set_range(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Shows exactly these ranges."""
        if self._ranges == (x, y) == (self.x_range(), self.y_range()):
            return
        self._ranges = (x, y)
        self.view.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=True)

    def set_log_y(self, log: bool) -> None:
        """Reads vertical positions as base-10 logarithms, or as they are."""
        self.y_axis.log = log
        self.y_axis.picture = None
        self.y_axis.update()

    def x_range(self) -> tuple[float, float]:
        """The positions at the left and right edge."""
        low, high = self.view.viewRange()[0]
        return float(low), float(high)

    def y_range(self) -> tuple[float, float]:
        """The positions at the lower and upper edge."""
        low, high = self.view.viewRange()[1]
        return float(low), float(high)

    def columns(self) -> int:
        """How many pixel columns of the screen the plot area has."""
        return max(1, int(self.view.width() * self.devicePixelRatioF()))

    def pixel_height(self) -> float:
        """How much of the vertical axis one pixel of the screen is."""
        low, high = self.y_range()
        return (high - low) / max(1.0, float(self.view.height()) * self.devicePixelRatioF())

    def to_widget(self, x: float, y: float) -> QPoint:
        """Where a plot position is on this widget, in pixels."""
        in_scene = self.view.mapViewToScene(QPointF(x, y))
        return QPoint(self._plot.mapTo(self, self._plot.mapFromScene(in_scene)))

    def area(self) -> QRect:
        """The plot area within this widget, in pixels."""
        rect = self._plot.mapFromScene(self.view.sceneBoundingRect()).boundingRect()
        return QRect(self._plot.mapTo(self, rect.topLeft()), rect.size())

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.restyle()
            self.resized.emit()
        return super().event(event)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.pointer_moved.emit(None)
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.reset_asked.emit()
        return super().eventFilter(watched, event)

    def _on_scene_mouse_moved(self, position: object) -> None:
        if isinstance(position, QPointF) and self.view.sceneBoundingRect().contains(position):
            self.pointer_moved.emit(self.view.mapSceneToView(position))
        else:
            self.pointer_moved.emit(None)

    def _on_view_resized(self, _view: object) -> None:
        self.resized.emit()

    def _on_view_range_changed(self, _axes: object) -> None:
        self.zoomed.emit()


class FieldImage(pg.ImageItem):
    """A coloured field behind points: rows upwards, blended between its values instead of in squares."""

    def __init__(self) -> None:
        super().__init__(axisOrder="row-major")
        self.setZValue(-500)

    @override
    def paint(self, p: QPainter, *rest: object) -> None:
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        pg.ImageItem.paint(self, p, *rest)
