"""A ring around a node that somebody is led to, which pulses twice: the eye finds what moves."""

from typing import Final

from PySide6.QtCore import QEasingCurve, QObject, QTimer, QVariantAnimation
from PySide6.QtGui import QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from app.canvas.gestures import OVERLAY
from app.canvas.scene import GraphScene
from app.theme import RADIUS_NODE, Theme

_PULSES: Final = 3
_PULSE_MS: Final = 520
_REACH: Final = 14.0
_STEADY: Final = 4.0


class Pulse(QObject):
    """Points a node out; where no motion is wanted, the ring stands still for the same time."""

    def __init__(self, scene: GraphScene, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scene = scene
        self._theme = theme
        self.node_id = ""
        self.ring = QGraphicsPathItem()
        self.ring.setZValue(OVERLAY)
        self.ring.hide()
        scene.addItem(self.ring)
        self._animation = QVariantAnimation(self)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._animation.setDuration(_PULSE_MS)
        self._animation.setLoopCount(_PULSES)
        self._animation.valueChanged.connect(self._show)
        self._animation.finished.connect(self.end)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.end)

    def begin(self, node_id: str) -> None:
        """Points out this node, and no other."""
        self.end()
        if node_id not in self._scene.nodes:
            return
        self.node_id = node_id
        if self._theme.motion.settle > 0:
            self._show(0.0)
            self._animation.start()
        else:
            self._draw(_STEADY, 1.0)
            self._timer.start(_PULSES * _PULSE_MS)

    def is_moving(self) -> bool:
        """Whether the ring moves."""
        return self._animation.state() is QVariantAnimation.State.Running

    def end(self) -> None:
        """Shows no ring."""
        self._timer.stop()
        self._animation.stop()
        self.ring.hide()
        self.node_id = ""

    def _show(self, share: object) -> None:
        part = float(str(share))
        self._draw(2 + _REACH * part, 1.0 - 0.85 * part)

    def _draw(self, reach: float, opacity: float) -> None:
        item = self._scene.nodes.get(self.node_id)
        if item is None:
            self.ring.hide()
            return
        role = {"error": "bad", "warning": "warn"}.get(item.badge.severity if item.badge else "", "accent")
        pen = QPen(self._theme.color(role), 3)
        pen.setCosmetic(True)
        self.ring.setPen(pen)
        self.ring.setOpacity(opacity)
        body = item.body().translated(item.pos())
        path, radius = QPainterPath(), RADIUS_NODE + reach
        path.addRoundedRect(body.adjusted(-reach, -reach, reach, reach), radius, radius)
        self.ring.setPath(path)
        self.ring.show()
