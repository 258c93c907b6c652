"""The middle of the window: the canvas, the strip with the costs above it, the minimap in its corner."""

from functools import partial

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.canvas.editor import GraphEditor
from app.canvas.empty import EmptyCanvas
from app.canvas.groups.crumbs import Crumbs
from app.canvas.groups.level import Level
from app.canvas.groups.levels import Levels
from app.canvas.live_inference import LiveInference
from app.canvas.minimap import Minimap
from app.canvas.view import GraphView
from app.palette.shelf import LayerShelf
from app.theme import SPACE, Theme
from app.undo import EditStack, first_added
from app.widgets import Chip


class CanvasPanel(QWidget):
    """Canvas of one document. `selected` carries the ids of the selected nodes; in an open group they are paths.

    `level_changed` is emitted after a group was opened or left.

    `close_document` ends all watching; call it before the panel is thrown away.
    """

    selected = Signal(list)
    level_changed = Signal()

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
        shelf = shelf or LayerShelf(parent=self)
        ground = Level(theme, stack, inference, self, shelf)
        self.scene = ground.scene
        self.view = GraphView(ground.scene, ground.editor, theme, self, shelf)
        self.view.explain = self._explain
        self.levels = Levels(self.view, ground, theme, self)
        self.crumbs = Crumbs(theme, self)
        self.strip = Chip(theme, tone="dim", parent=self)
        self.empty = EmptyCanvas(theme, self.view)
        self.minimap = Minimap(self.view, theme, self)
        self.strip.hide()
        self._strip_left = 4 * SPACE
        self._watch()
        self.view.node_activated.connect(self._on_view_node_activated)
        self.view.remedy_wanted.connect(self._on_view_remedy_wanted)
        self.levels.changed.connect(self._on_levels_changed)
        self.crumbs.chosen.connect(self.levels.go_up)
        self.setFocusProxy(self.view)

    def _watch(self) -> None:
        """Listens to the level that is shown."""
        self._links = [
            self.level.scene.selection_settled.connect(self._on_selection_settled),
            self.level.shown.connect(self._on_level_shown),
        ]

    @property
    def level(self) -> Level:
        """What is shown: the network as a whole, or the inside of a group."""
        return self.levels.current

    @property
    def editor(self) -> GraphEditor:
        """Edits what is shown."""
        return self.level.editor

    def _explain(self, node_id: str) -> str:
        return self.level.explain(node_id)

    def go_to(self, place: str) -> None:
        """Selects a node, by its path where it is inside groups, and brings it into view."""
        self.levels.go_to(place)

    def set_strip(self, text: str) -> None:
        """The line above the canvas: parameters, multiply-adds, memory, time a step."""
        self.strip.set_text(text)
        self.strip.setVisible(bool(text))
        self._place_strip()

    def set_strip_left(self, left: int) -> None:
        """Where the strip begins: something else may stand before it."""
        self._strip_left = left
        self._place_strip()

    def _place_strip(self) -> None:
        """The way to an open group stands before the strip."""
        self.crumbs.adjustSize()
        self.crumbs.move(self._strip_left, 3 * SPACE)
        beside = self.crumbs.width() + 2 * SPACE if self.crumbs.isVisibleTo(self) else 0
        self.strip.move(self._strip_left + beside, 3 * SPACE)
        room = self.width() - self.strip.x() - 2 * SPACE
        self.strip.resize(self.strip.width_in(max(room, 0)), self.strip.sizeHint().height())
        self.view.covered_above = self.strip.geometry().bottom() if self.strip.isVisibleTo(self) else 0

    def add_from_palette(self, name: str) -> None:
        """Puts a layer behind the selected node, or in the middle of the view."""
        selected = self.view.graph_scene.selected_nodes()
        node = self.editor.add_layer_after(name, selected, self.view.center_place())
        if node is not None:
            self.view.show_node(node)

    def close_document(self) -> None:
        """Ends watching the document."""
        self.view.shut()
        self.levels.shut()

    @override
    def sizeHint(self) -> QSize:
        return QSize(900, 560)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.view.setGeometry(self.rect())
        self._place_strip()
        self.minimap.move(
            self.width() - self.minimap.width() - 4 * SPACE, self.height() - self.minimap.height() - 4 * SPACE
        )
        self.minimap.step_aside()

    def _on_selection_settled(self) -> None:
        self.selected.emit(self.view.graph_scene.selected_nodes())

    def _on_view_node_activated(self, node: str) -> None:
        self.levels.open(node)

    def _on_view_remedy_wanted(self, node: str) -> None:
        problem = self.level.worst_problem(node)
        if problem is None or problem.remedy is None:
            return
        remedy = partial(self.editor.apply, problem.remedy.edit)
        made = first_added(lambda: self.editor.graph.nodes, remedy)
        if made is not None:
            self.go_to(made)  # it may lie beyond what is in view
            self.view.pulse.begin(made)

    def _on_level_shown(self) -> None:
        self.view.refresh_callout()

    def _on_levels_changed(self) -> None:
        self.crumbs.show_levels([level.title() for level in self.levels.all()])
        for link in self._links:
            QObject.disconnect(link)
        self._watch()
        self._place_strip()
        self.level_changed.emit()
        self._on_selection_settled()
