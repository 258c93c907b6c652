"""An example of one's own of a table: a field for each column, filled with what is usual or with a row of the data."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFormLayout, QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from app.predictions.own_input import OwnInput, example_button
from app.predictions.view import Question, choice
from app.theme import SPACE, FontRole, Theme
from app.widgets import CommitSpin, NumberCodec, TextLabel
from app.widgets.codecs import ValueRefused
from engine.tensor.spec import Array
from engine.training.predictions import forms, own

MOST_FIELDS = 60
_NUMBER = 132  # pixels for a number with its sign and six digits


class DateCodec:
    """A point in time, written as in the table of the data and read as there or as in its file."""

    def __init__(self, field: forms.DateField) -> None:
        self._field = field

    def parse(self, text: str) -> float:
        """Seconds since 1970; raises `ValueRefused`."""
        try:
            return self._field.read(text)
        except forms.RefusedError:
            words = QCoreApplication.translate(
                "FormInput", "Give a date such as {example}; “{text}” is not one."
            )
            raise ValueRefused(words.format(example=self._field.text(0.0), text=text.strip())) from None

    def format(self, value: object) -> str:
        """As the table shows it."""
        return self._field.text(float(str(value)))

    def step(self, value: object, steps: int) -> float:
        """So many days, hours, minutes or seconds away: what the column counts in."""
        return float(str(value)) + steps * self._field.step


class FormInput(OwnInput):
    """Numbers are typed, words chosen, dates and texts written; what is refused is said."""

    def __init__(self, theme: Theme, question: Question) -> None:
        super().__init__()
        self._bundle, self._rows, self._at = question.bundle, question.rows, -1
        self._trouble = ""
        fields = forms.fields_of(self._bundle)
        self._inputs = forms.typical(self._bundle, fields, self._rows[0])
        self._setters: list[Callable[[], None]] = []
        form = QFormLayout()
        form.setSpacing(SPACE)
        form.setContentsMargins(0, 0, SPACE, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)  # a cut number would be another one
        for field in fields:
            label = TextLabel(theme, field.title, role=FontRole.SMALL, tone="dim")
            form.addRow(label, self._made(theme, field))
        self.example = example_button(theme)
        self.example.clicked.connect(self._on_example)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(_scrolled(form), 1)
        column.addWidget(self.example, 0, Qt.AlignmentFlag.AlignLeft)

    @staticmethod
    def suits(question: Question) -> bool:
        """Whether the data is a table of not too many columns."""
        return 0 < len(forms.fields_of(question.bundle)) <= MOST_FIELDS

    def _made(self, theme: Theme, field: forms.Field) -> QWidget:
        if isinstance(field, forms.ChoiceField):
            return self._choice(theme, field)
        if isinstance(field, forms.TextField):
            return self._line(field)
        return self._box(theme, field)

    def _box(self, theme: Theme, field: forms.Field) -> QWidget:
        codec = DateCodec(field) if isinstance(field, forms.DateField) else NumberCodec()
        box = CommitSpin(theme, codec, field.shown(self._bundle, self._inputs))
        box.setAccessibleName(field.title)
        box.setMinimumWidth(_NUMBER)
        box.committed.connect(partial(self._take, field))
        box.refused.connect(self._on_refused)
        self._setters.append(lambda: box.set_value(field.shown(self._bundle, self._inputs)))
        return box

    def _choice(self, theme: Theme, field: forms.ChoiceField) -> QWidget:
        combo = choice(theme, field.title, field.options, field.shown(self._bundle, self._inputs))
        combo.activated.connect(partial(self._take, field))
        self._setters.append(lambda: combo.setCurrentIndex(field.shown(self._bundle, self._inputs)))
        return combo

    def _line(self, field: forms.TextField) -> QWidget:
        line = QLineEdit(field.shown(self._bundle, self._inputs))
        line.setAccessibleName(field.title)
        line.setMinimumWidth(_NUMBER)
        line.setCursorPosition(0)
        line.textEdited.connect(partial(self._take, field))

        def show() -> None:
            line.setText(field.shown(self._bundle, self._inputs))
            line.setCursorPosition(0)

        self._setters.append(show)
        return line

    def _take(self, field: forms.Field, value: object) -> None:
        self._trouble = ""
        self._inputs = field.put(self._bundle, self._inputs, value)
        self.changed.emit()

    def _on_refused(self, sentence: str) -> None:
        self._trouble = sentence
        self.changed.emit()

    def _on_example(self) -> None:
        self._at = (self._at + 1) % len(self._rows)
        self._inputs = own.of_row(self._bundle, self._rows[self._at])
        self._trouble = ""
        for setter in self._setters:
            setter()
        self.changed.emit()

    @property
    @override
    def sentence(self) -> str:
        return self._trouble

    @override
    def inputs(self) -> dict[str, Array]:
        return self._inputs


def _scrolled(form: QFormLayout) -> QScrollArea:
    inner = QWidget()
    inner.setLayout(form)
    scroll = QScrollArea()
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields have the keyboard
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(inner)
    scroll.setMinimumWidth(form.minimumSize().width() + 2 * SPACE)
    scroll.viewport().setAutoFillBackground(False)
    inner.setAutoFillBackground(False)
    return scroll
