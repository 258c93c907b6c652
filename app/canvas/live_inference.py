"""Keeps what is known of the network (shapes, costs, problems) up with the document.

Several edits in one go (paste, undo of a deletion) are looked at once, when control is back in the event loop.
Places and settings of the project matter to advice and its remedies alone: when they change, others are told only if
that made a difference.
"""

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal

from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.features import FeatureSpec
from engine.graph.inference import Inference, infer


class LiveInference(QObject):
    """`inferred` carries the `Inference` of the document after each burst of edits that could matter to it."""

    inferred = Signal(object)

    def __init__(
        self,
        graph: ModelGraph,
        features: Mapping[str, FeatureSpec] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._graph = graph
        self._features = dict(features or {})
        self._known: Inference | None = None
        self._before: Inference | None = None
        self._told: Inference | None = None  # known to others, where only places or sections changed since
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timer_timeout)
        graph.node_added.connect(self._on_graph_node)
        graph.node_removed.connect(self._on_graph_node)
        graph.node_changed.connect(self._on_graph_node)
        graph.edge_added.connect(self._on_graph_edge)
        graph.edge_removed.connect(self._on_graph_edge)
        graph.nodes_moved.connect(self._on_graph_nodes_moved)
        graph.section_changed.connect(self._on_graph_section_changed)
        self._timer.start()

    @property
    def features(self) -> Mapping[str, FeatureSpec]:
        """What the chosen data has."""
        return self._features

    def set_features(self, features: Mapping[str, FeatureSpec]) -> None:
        """Other data was chosen."""
        self._features = dict(features)
        self._outdate()

    def now(self) -> Inference:
        """What is known at this moment, the latest edit included."""
        if self._known is None:
            self._known = self._before = infer(self._graph, self._features, self._before)
        return self._known

    def close(self) -> None:
        """Ends watching the document."""
        self._timer.stop()
        self._graph.node_added.disconnect(self._on_graph_node)
        self._graph.node_removed.disconnect(self._on_graph_node)
        self._graph.node_changed.disconnect(self._on_graph_node)
        self._graph.edge_added.disconnect(self._on_graph_edge)
        self._graph.edge_removed.disconnect(self._on_graph_edge)
        self._graph.nodes_moved.disconnect(self._on_graph_nodes_moved)
        self._graph.section_changed.disconnect(self._on_graph_section_changed)

    def _outdate(self) -> None:
        self._known = self._told = None
        self._timer.start()

    def _doubt(self) -> None:
        """Look again, and tell of it only if something is different."""
        if not self._timer.isActive():
            self._told = self._known
        self._known = None
        self._timer.start()

    def _on_graph_node(self, node: Node) -> None:
        self._outdate()

    def _on_graph_edge(self, edge: Edge) -> None:
        self._outdate()

    def _on_graph_nodes_moved(self, _ids: tuple[str, ...]) -> None:
        self._doubt()

    def _on_graph_section_changed(self, _key: str) -> None:
        self._doubt()

    def _on_timer_timeout(self) -> None:
        found, told = self.now(), self._told
        self._told = None
        if found != told:
            self.inferred.emit(found)
