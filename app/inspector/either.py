"""A setting that may be one of several kinds of value: a number or a schedule, nothing or a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.help.topic import Topic
from app.inspector.fields import choice_text
from app.inspector.indented import Indented
from app.inspector.kinds import (
    Choice,
    Either,
    Flag,
    Kind,
    Nested,
    Number,
    NumberGroups,
    Numbers,
    Several,
    Text,
    Words,
)
from app.inspector.nested import about
from app.theme import SPACE, Theme
from app.widgets import ChoiceField
from app.widgets.fields import Field
from engine.settings import problems

if TYPE_CHECKING:
    from app.inspector.form import ModelForm

MakeEditor = Callable[[Kind, object], QWidget]
"""Makes the field for a value of a kind."""


@dataclass(frozen=True)
class _Way:
    """One entry of the list: a value as it stands, or a kind of value with an editor of its own."""

    text: str
    key: object
    kind: Kind | None = None
    tip: str = ""


class EitherField(QWidget):
    """Edits a value of one of several kinds: which kind in a list, the value below it. `committed` carries it."""

    committed = Signal(object)

    def __init__(
        self,
        theme: Theme,
        label: str,
        kind: Either,
        value: object,
        make_editor: MakeEditor,
        help_text: str = "",
    ) -> None:
        super().__init__()
        self._make_editor = make_editor
        self._ways = _ways(kind)
        self._value = value
        self._path: tuple[str, ...] = ()
        self.editor: QWidget | None = None
        choices = [(way.key, way.text) for way in self._ways]
        start = self._way_of(value)
        self.choice = ChoiceField(theme, label, choices, start.key, help_text=help_text, stacked=True)
        self.choice.set_value(start.key)
        self.choice.set_tips([way.tip for way in self._ways])
        self.choice.committed.connect(self._on_choice_committed)
        self._inside = Indented(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.choice)
        column.addWidget(self._inside)
        self.setFocusProxy(self.choice)
        self._show(start, value)

    def value(self) -> object:
        """The value last committed or set."""
        return self._value

    def path(self) -> tuple[str, ...]:
        """What inside the value was committed last; nothing where its kind was chosen."""
        return self._path

    def help_topic(self, _focus: QWidget | None = None) -> Topic | None:
        """What help is about here: the kind of model that is chosen."""
        return Topic(type(self._value)) if isinstance(self._value, BaseModel) else None

    def set_value(self, value: object) -> None:
        """Shows another value; emits nothing."""
        before, way = self._way_of(self._value), self._way_of(value)
        self._value = value
        self.choice.set_value(way.key)
        if before is way and self.editor is not None:
            cast("Field", self.editor).set_value(value)
        else:
            self._show(way, value)

    def set_error(self, text: str | None) -> None:
        """Shows a sentence under the field, or takes it away."""
        self.choice.set_error(text)

    def _way_of(self, value: object) -> _Way:
        """The entry that a value belongs to; the first where it fits none."""
        return next((way for way in self._ways if _suits(way, value)), self._ways[0])

    def _show(self, way: _Way, value: object) -> None:
        self.editor = None if way.kind is None else self._make_editor(way.kind, value)
        self._inside.show_only(self.editor)
        if self.editor is None:
            return
        form = cast("ModelForm", self.editor) if isinstance(way.kind, Nested) else None
        self._inside.setVisible(form is None or bool(form.field_names()))
        cast("Field", self.editor).committed.connect(self._on_editor_committed)

    def _on_choice_committed(self, key: object) -> None:
        way = next(way for way in self._ways if way.key == key)
        try:
            value = _first_value(way)
        except ValidationError as error:
            model = cast("type[BaseModel]", way.key)
            self.set_error(" ".join(problems(model, error).values()))
            return
        self._path, self._value = (), value
        self._show(way, value)
        self.committed.emit(value)

    def _on_editor_committed(self, value: object) -> None:
        inner = getattr(self.editor, "path", None)
        self._path = ("value", *(inner() if callable(inner) else ()))
        self._value = value
        self.committed.emit(value)


def _ways(kind: Either) -> list[_Way]:
    ways = [_Way(choice_text(None), None)] if kind.optional else []
    for part in kind.kinds:
        if isinstance(part, Choice):
            ways += [_Way(choice_text(value), value) for value in part.values]
        elif isinstance(part, Nested):
            ways += [_Way(title, m, Nested((m,)), about(m)) for m, title in part.named()]
        else:
            ways.append(_Way(_name(part), part, part))
    return ways


def _suits(way: _Way, value: object) -> bool:
    """Whether a value is of the kind of an entry; a list of words is not a list of numbers."""
    if way.kind is None:
        return value == way.key and type(value) is type(way.key)
    if isinstance(way.kind, Nested):
        return type(value) is way.key
    if isinstance(way.kind, Flag):
        return isinstance(value, bool)
    if isinstance(way.kind, Number):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(way.kind, Text):
        return isinstance(value, str)
    parts = list(value) if isinstance(value, tuple | list) else None
    if parts is None:
        return False
    wanted = {Numbers: int | float, NumberGroups: tuple | list, Words: str, Several: BaseModel}
    return all(isinstance(part, wanted.get(type(way.kind), object)) for part in parts)


def _first_value(way: _Way) -> object:
    """What a newly chosen kind starts with."""
    kind = way.kind
    if isinstance(kind, Nested):
        return kind.models[0]()
    if isinstance(kind, Number):
        return kind.bounds.clamp(1.0) if not kind.integer else round(kind.bounds.clamp(1))
    if isinstance(kind, Numbers):
        one = round(kind.bounds.clamp(1)) if kind.integer else kind.bounds.clamp(1.0)
        return (one,) * (kind.length or kind.least)
    if isinstance(kind, NumberGroups):
        return ((0,) * (kind.part.length or 1),) * kind.groups
    if isinstance(kind, Flag):
        return True
    if isinstance(kind, Text):
        return ""
    return way.key if kind is None else ()


def _name(kind: Kind) -> str:
    """The entry of a kind of value that has no name of its own."""
    if isinstance(kind, Number):
        return _tr("a whole number") if kind.integer else _tr("a number")
    if isinstance(kind, Numbers | NumberGroups):
        return _tr("numbers")
    if isinstance(kind, Flag):
        return _tr("yes or no")
    return _tr("a text") if isinstance(kind, Text) else _tr("a list")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Form", text)
