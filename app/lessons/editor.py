"""The editor of a lesson: a teacher writes its pages beside the project, and sees each as a learner will."""

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.inspector.form import ModelForm
from app.lessons.places import PANELS, SIDES, names_in
from app.lessons.session import LessonSession
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, CollapsibleSection, Heading, IconButton, TextLabel
from app.widgets.scrolling import downwards
from engine.lessons.lesson import LONGEST_TEXT, MOST_STEPS, Lesson, Step
from engine.settings import problems

SIZE = QSize(900, 700)
WRITTEN = ("title", "task", "hint", "point_at")  # lines that have more room than a form gives them


class LessonEditor(QDialog):
    """Edits the lesson of a session; each change is taken over at once.

    `copy_wanted` and `save_wanted`: the lesson is to leave the window as a text or in a file.
    """

    copy_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, theme: Theme, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._session = session
        self._filling = False
        self.setWindowTitle(self.tr("Edit the lesson"))
        self.about = ModelForm(theme, session.lesson, leave_out=("title", "summary"))
        self.name = self._line(self.tr("Title of the lesson"))
        self.summary = self._line(self.tr("What it is about, in one sentence"))
        self.learn = self._lines(self.tr("What is learned"), self.tr("One sentence a line"))
        self.panels = self._lines(self.tr("Panels"), ", ".join((*SIDES, *PANELS)))
        self.layers = self._lines(self.tr("Layers"), self.tr("Names of layers, one a line"))
        self.settings = self._lines(
            self.tr("Settings"), self.tr("Names of rarely changed settings, one a line")
        )
        self.steps = QListWidget()
        self.add = IconButton(theme, "plus", self.tr("Add a step"))
        self.remove = IconButton(theme, "delete", self.tr("Delete the step"))
        self.up = IconButton(theme, "chevron-up", self.tr("Move the step up"))
        self.down = IconButton(theme, "chevron-down", self.tr("Move the step down"))
        self.text = QPlainTextEdit()
        self.title = self._line(self.tr("Title of the step"))
        self.task = self._line(self.tr("What to do, in one sentence; empty: there is only to read"))
        self.hint = self._line(self.tr("A hint that is given after a while"))
        self.point_at = self._line(self.tr("What is marked, such as button/train; empty: nothing"))
        self.point_at.setCompleter(self._completer())
        self.form = ModelForm(theme, session.state.step, leave_out=WRITTEN)
        self.problem = TextLabel(theme, tone="bad", wrap=True)
        self.copy = Button(theme, self.tr("Copy as a text"))
        self.save = Button(theme, self.tr("Save in a project file\N{HORIZONTAL ELLIPSIS}"), kind="primary")
        self._lay_out()
        self._connect()
        self._show_lesson()
        self.resize(SIZE)

    @property
    def lesson(self) -> Lesson:
        """The lesson as it is."""
        return self._session.lesson

    # -- layout ---------------------------------------------------------------------------------------
    def _line(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setPlaceholderText(name)
        return field

    def _completer(self) -> QCompleter:
        """Offers all that can be pointed at that has the typed letters in it."""
        found = QCompleter(names_in(self._session.seen.graph), self)
        found.setFilterMode(Qt.MatchFlag.MatchContains)
        found.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        return found

    def _lines(self, name: str, hint: str) -> QPlainTextEdit:
        field = QPlainTextEdit()
        field.setAccessibleName(name)
        field.setPlaceholderText(hint)
        field.setTabChangesFocus(True)
        field.setFixedHeight(76)
        return field

    def _lay_out(self) -> None:
        self.text.setAccessibleName(self.tr("Text of the step"))
        self.text.setPlaceholderText(
            self.tr("What is told. **strong**, *emphasis*, `code`, - items, > formulas")
        )
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(190)
        self.steps.setAccessibleName(self.tr("Steps"))
        self.problem.hide()
        halves = QSplitter()
        halves.addWidget(self._left())
        halves.addWidget(self._page())
        halves.setSizes([300, 560])
        halves.setHandleWidth(1)
        ways = QHBoxLayout()
        ways.setContentsMargins(4 * SPACE, 0, 4 * SPACE, 3 * SPACE)
        ways.addWidget(self.problem, 1)
        ways.addStretch()  # before buttons alone
        ways.addWidget(self.copy)
        ways.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(halves, 1)
        column.addLayout(ways)

    def _left(self) -> QWidget:
        buttons = QHBoxLayout()
        buttons.addWidget(Heading(self._theme, self.tr("Steps")), 1)
        for button in (self.add, self.remove, self.up, self.down):
            buttons.addWidget(button)
        more = QWidget()
        rest = QVBoxLayout(more)
        rest.setContentsMargins(0, 0, 0, 0)
        for title, field in (
            (self.tr("What is learned"), self.learn),
            (self.tr("Panels that are shown"), self.panels),
            (self.tr("Layers in the palette"), self.layers),
            (self.tr("Rarely changed settings that are shown"), self.settings),
        ):
            rest.addWidget(TextLabel(self._theme, title, role=FontRole.SMALL, tone="dim"))
            rest.addWidget(field)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(4 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addLayout(buttons)
        column.addWidget(self.steps, 1)
        column.addWidget(Heading(self._theme, self.tr("The lesson")))
        for part in (self.name, self.summary, self.about):
            column.addWidget(part)
        section = CollapsibleSection(self._theme, self.tr("More of the lesson"), more)
        section.heading.setChecked(False)
        column.addWidget(section)
        return downwards(page)

    def _page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(4 * SPACE, 3 * SPACE, 4 * SPACE, 3 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(Heading(self._theme, self.tr("The step")))
        for part in (self.title, self.text, self.task, self.hint, self.point_at, self.form):
            column.addWidget(part)
        column.addStretch(1)
        return downwards(page)

    def _connect(self) -> None:
        self.about.committed.connect(self._on_about_committed)
        self.name.editingFinished.connect(lambda: self._change(title=self.name.text()))
        self.summary.editingFinished.connect(lambda: self._change(summary=self.summary.text()))
        self.form.committed.connect(self._on_form_committed)
        self.text.textChanged.connect(self._on_text_changed)
        for name, line in self._written().items():
            line.editingFinished.connect(lambda name=name, line=line: self._on_line_edited(name, line))
        for name, field in (
            ("learn", self.learn),
            ("panels", self.panels),
            ("layers", self.layers),
            ("settings", self.settings),
        ):
            field.textChanged.connect(lambda name=name, field=field: self._on_lines_changed(name, field))
        self.steps.currentRowChanged.connect(self._on_row_changed)
        self.add.clicked.connect(self._on_add_clicked)
        self.remove.clicked.connect(self._on_remove_clicked)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.copy.clicked.connect(self.copy_wanted)
        self.save.clicked.connect(self.save_wanted)
        self._session.step_changed.connect(self._on_session_step_changed)

    # -- showing --------------------------------------------------------------------------------------
    def _show_lesson(self) -> None:
        self._filling = True
        lesson, place = self.lesson, self._session.state.place
        self.steps.clear()
        self.steps.addItems([f"{n}. {step.title}" for n, step in enumerate(lesson.steps, 1)])
        self.steps.setCurrentRow(place)
        self.about.set_value(lesson)
        self.name.setText(lesson.title)
        self.summary.setText(lesson.summary)
        for names, field in (
            (lesson.learn, self.learn),
            (lesson.panels, self.panels),
            (lesson.layers, self.layers),
            (lesson.settings, self.settings),
        ):
            if _lines_of(field) != names:
                field.setPlainText("\n".join(names))
        self._filling = False
        self._show_step()

    def _show_step(self) -> None:
        self._filling = True
        step = self._session.state.step
        for name, line in self._written().items():
            line.setText(getattr(step, name))
        if self.text.toPlainText() != step.text:
            self.text.setPlainText(step.text)
        self.form.set_value(step)
        count = len(self.lesson.steps)
        place = self._session.state.place
        self.remove.setEnabled(count > 1)
        self.add.setEnabled(count < MOST_STEPS)
        self.up.setEnabled(place > 0)
        self.down.setEnabled(place < count - 1)
        self._filling = False

    # -- changing -------------------------------------------------------------------------------------
    def _change(self, **changes: object) -> bool:
        """Take the lesson with these changes, or say why not."""
        values = {name: getattr(self.lesson, name) for name in Lesson.model_fields}
        try:
            lesson = Lesson.model_validate(values | changes)
        except ValidationError as error:
            self._refuse(Lesson, error)
            return False
        self.problem.hide()
        self._session.rewrite(lesson)
        return True

    def _change_step(self, step: Step) -> None:
        steps = list(self.lesson.steps)
        steps[self._session.state.place] = step
        if self._change(steps=tuple(steps)):
            item = self.steps.item(self._session.state.place)
            item.setText(f"{self._session.state.place + 1}. {step.title}")

    def _refuse(self, model: type[BaseModel], error: ValidationError) -> None:
        self.problem.setText(next(iter(problems(model, error).values())))
        self.problem.show()

    def _on_about_committed(self, value: Lesson) -> None:
        self._change(**dict(self.about.changes()))

    def _on_form_committed(self, value: Step) -> None:
        self._change_step(value)

    def _on_text_changed(self) -> None:
        text = self.text.toPlainText()
        if self._filling:
            return
        if len(text) > LONGEST_TEXT:
            words = self.tr("A text has at most {most:,} letters, this has {count:,}.")
            self.problem.setText(words.format(most=LONGEST_TEXT, count=len(text)))
            self.problem.show()
            return
        self._change_step(self._session.state.step.model_copy(update={"text": text}))

    def _written(self) -> dict[str, QLineEdit]:
        return {"title": self.title, "task": self.task, "hint": self.hint, "point_at": self.point_at}

    def _on_line_edited(self, name: str, line: QLineEdit) -> None:
        step = self._session.state.step
        if line.text() == getattr(step, name):
            return
        try:
            self._change_step(Step.model_validate({**dict(step), name: line.text()}))
        except ValidationError as error:
            self._refuse(Step, error)

    def _on_lines_changed(self, name: str, field: QPlainTextEdit) -> None:
        if not self._filling:
            self._change(**{name: _lines_of(field)})

    def _on_row_changed(self, row: int) -> None:
        if not self._filling and row >= 0:
            self._session.go_to(row)

    def _on_session_step_changed(self) -> None:
        if self.steps.currentRow() != self._session.state.place:
            self._filling = True
            self.steps.setCurrentRow(self._session.state.place)
            self._filling = False
        self._show_step()

    def _on_add_clicked(self) -> None:
        place = self._session.state.place + 1
        steps = list(self.lesson.steps)
        steps.insert(place, Step(title=self.tr("New step")))
        self._restep(steps, place)
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_remove_clicked(self) -> None:
        place = self._session.state.place
        steps = list(self.lesson.steps)
        del steps[place]
        self._restep(steps, min(place, len(steps) - 1))

    def _move(self, by: int) -> None:
        place = self._session.state.place
        steps = list(self.lesson.steps)
        steps.insert(place + by, steps.pop(place))
        self._restep(steps, place + by)

    def _restep(self, steps: list[Step], place: int) -> None:
        """Other steps, and the one that is open then; what was done counts for none of them any more."""
        if self._change(steps=tuple(steps)):
            self._session.forget()
            self._session.go_to(place)
            self._show_lesson()


def _lines_of(field: QPlainTextEdit) -> tuple[str, ...]:
    return tuple(line.strip() for line in field.toPlainText().splitlines() if line.strip())
