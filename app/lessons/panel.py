"""The panel that tells a lesson, a page a step, with what is to do and the way on."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.canvas.announce import announce
from app.i18n import told
from app.lessons.html import rich_text
from app.lessons.parts import Dots, Task
from app.lessons.question import QuestionView
from app.lessons.session import LessonSession
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, ElidedLabel, IconButton, TextLabel
from app.widgets.scrolling import downwards
from engine.lessons.lesson import Lesson
from engine.lessons.progress import LessonState


class LessonPanel(QWidget):
    """Shows the lesson of the project in front.

    Signals: `next_wanted`, `back_wanted` and `hint_wanted`; `answered` with the place of an answer; `other_wanted` with the
    name of the lesson to take next, "" for the list of all; `close_wanted`, `again_wanted` and `edit_wanted`.
    """

    next_wanted = Signal()
    back_wanted = Signal()
    hint_wanted = Signal()
    answered = Signal(int)
    other_wanted = Signal(str)
    close_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state: LessonState | None = None
        self._hint_shown = False
        self._follower = ""
        self.heading = ElidedLabel(theme, role=FontRole.HEADING, tone="dim")
        self.dots = Dots(theme)
        self.title = TextLabel(theme, role=FontRole.TITLE, wrap=True)
        self.text = TextLabel(theme, wrap=True)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setAccessibleName(self.tr("Text of the lesson"))
        self.question = QuestionView(theme)
        self.task = Task(theme)
        self.hint = TextLabel(theme, tone="dim", wrap=True)
        self.hint_button = Button(theme, self.tr("Give me a hint"), kind="quiet")
        self.back = Button(theme, self.tr("Back"), icon="back")
        self.next = Button(theme, self.tr("Next"), icon="forward", kind="primary")
        self.again = IconButton(theme, "rewind", self.tr("Begin the lesson again"))
        self.close_button = IconButton(theme, "close", self.tr("Leave the lesson"))
        self._lay_out()
        self._connect()

    def show_session(self, session: LessonSession, follower: Lesson | None) -> None:
        """Show where somebody is; `follower` is the lesson to take after this one."""
        self._state, self._hint_shown = session.state, session.hint_shown
        self._follower = follower.name if follower is not None else ""
        if session.state.progress.finished:
            self._show_end(session.state, follower)
        else:
            self._show_step(session.state)

    @override
    def sizeHint(self) -> QSize:
        return QSize(320, 600)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self.heading, 1)
        top.addWidget(self.again)
        top.addWidget(self.close_button)
        page = QWidget()
        words = QVBoxLayout(page)
        words.setContentsMargins(0, 0, 2 * SPACE, 0)
        words.setSpacing(3 * SPACE)
        for part in (self.title, self.text, self.question, self.task, self.hint):
            words.addWidget(part)
        words.addWidget(self.hint_button, 0, Qt.AlignmentFlag.AlignLeft)
        words.addStretch(1)
        self._scroll = downwards(page)
        ways = QHBoxLayout()
        ways.setSpacing(2 * SPACE)
        ways.addWidget(self.back)
        ways.addStretch(1)
        ways.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * SPACE, 2 * SPACE, 2 * SPACE, 3 * SPACE)
        column.setSpacing(3 * SPACE)
        column.addLayout(top)
        column.addWidget(self.dots)
        column.addWidget(self._scroll, 1)
        column.addLayout(ways)

    def _connect(self) -> None:
        self.back.clicked.connect(self.back_wanted)
        self.next.clicked.connect(self._on_next_clicked)
        self.hint_button.clicked.connect(self.hint_wanted)
        self.again.clicked.connect(self.again_wanted)
        self.close_button.clicked.connect(self.close_wanted)
        self.question.answered.connect(self.answered)
        self._theme.changed.connect(self._on_theme_changed)

    def _show_step(self, state: LessonState) -> None:
        step, done = state.step, state.is_done
        words = self.tr("{title} · {number} of {count}")
        self.heading.setText(
            words.format(
                title=told(state.lesson.title), number=state.place + 1, count=len(state.lesson.steps)
            )
        )
        self.dots.show_state(state)
        self.dots.show()
        self.title.setText(told(step.title))
        self._set_text(told(step.text))
        self.question.show_question(step.question, state.answer)
        self.task.show_task(told(step.task), done=done and step.asks)
        self.hint.setText(told(step.hint))
        self.hint.setVisible(self._hint_shown and bool(step.hint))
        self.hint_button.setVisible(bool(step.hint) and not self._hint_shown and not done)
        self.back.setEnabled(state.place > 0)
        self.again.show()
        self.next.set_kind("primary" if done else "plain")
        self._name_next(
            self.tr("Skip") if not done else self.tr("Finish") if state.is_last else self.tr("Next")
        )

    def _show_end(self, state: LessonState, follower: Lesson | None) -> None:
        lesson = state.lesson
        self.heading.setText(told(lesson.title))
        self.dots.show_state(state)
        self.title.setText(self.tr("That was it"))
        learned = "\n".join(f"- {told(each)}" for each in lesson.learn)
        parts = [self.tr("What you know now:"), learned] if learned else []
        if state.progress.skipped:
            parts.append(self._skipped(len(state.progress.skipped)))
        parts.append(self.tr("The project is yours: change it, train it, save it."))
        self._set_text("\n\n".join(parts))
        self.question.show_question(None, None)
        self.task.show_task("", done=True)
        self.hint.hide()
        self.hint_button.hide()
        self.back.setEnabled(True)
        self.next.set_kind("primary")
        if follower is not None:
            self._name_next(self.tr("Next: {title}").format(title=told(follower.title)))
        else:
            self._name_next(self.tr("All lessons"))

    def _skipped(self, count: int) -> str:
        if count == 1:
            return self.tr("One step was skipped. Go back to do it.")
        return self.tr("{count} steps were skipped. Go back to do them.").format(count=count)

    def _name_next(self, text: str) -> None:
        shown = self.next.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, 140)
        self.next.setText(shown)
        self.next.setAccessibleName(text)
        self.next.setToolTip(text if shown != text else "")

    def _set_text(self, text: str) -> None:
        self.text.setText(rich_text(text, self._theme))
        self.text.setVisible(bool(text))

    def say_done(self) -> None:
        """Tell screen readers that the step is done."""
        announce(self.task, self.tr("Step done"))

    def to_top(self) -> None:
        """Another page begins."""
        self._scroll.verticalScrollBar().setValue(0)

    def _on_next_clicked(self) -> None:
        if self._state is not None and self._state.progress.finished:
            self.other_wanted.emit(self._follower)
        else:
            self.next_wanted.emit()

    def _on_theme_changed(self) -> None:
        if self._state is not None and not self._state.progress.finished:
            self._set_text(told(self._state.step.text))


class LessonDock(QDockWidget):
    """The panel as a dock of the window. Closing it leaves the lesson where it is; its command shows it again."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lesson")  # by which the window remembers its place
        self.setWindowTitle(self.tr("Lesson"))
        self.setAccessibleName(self.tr("Lesson"))
        self.panel = LessonPanel(theme)
        self.setWidget(self.panel)
        self.hide()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()
