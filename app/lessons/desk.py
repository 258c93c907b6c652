"""Where the lessons of a window meet: which project has one, what of the window they need, how they are opened and kept.

What lessons are made of is imported when the first one is opened: the start of the window need not pay for it.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from app.document import Document
from app.i18n import declared
from app.lessons.pasting import LessonPasting
from app.window.centre import View
from app.window.wishes import TEACHER, wishes_teacher_mode

if TYPE_CHECKING:
    from app.lessons.panel import LessonDock
    from app.lessons.session import LessonSession
    from app.lessons.spotlight import Spotlight
    from app.window.main_window import MainWindow
    from app.window.project_tab import ProjectTab
    from engine.graph.document import ModelGraph
    from engine.lessons.lesson import Lesson
    from engine.lessons.progress import LessonState

LARGE: Final = 1.3  # text of a presentation


class LessonDesk(QObject):
    """The lessons of a window. `changed` follows every change of what is taken, and of teacher mode and presentation."""

    changed = Signal()

    def __init__(self, window: "MainWindow", remembered: QSettings | None) -> None:
        super().__init__(window)
        self._window = window
        self._remembered = remembered
        self._sessions: dict[ProjectTab, LessonSession] = {}
        self._dock: LessonDock | None = None
        self._spotlight: Spotlight | None = None
        self._applied = False  # whether parts of the window are hidden
        self._hears = False
        self.teacher = wishes_teacher_mode(remembered)
        self._pasting = LessonPasting(self, window)
        window.tabs.chosen.connect(self._on_tab_chosen)
        window.tabs.removed.connect(self._on_tab_removed)
        window.centre.shown.connect(self._on_view_shown)
        window.theme.changed.connect(self.changed)  # another window may present

    # -- what is taken ----------------------------------------------------------------------------------
    @property
    def session(self) -> "LessonSession | None":
        """The lesson of the project in front."""
        return self._sessions.get(self._window.tabs.current)

    @property
    def dock(self) -> "LessonDock":
        """The panel; made when it is wanted first."""
        if self._dock is None:
            from app.lessons.panel import LessonDock

            self._dock = dock = LessonDock(self._window.theme, self._window)
            self._window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
            panel = dock.panel
            panel.next_wanted.connect(self.next)
            panel.back_wanted.connect(self.back)
            panel.hint_wanted.connect(self.hint)
            panel.answered.connect(self._on_panel_answered)
            panel.other_wanted.connect(self._on_panel_other_wanted)
            panel.close_wanted.connect(self.leave)
            panel.again_wanted.connect(self.begin_again)
            dock.closed.connect(self._point)
        return self._dock

    @property
    def spotlight(self) -> "Spotlight":
        """The ring around what a lesson points at."""
        if self._spotlight is None:
            from app.lessons.spotlight import Spotlight

            self._spotlight = Spotlight(self._window.theme, self._window)
        return self._spotlight

    def open(self, name: str) -> None:
        """Begin a lesson that comes with the application, with its project in a tab."""
        from engine.lessons.progress import LessonState
        from engine.lessons.registry import lessons

        lesson = lessons()[name]
        self.open_state(LessonState(lesson), lesson.project())

    def open_state(self, state: "LessonState", graph: "ModelGraph") -> "ProjectTab":
        """Go on with a lesson where somebody was, with their project."""
        document = Document(graph)
        document.title = declared(state.lesson.title)
        tab = self._window.open_document(document)
        self.attach(tab, state)
        return tab

    def attach(self, tab: "ProjectTab", state: "LessonState") -> None:
        """Take this lesson in this project."""
        from app.lessons.session import LessonSession

        self._detach(tab)
        self._hear()
        session = LessonSession(state, tab, self)
        self._sessions[tab] = session
        tab.file.lesson = partial(_bytes_of, session)
        session.changed.connect(self._on_session_changed)
        session.changed.connect(tab.file.note_lesson)
        session.step_changed.connect(self._on_session_step_changed)
        session.done.connect(self._on_session_done)
        if tab is self._window.tabs.current:
            self.show()
            self._apply()
            QTimer.singleShot(0, tab.fit_soon)  # once the canvas has what the panels leave it
            self.changed.emit()

    def take(self, tab: "ProjectTab", data: bytes) -> None:
        """A project was opened whose file has a lesson in it."""
        from engine.formats.errors import FormatError
        from engine.lessons.writing import from_bytes

        try:
            self.attach(tab, from_bytes(data))
        except FormatError as error:
            tab.messages.say_problem(str(error))

    def paste(self, text: str) -> bool:
        """Open a lesson that was pasted as a text; False where the text is something else."""
        from engine.formats.errors import FormatError
        from engine.lessons.writing import from_link, is_link

        if not is_link(text):
            return False
        try:
            received = from_link(text)
        except FormatError as error:
            self._window.messages.say_problem(str(error))
            return True
        tab = self.open_state(received.state, received.graph)
        if received.warnings:
            tab.messages.say_problem(" ".join(received.warnings))
        return True

    def copy(self) -> None:
        """Put the lesson, how far one is, and the project on the clipboard as a text."""
        from engine.formats.errors import FormatError
        from engine.lessons.writing import to_link

        session = self._needed()
        if session is None:
            return
        try:
            link = to_link(session.state, self._window.workspace.document.graph)
        except FormatError as error:
            self._window.messages.say_problem(str(error))
            return
        QGuiApplication.clipboard().setText(link)
        words = self.tr(
            "The lesson is on the clipboard as a text of {count:,} letters. Pasting it in Layerloom opens it."
        )
        self._window.messages.say(words.format(count=len(link)))

    # -- the way through ---------------------------------------------------------------------------------
    def next(self) -> None:
        """The next step, done or not; after the last one the end."""
        session = self._needed()
        if session is None or session.state.progress.finished:
            return
        if session.state.is_last:
            session.finish()
        else:
            session.go_to(session.state.place + 1)

    def back(self) -> None:
        """The step before."""
        session = self._needed()
        if session is not None:
            session.go_back()

    def hint(self) -> None:
        """What helps with the open step."""
        session = self._needed()
        if session is not None:
            session.show_hint()

    def leave(self) -> None:
        """The project stays, without the lesson."""
        self._detach(self._window.tabs.current)
        self._show_current()
        self.changed.emit()

    def begin_again(self) -> None:
        """The same lesson from its beginning, in a tab of its own."""
        from engine.lessons.progress import LessonState

        session = self._needed()
        if session is not None:
            self.open_state(LessonState(session.lesson), session.lesson.project())

    def show(self) -> None:
        """Show the panel of the lesson; where there is none, the lessons that there are."""
        if self.session is None:
            self._window.files.welcome()
            return
        self.dock.show()
        self.dock.raise_()
        self._refresh()
        self.dock.panel.to_top()
        self._point()
        self.dock.panel.next.setFocus()

    def follower(self) -> "Lesson | None":
        """The lesson that comes after the one in front, of those that come with the application."""
        from engine.lessons.registry import lessons

        known = list(lessons().values())
        session = self.session
        names = [each.name for each in known]
        place = names.index(session.lesson.name) if session and session.lesson.name in names else -1
        return known[place + 1] if 0 <= place < len(known) - 1 else None

    def state_of(self, tab: "ProjectTab") -> "LessonState | None":
        """The lesson of a project and how far one is in it, for another window that takes the project."""
        session = self._sessions.get(tab)
        return session.state if session is not None else None

    # -- teaching ------------------------------------------------------------------------------------------
    @property
    def is_focused(self) -> bool:
        """Whether the window shows only what is needed."""
        session = self.session
        return session.focused if session is not None else self.teacher

    def set_teacher(self, on: bool) -> None:
        """Show only what is needed, or everything: of the lesson in front, else of every project without one."""
        session = self.session
        if session is not None:
            session.focused = on
            self._apply()
            self.changed.emit()
        else:
            if self._remembered is not None:
                self._remembered.setValue(TEACHER, "yes" if on else "no")
            self._window.windows.set_teacher(on)

    def set_default(self, on: bool) -> None:
        """Show only what beginners need, or everything, in every project without a lesson."""
        self.teacher = on
        self._apply()
        self.changed.emit()

    @property
    def is_presenting(self) -> bool:
        """Whether all text is large."""
        return self._window.theme.text_scale > 1

    def set_presenting(self, on: bool) -> None:
        """Make all text large, for a screen that is seen from far; or as it was."""
        self._window.theme.set_text_scale(LARGE if on else 1.0)
        window = self._window
        window.place.spare(on)
        for part in (window.workspace.canvas.strip, window.centre.switch):
            part.resize(part.sizeHint())
        window.workspace.canvas.set_strip_left(window.centre.taken)
        window.tabs.current.fit_soon()
        self._refresh()
        self.changed.emit()

    def make(self) -> None:
        """Make a lesson of the project in front, and open what edits it; the one that is there is edited."""
        from engine.lessons.lesson import Lesson, Step, start_of
        from engine.lessons.progress import LessonState

        if self.session is None:
            tab = self._window.tabs.current
            title = self.tr("Lesson with {name}").format(name=tab.name)
            first = Step(title=self.tr("First step"), text=self.tr("Write here what to know and what to do."))
            lesson = Lesson(title=title, steps=(first,), start=start_of(tab.document.graph), focused=False)
            self.attach(tab, LessonState(lesson))
        self._edit()

    def _edit(self) -> None:
        from app.lessons.editor import LessonEditor

        session, window = self.session, self._window
        if session is None:
            return
        editor = LessonEditor(window.theme, session, window)
        editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        editor.copy_wanted.connect(self.copy)
        editor.save_wanted.connect(window.files.save_as)
        session.destroyed.connect(editor.close)
        editor.show()

    # -- keeping the window as it should be ------------------------------------------------------------------
    def _needed(self) -> "LessonSession | None":
        if self.session is None:
            self._window.messages.say(self.tr("No lesson is open in this project."))
        return self.session

    def _detach(self, tab: "ProjectTab") -> None:
        session = self._sessions.pop(tab, None)
        if session is not None:
            tab.file.lesson = bytes
            tab.file.note_lesson()
            session.close()
            session.deleteLater()

    def _hear(self) -> None:
        """Note from now on what is used in the window."""
        if self._hears:
            return
        self._hears = True
        for action in self._window.actions():
            action.triggered.connect(partial(self._note_command, action.objectName()))

    def _note_command(self, name: str, _checked: bool = False) -> None:
        if self.session is not None:
            self.session.note(f"command/{name}")

    def refresh(self) -> None:
        """The window has shown all its panels: show again what belongs to the project in front."""
        self._show_current()

    def _show_current(self) -> None:
        """The panel belongs to the project in front."""
        if self.session is not None:
            self.dock.show()
            self._refresh()
        elif self._dock is not None:
            self._dock.hide()
        self._point()
        self._apply()

    def _refresh(self) -> None:
        session = self.session
        if session is not None and self._dock is not None:
            self._dock.panel.show_session(session, self.follower())

    def _point(self) -> None:
        session = self.session
        shown = self._dock is not None and self._dock.isVisible()
        state = session.state if session is not None else None
        done = state is not None and ((state.is_done and state.step.asks) or state.progress.finished)
        wanted = shown and not done
        target = session.state.step.point_at if session is not None and wanted else ""
        if target or self._spotlight is not None:
            self.spotlight.point_at(target)

    def _apply(self) -> None:
        """Hide what is not needed; show everything where that is wanted again."""
        if not self.is_focused and not self._applied:
            return
        from app.lessons.focus import EVERYTHING, Needed, show_needed

        session = self.session
        self._applied = self.is_focused
        needed = Needed.by(session.lesson if session else None) if self.is_focused else EVERYTHING
        show_needed(self._window, needed)

    def _on_tab_chosen(self, tab: "ProjectTab") -> None:
        tab.workspace.canvas.selected.connect(self._on_canvas_selected, Qt.ConnectionType.UniqueConnection)
        self._show_current()
        self.changed.emit()

    def _on_canvas_selected(self, _ids: list[str]) -> None:
        if self.is_focused:
            self._apply()  # the forms that are shown now are others

    def _on_tab_removed(self, tab: "ProjectTab") -> None:
        self._detach(tab)
        tab.workspace.canvas.selected.disconnect(self._on_canvas_selected)
        if tab is self._window.tabs.current and self._spotlight is not None:
            self._spotlight.point_at("")  # the window closes

    def _on_view_shown(self, view: View) -> None:
        if len(self._window.tabs):
            self._apply()
            if self.session is not None:
                self.session.note(f"view/{view.name.lower()}")

    def _on_session_changed(self) -> None:
        if self.sender() is self.session:
            self._refresh()
            self._point()

    def _on_session_step_changed(self) -> None:
        if self._dock is not None:
            self._dock.panel.to_top()

    def _on_session_done(self) -> None:
        if self._dock is not None:
            self._dock.panel.say_done()

    def _on_panel_answered(self, answer: int) -> None:
        if self.session is not None:
            self.session.answer(answer)

    def _on_panel_other_wanted(self, name: str) -> None:
        if name:
            self.open(name)
        else:
            self._window.files.welcome()


def _bytes_of(session: "LessonSession") -> bytes:
    from engine.lessons.writing import to_bytes

    return to_bytes(session.state)


Keeper = Callable[[], bytes]
"""Gives the lesson of a project as its file keeps it; nothing where there is none."""
