"""The file of one open project: saving, the weights it came with, and the recovery file that follows every edit."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.i18n import said as translated
from app.window.run_recovery import RunRecovery
from engine.formats.errors import FormatError
from engine.formats.project import Project, save_project
from engine.formats.recovery import RecoveryStore
from engine.formats.weights import misfit
from engine.graph.edits import GraphEdit
from engine.runs.record import RunRecord
from engine.training.named import NamedStates
from engine.training.states import named_states, partial_snapshot, snapshot_of

if TYPE_CHECKING:
    from app.window.workspace import Workspace
    from engine.data.recipe.preparation import Preparation
    from engine.data.settings import DataSettings
    from engine.training.many.kept import KeptStudy

RECOVERY_DELAY_MS = 300  # after the last of a burst of edits
LONGEST_DELAY_MS = 3_000  # after the first of one that does not end


class ProjectFile(QObject):
    """Keeps a project: `said` and `refused` carry a sentence, `saved` follows each time it is."""

    took = Signal(object)  # RunRecord, or None: of which run the weights are that came with a file
    took_study = Signal(object)  # KeptStudy, or None
    said = Signal(str)
    refused = Signal(str)
    saved = Signal()

    def __init__(
        self, workspace: "Workspace", recovery: RecoveryStore, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._recovery = recovery
        self._key = recovery.new_key()
        self._unused = NamedStates()  # weights of the opened file, until its data is known
        self._begins = False  # the network is another than they are of: those that fit are a beginning
        self._preparation: Preparation | None = None  # of the opened file
        self._prepared: DataSettings | None = None  # what it was made of
        self.window = 1  # the number of the one that shows the project
        self.lesson: Callable[[], bytes] = bytes  # gives the lesson that is kept with the project
        self.study: Callable[[], KeptStudy | None] = lambda: None  # gives the variants that were trained last
        self.record: Callable[[], RunRecord | None] = lambda: None  # gives what is known of the run of now
        self._lesson_moved = False  # since the project was saved
        self._filed: tuple[float | None, int] = None, 0  # when the run began and its step that the file has
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(RECOVERY_DELAY_MS)
        self._timer.timeout.connect(self.write_recovery)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(LONGEST_DELAY_MS)
        self._late.timeout.connect(self.write_recovery)
        self._complained = False  # of a recovery file that could not be written
        self._learned = RunRecovery(workspace, self._place_of_run, self._record_of_run, self)
        document = workspace.document
        self._links = [
            document.stack.indexChanged.connect(self._on_edited),
            document.data_described.connect(self._on_data_described),
            document.inferred.connect(self._on_inferred),
        ]

    # -- weights ------------------------------------------------------------------------------------
    def take(self, project: Project) -> None:
        """The project was opened from its file: let the run go on from the weights in it."""
        self.took_study.emit(project.study)
        self._note_filed(project)
        self._take(project, project.run)

    def _note_filed(self, project: Project) -> None:
        self._filed = project.run.begun if project.run else None, project.step

    @property
    def has_unsaved_learning(self) -> bool:
        """Whether a run has learned something that the file does not have."""
        snapshot, record = self._workspace.run.state_for_file(), self.record()
        if snapshot is None or not snapshot.step:
            return False
        begun, step = self._filed
        return step != snapshot.step or begun not in (None, record.begun if record else None)

    def _take(self, project: Project, run: RunRecord | None) -> None:
        self._preparation, self._prepared = project.preparation, self._workspace.document.data
        if project.preparation is not None:
            self._workspace.document.remember(project.preparation.spec())
        self.took.emit(run)
        self._adopt(NamedStates(project.weights, project.optimizer, project.step))

    def relearn(self, project: Project) -> None:
        """Take its weights in place of those that are there; without weights nothing has been learned."""
        if not project.weights:
            self._workspace.run.forget()
        self._take(project, None)  # of another project's run, this one begins a run of its own

    def _adopt(self, named: NamedStates) -> None:
        """Let the run go on from these weights, if they fit, as soon as it is known what the data has."""
        document = self._workspace.document
        # kept until the data is there that they were learned from, which files of other programs do not name
        self._unused = named
        if not named.weights or document.data_spec is None or not document.inference.ok:
            return
        snapshot = snapshot_of(document.graph, document.data_spec, named)
        if snapshot is None and self._begins:
            found = partial_snapshot(document.graph, document.data_spec, named, document.training.seed)
            snapshot = found[0] if found is not None else None
        if snapshot is not None:
            self._unused, self._begins = NamedStates(), False
            self._workspace.run.adopt(snapshot)

    def begin_from(self, edit: GraphEdit) -> bool:
        """Change the network, and let it begin with the weights at hand where they fit; the others start anew."""
        named = NamedStates(self._named_states().weights)
        if not self._workspace.document.push(edit):
            return False
        if named.weights:
            self._begins = True
            self._adopt(named)
        return True

    def _on_inferred(self, _inference: object) -> None:
        document = self._workspace.document
        if self._begins and self._unused.weights and not document.is_reading:
            self._adopt(self._unused)

    def _on_data_described(self, _spec: object) -> None:
        document = self._workspace.document
        if self._unused.weights and not document.is_reading:
            self._adopt(self._unused)
        if self._preparation is not None and document.data_problem and not document.is_reading:
            words = self.tr("{problem} Until then the network has the shapes that it had with it.")
            document.refused.emit(words.format(problem=translated(document.data_problem)))

    def _named_states(self) -> NamedStates:
        """The weights of the last run, if they fit the network as it is now."""
        run, graph = self._workspace.run, self._workspace.document.graph
        snapshot, spec = run.state_for_file(), run.spec_of_run or self._workspace.document.last_spec
        if snapshot is None or spec is None:
            fits = not misfit(graph, self._unused.weights)
            return self._unused if fits else NamedStates()
        return named_states(graph, spec, snapshot)

    # -- saving -------------------------------------------------------------------------------------
    def save_to(self, path: Path) -> bool:
        """Save; False, and a sentence, if it can't be written."""
        project = self.project()
        try:
            save_project(path, project)
        except FormatError as error:
            self.refused.emit(str(error))
            return False
        self._note_filed(project)
        self._workspace.document.saved_as(path)
        self._learned.settle()
        self._lesson_moved = False
        self._forget_recovery()
        self._key = self._recovery.new_key()
        self.saved.emit()
        self.said.emit(self.tr("Saved {name}.").format(name=path.name))
        return True

    def project(self) -> Project:
        """The project with what it has learned so far."""
        return self._project(self._named_states())

    def _project(self, named: NamedStates) -> Project:
        """The project with these weights, and how the data was prepared that they were learned from."""
        run = self._workspace.run
        kept = self._preparation
        if named.weights:
            preparation = (run.training.preparation if run.state_for_file() is not None else None) or kept
        elif run.bundle is not None:
            preparation = run.bundle.preparation  # so that the shapes are known where the data is not found
        else:
            preparation = kept if self._prepared == self._workspace.document.data else None
        return Project(
            self._workspace.document.graph,
            named.weights,
            named.optimizer,
            named.step,
            preparation=preparation,
            lesson=self.lesson(),
            run=self.record() if named.weights else None,
            study=self.study(),
        )

    def _on_edited(self, _index: int) -> None:
        self._timer.start()
        if not self._late.isActive():
            self._late.start()

    # -- recovery -----------------------------------------------------------------------------------
    def _place_of_run(self) -> Path | None:
        """Where to keep what a run has learned; the document is kept beside it."""
        self.write_recovery(always=True)
        return self._recovery.run_file(self._key) if self._key else None

    def _record_of_run(self) -> RunRecord | None:
        return self.record()

    def note_lesson(self) -> None:
        """Somebody has moved on in the lesson: the recovery file is to say so, too."""
        self._lesson_moved = True
        if self._key:
            self._timer.start()

    def write_recovery(self, *, always: bool = False) -> None:
        """Write the recovery file now, if there is something that no file has, or `always`."""
        document = self._workspace.document
        self._timer.stop()
        self._late.stop()
        if not self._key:
            return
        if not (document.is_dirty or self._lesson_moved or always):
            self._recovery.withdraw(self._key)
            return
        try:
            said = (document.title, document.path, self.lesson(), self.window)
            self._recovery.write(self._key, document.graph, *said)
            self._complained = False
        except FormatError as error:
            if not self._complained:  # once is enough, not at every edit
                cause = error.__cause__
                reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(error)
                words = self.tr("The recovery file can't be written ({reason}): save the project yourself.")
                self.refused.emit(words.format(reason=reason))
            self._complained = True

    def close(self) -> None:
        """Everything is saved or was let go: no recovery is needed."""
        for link in self._links:  # letting the project go may look like one more change
            QObject.disconnect(link)
        self._timer.stop()
        self._late.stop()
        self._learned.close()
        self._forget_recovery()

    def _forget_recovery(self) -> None:
        if self._key:
            self._recovery.discard(self._key)
            self._key = ""
