"""One open project in which a lesson is taken: notes what the learner does, and knows when a step is done."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMetaObject, QObject, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from typing_extensions import override

from app.lessons.places import panel_name
from engine.lessons.lesson import Lesson
from engine.lessons.progress import LessonState
from engine.lessons.seen import Seen
from engine.tensor.spec import Array
from engine.training.doctor.observation import Halted, Observed
from engine.training.reports import Ended, Progress, Started
from engine.training.states import named_states

if TYPE_CHECKING:
    from app.window.project_tab import ProjectTab

SECOND_MS = 1000


class LessonSession(QObject):
    """A lesson and how far somebody is in it.

    Signals: `changed` whenever there is something else to show; `step_changed` when another step is open; `done` when what
    the open step asks for has just been done.
    """

    changed = Signal()
    step_changed = Signal()
    done = Signal()

    def __init__(self, state: LessonState, tab: "ProjectTab", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.focused = state.lesson.focused  # whether the window shows only what the lesson needs
        self.hint_shown = False
        self._tab = tab
        document = tab.document
        self.seen = Seen(document.graph, weights=self._weights, sound=lambda: document.inference.ok)
        self._hint = QTimer(self)
        self._hint.setSingleShot(True)
        self._hint.timeout.connect(self.show_hint)
        self._links: list[QMetaObject.Connection] = []
        self._watch()
        self._begin_step()

    @property
    def lesson(self) -> Lesson:
        """The lesson."""
        return self.state.lesson

    def note(self, deed: str) -> None:
        """Something was opened, chosen or used."""
        self.seen.deeds.add(deed)
        self._look()

    def answer(self, answer: int) -> None:
        """An answer of the question was chosen."""
        self.state = self.state.answered(answer)
        self._look(always=True)

    def go_to(self, place: int) -> None:
        """Open another step; what is left undone for a later one counts as skipped."""
        self.state = self.state.gone_to(place)
        self._begin_step()
        self.step_changed.emit()
        self.changed.emit()

    def go_back(self) -> None:
        """The step before; from the end back to the last one."""
        if self.state.progress.finished:
            self.state = self.state.taken_up()
            self.go_to(self.state.place)
        else:
            self.go_to(self.state.place - 1)

    def finish(self) -> None:
        """The last step was left forwards."""
        self.state = self.state.finished()
        self.changed.emit()

    def show_hint(self) -> None:
        """Say what helps."""
        if self.state.step.hint and not self.hint_shown:
            self._hint.stop()
            self.hint_shown = True
            self.changed.emit()

    def rewrite(self, lesson: Lesson) -> None:
        """The teacher has changed the lesson."""
        place = self.state.place
        self.state = self.state.rewritten(lesson)
        if self.state.place != place:
            self._begin_step()
        self._look(always=True)
        self.step_changed.emit()

    def forget(self) -> None:
        """Nothing of the lesson was done yet, as its teacher has changed the order of its steps."""
        self.state = LessonState(self.lesson)

    def close(self) -> None:
        """Watch no longer."""
        self._hint.stop()
        self._tab.workspace.canvas.view.viewport().removeEventFilter(self)
        for link in self._links:
            QObject.disconnect(link)
        self._links.clear()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click on what is chosen already chooses nothing new, but it is what the learner was told to do."""
        if event.type() is QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            scene, view = self._tab.workspace.canvas.scene, self._tab.workspace.canvas.view
            place = view.mapToScene(event.position().toPoint())
            chosen = scene.selected_nodes()
            under = [n for n in chosen if scene.nodes[n].body().contains(place - scene.nodes[n].pos())]
            self._on_canvas_selected(under)
        return False

    # -- watching -------------------------------------------------------------------------------------
    def _watch(self) -> None:
        workspace, training = self._tab.workspace, self._tab.training
        workspace.canvas.view.viewport().installEventFilter(self)
        self._links = [
            self._tab.document.inferred.connect(lambda _inference: self._look()),
            self._tab.document.section_changed.connect(lambda _key: self._look()),
            workspace.run.begun.connect(self._on_run_begun),
            workspace.run.progressed.connect(self._on_run_progressed),
            workspace.run.ended.connect(self._on_run_ended),
            training.observed.connect(self._on_training_observed),
            training.halted.connect(self._on_training_halted),
            training.snapshot_taken.connect(self._look),
            workspace.canvas.selected.connect(self._on_canvas_selected),
            workspace.inside.step_wanted.connect(lambda _by: self.note("example/next")),
            self._tab.dock.tabs.currentChanged.connect(lambda at: self.note(f"panel/{panel_name(at)}")),
            self._tab.dock.looks.raced.connect(lambda: self.note("command/race")),
            self._tab.run_bar.rewind_clicked.connect(lambda: self.note("command/rewind")),
            self._tab.run_bar.step_clicked.connect(lambda: self.note("command/one_step")),
            self._tab.run_bar.pause_clicked.connect(lambda: self.note("command/pause")),
        ]

    def _begin_step(self) -> None:
        self.seen.begin_step()
        self.seen.deeds.add(f"panel/{panel_name(self._tab.dock.tabs.currentIndex())}")  # it is open already
        self.hint_shown = False
        self._hint.stop()
        step = self.state.step
        if step.hint and step.asks and not self.state.is_done:
            self._hint.start(step.hint_after * SECOND_MS)

    def _look(self, *, always: bool = False) -> None:
        before, self.state = self.state, self.state.looked_at(self.seen)
        now_done = self.state.is_done and not before.is_done
        if now_done:
            self._hint.stop()
            self.done.emit()
        if now_done or always:
            self.changed.emit()

    def _weights(self) -> Mapping[str, Array]:
        """The newest weights by the name of the node."""
        run, document = self._tab.workspace.run, self._tab.document
        snapshot = run.state_for_file()
        if snapshot is None or document.last_spec is None:
            return {}
        try:
            named = named_states(document.graph, document.last_spec, snapshot).weights
        except (ValueError, KeyError):  # the network is not the one that was trained
            return {}
        names = {node.id: node.name for node in document.graph.nodes.values()}
        return {
            f"{names.get(owner, owner)}/{rest}": array
            for name, array in named.items()
            for owner, _, rest in [name.partition("/")]
        }

    def _on_run_begun(self, _started: Started, goes_on: bool) -> None:
        snapshot = self._tab.training.snapshot
        self.seen.note_run(snapshot.step if goes_on and snapshot is not None else 0)
        self._look()

    def _on_run_progressed(self, progress: Progress, _steps_per_epoch: float) -> None:
        self.seen.note_progress(progress)
        self._look()

    def _on_run_ended(self, ended: Ended) -> None:
        self.seen.note_end(ended)
        self._look()

    def _on_training_halted(self, halted: Halted) -> None:
        self.seen.note_halted(halted)
        self._look()

    def _on_training_observed(self, observed: Observed) -> None:
        self.seen.note_observed(observed)
        self._look()

    def _on_canvas_selected(self, ids: list[str]) -> None:
        nodes = self._tab.document.graph.nodes
        for node in (nodes[each] for each in ids if each in nodes):
            self.seen.deeds |= {f"layer/{node.layer.title()}", f"node/{node.name}"}
        self._look()
