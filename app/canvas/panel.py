"""The middle of the window: the canvas, the strip with the costs above it, the minimap in its corner."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.canvas.editor import GraphEditor
from app.canvas.facts import Badge, cost_text
from app.canvas.live_inference import LiveInference
from app.canvas.minimap import Minimap
from app.canvas.scene import GraphScene
from app.canvas.view import GraphView
from app.palette.shelf import LayerShelf
from app.theme import SPACE, Theme
from app.undo import EditStack
from app.widgets import Chip
from engine.graph.diagnostics import Diagnostic, Severity
from engine.graph.document import Edge, ModelGraph
from engine.graph.inference import Inference, can_connect
from engine.tensor.spec import Shape, TensorSpec, format_shape

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


class CanvasPanel(QWidget):
    """Canvas of one document. `selected` carries the ids of the selected nodes.

    `close_document` ends all watching; call it before the panel is thrown away.
    """

    selected = Signal(list)

    def __init__(
        self,
        theme: Theme,
        stack: EditStack,
        inference: LiveInference,
        parent: QWidget | None = None,
        shelf: LayerShelf | None = None,
    ) -> None:
        super().__init__(parent)
        self.inference = inference
        self.editor = GraphEditor(stack, self._rule, self, self._arriving, self._leaving)
        self.scene = GraphScene(stack.graph, theme, self)
        self.view = GraphView(self.scene, self.editor, theme, self, shelf)
        self.strip = Chip(theme, parent=self)
        self.minimap = Minimap(self.view, theme, self)
        self.strip.hide()
        self._strip_left = 4 * SPACE
        self.scene.selection_settled.connect(self._on_scene_selection_settled)
        self.view.remedy_wanted.connect(self._on_view_remedy_wanted)
        inference.inferred.connect(self._on_inference_inferred)
        self.setFocusProxy(self.view)

    def set_strip(self, text: str) -> None:
        """The line above the canvas: parameters, multiply-adds, memory, time a step."""
        self.strip.set_text(text)
        self.strip.setVisible(bool(text))
        self.strip.resize(self.strip.sizeHint())

    def set_strip_left(self, left: int) -> None:
        """Where the strip begins: something else may stand before it."""
        self._strip_left = left
        self.strip.move(left, 3 * SPACE)

    def add_from_palette(self, name: str) -> None:
        """Puts a layer behind the selected node, or in the middle of the view."""
        selected = self.scene.selected_nodes()
        node = self.editor.add_layer_after(name, selected, self.view.center_place())
        if node is not None:
            self.view.show_node(node)

    def close_document(self) -> None:
        """Ends watching the document."""
        self.inference.inferred.disconnect(self._on_inference_inferred)
        self.view.shut()

    @override
    def sizeHint(self) -> QSize:
        return QSize(900, 560)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.view.setGeometry(self.rect())
        self.strip.move(self._strip_left, 3 * SPACE)
        self.minimap.move(
            self.width() - self.minimap.width() - 4 * SPACE, self.height() - self.minimap.height() - 4 * SPACE
        )

    def _rule(self, graph: ModelGraph, edge: Edge, without: Edge | None) -> str | None:
        return can_connect(graph, edge, self.inference.now(), without)

    def _arriving(self, node: str) -> tuple[Shape, ...] | None:
        facts = self.inference.now().nodes.get(node)
        return None if facts is None else tuple(spec.shape for spec in facts.inputs)

    def _leaving(self, node: str, port: str) -> TensorSpec | None:
        return self.inference.now().specs.get((node, port))

    def _on_scene_selection_settled(self) -> None:
        self.selected.emit(self.scene.selected_nodes())

    def _on_view_remedy_wanted(self, node: str) -> None:
        problem = worst_problems(self.inference.now().at(node)).get(node)
        if problem is not None and problem.remedy is not None:
            self.editor.apply(problem.remedy.edit)

    def _on_inference_inferred(self, found: Inference) -> None:
        self.scene.set_shapes(
            {port: format_shape(spec.shape).replace(" ", "") for port, spec in found.specs.items()}
        )
        self.scene.set_costs({i: cost_text(n.parameters, n.multiply_adds) for i, n in found.nodes.items()})
        self.scene.set_badges(badges(found.diagnostics))
        self.view.refresh_callout()


def badges(diagnostics: Iterable[Diagnostic]) -> Mapping[str, Badge]:
    """The badge of each node that has a problem: the worst one's."""
    return {node: _badge(problem) for node, problem in worst_problems(diagnostics).items()}


def worst_problems(diagnostics: Iterable[Diagnostic]) -> dict[str, Diagnostic]:
    """The worst problem of each node that has one; of equal ones the first."""
    worst: dict[str, Diagnostic] = {}
    for problem in sorted(diagnostics, key=lambda each: _RANK[each.severity]):
        if problem.node:
            worst.setdefault(problem.node, problem)
    return worst


def _badge(problem: Diagnostic) -> Badge:
    remedy = problem.remedy.label if problem.remedy is not None else ""
    return Badge(problem.severity.value, problem.sentence, remedy)
