"""The whole network in a corner, with the part in view: to see where one is and to get elsewhere."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.canvas.facts import node_category
from app.canvas.view import GraphView
from app.theme import RADIUS_CONTROL, Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter

WIDTH: Final = 160
HEIGHT: Final = 96
_MARGIN: Final = 8.0


class Minimap(QWidget):
    """Paints nodes as blocks in their categories' colours; press and drag moves the view."""

    def __init__(self, view: GraphView, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._theme = theme
        self._picture: QPixmap | None = None
        self._picture_key = (0.0, 0.0, 0.0, 0.0)
        self.setFixedSize(WIDTH, HEIGHT)
        self.setAccessibleName(self.tr("Overview of the canvas"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        view.view_changed.connect(self.update)
        view.graph_scene.layout_changed.connect(self._on_look_changed)
        theme.changed.connect(self._on_look_changed)

    @override
    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = smooth_painter(self)
        box = QRectF(self.rect())
        fill_rounded(painter, box.adjusted(0.5, 0.5, -0.5, -0.5), theme.color("panel", 0.92), RADIUS_CONTROL)
        outline_rounded(painter, box, theme.color("line"), RADIUS_CONTROL)
        origin, zoom = self._mapping()
        painter.drawPixmap(0, 0, self._blocks(origin, zoom))
        self._paint_view(painter, origin, zoom)

    def _blocks(self, origin: QPointF, zoom: float) -> QPixmap:
        """The nodes as a picture, kept while they and the mapping stay: panning would paint them every frame."""
        ratio = self.devicePixelRatioF()
        key = (origin.x(), origin.y(), zoom, ratio)
        if self._picture is None or key != self._picture_key:
            self._picture, self._picture_key = QPixmap(self.size() * ratio), key
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for item in self._view.graph_scene.nodes.values():
                corner = (item.pos() - origin) * zoom + QPointF(_MARGIN, _MARGIN)
                block = QRectF(corner, item.body().size() * zoom)
                color = self._theme.color(node_category(item.node), 0.85)
                fill_rounded(painter, block, color, min(2.0, block.height() / 3))
            painter.end()
        return self._picture

    def _on_look_changed(self) -> None:
        self._picture = None
        self.update()

    def _paint_view(self, painter: QPainter, origin: QPointF, zoom: float) -> None:
        seen = self._view.visible_rect()
        frame = QRectF((seen.topLeft() - origin) * zoom, seen.size() * zoom).translated(_MARGIN, _MARGIN)
        frame = frame.intersected(QRectF(self.rect()).adjusted(3, 3, -3, -3))
        painter.setPen(QPen(self._theme.color("accent"), 1.2))
        painter.setBrush(self._theme.color("accent", 0.08))
        painter.drawRoundedRect(frame, 3, 3)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go_to(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to(event.position())

    def _go_to(self, place: QPointF) -> None:
        origin, zoom = self._mapping()
        self._view.centerOn(origin + (place - QPointF(_MARGIN, _MARGIN)) / zoom)
        self._view.view_changed.emit()

    def _mapping(self) -> tuple[QPointF, float]:
        """Which point of the canvas is in the corner, and pixels a canvas unit: nodes and view, whole."""
        shown = self._view.graph_scene.nodes_rect()
        shown = shown.united(self._view.visible_rect()) if not shown.isEmpty() else self._view.visible_rect()
        room = QSize(round(WIDTH - 2 * _MARGIN), round(HEIGHT - 2 * _MARGIN))
        zoom = min(room.width() / max(shown.width(), 1.0), room.height() / max(shown.height(), 1.0))
        spare = QPointF(room.width() - shown.width() * zoom, room.height() - shown.height() * zoom) / 2
        return shown.topLeft() - spare / zoom, zoom
