"""Looking at the canvas: zoom, pan and fit, apart from what is done on it."""

from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QCursor, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget
from typing_extensions import override

from app.canvas.accessible import install
from app.canvas.backdrop import paint_backdrop
from app.canvas.scene import GraphScene

FARTHEST: Final = 0.1
NEAREST: Final = 4.0
_WHEEL_STEP: Final = 1.0015
_MARGIN: Final = 60.0
_CHANGED: Final = QGraphicsView.ViewportUpdateMode.BoundingRectViewportUpdate


class Viewport(QGraphicsView):
    """Shows a `GraphScene`. `view_changed` is emitted after panning, zooming and resizing.

    `explain` puts into words what a layer gives, costs and is wired to; `covered_above` is the height of what lies over
    its upper edge.
    """

    view_changed = Signal()

    def __init__(self, scene: GraphScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self.graph_scene = scene
        self.explain: Callable[[str], str] = lambda node_id: ""
        self.covered_above = 0
        install()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.viewport().setAutoFillBackground(False)  # drawBackground covers all of it
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setViewportUpdateMode(_CHANGED)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)

    def zoom(self) -> float:
        """How many pixels of the screen a canvas unit has."""
        return self.transform().m11()

    def zoom_by(self, factor: float, at: QPoint | None = None) -> None:
        """Zooms within limits; what is at the point `at` of the view (its middle) stays there."""
        place = self.viewport().rect().center() if at is None else at
        before = self.mapToScene(place)
        factor = min(max(self.zoom() * factor, FARTHEST), NEAREST) / self.zoom()
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)  # nothing to scroll
        self.scale(factor, factor)
        self.pan(place - self.mapFromScene(before))
        self.setViewportUpdateMode(_CHANGED)

    def pan(self, step: QPoint) -> None:
        """Moves the canvas by so many pixels of the screen."""
        self.graph_scene.give_way()
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - step.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - step.y())
        self.view_changed.emit()

    def fit(self, nodes: Iterable[str] | None = None) -> None:
        """Shows these nodes, or all there is; never nearer than full size."""
        scene = self.graph_scene
        rect = scene.content_rect() if nodes is None else scene.nodes_rect(nodes)
        if rect.isEmpty():
            self.resetTransform()
            self.centerOn(0, 0)
            self.view_changed.emit()
        else:
            self.fit_rect(rect)

    def fit_rect(self, rect: QRectF) -> None:
        """Shows a part of the canvas; never nearer than full size."""
        rect = rect.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        room = self.viewport().size()
        zoom = min(room.width() / rect.width(), room.height() / rect.height(), 1.0)
        self.resetTransform()
        self.scale(max(zoom, FARTHEST), max(zoom, FARTHEST))
        self.centerOn(rect.center())
        self.view_changed.emit()

    def look_from(self, zoom: float, middle: QPointF) -> None:
        """Shows the canvas as it was seen before."""
        self.resetTransform()
        self.scale(zoom, zoom)
        self.centerOn(middle)
        self.view_changed.emit()

    def visible_rect(self) -> QRectF:
        """The part of the canvas in view."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def reveal(self, node_id: str) -> None:
        """Selects a node and, if it is out of sight, moves it into the middle."""
        item = self.graph_scene.nodes.get(node_id)
        if item is not None:
            self.graph_scene.select([node_id])
            self.show_node(node_id)

    def show_node(self, node_id: str) -> None:
        """Moves the view only if the node is not wholly in sight."""
        item = self.graph_scene.nodes[node_id]
        self.show_rect(item.body().translated(item.pos()))

    def show_rect(self, rect: QRectF) -> None:
        """Moves the view only if a part of the canvas is not wholly in sight."""
        if not self.visible_rect().contains(rect):
            self.centerOn(rect.center())
            self.view_changed.emit()

    def has_pointer(self) -> bool:
        """Whether the pointer is over the canvas."""
        return self.viewport().rect().contains(self.viewport().mapFromGlobal(QCursor.pos()))

    def pointer_place(self) -> QPointF:
        """Where the pointer is on the canvas; the middle of the view if it is elsewhere."""
        place = self.viewport().mapFromGlobal(QCursor.pos())
        return self.mapToScene(place if self.has_pointer() else self.viewport().rect().center())

    def center_place(self) -> QPointF:
        """The middle of the view, on the canvas."""
        return self.visible_rect().center()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta().y() or event.angleDelta().x()
        self.zoom_by(_WHEEL_STEP**delta, event.position().toPoint())
        event.accept()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.view_changed.emit()

    @override
    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        paint_backdrop(painter, QRectF(rect), self.graph_scene.look, self.zoom())
