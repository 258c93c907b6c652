"""Which field shows which kind of value, and the field for values that have no control of their own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python
from PySide6.QtCore import QCoreApplication

from app.i18n import declared
from app.inspector.kinds import Choice, Flag, Kind, Number, NumberGroups, Numbers, Span, Text, Words, kind_of
from app.inspector.words import LinesField, PassageField, WordsField
from app.theme import Theme
from app.widgets import (
    ChoiceField,
    FieldRow,
    GroupsCodec,
    NumberCodec,
    NumberField,
    RangeField,
    SwitchField,
    TextField,
    TupleCodec,
    TupleField,
    ValueRefused,
)
from app.widgets.codecs import Bounds, Codec
from app.widgets.fields import SpinRow

_BESIDE: Final = 15  # letters of a choice that there is room for beside the label

Options = Sequence[tuple[object, str]]
"""Values to choose from, each with the text that stands for it."""


class _Differs:
    """Stands for the value of a setting in which the selected nodes differ."""


DIFFERS: Final = _Differs()


class JsonCodec:
    """Writes any value as JSON; whether it suits the setting is for the model to say."""

    def parse(self, text: str) -> object:
        """The value that `text` means; nothing is `None`; raises `ValueRefused`."""
        try:
            return json.loads(text) if text.strip() else None
        except json.JSONDecodeError as error:
            sentence = _tr(
                "Write it as JSON, such as [1, 2] or \u201cname\u201d; it breaks off at character {at}."
            )
            raise ValueRefused(sentence.format(at=error.pos + 1)) from None

    def format(self, value: object) -> str:
        """The value as JSON on one line; nothing for `None`."""
        return "" if value is None else json.dumps(to_jsonable_python(value), ensure_ascii=False)

    def step(self, value: object, steps: int) -> object:
        """The value itself: there is no next one."""
        return value


@dataclass(frozen=True, slots=True)
class NoneYet:
    """Reads and writes what `codec` does, and nothing; steps from nothing begin at `start`."""

    codec: Codec
    start: object

    def parse(self, text: str) -> object:
        """The value that `text` means; nothing is `None`; raises `ValueRefused`."""
        return self.codec.parse(text) if text.strip() else None

    def format(self, value: object) -> str:
        """How `value` is written; nothing for `None`."""
        return "" if value is None else self.codec.format(value)

    def step(self, value: object, steps: int) -> object:
        """The value so many steps away."""
        return self.codec.step(self.start if value is None else value, steps)


class JsonField(SpinRow):
    """A value without a control of its own, written as JSON."""

    def __init__(self, theme: Theme, label: str, value: object, *, help_text: str = "") -> None:
        super().__init__(theme, label, JsonCodec(), value, help_text, None)


def title_of(name: str, info: FieldInfo) -> str:
    """The label of a field: its title, or its name in words."""
    return declared(info.title or name.replace("_", " ").capitalize())


def help_of(info: FieldInfo) -> str:
    """The help line of a field, with its unit."""
    unit = info.json_schema_extra.get("unit") if isinstance(info.json_schema_extra, dict) else ""
    words = declared(info.description or "")
    return f"{words} ({declared(str(unit))})".strip() if unit else words


def choice_text(value: object) -> str:
    """How a value to choose is written."""
    if isinstance(value, Enum):
        return choice_text(value.value)
    if isinstance(value, bool):
        return _tr("yes") if value else _tr("no")
    return _tr("none") if value is None else str(value).replace("_", " ")


def make_field(
    theme: Theme,
    name: str,
    info: FieldInfo,
    value: object,
    options: Options | None = None,
    start: object = None,
) -> FieldRow | LinesField:
    """The field for a setting; `options` replace what its annotation says.

    `DIFFERS` shows no value; arrows then begin at `start`.
    """
    kind, label, hint = kind_of(info), title_of(name, info), help_of(info)
    if value is DIFFERS:
        hint = differing(hint)
    if options is not None:
        return _choice_field(theme, label, kind, value, options, hint)
    if value is DIFFERS and not isinstance(kind, Choice | Flag):
        return _differing_field(theme, label, kind, start, hint)
    return editor(theme, label, kind, value, hint)


def differing(hint: str) -> str:
    """The help line of a setting in which the selected nodes differ."""
    return f"{hint} \N{MIDDLE DOT} {_tr('differs')}".removeprefix(" \N{MIDDLE DOT} ")


def _differing_field(theme: Theme, label: str, kind: Kind, start: object, hint: str) -> FieldRow | LinesField:
    """The field of a setting in which nodes differ: read and written as where they are equal, and empty at first."""
    if isinstance(kind, Text):
        return _text_field(theme, label, kind, "", hint)
    if isinstance(kind, Words):
        return WordsField(theme, label, (), help_text=hint)
    codec: Codec = JsonCodec()
    if isinstance(kind, Number):
        codec = NumberCodec(kind.integer, kind.bounds)
    elif isinstance(kind, Numbers | NumberGroups):
        codec = _tuple_codec(kind)
    elif isinstance(kind, Span):
        codec = TupleCodec(2, Bounds(kind.limits.low, kind.limits.high), integer=False)
    return SpinRow(theme, label, NoneYet(codec, start), None, hint, None)


def editor(theme: Theme, label: str, kind: Kind, value: object, hint: str = "") -> FieldRow | LinesField:
    """The field for a value of a kind that needs no form inside the form."""
    if isinstance(kind, Choice) or (isinstance(kind, Flag) and (kind.optional or value is DIFFERS)):
        return _choice_field(theme, label, kind, value, None, hint)
    if isinstance(kind, Flag):
        return SwitchField(theme, label, bool(value), help_text=hint)
    if isinstance(kind, Number):
        number = value if isinstance(value, int | float) else None
        codec = NumberCodec(kind.integer, kind.bounds, optional=kind.optional)
        return NumberField(theme, label, number, codec=codec, help_text=hint)
    if isinstance(kind, Numbers | NumberGroups) and (kind.optional or isinstance(value, tuple | list)):
        given = value if isinstance(value, tuple | list) else None
        return TupleField(theme, label, given, codec=_tuple_codec(kind), help_text=hint)
    if isinstance(kind, Span) and isinstance(value, tuple):
        limits = (kind.limits.low, kind.limits.high)
        outward = kind.limits.outward
        return RangeField(theme, label, value, limits=limits, outward=outward, help_text=hint)
    if isinstance(kind, Text):
        return _text_field(theme, label, kind, value, hint)
    if isinstance(kind, Words) and isinstance(value, tuple | list):
        return WordsField(theme, label, value, help_text=hint)
    return JsonField(theme, label, value, help_text=hint)


def _text_field(theme: Theme, label: str, kind: Text, value: object, hint: str) -> FieldRow | LinesField:
    if kind.lines:
        return PassageField(theme, label, str(value), help_text=hint)
    text = None if value is None else str(value)
    return TextField(theme, label, text, optional=kind.optional, help_text=hint)


def _tuple_codec(kind: Numbers | NumberGroups) -> TupleCodec | GroupsCodec:
    if isinstance(kind, NumberGroups):
        return GroupsCodec(kind.groups, TupleCodec(kind.part.length, kind.part.bounds, kind.part.integer))
    return TupleCodec(kind.length, kind.bounds, kind.integer, kind.optional, kind.least, kind.gaps)


def _choice_field(
    theme: Theme, label: str, kind: Kind, value: object, options: Options | None, hint: str
) -> FieldRow:
    values: Sequence[object] = kind.values if isinstance(kind, Choice) else ()
    if isinstance(kind, Flag):
        values = (True, False)
    choices = list(options) if options is not None else [(choice, choice_text(choice)) for choice in values]
    if kind.optional and all(choice is not None for choice, _ in choices):
        choices.insert(0, (None, choice_text(None)))
    if value is DIFFERS:
        choices.insert(0, (DIFFERS, "\N{EM DASH}"))
    elif all(choice != value for choice, _ in choices):
        choices.insert(0, (value, choice_text(value)))  # a value from a file that is no longer on offer
    long = any(len(text) > _BESIDE for _, text in choices)
    return ChoiceField(theme, label, choices, value, help_text=hint, stacked=long)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Form", text)
