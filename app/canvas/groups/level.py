"""One level of the canvas: the network as a whole or the inside of a group, with what it takes to show and edit it."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, Signal

from app.canvas.editor import GraphEditor
from app.canvas.facts import Badge, cost_text, node_title, shape_words
from app.canvas.groups.inference import InsideInference
from app.canvas.groups.stack import InsideStack
from app.canvas.live_inference import LiveInference
from app.canvas.node_words import gives_words, wires_words
from app.canvas.scene import GraphScene
from app.i18n import said
from app.palette.shelf import LayerShelf
from app.theme import Theme
from app.undo import Edits
from engine.graph.diagnostics import Diagnostic, Severity
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.inference import Inference, can_connect
from engine.layers.base import Role
from engine.tensor.spec import Shape, TensorSpec, format_shape

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


class Level(QObject):
    """A graph with its edits, what is known of it, its scene and its editor. `shown` follows each new inference."""

    shown = Signal()

    def __init__(
        self,
        theme: Theme,
        stack: Edits,
        inference: LiveInference,
        parent: QObject | None = None,
        shelf: LayerShelf | None = None,
    ) -> None:
        super().__init__(parent)
        self.stack = stack
        self.inference = inference
        self.editor = GraphEditor(stack, self._rule, self, self._arriving, self._leaving, shelf)
        self.scene = GraphScene(stack.graph, theme, self)
        inference.inferred.connect(self._on_inference_inferred)

    @property
    def node_id(self) -> str:
        """Of the group whose inside this is; "" for the network as a whole."""
        return self.stack.node_id if isinstance(self.stack, InsideStack) else ""

    def title(self) -> str:
        """What the group is called; "" for the network as a whole."""
        if not isinstance(self.stack, InsideStack):
            return ""
        node = self.stack.above.graph.nodes.get(self.stack.node_id)
        return node_title(node) if node is not None else ""

    def around(self) -> tuple[GraphEditor, Node] | None:
        """The editor of the graph that the open group is in, and its node; None for the network as a whole."""
        above = self.parent()
        if not isinstance(self.stack, InsideStack) or not isinstance(above, Level):
            return None
        node = above.stack.graph.nodes.get(self.stack.node_id)
        return None if node is None else (above.editor, node)

    def open(self, theme: Theme, node_id: str) -> "Level":
        """The level inside a node.

        Raises:
            EditError: there is nothing inside that could be shown.
        """
        stack = InsideStack(self.stack, node_id, self._arriving)
        inference = InsideInference(stack.graph, self.inference, self.stack.graph, node_id, stack)
        level = Level(theme, stack, inference, self, self.editor.shelf)
        stack.setParent(level)
        self.inference.inferred.connect(stack.follow)
        level.editor.above = self.editor
        level.show_inference(inference.now())
        return level

    def close(self) -> None:
        """Ends watching."""
        self.inference.inferred.disconnect(self._on_inference_inferred)
        self.scene.close()
        if isinstance(self.stack, InsideStack):
            above = self.parent()
            assert isinstance(above, Level)
            above.inference.inferred.disconnect(self.stack.follow)
            self.inference.close()
            self.stack.close()

    def worst_problem(self, node: str) -> Diagnostic | None:
        """What is shown at a node."""
        return worst_problems(self.inference.now().at(node)).get(node)

    def explain(self, node: str) -> str:
        """What a node gives, costs and is wired to, in words."""
        graph = self.stack.graph
        words = (*gives_words(self.inference.now().nodes.get(node)), *wires_words(graph, graph.nodes[node]))
        return ", ".join(words)

    def show_inference(self, found: Inference) -> None:
        """Shows shapes, costs and problems on the canvas."""
        words = {spec: _in_words(spec) for spec in set(found.specs.values())}  # few of many outputs differ
        self.scene.set_shapes({port: words[spec] for port, spec in found.specs.items()})
        nodes = self.scene.graph.nodes
        inner = {i: n for i, n in found.nodes.items() if i in nodes and nodes[i].role is Role.HIDDEN}
        self.scene.set_costs({i: cost_text(n.parameters, n.multiply_adds) for i, n in inner.items()})
        self.scene.set_badges(badges(found.diagnostics))
        self.scene.words.want()

    def _on_inference_inferred(self, found: Inference) -> None:
        self.show_inference(found)
        self.shown.emit()

    def _rule(self, graph: ModelGraph, edge: Edge, without: Edge | None) -> str | None:
        return can_connect(graph, edge, self.inference.now(), without)

    def _arriving(self, node: str) -> tuple[Shape, ...] | None:
        facts = self.inference.now().nodes.get(node)
        return None if facts is None else tuple(spec.shape for spec in facts.inputs)

    def _leaving(self, node: str, port: str) -> TensorSpec | None:
        return self.inference.now().specs.get((node, port))


def _in_words(spec: TensorSpec) -> tuple[str, str]:
    """What flows in a wire: in short, and with the names of its axes."""
    return format_shape(spec.shape).replace(" ", ""), shape_words(spec)


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
    remedy = said(problem.remedy.label) if problem.remedy is not None else ""
    return Badge(problem.severity.value, said(problem.sentence), remedy)
