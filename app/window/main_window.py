"""A window: lays the panels out around the canvas and connects them; what windows share is in `windows.py`."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMetaObject, QObject, QPoint, QSettings, QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.data.bring import local_paths, offer_of
from app.data.drop_overlay import DropOverlay
from app.document import Document
from app.help.dock import HelpDock
from app.help.topic import Topic, topic_at
from app.lessons.actions import watch_teaching
from app.lessons.desk import LessonDesk
from app.loading import DataLoader
from app.outline.dock import OutlineDock
from app.palette.palette import Palette
from app.theme import Theme
from app.training import TrainingController
from app.window.actions import Actions
from app.window.bottom_dock import BottomDock
from app.window.centre import Centre, View
from app.window.data_files import DataFiles
from app.window.files import ProjectFiles
from app.window.greeting import Greeting
from app.window.messages import MessageBar
from app.window.place import BOTTOM_HEIGHT, Place
from app.window.project_tab import ProjectTab, Shared
from app.window.project_tabs import ProjectTabs
from app.window.sides import DATA, NETWORK, SideSplitter
from app.window.top_bar import TopBar
from app.window.windows import Windows
from app.window.windows_menu import fill_moves
from app.window.workspace import Workspace
from engine.graph.document import ModelGraph

if TYPE_CHECKING:
    from app.crash.page import CrashPage
    from app.crash.report import Report
    from app.data.view import DataView

SIZE = (1400, 850)
LARGEST = (1800, 1100)
SCREEN_SHARE = 0.9


class MainWindow(QMainWindow):
    """Several projects, one in front: its parts are shown, those of the others wait in the same places."""

    def __init__(
        self,
        theme: Theme,
        first: Document | ProjectTab | None,
        remembered: QSettings | None = None,
        windows: Windows | None = None,
    ) -> None:
        """A window on its first project, which may come from another window; without one, on the welcome page.

        `windows` are those that it is one of; without them it is the first.
        """
        super().__init__()
        self.theme = theme
        self.remembered = remembered
        self.number = 0
        self.windows = windows if windows is not None else Windows(theme, remembered)
        self._unasked = False  # whether it closes without asking
        self.files = ProjectFiles(self, self.windows.recovery, remembered)
        self.data_files = DataFiles(self, remembered)
        self.actions_ = Actions(theme, self)
        self.top_bar = TopBar(theme, self.actions_.menu)
        self.shelf = self.windows.shelf
        self.palette_ = Palette(theme, shelf=self.shelf)
        self.run_log = self.windows.run_log
        self.help = HelpDock(theme)
        self.outline = OutlineDock(theme)
        self._canvases: QStackedWidget = QStackedWidget()
        self._docks: QStackedWidget = QStackedWidget()
        self._inspectors: QStackedWidget = QStackedWidget()
        self._lefts: QStackedWidget = QStackedWidget()
        self._tables: QStackedWidget = QStackedWidget()
        self._dragged: dict[View, list[int] | None] = {}  # left, middle, right, while the other view is shown
        self._links: dict[ProjectTab, list[QMetaObject.Connection]] = {}
        self._shown_data: dict[ProjectTab, DataView] = {}
        self._lay_out()
        self.overlay = DropOverlay(theme, self)
        self.tabs = ProjectTabs(self.top_bar.projects, self._shared(), self)
        self._connect()
        self.lessons = LessonDesk(self, remembered)
        watch_teaching(self)
        self.number = self.windows.add(self)
        if isinstance(first, ProjectTab):
            self.tabs.take(first)
        else:
            self.tabs.open(first or Document(ModelGraph()), welcoming=first is None)
        self.setAcceptDrops(True)
        self.resize(self._fitting_size())
        self.place.restore()

    def _shared(self) -> Shared:
        windows = self.windows
        taken = self.centre.taken
        return Shared(self.theme, windows.workers, self.run_log, self.shelf, windows.recovery, taken)

    # -- the project in front -------------------------------------------------------------------
    def folder_of_files(self) -> Path:
        """Where dialogs for files begin, see `app.places`."""
        return self.files.folder()

    def note_folder(self, folder: Path) -> None:
        """A file was opened or saved there."""
        self.tabs.current.folder = folder

    @property
    def workspace(self) -> Workspace:
        """Canvas, inspector and run of the project in front."""
        return self.tabs.current.workspace

    @property
    def training(self) -> TrainingController:
        """The training of the project in front."""
        return self.tabs.current.training

    @property
    def loader(self) -> DataLoader:
        """What reads the data of the project in front."""
        return self.tabs.current.loader

    @property
    def messages(self) -> MessageBar:
        """The line that says what happened in the project in front."""
        return self.tabs.current.messages

    @property
    def dock(self) -> BottomDock:
        """The dock below the canvas of the project in front."""
        return self.tabs.current.dock

    # -- layout ---------------------------------------------------------------------------------
    def _lay_out(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._vertical = QSplitter(Qt.Orientation.Vertical)
        self._vertical.addWidget(self._canvases)
        self._vertical.addWidget(self._docks)
        self._vertical.setSizes([SIZE[1] - BOTTOM_HEIGHT - 44, BOTTOM_HEIGHT])
        self._vertical.setStretchFactor(0, 1)
        self._vertical.setStretchFactor(1, 0)
        self.centre = Centre(self.theme, self._tables, self._vertical)
        column.addWidget(self.centre, 1)
        self._lefts.addWidget(self.palette_)
        self._horizontal = SideSplitter((self._lefts, middle, self._inspectors))
        self.place = Place(self, self._horizontal, self._vertical)
        for splitter in (self._vertical, self._horizontal):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(True)
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        self.setMenuWidget(self.top_bar)  # over the docks at the sides, too
        self._sentences = QVBoxLayout()  # of all projects; those behind hide theirs
        rows.addLayout(self._sentences)
        body: QStackedWidget = QStackedWidget()
        body.addWidget(self._horizontal)
        self.greeting = Greeting(self, body)
        rows.addWidget(body, 1)
        self.setCentralWidget(page)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.help)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.outline)

    def sides(self) -> tuple[QWidget, QWidget, QWidget]:
        """What stands to the left, to the right and below the middle."""
        return self._lefts, self._inspectors, self._docks

    def _fitting_size(self) -> QSize:
        """Most of the screen, within limits."""
        available = self.screen().availableSize() * SCREEN_SHARE
        return available.boundedTo(QSize(*LARGEST)).expandedTo(QSize(*SIZE))

    # -- projects -------------------------------------------------------------------------------
    def open_document(self, document: Document) -> ProjectTab:
        """Show another project, in a tab of its own or in the place of an untouched one."""
        tab = self.tabs.open(document)
        tab.fit_soon()
        return tab

    def _on_tab_added(self, tab: ProjectTab) -> None:
        workspace = tab.workspace
        self._canvases.addWidget(workspace.canvas)
        self._docks.addWidget(tab.dock)
        self._inspectors.addWidget(workspace.inspector)
        self._sentences.addWidget(tab.messages)
        self.top_bar.add_run(tab.run_bar)
        tab.file.window = self.number
        self.actions_.move_out.setEnabled(len(self.tabs) > 1)
        self._links[tab] = [
            tab.changed.connect(self._on_tab_changed),
            tab.messages.details_wanted.connect(self.show_details),
            tab.help_wanted.connect(self.show_help),
            tab.run_bar.train_clicked.connect(self._on_train_clicked),
            tab.run_bar.step_clicked.connect(self.step),
            tab.run_bar.train_on_clicked.connect(self.train_on),
        ]

    def _on_tab_left(self, tab: ProjectTab) -> None:
        tab.view = self.centre.view

    def _on_tab_chosen(self, tab: ProjectTab) -> None:
        self._canvases.setCurrentWidget(tab.workspace.canvas)
        self._docks.setCurrentWidget(tab.dock)
        self.top_bar.show_run(tab.run_bar)
        self.outline.watch(tab.workspace.canvas)
        self.actions_.watch(tab.document)
        self.actions_.restore_keys()
        self.show_view(tab.view)
        self._on_tab_changed()

    def _on_tab_changed(self) -> None:
        self._show_title()
        self.greeting.show_for(self.tabs.current)

    def _on_tab_removed(self, tab: ProjectTab) -> None:
        for link in self._links.pop(tab, ()):
            QObject.disconnect(link)
        self.actions_.move_out.setEnabled(len(self.tabs) > 1)
        self._canvases.removeWidget(tab.workspace.canvas)
        self._docks.removeWidget(tab.dock)
        self._inspectors.removeWidget(tab.workspace.inspector)
        self._sentences.removeWidget(tab.messages)
        self.top_bar.remove_run(tab.run_bar)
        data = self._shown_data.pop(tab, None)
        if data is not None:
            for stack, part in ((self._lefts, data.left), (self._tables, data.middle)):
                stack.removeWidget(part)
            self._inspectors.removeWidget(data.right)

    # -- data or network --------------------------------------------------------------------------
    def show_view(self, view: View) -> None:
        """Show the data or the network in the middle, with what belongs to it at its sides."""
        before = self.centre.view
        self._dragged[before] = self._horizontal.dragged()
        self.centre.show_view(view)
        self._show_parts()
        if view is not before:
            self._horizontal.take(DATA if view is View.DATA else NETWORK, self._dragged.get(view))
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
        tab = self.tabs.current
        self._shown_data[tab] = data
        self._links[tab] += [
            data.find_wanted.connect(self.data_files.find),
            data.file_wanted.connect(self.data_files.ask_for_file),
            data.folder_wanted.connect(self.data_files.ask_for_folder),
            data.left.recent_wanted.connect(self._on_recent_wanted),
            data.network_wanted.connect(self._on_network_wanted),
        ]
        self._show_recent()

    def _show_recent(self) -> None:
        if self._tables.indexOf(self.workspace.data_view.middle) >= 0:
            self.workspace.data_view.left.set_recent(self.data_files.recent.paths())

    def _on_recent_wanted(self, path: str) -> None:
        self.data_files.use(Path(path))

    def _on_network_wanted(self) -> None:
        self.show_view(View.NETWORK)
        self.tabs.current.fit_soon()

    def _connect(self) -> None:
        self.top_bar.search_clicked.connect(self.actions_.show_commands)
        projects = self.top_bar.projects
        projects.new_wanted.connect(self.files.welcome)
        projects.close_wanted.connect(lambda place: self.files.close_tab(self.tabs[place]))
        projects.others_wanted.connect(lambda place: self.files.close_others(self.tabs[place]))
        projects.menu_opened.connect(self._on_project_menu_opened)
        projects.torn_out.connect(self._on_project_torn_out)
        self.tabs.added.connect(self._on_tab_added)
        self.tabs.left.connect(self._on_tab_left)
        self.tabs.chosen.connect(self._on_tab_chosen)
        self.tabs.removed.connect(self._on_tab_removed)
        self.palette_.layer_activated.connect(self._on_palette_layer_activated)
        if self.shelf.groups is not None:
            self.shelf.groups.refused.connect(self._on_groups_refused)
        self.centre.view_wanted.connect(self.show_view)
        self.data_files.recent_changed.connect(self._show_recent)

    def _on_groups_refused(self, sentence: str) -> None:
        if self.windows.front is self:
            self.workspace.document.refused.emit(sentence)

    # -- other windows --------------------------------------------------------------------------
    def move_project(self, tab: ProjectTab | None = None, end: "MainWindow | None" = None) -> None:
        """Take a project, else the one in front, to another window, else to a new one."""
        self.windows.move(tab or self.tabs.current, self, end)

    def _on_project_menu_opened(self, place: int, menu: QMenu) -> None:
        fill_moves(self, self.tabs[place], menu)

    def _on_project_torn_out(self, place: int, where: QPoint) -> None:
        """A tab was dragged out of its bar: onto another window, or to where a new one is to be."""
        tab, there = self.tabs[place], self.windows.at(where)
        if there is not None and there is not self:
            self.move_project(tab, there)
        elif there is None and len(self.tabs) == 1:
            self.place.lie_at(where)
        elif len(self.tabs) > 1:
            self.windows.move(tab, self).place.lie_at(where)

    def train_or_pause(self) -> None:
        """What the main button does now."""
        self.top_bar.train.click()

    def train_on(self) -> None:
        """Go on with the run that has ended."""
        self.show_view(View.NETWORK)
        self.workspace.run.train_on()

    def step(self) -> None:
        """Train on one batch."""
        self.show_view(View.NETWORK)
        self.workspace.run.step()

    def show_help(self, topic: Topic | None = None) -> None:
        """Open the reference at a topic, else at what has the keyboard, else at what is selected."""
        focus = QApplication.focusWidget()
        found = topic or topic_at(focus) or self.workspace.inspector.help_topic()
        self.help.show_topic(found, focus)

    def _on_train_clicked(self) -> None:
        self.tabs.current.begin_work()
        self.show_view(View.NETWORK)
        self.workspace.run.train()

    def _on_palette_layer_activated(self, name: str) -> None:
        self.workspace.canvas.add_from_palette(name)

    def stop(self) -> None:
        """End the training of the project in front."""
        self.training.stop()

    # -- faults ---------------------------------------------------------------------------------
    def _fault_page(self) -> "CrashPage":
        from app.crash.page import CrashPage  # mostly nobody needs it

        page = self.findChild(CrashPage)
        return page if isinstance(page, CrashPage) else CrashPage(self.theme, self)

    def show_fault(self, report: "Report") -> None:
        """A fault of ours happened: show what is known of it."""
        self._fault_page().show_fault(report)

    def show_details(self, sentence: str, detail: str) -> None:
        """Show what is known of something that was said in one sentence."""
        self._fault_page().show_details(sentence, detail)

    def show_last_words(self, words: str) -> None:
        """Layerloom ended by itself last time."""
        self._fault_page().show_last_words(words)

    def project_name(self) -> str:
        """How the project in front is called."""
        return self.tabs.current.name

    def _show_title(self) -> None:
        mark = " •" if self.tabs.current.is_unsaved else ""
        self.setWindowTitle(f"{self.project_name()}{mark} - Layerloom")

    # -- events ---------------------------------------------------------------------------------
    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.tabs.current.fit_soon()
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
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.windows.note_front(self)
            self.files.recent_changed.emit()  # another window, or another program, may have opened something

    def close_unasked(self) -> None:
        """Close; its projects have been asked for, or are gone."""
        self._unasked = True
        self.close()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._unasked and not self.files.may_quit():
            event.ignore()
            return
        self.place.remember()
        self.tabs.close_all()
        self.files.close()
        self.windows.remove(self)
        event.accept()
