"""Decides which layers are looked into: the chosen one in large, those on the canvas in small, and for which example."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from typing_extensions import override

from app.canvas import CanvasPanel
from app.document import Document
from app.inside.images import images_of
from app.inside.section import InsideSection
from app.training import TrainingController
from app.window.run_control import RunControl
from engine.data.bundle import DataBundle
from engine.layers.base import Role
from engine.training.inside.example import SIDE, example_of, is_plane, plane_of, rows_to_show
from engine.training.inside.records import Inside, InsideSeen
from engine.training.inside.views import TileKind

if TYPE_CHECKING:
    from app.inside.units_section import UnitsSection

CANVAS, PANEL = "canvas", "panel"
CANVAS_EVERY, PANEL_EVERY = 0.1, 1 / 30  # seconds
MOST_NODES = 40  # with pictures of their own
SETTLE_MS = 60  # of selections and scrolling
GONE = "The run does not have this layer; train, or undo the change of the network, to look into it."
NO_PLANE = (0, 0)


class InsideWatcher(QObject):
    """Asks the worker for what can be seen, and hands it to nodes and the section."""

    def __init__(
        self,
        document: Document,
        run: RunControl,
        canvas: CanvasPanel,
        section: InsideSection,
        make_units: "Callable[[], UnitsSection]",
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document, self._run, self._canvas, self._section = document, run, canvas, section
        self._make_units = make_units
        self._units: UnitsSection | None = None
        self._training: TrainingController = run.training
        self._chosen = ""
        self._place = 0  # of the example among the rows to show
        self._pictured: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._ask)
        self._links = [
            run.begun.connect(self._ask_soon),
            run.bundle_changed.connect(self._on_bundle_changed),
            run.seen.connect(self._on_seen),
            section.step_wanted.connect(self._on_step_wanted),
            canvas.view.looked_at.connect(self._ask_soon),
        ]
        for bar in (canvas.view.horizontalScrollBar(), canvas.view.verticalScrollBar()):
            self._links += [
                bar.valueChanged.connect(self._ask_soon),
                bar.rangeChanged.connect(self._ask_soon),
            ]
        canvas.view.installEventFilter(self)

    def close(self) -> None:
        """Watch no longer."""
        self._timer.stop()
        for link in self._links:
            QObject.disconnect(link)

    def choose(self, ids: Sequence[str]) -> None:
        """These nodes are selected."""
        nodes = self._document.graph.nodes
        hidden = [i for i in ids if i in nodes and nodes[i].role is Role.HIDDEN]
        chosen = hidden[0] if len(hidden) == 1 == len(ids) else ""
        if chosen != self._chosen:
            self._chosen = chosen
            self._section.clear()
            if self._units is not None:
                self._units.set_node("", None)
            self._ask_soon()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Resize):
            self._ask_soon()
        return super().eventFilter(watched, event)

    # -- asking -----------------------------------------------------------------------------------
    def _ask_soon(self, *_: object) -> None:
        self._timer.start()

    def _ask(self) -> None:
        bundle = self._run.bundle
        if bundle is None:
            return
        plane = (SIDE, SIDE) if is_plane(bundle) else NO_PLANE
        inputs = plane_of(bundle) if plane != NO_PLANE else example_of(bundle, self._row(bundle))
        self._ask_units(bundle)
        wishes = [Inside(CANVAS, self._visible(), inputs, plane, every_s=CANVAS_EVERY)]
        if self._chosen:
            wishes.append(Inside(PANEL, (self._chosen,), inputs, plane, large=True, every_s=PANEL_EVERY))
        rows = rows_to_show(bundle)
        text = "" if plane != NO_PLANE else f"{self._place + 1:,} / {len(rows):,}"
        self._section.set_example(text)
        self._training.set_insides(tuple(w for w in wishes if w.nodes))

    def _ask_units(self, bundle: DataBundle) -> None:
        """What the section of the units wants, once there is a run to look into."""
        if not self._training.has_run:
            return
        if self._units is None:
            if not self._chosen:
                return
            self._units = self._make_units()
            self._units.wants_changed.connect(self._ask_soon)
            self._run.pictured.connect(self._units.show_answer)
        self._units.set_node(self._chosen, bundle)
        self._training.watch(CANVAS, wishes=self._units.wishes())

    def _visible(self) -> tuple[str, ...]:
        """Layers between data and target that can be seen on the canvas, in the order of the graph."""
        view = self._canvas.view
        if not view.isVisible() or view.window().isMinimized():
            return ()
        seen = view.mapToScene(view.viewport().rect()).boundingRect()
        items, nodes = self._canvas.scene.nodes, self._document.graph.nodes.values()
        return tuple(
            n.id
            for n in nodes
            if n.role is Role.HIDDEN and (n.id not in items or seen.intersects(items[n.id].body()))
        )[:MOST_NODES]

    def _row(self, bundle: DataBundle) -> int:
        rows = rows_to_show(bundle)
        self._place %= max(1, len(rows))
        return rows[self._place]

    def _on_step_wanted(self, step: int) -> None:
        self._place += step
        self._ask_soon()

    def _on_bundle_changed(self, _bundle: object) -> None:
        self._place = 0
        for node in self._pictured:
            self._canvas.scene.set_thumbnails(node, [])
        self._pictured.clear()
        self._section.clear()
        if self._units is not None:
            self._units.set_node("", None)

    # -- showing ----------------------------------------------------------------------------------
    def _on_seen(self, seen: InsideSeen) -> None:
        bundle = self._run.bundle
        plane = bundle is not None and is_plane(bundle)
        if seen.name == PANEL:
            layer = seen.layers.get(self._chosen)
            if layer is not None:
                self._section.show_layer(layer, plane=plane, step=seen.step)
            elif self._chosen:
                self._section.say(seen.sentence or self.tr(GONE))
            return
        for node, layer in seen.layers.items():
            maps = next((t for t in layer.outputs.values() if t.kind is TileKind.MAPS), None)
            if maps is not None and node in self._document.graph.nodes:
                self._pictured.add(node)
                self._canvas.scene.set_thumbnails(node, images_of(maps, plane=plane))
