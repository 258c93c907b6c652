"""What belongs to one open project: its canvas, its inspector, its run."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from app.canvas import Badge, CanvasPanel, Caption
from app.data.desk import DataDesk
from app.doctor.remarks import CanvasMarks, Remarks, badges_of
from app.document import Document
from app.i18n import declared, said
from app.inside.page import LayerPage
from app.inside.section import InsideSection
from app.inside.watcher import InsideWatcher
from app.inspector import Inspector
from app.inspector.group_page import GroupPage
from app.loading import DataLoader
from app.palette.shelf import LayerShelf
from app.slices import Slices
from app.theme import Theme
from app.timeline.machine import TimeMachine
from app.training import TrainingController, TrainState
from app.widgets.later_page import LaterPage
from app.window.cost_strip import CostStrip
from app.window.run_control import RunControl
from app.window.settings_pages import DataPage, TrainingPage, document_options
from app.window.weights_page import WeightsPage
from engine.data.bundle import DataBundle
from engine.data.preview import preview
from engine.data.registry import datasets
from engine.graph.document import Node
from engine.graph.edits import GraphEdit
from engine.graph.targets import task_of
from engine.layers.base import Role
from engine.objectives.registry import find_loss
from engine.profiling.advice import SLOWED
from engine.profiling.profile import Profile
from engine.tensor.spec import Array
from engine.training.doctor.observation import Halted
from engine.training.reports import Ended, Progress, Snapshot

if TYPE_CHECKING:
    from app.data.view import DataView
    from app.inside.units_section import UnitsSection
    from app.many.finder import RateFinder

THUMBNAILS = 5
MARKED = 3  # of the slowest layers
WORTH_A_MARK = 0.1  # of a step


class Workspace(QObject):
    """The parts of the window that change when another project is opened."""

    said = Signal(str)
    help_wanted = Signal(object)  # Topic
    closing = Signal()

    def __init__(
        self,
        theme: Theme,
        document: Document,
        training: TrainingController,
        loader: DataLoader,
        strip_left: int = 0,
        parent: QObject | None = None,
        shelf: LayerShelf | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._strip_left = strip_left
        self.document = document
        self.desk = DataDesk(document, self)
        self._data_view: DataView | None = None
        self._data_parts = Slices(self)  # which make it
        self.canvas = CanvasPanel(theme, document.stack, document.live, shelf=shelf)
        self.canvas.set_strip_left(strip_left)
        self.canvas.view.options = document_options(document)
        self.costs = CostStrip(document, self.canvas, training, self)
        self._data_page = LaterPage(self._make_data_page)
        self._training_page = TrainingPage(theme, document)
        self._finder = LaterPage(self._make_finder)
        self._training_page.put_below(self._finder)
        self._weights_page = WeightsPage(theme, document)
        self.inside = InsideSection(theme)
        self._layer_page = LayerPage(self.inside, self._weights_page)
        self.units: UnitsSection | None = None
        self._group_page = GroupPage(theme)
        self.inspector = Inspector(
            theme, document.stack, document.live, options=document_options(document), extra=self._extra
        )
        self.run = RunControl(document, training, loader, self)
        self._watcher = InsideWatcher(document, self.run, self.canvas, self.inside, self._make_units, self)
        self.past = TimeMachine(training, self)
        self.remarks = Remarks(training, self)
        self._marks = CanvasMarks(self.canvas.scene)
        self.remarks.changed.connect(self._on_remarks_changed)
        self.remarks.halted.connect(self._on_halted)
        training.snapshot_taken.connect(self._on_snapshot_taken)
        self._last: dict[str, float] = {}
        self.canvas.selected.connect(self.inspector.show_nodes)
        self.canvas.selected.connect(self._watcher.choose)
        self.canvas.level_changed.connect(self._on_canvas_level_changed)
        self._group_page.open_wanted.connect(self.canvas.levels.open)
        document.graph.node_changed.connect(self._on_graph_node_changed)
        self.canvas.view.refused.connect(document.refused)
        self.canvas.view.help_wanted.connect(self.help_wanted)
        self.inspector.help_wanted.connect(self.help_wanted)
        self.inspector.node_added.connect(self.choose)
        document.inferred.connect(self._on_inferred)
        document.data_described.connect(self._on_data_described)
        self.run.bundle_changed.connect(self._on_bundle_changed)
        self.run.progressed.connect(self._on_progressed)
        self.run.ended.connect(self._on_ended)
        self._on_data_described()

    @property
    def data_view(self) -> "DataView":
        """The Data view; made when it is wanted first, where nobody expected it."""
        self.expect_data_view()
        self._data_parts.finish()
        assert self._data_view is not None
        return self._data_view

    def expect_data_view(self) -> None:
        """Make the Data view part by part, for it takes several frames."""
        if self._data_view is None and not self._data_parts.is_busy():
            self._data_parts.start(self._make_data_view())

    def _make_data_view(self) -> Iterator[None]:
        from app.data.prepare_panel import PreparePanel  # the start of the window need not pay for them
        from app.data.proposal_card import ProposalCard
        from app.data.view import DataView

        page = self._make_data_page(beside_card=True)
        yield
        self._data_view = DataView(self._theme, self.document, self.desk, page, self._strip_left, self)
        yield
        card = ProposalCard(self._theme, self.document, self.desk)
        self._data_view.right.set_card(card)
        card.used.connect(self._data_view.network_wanted)
        self.run.bundle_changed.connect(card.set_bundle)
        card.set_bundle(self.run.bundle)
        yield
        prepare = PreparePanel(self._theme, self.document, self.desk)
        self._data_view.right.set_prepare(prepare)
        self._data_view.role_menu_wanted.connect(prepare.open_role_menu)

    def choose(self, node: str) -> None:
        """Select a node and bring it into view."""
        self.canvas.go_to(node)
        self.canvas.view.pulse.begin(node)

    def choose_data(self) -> None:
        """Select the node where the data enters, if there is one."""
        sources = self._with_role(Role.SOURCE)
        if sources:
            self.choose(sources[0])

    @property
    def finder(self) -> "RateFinder":
        """What looks for a learning rate."""
        return self._finder.page

    def _make_finder(self) -> "RateFinder":
        from app.many.finder import RateFinder  # the start of the window need not pay for it

        return RateFinder(self._theme, self.document, self.run.training.workers)

    def find_rate(self) -> None:
        """Show the training settings and look for a learning rate."""
        self.canvas.scene.clearSelection()
        self.inspector.show_nodes([])
        self.finder.begin()

    def open_variant(self, edit: GraphEdit, snapshot: Snapshot) -> None:
        """Make the network that of a variant, with its weights; what runs is not disturbed."""
        if self.run.training.state in (TrainState.RUNNING, TrainState.STARTING):
            self.said.emit(self.tr("The network trains. Pause or stop it, then click a variant to open it."))
        elif self.document.push(edit):
            self.run.adopt(snapshot)

    def mark_slowest(self, profile: Profile | None) -> None:
        """Mark the layers that take most of a step; none, where nobody looks at that."""
        shares: dict[str, float] = {}
        if profile is not None and profile.in_parts and profile.slowdown <= SLOWED:
            shares = {layer.node: profile.share(layer) for layer in profile.layers[:MARKED] if layer.node}
        words = self.tr("Takes {share:.0f} % of a step.")
        slow = {n: Badge("info", words.format(share=100 * s)) for n, s in shares.items() if s >= WORTH_A_MARK}
        self._marks.set("slow", slow)

    def _on_remarks_changed(self) -> None:
        self._marks.set("run", badges_of(self.remarks.observations))

    def _on_halted(self, halted: Halted) -> None:
        self.said.emit(said(halted.observation.sentence))
        if halted.observation.node in self.document.graph.nodes:
            self.choose(halted.observation.node)

    def on_state(self, state: TrainState) -> None:
        """Say what became of the worker."""
        if state is TrainState.DIED:
            fate = self.tr("Press Resume to go on from step {step:,}.") if self.run.resumable else ""
            step = self.run.training.snapshot.step if self.run.training.snapshot else 0
            lost = self.tr("The training process ended unexpectedly. Your work is safe.")
            self.said.emit(f"{lost} {fate.format(step=step)}".strip())

    def _make_data_page(self, *, beside_card: bool = False) -> DataPage:
        page = DataPage(self._theme, self.document, beside_card=beside_card)
        page.train_wanted.connect(self._on_train_wanted)
        return page

    def _on_train_wanted(self) -> None:
        """Train along with a drawing, where there is something to learn and a network for it; else say nothing."""
        if self.document.data_spec is not None and self.document.inference.ok:
            self.run.train_anew()

    def close(self) -> None:
        """Let go of everything that watches the document."""
        self.closing.emit()
        if self._finder.is_made:
            self.finder.close_study()
        self.desk.close()
        self._data_parts.stop()
        if self._data_view is not None:
            self._data_view.close()
        self.run.training.snapshot_taken.disconnect(self._on_snapshot_taken)
        self.run.close()
        self.costs.close()
        self.document.graph.node_changed.disconnect(self._on_graph_node_changed)
        self.canvas.close_document()
        self.document.close()
        self.canvas.deleteLater()
        self.inspector.deleteLater()
        self._data_page.deleteLater()
        self._training_page.deleteLater()
        self._layer_page.deleteLater()
        self._group_page.deleteLater()
        self.document.deleteLater()
        self.deleteLater()

    def _make_units(self) -> "UnitsSection":
        """How the units of a layer do; made once there is something to look into."""
        from app.inside.units_section import UnitsSection

        self.units = UnitsSection(self._theme)
        self._layer_page.insert_part(1, self.units)
        return self.units

    def _on_snapshot_taken(self) -> None:
        self._weights_page.set_snapshot(self.run.state_for_file())

    def _on_canvas_level_changed(self) -> None:
        level = self.canvas.level
        self.inspector.look_at(level.stack, level.inference)

    def _on_graph_node_changed(self, _node: Node) -> None:
        self.inspector.refresh_extra()  # what is shown of a group changes with it

    def _extra(self, nodes: Sequence[Node]) -> QWidget | None:
        """What the inspector shows beside a layer's own settings."""
        level = self.canvas.level
        around = level.around()
        if len(nodes) == 1 and self._group_page.show_node(level.editor, nodes[0]):
            return self._group_page
        if not nodes and around is not None:
            return self._group_page if self._group_page.show_node(*around, inside=True) else None
        if not nodes:
            return self._training_page
        if around is None and all(node.role is Role.SOURCE for node in nodes):
            return self._data_page
        if len(nodes) != 1:
            return None
        self._weights_page.setVisible(self._weights_page.show_node(nodes[0].id))
        return self._layer_page

    # -- captions on the canvas -----------------------------------------------------------------
    def _with_role(self, role: Role) -> list[str]:
        return [node.id for node in self.document.graph.nodes.values() if node.role is role]

    def _on_inferred(self, _inference: object) -> None:
        self._caption_sources()

    def _on_data_described(self, _spec: object = None) -> None:
        self._last.clear()
        self._caption_sources()

    def _caption_sources(self) -> None:
        data, spec = self.document.data, self.document.data_spec
        record = datasets().get(data.dataset)
        title = (
            data.path.rsplit("/", 1)[-1] if data.path else declared(record.title) if record else data.dataset
        )
        if self.document.is_dataless:
            title = self.tr("no data yet")
        subtitle = self.tr("{count:,} examples").format(count=spec.counts.total) if spec else ""
        if self.document.data_problem and data.path and not Path(data.path).exists():
            subtitle = self.tr("not found")
        for node in self._with_role(Role.SOURCE):
            self.canvas.scene.set_caption(node, Caption(title, subtitle))
        score = self._score()
        for node in self._with_role(Role.TARGET):
            self.canvas.scene.set_caption(node, Caption(subtitle=self._loss_of(node), footer=score))

    def _loss_of(self, node: str) -> str:
        """The loss in few words, also where the settings say `auto`."""
        layer = self.document.graph.nodes[node].layer
        feature = self.document.features.get(getattr(layer, "target", ""))
        loss = getattr(layer, "loss", None)
        if feature is None or loss is None:
            return ""
        try:
            found = find_loss(loss, task_of(feature))
            return declared(found.brief or found.title())
        except ValueError:
            return ""  # the problems list says what is wrong with it

    def _score(self) -> str:
        accuracy = self._last.get("val_accuracy", self._last.get("accuracy"))
        if accuracy is not None:
            return self.tr("{share:.1f} % right").format(share=100 * accuracy)
        loss = self._last.get("val_loss", self._last.get("loss"))
        return self.tr("loss {loss:.4g}").format(loss=loss) if loss is not None else ""

    def _on_bundle_changed(self, bundle: DataBundle | None) -> None:
        images = [_image(pixels) for pixels in preview(bundle, THUMBNAILS)] if bundle is not None else []
        for node in self._with_role(Role.SOURCE):
            self.canvas.scene.set_thumbnails(node, images)

    def _on_progressed(self, progress: Progress, _steps_per_epoch: float) -> None:
        if progress.epochs:
            self._last = dict(progress.epochs[-1].values)
            self._caption_sources()

    def _on_ended(self, ended: Ended) -> None:
        self._last = dict(ended.values)
        self._caption_sources()
        if ended.sentence:
            self.said.emit(ended.sentence)
        if ended.node in self.document.graph.nodes:
            self.choose(ended.node)


def _image(pixels: Array) -> QImage:
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    return QImage(pixels.tobytes(), width, height, width * channels, kind).copy()
