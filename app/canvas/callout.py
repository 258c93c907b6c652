"""The sentence beside a node that something is wrong with, while the pointer is over it or it is selected."""

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QGraphicsView

from app.canvas.geometry import NODE_WIDTH
from app.canvas.hint import HintItem
from app.canvas.node_item import NodeItem
from app.canvas.scene import GraphScene
from app.canvas.viewport import Viewport

_ROLES = {"error": "bad", "warning": "warn", "info": "accent"}
_GAP = 8.0


class Callout(HintItem):
    """Says what the badge of a node means; `node_id` is the node it speaks of."""

    def __init__(self, scene: GraphScene) -> None:
        super().__init__(scene.look)
        self._graph_scene = scene
        self.node_id = ""
        scene.addItem(self)

    def refresh(self, view: Viewport) -> None:
        """Speaks of the node under the pointer, else of the one that is selected; of none where nothing is wrong."""
        scene = self._graph_scene
        hovered, selected = scene.hovered, scene.selected_nodes()
        item = hovered if isinstance(hovered, NodeItem) and hovered.badge is not None else None
        if item is None and len(selected) == 1:
            item = scene.nodes[selected[0]]
        badge = item.badge if item is not None else None
        if item is None or badge is None:
            self.hide()
            return
        self.node_id = item.node.id
        place = item.pos() + QPointF(NODE_WIDTH + _GAP / view.transform().m11(), 0)
        self.show_at(place, badge.sentence, badge.remedy, _ROLES[badge.severity], above=True)
        self.keep_inside(view, view.covered_above)

    def offers_remedy_at(self, view: QGraphicsView, place: QPoint) -> bool:
        """Whether a point of the view is on the words of the remedy."""
        return self.is_remedy_at(QPointF(place - view.mapFromScene(self.pos())))
