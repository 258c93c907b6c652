"""A form for any pydantic model: layers, data, training and optimizer settings all use this one.

Label, help, bounds and choices come from the fields; a nested model is a form inside the form, a choice among
models a drop-down list over one. What is wrong is said under the field that is wrong.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.help.topic import Topic
from app.inspector.either import EitherField
from app.inspector.fields import DIFFERS, Options, differing, editor, help_of, make_field, title_of
from app.inspector.kinds import Either, Kind, Nested, NumberGroups, Several, Words, kind_of
from app.inspector.nested import NestedField
from app.inspector.several import SeveralField
from app.inspector.words import LinesField, PassageField
from app.theme import SPACE, FontRole, Theme
from app.widgets import CollapsibleSection, FieldRow, TextLabel
from app.widgets.fields import Field
from engine.settings import places, problems

OptionSource = Callable[[type[BaseModel], str], Options | None]
"""Tells what a field of a model may be set to where its annotation does not (the features of the chosen
data); `None` leaves it to the annotation. Options that are model classes become a choice of models, or narrow that
of a list of models."""


def no_options(model: type[BaseModel], name: str) -> Options | None:
    """The option source that knows nothing."""
    return None


class ModelForm(QWidget):
    """Edits an instance of a pydantic model.

    `committed` carries a new, valid instance; what the model refuses stays visible with a sentence and is
    tried again together with the next change. Fields in `differing` start without a value: the form speaks
    for several objects that differ in them.
    """

    committed = Signal(object)

    def __init__(
        self,
        theme: Theme,
        value: BaseModel,
        *,
        options: OptionSource = no_options,
        differing: Iterable[str] = (),
        leave_out: Iterable[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._value = value
        self._options = options
        self._differing = set(differing)
        self._leave_out = frozenset(leave_out)
        self._pending: dict[str, object] = {}
        self._changes: Mapping[str, object] = MappingProxyType({})
        self._path: tuple[str, ...] = ()
        self._fields: dict[str, Field] = {}
        self._rare: list[str] = []  # settings whose fields are made when they are first wanted
        self._more: CollapsibleSection | None = None
        self._plain = False  # without the rarely changed settings
        self._general = TextLabel(theme, role=FontRole.SMALL, tone="bad", wrap=True)
        self._advanced = QVBoxLayout()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(3 * SPACE)
        self._fill()

    def value(self) -> BaseModel:
        """The instance last committed or set."""
        return self._value

    def changes(self) -> Mapping[str, object]:
        """The settings that the last commit changed, by name."""
        return self._changes

    def has_pending(self) -> bool:
        """Whether something was committed that the model refuses."""
        return bool(self._pending)

    def path(self) -> tuple[str, ...]:
        """The setting that the last commit was about, and the one inside it where it is a model."""
        return self._path

    def field(self, name: str) -> Field:
        """The field of the setting `name`; raises `KeyError`."""
        if name in self._rare:
            self._make_rare()
        return self._fields[name]

    def field_names(self) -> tuple[str, ...]:
        """The settings that have a field, the rarely changed ones last."""
        return (*self._fields, *self._rare)

    def help_topic(self, focus: QWidget | None) -> Topic | None:
        """What help is about where `focus` is: the setting of its field."""
        name = self._holding(focus)
        return Topic(type(self._value)) if name is None else Topic(type(self._value), name)

    def focused(self) -> str | None:
        """The setting that has the keyboard."""
        return self._holding(QApplication.focusWidget())

    def _holding(self, widget: QWidget | None) -> str | None:
        """The setting whose field a widget is in."""
        for name, field in self._fields.items():
            if widget is not None and isinstance(field, QWidget) and field.isAncestorOf(widget):
                return name
        return None

    def set_value(self, value: object) -> None:
        """Shows another instance; emits nothing. Another class gets fields of its own."""
        if not isinstance(value, BaseModel):
            raise TypeError(f"A form shows a pydantic model. Received: {value!r}.")
        same_class = type(value) is type(self._value) and not self._differing
        old, self._value = self._value, value
        self._pending.clear()
        if not same_class:
            self._differing.clear()
            self._fill()
        elif old != value:
            for name, field in self._fields.items():
                field.set_value(getattr(value, name))
        self._show_problems({})

    def set_plain(self, plain: bool, needed: Collection[str] = ()) -> None:
        """Hides the rarely changed settings but those that are needed, which are unfolded."""
        fields = type(self._value).model_fields
        wanted = [n for n, i in fields.items() if is_advanced(i) and (n in needed or not plain)]
        self._plain = plain and not wanted
        if self._more is None:
            return
        self._more.setVisible(not self._plain)
        if plain and wanted:
            self._more.heading.setChecked(True)
        for name, field in self._fields.items():
            if is_advanced(fields[name]) and isinstance(field, QWidget):
                field.setVisible(name in wanted)

    def set_error(self, text: str | None) -> None:
        """Shows a sentence that concerns the whole form, or takes it away."""
        self._general.setText(text or "")
        self._general.setVisible(bool(text))

    def _fill(self) -> None:
        self._column.removeWidget(self._general)
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._fields, self._rare, self._more = {}, [], None
        self._advanced = QVBoxLayout()
        self._advanced.setContentsMargins(0, 0, 0, 0)
        self._advanced.setSpacing(3 * SPACE)
        for name, info in type(self._value).model_fields.items():
            if name not in self._leave_out and not self._is_fixed(name) and not _says(info, "hidden"):
                if is_advanced(info):
                    self._rare.append(name)
                else:
                    self._add_field(name, self._column)
        if self._rare:
            self._more = self._folded_away()
            self._column.addWidget(self._more)
            self._more.setVisible(not self._plain)
        self._column.addWidget(self._general)
        self._general.hide()

    def _folded_away(self) -> CollapsibleSection:
        """The rarely changed settings; unfolded where one of them is not what it is on a new model."""
        content = QWidget()
        content.setLayout(self._advanced)
        section = CollapsibleSection(self._theme, self.tr("More settings"), content)
        section.heading.setChecked(False)
        section.toggled.connect(self._make_rare)
        model = type(self._value)
        if any(getattr(self._value, name) != usual_value(model, name) for name in self._rare):
            section.heading.setChecked(True)
        return section

    def _make_rare(self) -> None:
        """Makes the fields of the rarely changed settings; most of the time nobody looks at them."""
        rare, self._rare = self._rare, []
        for name in rare:
            self._add_field(name, self._advanced)

    def _is_fixed(self, name: str) -> bool:
        """Whether the field has but one value: the name that tells a model from its alternatives."""
        values = getattr(kind_of(type(self._value).model_fields[name]), "values", None)
        return values is not None and len(values) == 1

    def _add_field(self, name: str, place: QVBoxLayout) -> None:
        info = type(self._value).model_fields[name]
        value = DIFFERS if name in self._differing else getattr(self._value, name)
        options = self._options(type(self._value), name)
        field = self._make_field(name, info, value, options)
        place.addWidget(field)
        self._fields[name] = cast("Field", field)
        self._fields[name].committed.connect(lambda new, name=name: self._on_field_committed(name, new))

    def _make_field(self, name: str, info: FieldInfo, value: object, options: Options | None) -> QWidget:
        theme, title, hint = self._theme, title_of(name, info), help_of(info)
        kind = _narrowed(kind_of(info), options)
        current = getattr(self._value, name)
        if isinstance(kind, Several | Words | NumberGroups) and kind.optional:
            kind = Either((replace(kind, optional=False),), optional=True)
        if not isinstance(kind, Nested | Several | Either):
            return make_field(theme, name, info, value, options, current)
        if value is DIFFERS:
            hint = differing(hint)
        if isinstance(kind, Several):
            return SeveralField(theme, title, kind.part, current, self._nested_form, hint)
        if isinstance(kind, Either):
            return EitherField(theme, title, kind, current, self._editor, hint)
        return NestedField(theme, title, kind, current, self._nested_form, hint)

    def _editor(self, kind: Kind, value: object) -> QWidget:
        """The field for one of several kinds of value; the list above it says what it is."""
        if isinstance(kind, Nested) and isinstance(value, BaseModel):
            return self._nested_form(value)
        if isinstance(kind, Several):
            return SeveralField(self._theme, self.tr("Value"), kind.part, value, self._nested_form)
        return editor(self._theme, self.tr("Value"), kind, value)

    def _nested_form(self, value: BaseModel) -> "ModelForm":
        return ModelForm(self._theme, value, options=self._options)

    def _on_field_committed(self, name: str, new: object) -> None:
        if new is DIFFERS:
            return
        self._pending[name] = new
        model = type(self._value)
        settings: dict[str, Any] = {field: getattr(self._value, field) for field in model.model_fields}
        try:
            value = model.model_validate(settings | self._pending)
        except ValidationError as error:
            self._show_problems(problems(model, error))
            for wrong, place in places(error).items():
                field = self._fields.get(wrong)
                if isinstance(field, PassageField):
                    field.set_place(*place)
            return
        self._changes = MappingProxyType({field: getattr(value, field) for field in self._pending})
        inner = getattr(self._fields[name], "path", None)
        self._path = (name, *(inner() if callable(inner) else ()))
        self._pending.clear()
        for same in self._differing & self._changes.keys():
            self._tell_same(same)
        self._differing -= self._changes.keys()
        self._value = value
        self._show_problems({})
        self.committed.emit(value)

    def _tell_same(self, name: str) -> None:
        """The objects no longer differ in this setting."""
        field = self._fields[name]
        row = field if isinstance(field, FieldRow | LinesField) else cast("QWidget", field).focusProxy()
        if isinstance(row, FieldRow | LinesField):
            row.set_help(help_of(type(self._value).model_fields[name]))

    def _show_problems(self, sentences: Mapping[str, str]) -> None:
        if self._more is not None and any(name in sentences for name in self._rare):
            self._more.heading.setChecked(True)
        rest = [sentence for name, sentence in sentences.items() if name not in self._fields]
        for name, field in self._fields.items():
            field.set_error(sentences.get(name))
        self.set_error(" ".join(rest) or None)


def usual_value(model: type[BaseModel], name: str) -> object:
    """The value of a setting on a new model, read by its own rules (a name becomes the member it stands for)."""
    try:
        return getattr(model(), name)
    except ValidationError:
        return model.model_fields[name].get_default(call_default_factory=True)


def is_advanced(info: FieldInfo) -> bool:
    """Whether the declaration says that the setting is rarely changed."""
    return _says(info, "advanced")


def _says(info: FieldInfo, word: str) -> bool:
    """Whether the declaration of a setting has a mark (see `engine.settings.setting`)."""
    return isinstance(info.json_schema_extra, dict) and bool(info.json_schema_extra.get(word))


def _narrowed(kind: Kind, options: Options | None) -> Kind:
    """The kind of a setting, its models only those among the options if there are such."""
    offered = [(v, text) for v, text in options or () if isinstance(v, type) and issubclass(v, BaseModel)]
    if not offered:
        return kind
    optional = any(value is None for value, _ in options or ())
    models, titles = zip(*offered, strict=True)
    none = next((text for value, text in options or () if value is None), "")
    nested = Nested(models, titles, none, optional=optional)
    return Several(nested) if isinstance(kind, Several) else nested
