"""A setting that is itself a model: a form inside the form, under a list of the models to choose from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.help.topic import Topic
from app.inspector.fields import choice_text, model_title
from app.inspector.kinds import Nested
from app.theme import SPACE, FontRole, Theme
from app.widgets import ChoiceField, Heading, TextLabel
from engine.settings import problems

if TYPE_CHECKING:
    from app.inspector.form import ModelForm


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
        self._choice = self._make_choice(kind, value, help_text)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(3 * SPACE)
        self._column.addWidget(Heading(theme, label) if self._choice is None else self._choice)
        self._column.addWidget(self._error)
        self._error.hide()
        self._show(value)

    @property
    def form(self) -> ModelForm | None:
        """The form of the present value; `None` for `None` and for a model without settings."""
        return self._form

    def value(self) -> object:
        """The instance last committed or set."""
        return self._value

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
        models: list[type[BaseModel]] = list(kind.models)
        if isinstance(value, BaseModel) and type(value) not in models:
            models.insert(0, type(value))
        if len(models) == 1 and not kind.optional:
            return None
        choices: list[tuple[object, str]] = [(None, choice_text(None))] if kind.optional else []
        choices += [(model, model_title(model)) for model in models]
        current = None if value is None else type(value)
        field = ChoiceField(self._theme, self._label, choices, current, help_text=help_text)
        field.committed.connect(self._on_choice_committed)
        return field

    def _show(self, value: object) -> None:
        self._value = value
        if self._form is not None and isinstance(value, BaseModel):
            self._form.set_value(value)
        elif self._form is not None:
            self._column.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
            self._form = None
        elif isinstance(value, BaseModel):
            self._form = self._make_form(value)
            self._form.committed.connect(self._on_form_committed)
            self._column.insertWidget(1, self._form)
        if self._form is not None:
            self._form.setVisible(bool(self._form.field_names()))

    def _on_choice_committed(self, model: object) -> None:
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
        self.committed.emit(value)
