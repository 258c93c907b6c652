"""A question of a lesson: its answers as buttons, and why the chosen one is right or not."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import told
from app.theme import SPACE, FontRole, Theme
from app.widgets import RemedyButton, TextLabel
from engine.lessons.lesson import Question


class QuestionView(QWidget):
    """Shows a question. `answered` carries the place of the answer that was clicked."""

    answered = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._question: Question | None = None
        self.text = TextLabel(theme, role=FontRole.STRONG, wrap=True)
        self.buttons: list[RemedyButton] = []
        self.because = TextLabel(theme, wrap=True)
        self._answers = QVBoxLayout()
        self._answers.setSpacing(SPACE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.text)
        column.addLayout(self._answers)
        column.addWidget(self.because)
        self.hide()

    def show_question(self, question: Question | None, chosen: int | None) -> None:
        """Show a question with the answer that was chosen; hide where there is none."""
        self.setVisible(question is not None)
        if question is None:
            self._question = None
            return
        if question != self._question:
            self._question = question
            self._make_buttons(question)
        self._show_chosen(question, chosen)

    def _make_buttons(self, question: Question) -> None:
        for button in self.buttons:
            button.hide()
            button.deleteLater()
        self.text.setText(told(question.text))
        self.buttons = []
        for place, answer in enumerate(question.answers):
            button = RemedyButton(self._theme, told(answer.text))
            button.clicked.connect(lambda _checked=False, place=place: self.answered.emit(place))
            self._answers.addWidget(button)
            self.buttons.append(button)

    def _show_chosen(self, question: Question, chosen: int | None) -> None:
        answer = question.answers[chosen] if chosen is not None else None
        for place, (button, each) in enumerate(zip(self.buttons, question.answers, strict=True)):
            state, sign = "", ""
            if place == chosen:
                state = self.tr("chosen, right") if each.right else self.tr("chosen, not right")
                sign = "\N{CHECK MARK}  " if each.right else "\N{MULTIPLICATION X}  "
            button.setText(f"{sign}{told(each.text)}")
            button.setAccessibleDescription(state)
        self.because.setVisible(answer is not None)
        if answer is not None:
            words = self.tr("Right. {because}") if answer.right else self.tr("Not quite. {because}")
            self.because.setText(words.format(because=told(answer.because)).strip())
            self.because.set_tone("good" if answer.right else "warn")
