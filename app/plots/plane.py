"""What the views over two numeric axes share: a line of words, a legend, the plot, and a read-out at the pointer."""

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.plots.base import LiveView
from app.plots.legend import Legend, LegendEntry
from app.plots.readout import Readout
from app.plots.surface import PlotSurface
from app.theme import SPACE, FontRole, Theme
from app.widgets import ElidedLabel, IconButton

Bounds = tuple[float, float, float, float]
"""Least x, greatest x, least y, greatest y."""

_MARGIN: Final = 0.05


class PlaneView(LiveView):
    """A plot over two numeric axes that shows everything until the user zooms; double-click or 0 goes back."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._zoomed = False
        self._title = ElidedLabel(theme, role=FontRole.STRONG)
        self._reset = IconButton(theme, "fit", self.tr("Show everything again (0)"))
        self._reset.clicked.connect(self.reset_view)
        self._header = QWidget()
        self.legend = Legend(theme)
        self.surface = PlotSurface(theme)
        self.readout = Readout(theme, self.surface)
        self.surface.zoomed.connect(self._on_surface_zoomed)
        self.surface.reset_asked.connect(self.reset_view)
        self.surface.resized.connect(self.request_refresh)
        self.surface.pointer_moved.connect(self._on_surface_pointer_moved)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._lay_out()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self._title, 1)
        line.addWidget(self._reset)
        header = QVBoxLayout(self._header)
        header.setContentsMargins(0, 0, 0, 0)
        header.setSpacing(SPACE)
        header.addLayout(line)
        header.addWidget(self.legend)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self._header)
        column.addWidget(self.surface, 1)
        self._reset.hide()  # `frame` shows what there is a use for

    def title(self) -> str:
        """The line of words above the plot."""
        return self._title.text()

    def set_title(self, text: str) -> None:
        """Writes a line above the plot, such as the fitted coefficients or a score."""
        self._title.setText(text)
        self._describe()

    def set_axis_names(self, x: str, y: str) -> None:
        """Names the two axes."""
        self.surface.set_axis_names(x, y)

    def set_legend(self, entries: Sequence[LegendEntry]) -> None:
        """Shows other entries in the legend."""
        self.legend.set_entries(entries)

    def reset_view(self) -> None:
        """Shows everything, and keeps doing so."""
        self._zoomed = False
        self.request_refresh()

    def frame(self, bounds: Iterable[Bounds | None], *, margin: float = _MARGIN) -> None:
        """Puts all of `bounds` into view, unless the user has zoomed; call it from `_refresh`."""
        empty = self.is_empty()
        self._header.setVisible(not empty)
        self.surface.setVisible(not empty)
        self._title.setVisible(bool(self._title.text()))
        self._reset.setVisible(self._zoomed)
        known = [bound for bound in bounds if bound is not None]
        if self._zoomed or not known:
            return
        x = _padded(min(b[0] for b in known), max(b[1] for b in known), margin)
        y = _padded(min(b[2] for b in known), max(b[3] for b in known), margin)
        self.surface.set_range(x, y)

    def words_at(self, x: float, y: float) -> str:
        """What the read-out says at a position, as rich text; nothing for no read-out."""
        raise NotImplementedError

    def point_at(self, position: QPointF | None) -> None:
        """Shows the read-out for a position of the plot, or hides it."""
        words = "" if position is None or self.is_empty() else self.words_at(position.x(), position.y())
        if position is None or not words:
            self.readout.hide()
            return
        anchor: QPoint = self.surface.to_widget(position.x(), position.y())
        self.readout.show_at(words, anchor, self.surface.area())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_0:
            self.reset_view()
        else:
            super().keyPressEvent(event)

    @override
    def _restyle(self) -> None:
        self.surface.restyle()

    def _on_surface_zoomed(self) -> None:
        self._zoomed = True
        self.request_refresh()

    def _on_surface_pointer_moved(self, position: object) -> None:
        self.point_at(position if isinstance(position, QPointF) else None)


def _padded(low: float, high: float, margin: float) -> tuple[float, float]:
    room = margin * (high - low) or (0.0 if margin == 0 and high > low else 0.1 * abs(high) or 0.5)
    return low - room, high + room
