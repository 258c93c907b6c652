"""The undo stack as it is seen from inside a group: edits go to the document, and what is shown follows it."""

from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, Signal

from app.undo import Edits, EditStack
from engine.graph.document import ModelGraph, Node
from engine.graph.edits import Compound, EditError, GraphEdit
from engine.graph.inside import Inside, opened, sync, unfold
from engine.tensor.spec import Shape

Arriving = Callable[[str], tuple[Shape, ...] | None]


class InsideStack(QObject):
    """Edits of the inside of one node; `gone` is emitted when the node is no more, or has no known inside any longer.

    What is inside a ready block depends on what arrives there: `follow` shows it anew where that has changed.

    Args:
        above: the edits of the graph that the node is in.
        node_id: of the group or ready block.
        arriving: shapes that arrive at a node of that graph, where they are known.

    Raises:
        EditError: there is no inside that could be shown; the sentence says why.
    """

    gone = Signal()

    def __init__(self, above: Edits, node_id: str, arriving: Arriving, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.node_id = node_id
        self.above = above
        self._arriving = arriving
        self.graph = self._read()
        above.graph.node_changed.connect(self._on_above_node_changed)
        above.graph.node_removed.connect(self._on_above_node_removed)

    @property
    def root(self) -> EditStack:
        """The undo stack of the document."""
        return self.above.root

    @property
    def node(self) -> Node:
        """The node whose inside this is."""
        return self.above.graph.nodes[self.node_id]

    def push_edit(self, edit: GraphEdit, merge_key: Hashable | None = None) -> None:
        """Make an edit of the inside; the first one of a ready block makes it a group.

        Raises:
            EditError: the document refuses it, or what is inside is no longer known; nothing is changed.
        """
        if self._is_outdated():
            sync(self.graph, self._read())
        inside: GraphEdit = Inside(self.node_id, edit)
        if self._first is not None:
            self.above.push_edit(Compound((self._first, inside), edit.label))
        else:
            key = None if merge_key is None else ("inside", self.node_id, merge_key)
            self.above.push_edit(inside, key)

    def undo(self) -> None:
        """Take the last step of the document back."""
        self.root.undo()

    def redo(self) -> None:
        """Do the next step of the document again."""
        self.root.redo()

    def follow(self, _inference: object = None) -> None:
        """Show what is inside a ready block as it is with what arrives now."""
        if self._is_outdated():
            self._show_or_go()

    def close(self) -> None:
        """End watching the document."""
        self.above.graph.node_changed.disconnect(self._on_above_node_changed)
        self.above.graph.node_removed.disconnect(self._on_above_node_removed)

    def _is_outdated(self) -> bool:
        """Whether other shapes arrive at a ready block than those that its inside was made for."""
        return self._first is not None and self._arriving(self.node_id) != self._shapes

    def _read(self) -> ModelGraph:
        """The inside as it is now; raises EditError where there is none."""
        shapes = self._arriving(self.node_id)
        group, self._first = opened(self.above.graph, self.node_id, shapes)
        self._shapes = shapes
        return unfold(group, self.node_id)

    def _show_or_go(self) -> None:
        try:
            inside = self._read()
        except EditError:
            self.gone.emit()
            return
        sync(self.graph, inside)

    def _on_above_node_changed(self, node: Node) -> None:
        if node.id == self.node_id:
            self._show_or_go()

    def _on_above_node_removed(self, node: Node) -> None:
        if node.id == self.node_id:
            self.gone.emit()
