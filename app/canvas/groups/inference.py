"""What is known of the inside of an open group, with the shapes that really flow into it."""

from PySide6.QtCore import QObject

from app.canvas.live_inference import LiveInference
from engine.graph.document import ModelGraph
from engine.graph.inference import Inference, infer
from engine.graph.inside import features_inside


class InsideInference(LiveInference):
    """`LiveInference` of the inside of a node; what arrives there is known from that of the graph around it."""

    def __init__(
        self,
        graph: ModelGraph,
        above: LiveInference,
        around: ModelGraph,
        node_id: str,
        parent: QObject | None = None,
    ) -> None:
        self._above, self._around, self._node = above, around, node_id
        super().__init__(graph, {}, parent)
        above.inferred.connect(self._on_above_inferred)

    def now(self) -> Inference:
        """What is known at this moment, the latest edit anywhere included."""
        features = features_inside(self._around, self._above.now(), self._node)
        if features != self._features:
            self._features, self._known = features, None
        if self._known is None:
            self._known = self._before = infer(self._graph, self._features, self._before, part=True)
        return self._known

    def close(self) -> None:
        """Ends watching."""
        self._above.inferred.disconnect(self._on_above_inferred)
        super().close()

    def _on_above_inferred(self, _found: object) -> None:
        self._timer.start()
