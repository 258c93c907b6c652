"""What flows in the wires during a step, drawn over the canvas: dots on their way, numbers at wires and nodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from app.canvas.far_painter import READABLE
from app.canvas.geometry import NODE_WIDTH
from app.canvas.gestures import OVERLAY
from app.canvas.node_item import NodeItem
from app.canvas.scene import GraphScene
from app.canvas.wire_item import PILL_HEIGHT
from app.steps.words import fitting, gist_text, loss_line, node_lines
from app.theme import FRAME_MS, RADIUS_NODE, Theme
from engine.graph.document import Edge
from engine.graph.structure import topological_order
from engine.layers.base import Role
from engine.training.stepping import Gist, OneStep, StepPhase

STAGE_MS: Final = 420  # that a dot takes along a wire
MOST_MS: Final = 3200  # of the whole way through the network
DOTS: Final = 3
GAP: Final = 0.16  # between two dots, as a share of the wire
RADIUS: Final = 4.0
LINE: Final = 15.0
NARROWEST: Final = 60.0  # of what stands at a wire: one number
WIDER: Final = 60.0  # than a node, at most
ROOM: Final = 90.0  # around the nodes, for what is written below them


@dataclass(frozen=True)
class Scene:
    """What is shown: a phase of a step, and how far it has gone.

    Attributes:
        step: None: nothing.
        phase: of it.
        reached: layers of wires that are passed, with the fraction of the one that is under way.
    """

    step: OneStep | None = None
    phase: StepPhase = StepPhase.FORWARD
    reached: float = 0.0


@dataclass
class _Depths:
    """How many wires lie between a node and the data, at most."""

    of: dict[str, int] = field(default_factory=dict)

    @property
    def most(self) -> int:
        return max(self.of.values(), default=0)


class StepOverlay(QGraphicsItem):
    """Paints a `Scene` over the canvas."""

    def __init__(self, scene: GraphScene, theme: Theme) -> None:
        super().__init__()
        self._graph_scene, self._theme = scene, theme
        self._depths = _Depths()
        self._bounds = QRectF()
        self.shown = Scene()
        self.setZValue(OVERLAY)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        scene.addItem(self)

    @property
    def stages(self) -> int:
        """Layers of wires."""
        return self._depths.most

    def measure(self) -> None:
        """Take over where nodes are now."""
        graph = self._graph_scene.graph
        depths: dict[str, int] = {}
        for node in topological_order(graph)[0]:
            before = [depths[e.source] for e in graph.edges_into(node) if e.source in depths]
            depths[node] = max(before, default=-1) + 1
        self._depths = _Depths(depths)
        self.prepareGeometryChange()
        self._bounds = self._graph_scene.nodes_rect().adjusted(-ROOM, -ROOM, ROOM, ROOM)

    def show_scene(self, shown: Scene) -> None:
        """Show this."""
        self.shown = shown
        self.update()

    def is_passed(self, node: str) -> bool:
        """Whether the flow has come to a node."""
        depth = self._depths.of.get(node, 0)
        if self.shown.phase is StepPhase.FORWARD:
            return self.shown.reached >= depth
        if self.shown.phase is StepPhase.BACKWARD:
            return self.shown.reached >= self._depths.most - depth
        return True

    def along(self, edge: Edge) -> float:
        """How far the flow is along a wire, in its own direction: below 0 not yet, above 1 past it."""
        depth = self._depths.of
        if self.shown.phase is StepPhase.FORWARD:
            return self.shown.reached - (depth.get(edge.target, 1) - 1)
        return self.shown.reached - (self._depths.most - depth.get(edge.target, 0))

    @override
    def boundingRect(self) -> QRectF:
        return self._bounds

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        step = self.shown.step
        if step is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.shown.phase in (StepPhase.FORWARD, StepPhase.BACKWARD):
            self._paint_flow(painter, step)
        if painter.worldTransform().m11() > READABLE:
            self._paint_nodes(painter, step)
        self._paint_rings(painter, step)

    def _paint_flow(self, painter: QPainter, step: OneStep) -> None:
        back = self.shown.phase is StepPhase.BACKWARD
        color = self._theme.color("warn" if back else "accent")
        for item in self._graph_scene.wires():
            along = self.along(item.edge)
            path = item.path()
            if along >= 0.0:
                painter.setPen(QPen(color, 2.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPath(path)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            for k in range(DOTS):
                at = along - k * GAP
                if 0.0 < at < 1.0:
                    painter.drawEllipse(path.pointAtPercent(1.0 - at if back else at), RADIUS, RADIUS)
            if along >= 0.5 and painter.worldTransform().m11() > READABLE:
                node = step.nodes.get(item.edge.source)
                gists: Mapping[str, Gist] = {} if node is None else (node.slopes if back else node.outputs)
                gist = gists.get(item.edge.source_port)
                if gist is not None:
                    room = max(path.boundingRect().width() - 4, NARROWEST)
                    self._paint_pill(painter, item.middle() + QPointF(0, 14), gist_text(gist), color, room)

    def _paint_pill(self, painter: QPainter, middle: QPointF, text: str, color: QColor, room: float) -> None:
        """As wide as the wire has room for, since it would cover nodes; below these stands all of it."""
        style = self._graph_scene.look
        text = fitting(text, lambda words: style.mono_width(words) + 12 <= room)
        pill = QRectF(0, 0, style.mono_width(text) + 12, PILL_HEIGHT)
        pill.moveCenter(middle)
        painter.setPen(QPen(color, 1))
        painter.setBrush(style.pill)
        painter.drawRoundedRect(pill, PILL_HEIGHT / 2, PILL_HEIGHT / 2)
        painter.setPen(style.text)
        painter.setFont(style.mono_font)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_nodes(self, painter: QPainter, step: OneStep) -> None:
        for node, item in self._graph_scene.nodes.items():
            told = step.nodes.get(node)
            if told is not None and self.is_passed(node):
                self._paint_lines(painter, item, node_lines(told, self.shown.phase))
            elif told is None and self.shown.phase is not StepPhase.FORWARD and self._is_target(node):
                self._paint_lines(painter, item, [("loss", loss_line(step))])

    def _paint_lines(self, painter: QPainter, item: NodeItem, lines: Sequence[tuple[str, str]]) -> None:
        """What is told of a node, in a box below it."""
        style = self._graph_scene.look
        widest = max((style.mono_width(text) for _, text in lines), default=0.0) + 12
        width = min(max(widest, NODE_WIDTH), NODE_WIDTH + WIDER)
        body = item.body().translated(item.pos())
        box = QRectF(0, 0, width, LINE * len(lines) + 6)
        box.moveCenter(QPointF(body.center().x(), 0))
        box.moveTop(body.bottom() + 6)
        painter.setPen(style.outline)
        painter.setBrush(style.pill)
        painter.drawRoundedRect(box, 6, 6)
        painter.setFont(style.mono_font)
        for k, (role, text) in enumerate(lines):
            painter.setPen(self._theme.color(role))
            row = QRectF(box.left() + 6, box.top() + 3 + k * LINE, box.width() - 12, LINE)
            words = style.elided(text, style.mono_font, row.width())
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, words)

    def _is_target(self, node: str) -> bool:
        known = self._graph_scene.graph.nodes.get(node)
        return known is not None and known.role is Role.TARGET

    def _paint_rings(self, painter: QPainter, step: OneStep) -> None:
        """Around the nodes that a phase is about: targets for the loss, nodes with weights for the update."""
        if self.shown.phase is StepPhase.LOSS:
            role, wanted = "loss", [n for n in self._graph_scene.nodes if self._is_target(n)]
        elif self.shown.phase is StepPhase.UPDATE:
            role, wanted = "good", [n for n, told in step.nodes.items() if told.weights]
        else:
            return
        painter.setPen(QPen(self._theme.color(role), 3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for node in wanted:
            item = self._graph_scene.nodes.get(node)
            if item is not None:
                body = item.body().translated(item.pos()).adjusted(-4, -4, 4, 4)
                painter.drawRoundedRect(body, RADIUS_NODE + 4, RADIUS_NODE + 4)


class Flow(QObject):
    """Lets a phase run over the canvas; where no motion is wanted, it has run at once. `arrived` follows the end."""

    arrived = Signal()

    def __init__(self, overlay: StepOverlay, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._overlay, self._theme = overlay, theme
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._on_timer_timeout)

    def show(self, step: OneStep, phase: StepPhase, *, still: bool = False) -> None:
        """Begin a phase; `still`: show its end."""
        self._timer.stop()
        self._overlay.measure()
        moves = phase in (StepPhase.FORWARD, StepPhase.BACKWARD)
        if still or not moves or self._theme.motion.settle == 0:
            self._overlay.show_scene(Scene(step, phase, self._end))
            self.arrived.emit()
            return
        self._overlay.show_scene(Scene(step, phase, 0.0))
        self._timer.start()

    def is_moving(self) -> bool:
        """Whether something is under way."""
        return self._timer.isActive()

    def finish(self) -> None:
        """Be there at once."""
        shown = self._overlay.shown
        if self._timer.isActive() and shown.step is not None:
            self.show(shown.step, shown.phase, still=True)

    def clear(self) -> None:
        """Show nothing any more."""
        self._timer.stop()
        self._overlay.show_scene(Scene())

    @property
    def _end(self) -> float:
        return self._overlay.stages + 1.0

    def _on_timer_timeout(self) -> None:
        shown = self._overlay.shown
        stage = min(STAGE_MS, MOST_MS / max(1.0, self._end))
        reached = shown.reached + FRAME_MS / stage
        if reached >= self._end or shown.step is None:
            self._timer.stop()
            self._overlay.show_scene(Scene(shown.step, shown.phase, self._end))
            self.arrived.emit()
        else:
            self._overlay.show_scene(Scene(shown.step, shown.phase, reached))
