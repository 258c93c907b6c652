"""The whole network in a corner, with the part in view: to see where one is, to get elsewhere and to add layers there."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.canvas.geometry import NODE_HEIGHT, NODE_WIDTH
from app.canvas.node_painter import TAG_ROLES
from app.canvas.view import GraphView
from app.palette.entries import dragged_layer
from app.theme import RADIUS_CONTROL, Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter

WIDTH: Final = 160
HEIGHT: Final = 96
_MARGIN: Final = 8.0
_REDRAWN_AFTER_MS: Final = 120  # of rest
_BLURRED: Final = 2.0  # times its size, a picture is no longer shown instead of a new one
_RADIUS: Final = 2.0
_ROUNDED_FROM: Final = 6.0  # pixels of height; on lower blocks round corners can't be seen
_DOT: Final = 3.2
_LEAST: Final = 10.0
_DOT_ROLES: Final = {"error": "bad", "warning": "warn"}
_LARGEST: Final = 1 / 10  # of the canvas that it may cover; on a smaller one it would be in the way
_LARGEST_IDLE: Final = 1 / 20  # while all nodes are in view, and it has little to tell
_AT_ONCE: Final = 60  # nodes of which a picture takes less than a millisecond


class Minimap(QWidget):
    """Paints nodes as blocks in their categories' colours, with dots where something is wrong; a press moves the view.

    A layer dropped on it comes to the place that it shows there.
    """

    def __init__(self, view: GraphView, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._theme = theme
        self._picture: QPixmap | None = None
        self._picture_key = (0.0, 0.0, 0.0, 0.0)
        self._many = False  # are selected: their outlines are part of the picture
        self._dragged: QPointF | None = None  # where over it a layer is dragged
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(_REDRAWN_AFTER_MS)
        self._redraw.timeout.connect(self._on_look_changed)
        self.setFixedSize(WIDTH, HEIGHT)
        self.setAccessibleName(self.tr("Overview of the canvas"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAcceptDrops(True)
        view.view_changed.connect(self._on_view_changed)
        self._watch()
        view.looked_at.connect(self._on_view_looked_at)
        for popup in self._popups():
            popup.installEventFilter(self)
        theme.changed.connect(self._on_look_changed)

    def _watch(self) -> None:
        scene = self._view.graph_scene
        self._links = [
            scene.layout_changed.connect(self._on_layout_changed),
            scene.badges_changed.connect(self._on_badges_changed),
            scene.selection_settled.connect(self._on_selection_settled),
        ]

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
        self._paint_blocks(painter, origin, zoom)
        self._paint_view(painter, origin, zoom)
        self._paint_state(painter, origin, zoom)
        self._paint_dragged(painter, zoom)

    def _paint_dragged(self, painter: QPainter, zoom: float) -> None:
        """Where a dragged layer would come to lie, large enough to be seen."""
        if self._dragged is not None:
            block = QRectF(0, 0, max(NODE_WIDTH * zoom, _LEAST), max(NODE_HEIGHT * zoom, _LEAST / 2))
            block.moveCenter(self._dragged)
            painter.setPen(QPen(self._theme.color("accent"), 1.4))
            painter.setBrush(self._theme.color("accent", 0.4))
            painter.drawRoundedRect(block, _RADIUS, _RADIUS)

    def _paint_blocks(self, painter: QPainter, origin: QPointF, zoom: float) -> None:
        """Draws the picture of the nodes, anew where it is not of this mapping, but not while that changes.

        Beyond the nodes, panning and zooming change the mapping all the time; the last picture is moved until they rest.
        """
        ratio = self.devicePixelRatioF()
        key = (origin.x(), origin.y(), zoom, ratio)
        grown = zoom / self._picture_key[2] if self._picture is not None else 0.0
        if self._picture is None or not 1 / _BLURRED < grown < _BLURRED:
            self._picture, self._picture_key = self._blocks(origin, zoom, ratio), key
        if key == self._picture_key:
            painter.drawPixmap(0, 0, self._picture)
            return
        left, top, before, _ = self._picture_key
        corner = (QPointF(left, top) - origin) * zoom + QPointF(_MARGIN, _MARGIN) * (1 - zoom / before)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shown = QRectF(corner, QRectF(self.rect()).size() * (zoom / before))
        painter.drawPixmap(shown, self._picture, QRectF(self._picture.rect()))
        self._redraw.start()

    def _blocks(self, origin: QPointF, zoom: float, ratio: float) -> QPixmap:
        """The nodes as a picture, kept while they and the mapping stay: panning would paint them every frame."""
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.translate(_MARGIN - origin.x() * zoom, _MARGIN - origin.y() * zoom)
        painter.scale(zoom, zoom)
        for note in self._view.graph_scene.notes.items.values():
            role = TAG_ROLES.get(note.note.tag, "faint")
            painter.setBrush(self._theme.color(role, 0.2 if note.note.kind == "frame" else 0.5))
            painter.drawRect(note.rect())
        radius = _RADIUS / zoom if NODE_HEIGHT * zoom > _ROUNDED_FROM else 0.0
        for category, blocks in self._by_category().items():
            painter.setBrush(self._theme.color(category, 0.85))
            if not radius:
                painter.drawRects(blocks)
                continue
            for block in blocks:
                painter.drawRoundedRect(block, radius, radius)
        if self._many:
            selected = (
                self._view.graph_scene.nodes[i].place() for i in self._view.graph_scene.selected_nodes()
            )
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("text"), 1.4 / zoom))
            painter.drawRects(
                [QRectF(left, top, right - left, bottom - top) for left, top, right, bottom in selected]
            )
        painter.end()
        return picture

    def _paint_state(self, painter: QPainter, origin: QPointF, zoom: float) -> None:
        """What is selected, and where something is wrong: a dot that does not shrink with the network."""
        scene, theme = self._view.graph_scene, self._theme
        shift = QPointF(_MARGIN, _MARGIN) - origin * zoom
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("text"), 1.4))
        for node_id in () if self._many else scene.selected_nodes():
            left, top, right, bottom = scene.nodes[node_id].place()
            painter.drawRect(
                QRectF(left * zoom, top * zoom, (right - left) * zoom, (bottom - top) * zoom).translated(
                    shift
                )
            )
        painter.setPen(QPen(theme.color("panel"), 1))
        worst = sorted(scene.badges().items(), key=lambda pair: pair[1].severity == "error")
        for node_id, badge in worst:
            role = _DOT_ROLES.get(badge.severity)
            if role is not None:
                _, top, right, _ = scene.nodes[node_id].place()
                painter.setBrush(theme.color(role))
                painter.drawEllipse(QPointF(right, top) * zoom + shift, _DOT, _DOT)

    def _on_selection_settled(self) -> None:
        before, self._many = self._many, len(self._view.graph_scene.selected_nodes()) > _AT_ONCE
        if before or self._many:
            self._redraw.start()
        self.update()

    def _on_badges_changed(self) -> None:
        severities = [badge.severity for badge in self._view.graph_scene.badges().values()]
        errors, warnings = severities.count("error"), severities.count("warning")
        self.setAccessibleDescription(
            self.tr("{errors} layers with errors, {warnings} with warnings").format(
                errors=errors, warnings=warnings
            )
        )
        self.update()

    def _by_category(self) -> dict[str, list[QRectF]]:
        groups: dict[str, list[QRectF]] = {}
        for item in self._view.graph_scene.nodes.values():
            left, top, right, bottom = item.place()
            groups.setdefault(item.category(), []).append(QRectF(left, top, right - left, bottom - top))
        return groups

    def _popups(self) -> tuple[QWidget, ...]:
        return self._view.popup, self._view.choices

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Move, QEvent.Type.Resize):
            self.step_aside()
        return False

    def step_aside(self) -> None:
        """Hides where it would cover a popup, or much of the canvas, or nodes that are all in view; and without nodes."""
        view = self._view
        mine = self.geometry().translated(-view.pos())
        if any(not popup.isHidden() and popup.geometry().intersects(mine) for popup in self._popups()):
            self.hide()
            return
        nodes = view.graph_scene.nodes_rect()
        if view.graph_scene.content_rect().isEmpty():
            self.hide()
            return
        whole = nodes.isEmpty() or view.visible_rect().contains(nodes)
        covered = WIDTH * HEIGHT / max(view.width() * view.height(), 1)
        own = view.mapToScene(mine).boundingRect()
        idle = whole and (covered > _LARGEST_IDLE or bool(view.graph_scene.nodes_in(own)))
        self.setVisible(covered <= _LARGEST and not idle)

    def _on_view_changed(self) -> None:
        self.step_aside()
        self.update()

    def _on_view_looked_at(self) -> None:
        for link in self._links:
            QObject.disconnect(link)
        self._watch()
        self._on_look_changed()

    def _on_look_changed(self) -> None:
        self._picture = None
        self.update()

    def _on_layout_changed(self) -> None:
        """Of a large network, the frame after an edit shows the old picture: its own is drawn a moment later."""
        if self.isHidden() or not self._view.graph_scene.nodes:
            self.step_aside()  # there may be something to show now, or nothing any more
        if len(self._view.graph_scene.nodes) <= _AT_ONCE:
            self._on_look_changed()
        else:
            self._redraw.start()

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

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_layer(event.mimeData()) is not None:
            self._show_dragged(event.position())
            event.acceptProposedAction()

    @override
    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._show_dragged(event.position())
        event.acceptProposedAction()

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_dragged(None)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self._show_dragged(None)
        name, view = dragged_layer(event.mimeData()), self._view
        if name is not None:
            made = view.editor.add_layer(name, view.editor.free_place(self._canvas_place(event.position())))
            event.acceptProposedAction()
            view.setFocus()
            if made is not None:
                view.show_node(made)

    def _show_dragged(self, place: QPointF | None) -> None:
        self._dragged = place
        self.update()

    def _go_to(self, place: QPointF) -> None:
        self._view.centerOn(self._canvas_place(place))
        self._view.view_changed.emit()

    def _canvas_place(self, place: QPointF) -> QPointF:
        """What of the canvas is shown at a place of the picture."""
        origin, zoom = self._mapping()
        return origin + (place - QPointF(_MARGIN, _MARGIN)) / zoom

    def _mapping(self) -> tuple[QPointF, float]:
        """Which point of the canvas is in the corner, and pixels a canvas unit: nodes and view, whole."""
        shown = self._view.graph_scene.content_rect()
        shown = shown.united(self._view.visible_rect()) if not shown.isEmpty() else self._view.visible_rect()
        room = QSize(round(WIDTH - 2 * _MARGIN), round(HEIGHT - 2 * _MARGIN))
        zoom = min(room.width() / max(shown.width(), 1.0), room.height() / max(shown.height(), 1.0))
        spare = QPointF(room.width() - shown.width() * zoom, room.height() - shown.height() * zoom) / 2
        return shown.topLeft() - spare / zoom, zoom
