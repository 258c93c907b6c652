"""New, open, save, examples, recovery: what the menu does with files. Nothing is lost without having been asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, QStandardPaths, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.data.recent import PROJECTS, Recent
from app.document import Document
from app.exchange.networks import ForeignNetworks, open_filter
from app.exchange.sharing import SharedProjects
from app.exchange.weights import LooseWeights
from app.i18n import declared, together
from app.places import name_of_file
from app.window.autosave import autosave_minutes
from app.window.wishes import wished_device
from engine.formats.errors import FormatError
from engine.formats.examples import examples
from engine.formats.project import LoadedProject, load_project
from engine.formats.recovery import Recovery, RecoveryStore
from engine.formats.sections import TRAINING
from engine.graph.document import ModelGraph
from engine.graph.edits import SetSection
from engine.training.settings import TrainingSettings

if TYPE_CHECKING:
    from app.window.main_window import MainWindow
    from app.window.project_tab import ProjectTab

PROJECT_FILTER = "Layerloom (*.loom)"
MOST_RECENT = 10
MINUTE_MS = 60_000


class ProjectFiles(QObject):
    """The files of a window's projects. `recent_changed` follows each that is opened or saved."""

    recent_changed = Signal()

    def __init__(self, window: "MainWindow", recovery: RecoveryStore, remembered: QSettings | None) -> None:
        super().__init__(window)
        self._window = window
        self._recovery = recovery
        self._remembered = remembered
        self.recent = Recent(remembered, PROJECTS, MOST_RECENT)
        self.foreign = ForeignNetworks(window)
        self.weights = LooseWeights(window)
        self.shared = SharedProjects(window)
        self._autosave = QTimer(self)
        self._autosave.setInterval(MINUTE_MS)
        self._autosave.timeout.connect(self.autosave)
        self._minutes = 0
        self._autosave.start()

    @property
    def _tab(self) -> "ProjectTab":
        return self._window.tabs.current

    # -- opening --------------------------------------------------------------------------------
    def new(self) -> None:
        """An empty canvas."""
        self._window.open_document(Document(self._made(ModelGraph())))

    def welcome(self) -> None:
        """A tab with the welcome page; the one that is there already, if there is one."""
        for tab in self._window.tabs:
            if tab.welcoming:
                self._window.tabs.choose(tab)
                return
        self._window.tabs.open(Document(ModelGraph()), welcoming=True, instead=False)

    def open(self) -> None:
        """Ask for a project file and open it."""
        path, _ = QFileDialog.getOpenFileName(
            self._window, self.tr("Open a project"), str(self.folder()), open_filter()
        )
        if path:
            self.open_path(Path(path))

    def open_path(self, path: Path) -> bool:
        """Open a project file in a tab, or go to its tab; False, and a sentence in the window, if it can't be read."""
        path = path.absolute()
        if self.foreign.reads(path):
            self.foreign.open_path(path)
            return True
        if self._window.windows.choose_path(path):
            return True
        try:
            project = load_project(path)
        except FormatError as error:
            self._window.messages.say_problem(str(error))
            self.recent.remove_if_gone(str(path))
            self.recent_changed.emit()
            return False
        if project.data is None:
            self.show_project(path, project)
        else:
            self.shared.open_with_data(path, project)
        return True

    def show_project(self, path: Path, project: LoadedProject) -> None:
        """A project that was read from its file, in a tab."""
        tab = self._window.open_document(Document(project.graph, path))
        tab.file.take(project)
        if project.lesson:
            self._window.lessons.take(tab, project.lesson)
        self._note_recent(path)
        if project.warnings:
            tab.messages.say_problem(together(*project.warnings))
        elif project.data is not None:
            tab.messages.clear()

    def open_example(self, name: str) -> None:
        """Open a bundled example as a new project."""
        example = examples()[name]
        self._open_made(example.graph, declared(example.title))

    def open_template(self, name: str) -> None:
        """Open a network for a common task, ready for data of one's own."""
        from app.welcome.templates import templates  # the start of the window need not pay for it

        template = templates()[name]
        self._open_made(template.graph, declared(template.title))

    def _open_made(self, make: Callable[[], ModelGraph], title: str) -> None:
        document = Document(self._made(make()))
        document.title = title
        self._window.open_document(document)

    def _made(self, graph: ModelGraph) -> ModelGraph:
        """A new project, on the device that the user prefers for new ones."""
        device = wished_device(self._remembered)
        settings = graph.sections.get(TRAINING, TrainingSettings())
        if device != "auto" and isinstance(settings, TrainingSettings):
            SetSection(TRAINING, settings.model_copy(update={"device": device})).apply(graph)
        return graph

    def _note_recent(self, path: Path) -> None:
        self.recent.add(str(path))
        self.recent_changed.emit()

    # -- saving ---------------------------------------------------------------------------------
    def save(self, tab: "ProjectTab | None" = None) -> bool:
        """Save where the project came from; ask if it has no file yet."""
        tab = tab or self._tab
        path = tab.document.path
        return self.save_as(tab) if path is None else self.save_to(path, tab)

    def save_as(self, tab: "ProjectTab | None" = None) -> bool:
        """Ask for a place and save there."""
        tab = tab or self._tab
        place = tab.document.path or self.folder() / f"{name_of_file(tab.name)}.loom"
        path, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save the project"), str(place), PROJECT_FILTER
        )
        return bool(path) and self.save_to(Path(path).with_suffix(".loom"), tab)

    def folder(self) -> Path:
        """Where the last file of the project in front is, else the last project, else what the user has written."""
        tab, recent = self._tab, self.recent.paths()
        if tab.folder is not None:
            return tab.folder
        if tab.document.path is not None:
            return tab.document.path.parent
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        return Path(recent[0]).parent if recent else Path(documents)

    def save_to(self, path: Path, tab: "ProjectTab | None" = None) -> bool:
        """Save; False, and a sentence in the window, if it can't be written."""
        saved = (tab or self._tab).file.save_to(path)
        if saved:
            self._note_recent(path.absolute())
            (tab or self._tab).folder = path.absolute().parent
        return saved

    def autosave(self) -> None:
        """A minute is over: save those that have a file, if the user wants that."""
        every = autosave_minutes(self._remembered)
        self._minutes += 1
        if every and self._minutes >= every:
            self._minutes = 0
            for tab in self._window.tabs:
                if tab.document.path is not None and tab.is_unsaved:
                    tab.file.save_to(tab.document.path)

    # -- closing --------------------------------------------------------------------------------
    def close_tab(self, tab: "ProjectTab | None" = None) -> bool:
        """Close a project, where the user lets it go; after the last one the welcome page is there."""
        tab = tab or self._tab
        if not self.may_leave(tab):
            return False
        if len(self._window.tabs) == 1:
            self._window.tabs.open(Document(ModelGraph()), welcoming=True, instead=False)
        self._window.tabs.close(tab)
        return True

    def close_others(self, kept: "ProjectTab") -> None:
        """Close all projects but one, until the user wants to keep another."""
        for tab in self._window.tabs:
            if tab is not kept and not self.close_tab(tab):
                return

    def may_leave(self, tab: "ProjectTab") -> bool:
        """Whether a project may be let go: it is saved and does not train, or the user says so."""
        if tab.is_unsaved:
            self._show(tab)
            buttons = QMessageBox.StandardButton
            asked = (
                self.tr("Save what {name} has learned?"),
                self.tr("Otherwise it has to be trained again."),
            )
            if tab.document.is_dirty:
                asked = (self.tr("Save the changes to {name}?"), self.tr("Otherwise they are lost."))
            answer = self._ask(
                asked[0].format(name=tab.name),
                asked[1],
                buttons.Save | buttons.Discard | buttons.Cancel,
            )
            if answer == buttons.Save:
                return self.save(tab)
            return answer == buttons.Discard
        return not tab.is_busy or self._may_end_training(tab)

    def may_quit(self) -> bool:
        """Whether the window may close: so of all its projects."""
        seen = self._window.windows.front is self._window
        for tab in self._window.tabs:
            watched = seen and tab is self._tab and not tab.is_unsaved  # somebody sees that it trains
            if not watched and not self.may_leave(tab):
                return False
        return True

    def _show(self, tab: "ProjectTab") -> None:
        """Whoever is asked for a project is to see it."""
        self._window.tabs.choose(tab)
        if len(self._window.windows) > 1:
            self._window.windows.bring(self._window)

    def _may_end_training(self, tab: "ProjectTab") -> bool:
        self._show(tab)
        buttons = QMessageBox.StandardButton
        answer = self._ask(
            self.tr("{name} is being trained.").format(name=tab.name),
            self.tr("Closing it ends the training, and what was learned is lost."),
            buttons.Close | buttons.Cancel,
        )
        return answer == buttons.Close

    def _ask(self, text: str, more: str, buttons: QMessageBox.StandardButton) -> QMessageBox.StandardButton:
        box = QMessageBox(self._window)
        box.setText(text)
        box.setInformativeText(more)
        box.setStandardButtons(buttons)
        return QMessageBox.StandardButton(box.exec())

    # -- recovery -------------------------------------------------------------------------------
    def offer_recovery(self) -> None:
        """If the application ended without saving last time, open what was there: each project in a tab of its window."""
        found = self._recovery.list()
        for place, number in enumerate(sorted({left.window for left in found})):
            files = self if place == 0 else self._window.windows.new().files
            for left in reversed(found):  # what was changed last is in front at the end
                if left.window == number:
                    files.restore(left)
        if len(self._window.windows) > 1:
            self._window.windows.bring(self._window)

    def restore(self, left: Recovery) -> bool:
        """Open one project that was not saved; False where its file can't be read any more."""
        try:
            graph, warnings = self._recovery.restore(left.key)
            lesson = self._recovery.restore_lesson(left.key)
        except FormatError:
            return False
        document = Document(graph, left.path)
        document.title = left.title
        tab = self._window.open_document(document)
        document.stack.resetClean()
        if lesson:
            self._window.lessons.take(tab, lesson)
        tab.file.write_recovery()
        learned = self._recovery.restore_run(left.key, graph)
        if learned is not None:
            tab.file.take(learned)
        self._recovery.discard(left.key)
        said = self.tr(
            "The program ended last time without saving; this is how the project was. Save it, or open another."
        )
        tab.messages.keep_saying(together(said, *warnings))
        return True

    def close(self) -> None:
        """The window closes."""
        self.foreign.close()
        self.weights.close()
        self.shared.close()
        self._autosave.stop()
