"""The window: lays the panels out around the canvas and connects them; it holds no state of its own."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from app.data.bring import local_paths, offer_of
from app.data.drop_overlay import DropOverlay
from app.document import Document
from app.help.dock import HelpDock
from app.help.topic import Topic, topic_at
from app.loading import DataLoader
from app.palette.palette import Palette
from app.palette.shelf import LayerShelf
from app.theme import Theme
from app.training import TrainingController
from app.window.actions import Actions
from app.window.bottom_dock import BottomDock
from app.window.centre import Centre, View
from app.window.data_files import DataFiles
from app.window.files import ProjectFiles
from app.window.messages import MessageBar
from app.window.run_log import RunLog
from app.window.top_bar import TopBar
from app.window.workspace import Workspace
from engine.paths import runs_path
from engine.profiling.profile import Profile
from engine.training.reports import Progress, Started

SIZE = (1400, 850)
LARGEST = (1800, 1100)
SCREEN_SHARE = 0.9
BOTTOM_HEIGHT = 300
INSPECTOR_WIDTH = 316
PALETTE_WIDTH = 230
FILE_WIDTH, SIDE_WIDTH = 264, 348  # of the Data view's left and right side


class MainWindow(QMainWindow):
    """One project at a time: opening another replaces the workspace, the worker and the panels stay."""

    def __init__(self, theme: Theme, document: Document, remembered: QSettings | None = None) -> None:
        super().__init__()
        self.theme = theme
        self.training = TrainingController(self)
        self.loader = DataLoader(self)
        self.files = ProjectFiles(self)
        self.data_files = DataFiles(self, remembered)
        self.actions_ = Actions(theme, self)
        self.top_bar = TopBar(theme, self.actions_.menu)
        self.shelf = LayerShelf(remembered, self)
        self.palette_ = Palette(theme, shelf=self.shelf)
        self.messages = MessageBar(theme)
        self.run_log = RunLog(runs_path(), self)
        self.dock = BottomDock(theme, self.run_log)
        self.help = HelpDock(theme)
        self.remembered = remembered
        self._canvases: QStackedWidget = QStackedWidget()
        self._inspectors: QStackedWidget = QStackedWidget()
        self._lefts: QStackedWidget = QStackedWidget()
        self._tables: QStackedWidget = QStackedWidget()
        self._sizes: dict[View, list[int]] = {}  # of left, middle and right, while the other view is shown
        self._lay_out()
        self.overlay = DropOverlay(theme, self)
        self.workspace = self._make_workspace(document)
        self.actions_.restore_keys()
        self._connect()
        self.run_log.failed.connect(self.messages.say_problem)
        self.run_log.refresh()
        self.setAcceptDrops(True)
        self.resize(self._fitting_size())
        self._restore_layout()
        self._show_title()

    # -- layout ---------------------------------------------------------------------------------
    def _lay_out(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        self._vertical = QSplitter(Qt.Orientation.Vertical)
        self._vertical.addWidget(self._canvases)
        self._vertical.addWidget(self.dock)
        self._vertical.setSizes([SIZE[1] - BOTTOM_HEIGHT - 44, BOTTOM_HEIGHT])
        self._vertical.setStretchFactor(0, 1)
        self._vertical.setStretchFactor(1, 0)
        self.centre = Centre(self.theme, self._tables, self._vertical)
        column.addWidget(self.centre, 1)
        self._lefts.addWidget(self.palette_)
        self._horizontal = QSplitter(Qt.Orientation.Horizontal)
        for widget in (self._lefts, middle, self._inspectors):
            self._horizontal.addWidget(widget)
        self._horizontal.setSizes([PALETTE_WIDTH, SIZE[0] - PALETTE_WIDTH - INSPECTOR_WIDTH, INSPECTOR_WIDTH])
        for index, stretch in enumerate((0, 1, 0)):
            self._horizontal.setStretchFactor(index, stretch)
        for splitter in (self._vertical, self._horizontal):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(True)
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.top_bar)
        rows.addWidget(self._horizontal, 1)
        self.setCentralWidget(page)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.help)

    def _fitting_size(self) -> QSize:
        """Most of the screen, within limits."""
        available = self.screen().availableSize() * SCREEN_SHARE
        return available.boundedTo(QSize(*LARGEST)).expandedTo(QSize(*SIZE))

    def _layout_parts(self) -> dict[str, QMainWindow | QSplitter]:
        return {"window": self, "horizontal": self._horizontal, "vertical": self._vertical}

    def _restore_layout(self) -> None:
        """Put window and panels where they were last time, and show the view that was shown."""
        if self.remembered is None:
            return
        geometry = self.remembered.value("geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        for name, part in self._layout_parts().items():
            state = self.remembered.value(name)
            if isinstance(state, QByteArray):
                part.restoreState(state)
        if self.remembered.value("view") == View.DATA.name:
            self.show_view(View.DATA)

    def _remember_layout(self) -> None:
        if self.remembered is None:
            return
        self.remembered.setValue("geometry", self.saveGeometry())
        self.remembered.setValue("theme", self.theme.mode)
        self.remembered.setValue("view", self.centre.view.name)
        self.show_view(View.NETWORK)  # whose sizes are those that are kept
        for name, part in self._layout_parts().items():
            self.remembered.setValue(name, part.saveState())
        self.remembered.sync()

    # -- the open project -----------------------------------------------------------------------
    def open_document(self, document: Document) -> None:
        """Show another project; the one before is let go, and what was said of it."""
        before = self.workspace
        self.messages.clear()
        self.training.abandon()
        self.dock.curves.forget()
        self.workspace = self._make_workspace(document)
        self.actions_.restore_keys()
        before.close()
        self._show_parts()
        self.dock.profile.ask_again()
        self._show_title()
        self._fit_soon()

    def _make_workspace(self, document: Document) -> Workspace:
        workspace = Workspace(
            self.theme, document, self.training, self.loader, self.centre.taken, self, self.shelf
        )
        self._canvases.addWidget(workspace.canvas)
        self._canvases.setCurrentWidget(workspace.canvas)
        self._inspectors.addWidget(workspace.inspector)
        self.dock.watch(workspace)
        self.top_bar_watch(workspace)
        workspace.said.connect(self.messages.say)
        workspace.help_wanted.connect(self.show_help)
        document.file_changed.connect(self._show_title)
        document.refused.connect(self.messages.say_problem)
        self.actions_.watch(document)
        self.files.watch(workspace)
        return workspace

    # -- data or network --------------------------------------------------------------------------
    def show_view(self, view: View) -> None:
        """Show the data or the network in the middle, with what belongs to it at its sides."""
        before = self.centre.view
        if view is not before:
            self._sizes[before] = self._horizontal.sizes()
        self.centre.show_view(view)
        self._show_parts()
        if view is not before:
            total = sum(self._horizontal.sizes())
            usual = [FILE_WIDTH, total - FILE_WIDTH - SIDE_WIDTH, SIDE_WIDTH]
            self._horizontal.setSizes(self._sizes.get(view, usual))
        self._focus_view()

    def _focus_view(self) -> None:
        workspace = self.workspace
        shown = workspace.data_view.table if self.centre.view is View.DATA else workspace.canvas.view
        shown.setFocus()

    def _show_parts(self) -> None:
        workspace = self.workspace
        if self.centre.view is View.NETWORK:
            workspace.desk.rest()
            self._lefts.setCurrentWidget(self.palette_)
            self._inspectors.setCurrentWidget(workspace.inspector)
            return
        data = workspace.data_view
        if self._tables.indexOf(data.middle) < 0:
            self._take_data_view(workspace)
        self._lefts.setCurrentWidget(data.left)
        self._tables.setCurrentWidget(data.middle)
        self._inspectors.setCurrentWidget(data.right)
        workspace.desk.wake()

    def _take_data_view(self, workspace: Workspace) -> None:
        """The Data view of a project is shown for the first time."""
        data = workspace.data_view
        self._lefts.addWidget(data.left)
        self._tables.addWidget(data.middle)
        self._inspectors.addWidget(data.right)
        data.find_wanted.connect(self.data_files.find)
        data.file_wanted.connect(self.data_files.ask_for_file)
        data.folder_wanted.connect(self.data_files.ask_for_folder)
        data.left.recent_wanted.connect(self._on_recent_wanted)
        data.network_wanted.connect(self._on_network_wanted)
        self._show_recent()

    def _show_recent(self) -> None:
        if self._tables.indexOf(self.workspace.data_view.middle) >= 0:
            self.workspace.data_view.left.set_recent(self.data_files.recent.paths())

    def _on_recent_wanted(self, path: str) -> None:
        self.data_files.use(Path(path))

    def _on_network_wanted(self) -> None:
        self.show_view(View.NETWORK)
        self._fit_soon()

    def top_bar_watch(self, workspace: Workspace) -> None:
        """Let the bar at the top speak for this project."""
        run = workspace.run
        run.begun.connect(lambda started, _on: self.top_bar.show_started(started))
        run.progressed.connect(self.top_bar.show_progress)
        run.ended.connect(self.top_bar.show_ended)
        run.failed.connect(lambda failed: self.messages.say_problem(failed.sentence, failed.detail))
        run.refused.connect(self.messages.say_problem)
        run.waiting.connect(self.top_bar.show_reading)
        run.refused.connect(lambda _sentence: self.top_bar.show_no_data())
        run.begun.connect(self._on_run_begun)
        run.progressed.connect(self._on_run_progressed)
        run.ended.connect(self.run_log.end)

    def _connect(self) -> None:
        bar = self.top_bar
        bar.train_clicked.connect(self._on_top_bar_train_clicked)
        bar.pause_clicked.connect(self.training.pause)
        bar.step_clicked.connect(self.step)
        bar.stop_clicked.connect(self.training.stop)
        bar.search_clicked.connect(self.actions_.show_commands)
        self.palette_.layer_activated.connect(self._on_palette_layer_activated)
        self.training.state_changed.connect(self._on_training_state_changed)
        self.training.worker_ready.connect(bar.show_devices)
        self.training.preparing.connect(bar.show_preparing)
        self.training.cancelled.connect(bar.show_cancelled)
        self.training.noticed.connect(self.messages.say_problem)
        self.dock.problems.node_chosen.connect(self._on_problem_node_chosen)
        profile = self.dock.profile
        profile.node_chosen.connect(self._on_problem_node_chosen)
        profile.wanted.connect(self._on_profile_wanted)
        profile.shown.connect(self._on_profile_shown)
        profile.refused.connect(self.messages.say_problem)
        self.centre.view_wanted.connect(self.show_view)
        self.data_files.recent_changed.connect(self._show_recent)
        self.training.profiled.connect(profile.show_profile)
        self.training.profile_failed.connect(profile.show_problem)

    def train_or_pause(self) -> None:
        """What the main button does now."""
        self.top_bar.train.click()

    def step(self) -> None:
        """Train on one batch."""
        self.show_view(View.NETWORK)
        self.workspace.run.step()

    def show_help(self, topic: Topic | None = None) -> None:
        """Open the reference at a topic, else at what has the keyboard, else at what is selected."""
        focus = QApplication.focusWidget()
        found = topic or topic_at(focus) or self.workspace.inspector.help_topic()
        self.help.show_topic(found, focus)

    def _on_top_bar_train_clicked(self) -> None:
        self.show_view(View.NETWORK)
        self.workspace.run.train()

    def _on_palette_layer_activated(self, name: str) -> None:
        self.workspace.canvas.add_from_palette(name)

    def _on_problem_node_chosen(self, node: str) -> None:
        self.workspace.choose(node)

    def _on_profile_wanted(self, on: bool) -> None:
        self.workspace.run.set_profiling(on)

    def _on_profile_shown(self, profile: Profile | None) -> None:
        self.workspace.mark_slowest(profile)

    def _on_training_state_changed(self, _state: object) -> None:
        state = self.training.state
        self.top_bar.set_state(state, resumable=self.workspace.run.resumable)
        self.workspace.on_state(state)

    def _on_run_begun(self, started: Started, _goes_on: bool) -> None:
        self.messages.clear()
        document = self.workspace.document
        settings = {"data": document.data, "training": document.training}
        dumped = {name: value.model_dump(mode="json") for name, value in settings.items()}
        self.run_log.begin(self.project_name(), started, dumped)

    def _on_run_progressed(self, progress: Progress, _steps_per_epoch: float) -> None:
        self.run_log.add(progress)

    def project_name(self) -> str:
        """How the project is called: its file, else its title."""
        document = self.workspace.document
        return document.path.name if document.path else document.title or self.tr("New project")

    def _show_title(self) -> None:
        document = self.workspace.document
        name = self.project_name()
        mark = " •" if document.is_dirty else ""
        self.setWindowTitle(f"{name}{mark} - Layerloom")
        self.top_bar.project.setText(f"{name}{mark}")

    def _fit_soon(self) -> None:
        """Bring the whole network into view, once the canvas has its size."""
        QTimer.singleShot(0, self.workspace.canvas.view, self.workspace.canvas.view.fit)

    # -- events ---------------------------------------------------------------------------------
    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self._fit_soon()
            self._focus_view()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        offer = offer_of(local_paths(event.mimeData()))
        if offer is not None:
            event.acceptProposedAction()
            self.overlay.show_offer(offer)
            self.data_files.expect()

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.overlay.hide()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self.overlay.hide()
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.data_files.bring(paths)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_leave():
            event.ignore()
            return
        self._remember_layout()
        self.files.close()
        self.workspace.close()
        self.training.close()
        self.loader.close()
        self.run_log.close()
        event.accept()
