"""Nodes that glide to where the document says they are now, so that the eye can follow a new layout."""

from collections.abc import Mapping

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QVariantAnimation

from app.canvas.scene import GraphScene
from app.theme import Theme


class Glide(QObject):
    """Shows nodes on their way; the document is there already. Without motion they are, too."""

    def __init__(self, scene: GraphScene, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scene = scene
        self._theme = theme
        self._ways: dict[str, tuple[QPointF, QPointF]] = {}
        self._animation = QVariantAnimation(self)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._animation.valueChanged.connect(self._show)
        self._animation.finished.connect(self._on_animation_finished)

    def places(self) -> dict[str, QPointF]:
        """Where all nodes are shown now: where a glide begins."""
        return {node_id: item.pos() for node_id, item in self._scene.nodes.items()}

    def begin(self, before: Mapping[str, QPointF]) -> None:
        """Lets the nodes that have moved since `before` glide from there."""
        self.end()
        places = self.places()
        self._ways = {i: (before[i], there) for i, there in places.items() if before.get(i, there) != there}
        if self._ways and self._theme.motion.settle > 0:
            self._animation.setDuration(self._theme.motion.settle)
            self._show(0.0)
            self._animation.start()

    def is_under_way(self) -> bool:
        """Whether nodes are shown on their way."""
        return self._animation.state() is QVariantAnimation.State.Running

    def end(self) -> None:
        """Shows all where they are."""
        if self.is_under_way():
            self._animation.stop()
            self._show(1.0)
            self._on_animation_finished()

    def _on_animation_finished(self) -> None:
        """Wires run straight while their nodes are on the way; they may have to go around others now."""
        self._scene.reroute([i for i in self._ways if i in self._scene.nodes])

    def _show(self, share: object) -> None:
        part, nodes = float(str(share)), self._scene.graph.nodes
        places = {
            i: start + (there - start) * part
            for i, (start, there) in self._ways.items()
            if i in nodes and nodes[i].position == (there.x(), there.y())  # not moved meanwhile
        }
        self._scene.move_nodes(places)
