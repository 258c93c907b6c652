"""New, open, save, examples, recovery: what the menu does with files. Nothing is lost without having been asked for."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.document import Document
from engine.data.recipe.preparation import Preparation
from engine.formats.errors import FormatError
from engine.formats.examples import examples
from engine.formats.project import Project, load_project, save_project
from engine.formats.recovery import RecoveryStore
from engine.graph.document import ModelGraph
from engine.paths import recovery_dir
from engine.training.states import NamedStates, named_states, snapshot_of

if TYPE_CHECKING:
    from app.window.main_window import MainWindow
    from app.window.workspace import Workspace

RECOVERY_DELAY_MS = 300  # after the last of a burst of edits
PROJECT_FILTER = "Layerloom (*.loom)"


class ProjectFiles(QObject):
    """The files of a window's projects."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._recovery = RecoveryStore(recovery_dir())
        self._key = ""  # of the open project's recovery file
        self._unused = NamedStates()  # weights of the opened file, until its data is known
        self._preparation: Preparation | None = None  # of the opened file
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(RECOVERY_DELAY_MS)
        self._timer.timeout.connect(self.write_recovery)

    def watch(self, workspace: "Workspace") -> None:
        """Keep a recovery file of this project from now on."""
        self._forget_recovery()
        self._key = self._recovery.new_key()
        self._unused = NamedStates()
        self._preparation = None
        workspace.document.stack.indexChanged.connect(lambda _index: self._timer.start())
        workspace.document.data_described.connect(self._on_data_described)

    # -- opening --------------------------------------------------------------------------------
    def new(self) -> None:
        """An empty canvas."""
        if self.may_leave():
            self._window.open_document(Document(ModelGraph()))

    def open(self) -> None:
        """Ask for a project file and open it."""
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open a project"), "", PROJECT_FILTER)
        if path:
            self.open_path(Path(path))

    def open_path(self, path: Path) -> bool:
        """Open a project file; False, and a sentence in the window, if it can't be read."""
        if not self.may_leave():
            return False
        try:
            project = load_project(path)
        except FormatError as error:
            self._window.messages.say_problem(str(error))
            return False
        self._window.open_document(Document(project.graph, path))
        self._preparation = project.preparation
        self._adopt(NamedStates(project.weights, project.optimizer, project.step))
        if project.warnings:
            self._window.messages.say_problem(" ".join(project.warnings))
        return True

    def _adopt(self, named: NamedStates) -> None:
        """Let the run go on from the weights in the file, if they fit, as soon as it is known what the data has."""
        document = self._window.workspace.document
        self._unused = named if document.data_spec is None else NamedStates()
        if named.weights and document.data_spec is not None and document.inference.ok:
            snapshot = snapshot_of(document.graph, document.data_spec, named)
            if snapshot is not None:
                self._window.workspace.run.adopt(snapshot)

    def _on_data_described(self, _spec: object) -> None:
        if self._unused.weights and not self._window.workspace.document.is_reading:
            self._adopt(self._unused)

    def _named_states(self) -> NamedStates:
        """The weights of the last run, if they fit the network as it is now."""
        workspace = self._window.workspace
        snapshot, spec = workspace.run.state_for_file(), workspace.document.last_spec
        if snapshot is None or spec is None:
            return self._unused
        return named_states(workspace.document.graph, spec, snapshot)

    def open_example(self, name: str) -> None:
        """Open a bundled example as a new project."""
        if self.may_leave():
            example = examples()[name]
            document = Document(example.graph())
            document.title = example.title
            self._window.open_document(document)

    # -- saving ---------------------------------------------------------------------------------
    def save(self) -> bool:
        """Save where the project came from; ask if it has no file yet."""
        path = self._window.workspace.document.path
        return self.save_as() if path is None else self.save_to(path)

    def save_as(self) -> bool:
        """Ask for a place and save there."""
        path, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save the project"), "", PROJECT_FILTER)
        return bool(path) and self.save_to(Path(path).with_suffix(".loom"))

    def save_to(self, path: Path) -> bool:
        """Save; False, and a sentence in the window, if it can't be written."""
        workspace = self._window.workspace
        named = self._named_states()
        try:
            save_project(path, self._project(named))
        except FormatError as error:
            self._window.messages.say_problem(str(error))
            return False
        workspace.document.saved_as(path)
        self._forget_recovery()
        self._key = self._recovery.new_key()
        self._window.messages.say(self.tr("Saved {name}.").format(name=path.name))
        return True

    def _project(self, named: NamedStates) -> Project:
        """The project with these weights, and how the data was prepared that they were learned from."""
        workspace = self._window.workspace
        learned_here = workspace.run.state_for_file() is not None
        preparation = workspace.run.training.preparation if learned_here else None
        return Project(
            workspace.document.graph,
            named.weights,
            named.optimizer,
            named.step,
            preparation=(preparation or self._preparation) if named.weights else None,
        )

    def may_leave(self) -> bool:
        """Whether the open project may be let go: it is saved, or the user says so."""
        document = self._window.workspace.document
        if not document.is_dirty:
            return True
        box = QMessageBox(self._window)
        box.setText(self.tr("Save the changes to this project?"))
        box.setInformativeText(self.tr("Otherwise they are lost."))
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        answer = box.exec()
        if answer == buttons.Save:
            return self.save()
        return bool(answer == buttons.Discard)

    # -- recovery -------------------------------------------------------------------------------
    def write_recovery(self) -> None:
        """Write the recovery file now."""
        document = self._window.workspace.document
        if document.is_dirty:
            try:
                self._recovery.write(self._key, document.graph, document.title, document.path)
            except FormatError as error:
                self._window.messages.say_problem(str(error))

    def offer_recovery(self) -> None:
        """If the application ended without saving last time, open what was there."""
        for left in self._recovery.list():
            try:
                graph, warnings = self._recovery.restore(left.key)
            except FormatError:
                continue
            document = Document(graph, left.path)
            document.title = left.title
            self._window.open_document(document)
            document.stack.resetClean()
            self.write_recovery()
            self._recovery.discard(left.key)
            said = self.tr(
                "The program ended last time without saving; this is how the project was. Save it, or open another."
            )
            self._window.messages.say(" ".join((said, *warnings)))
            return

    def close(self) -> None:
        """The window closes and everything is saved or was let go: no recovery is needed."""
        self._timer.timeout.disconnect(
            self.write_recovery
        )  # letting the project go may look like one more change
        self._timer.stop()
        self._forget_recovery()
        self._recovery.close()

    def _forget_recovery(self) -> None:
        if self._key:
            self._recovery.discard(self._key)
            self._key = ""
