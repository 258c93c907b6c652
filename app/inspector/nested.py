"""A setting that is itself a model: a form inside the form, under a list of the models to choose from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.help.topic import Topic
from app.i18n import declared
from app.inspector.fields import choice_text
from app.inspector.indented import Indented
from app.inspector.kinds import Nested, summary_of_model, title_of_model
from app.theme import SPACE, FontRole, Theme
from app.widgets import ChoiceField, Heading, TextLabel
from engine.settings import problems

if TYPE_CHECKING:
    from app.inspector.form import ModelForm


def about(model: object) -> str:
    """The line about a model in a list of models."""
    return declared(summary_of_model(model))


class NestedField(QWidget):
    """Edits a value that is an instance of one of several models, or `None` where that is allowed.

    `committed` carries the new instance. Choosing another model starts from its defaults.
    """

    committed = Signal(object)

    def __init__(
        self,
        theme: Theme,
        label: str,
        kind: Nested,
        value: object,
        make_form: Callable[[BaseModel], ModelForm],
        help_text: str = "",
    ) -> None:
        super().__init__()
        self._theme = theme
        self._label = label
        self._make_form = make_form
        self._form: ModelForm | None = None
        self._error = TextLabel(theme, role=FontRole.SMALL, tone="bad", wrap=True)
        self._path: tuple[str, ...] = ()
        self._choice = self._make_choice(kind, value, help_text)
        self._inside = Indented(theme)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2 * SPACE)
        self._column.addWidget(Heading(theme, label) if self._choice is None else self._choice)
        self._column.addWidget(self._error)
        self._column.addWidget(self._inside)
        self._error.hide()
        if self._choice is not None:
            self.setFocusProxy(self._choice)
        self._show(value)

    @property
    def form(self) -> ModelForm | None:
        """The form of the present value; `None` for `None` and for a model without settings."""
        return self._form

    def value(self) -> object:
        """The instance last committed or set."""
        return self._value

    def path(self) -> tuple[str, ...]:
        """The setting inside the model that was committed last; nothing where the model was chosen."""
        return self._path

    def help_topic(self, _focus: QWidget | None = None) -> Topic | None:
        """What help is about here: the kind of model that is chosen."""
        return Topic(type(self._value)) if isinstance(self._value, BaseModel) else None

    def set_value(self, value: object) -> None:
        """Shows another instance; emits nothing."""
        if self._choice is not None:
            self._choice.set_value(None if value is None else type(value))
        self._show(value)

    def set_error(self, text: str | None) -> None:
        """Shows a sentence that concerns the whole setting, or takes it away."""
        self._error.setText(text or "")
        self._error.setVisible(bool(text))

    def _make_choice(self, kind: Nested, value: object, help_text: str) -> ChoiceField | None:
        models = kind.named()
        if isinstance(value, BaseModel) and type(value) not in kind.models:
            models.insert(0, (type(value), title_of_model(type(value))))
        if len(models) == 1 and not kind.optional:
            return None
        choices: list[tuple[object, str]] = [(None, kind.none or choice_text(None))] if kind.optional else []
        choices += models
        current = None if value is None else type(value)
        field = ChoiceField(self._theme, self._label, choices, current, help_text=help_text, stacked=True)
        field.set_tips([about(choice) for choice, _ in choices])
        field.committed.connect(self._on_choice_committed)
        return field

    def _show(self, value: object) -> None:
        self._value = value
        if not isinstance(value, BaseModel):
            self._form = None
            self._inside.show_only(None)
        elif self._form is None:
            self._form = self._make_form(value)
            self._form.committed.connect(self._on_form_committed)
            self._inside.show_only(self._form)
        else:
            self._form.set_value(value)
        self._inside.setVisible(self._form is not None and bool(self._form.field_names()))

    def _on_choice_committed(self, model: object) -> None:
        self._path = ()
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            self._show(None)
            self.committed.emit(None)
            return
        try:
            value = model()
        except ValidationError as error:
            self.set_error(" ".join(problems(model, error).values()))
            return
        self._show(value)
        self.committed.emit(value)

    def _on_form_committed(self, value: object) -> None:
        self._value = value
        self._path = self._form.path() if self._form is not None else ()
        self.committed.emit(value)
