"""How values of settings and what is allowed of them are written on a page."""

from __future__ import annotations

import types
from collections.abc import Sequence
from enum import Enum
from html import escape
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from engine.families import Family
from engine.settings import Settings

_TIMES = " \N{MULTIPLICATION SIGN} "
_MOST_CHOICES = 24


def value_text(value: object) -> str:
    """A value in a table: 3 × 3, yes, none, glorot_uniform."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, Enum):
        return value_text(value.value)
    if isinstance(value, float):
        return f"{value:.6g}".replace("e-0", "e-").replace("e+0", "e")
    if isinstance(value, tuple | list):
        separator = _TIMES if all(isinstance(part, int) for part in value) else ", "
        return separator.join(map(value_text, value)) or "empty"
    if isinstance(value, BaseModel) and not type(value).model_fields:
        return str(value)
    if isinstance(value, BaseModel):
        changed = {
            name: getattr(value, name)
            for name in type(value).model_fields
            if isinstance(value, Settings) and getattr(value, name) != default_of(type(value), name)
        }
        inside = ", ".join(f"{name} {value_text(part)}" for name, part in changed.items())
        return f"{value_name(value)} ({inside})" if inside else value_name(value)
    return str(value) or "empty"


def value_name(value: BaseModel) -> str:
    """The name of a model's kind, as in files where it has one."""
    key = getattr(type(value), "key", None)
    return str(key()) if callable(key) else type(value).__name__


def default_of(kind: type[Settings], name: str) -> object:
    """The value of a setting on a new node, read by its own rules."""
    try:
        return getattr(kind(), name)
    except ValueError:
        return kind.model_fields[name].get_default(call_default_factory=True)


def family_of(annotation: object) -> Family[Any] | None:
    """The family that a setting's annotation names, wherever in it that stands."""
    if isinstance(annotation, Family):
        return annotation
    for part in get_args(annotation):
        found = family_of(part)
        if found is not None:
            return found
    return None


def field_family(info: FieldInfo) -> Family[Any] | None:
    """The family whose members a setting chooses from."""
    return next((m for m in info.metadata if isinstance(m, Family)), None) or family_of(info.annotation)


def allowed(info: FieldInfo) -> str:
    """What a setting may be, as HTML: `1 to 65536`, `one of same, valid`."""
    return _allowed(info.annotation, info.metadata)


def _allowed(annotation: Any, metadata: Sequence[object]) -> str:
    family = next((m for m in metadata if isinstance(m, Family)), None)
    if family is not None:
        return f"{_article(family.noun)} {family.noun}"
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _allowed(parts[0], [*metadata, *parts[1:]])
    if origin is Union or origin is types.UnionType:
        kinds = dict.fromkeys(_allowed(part, metadata) for part in parts if part is not type(None))
        return " or ".join([*kinds, *(["none"] if type(None) in parts else [])])
    if origin is Literal:
        return _choices(parts)
    if origin in (tuple, list):
        return _several(parts)
    return _plain(annotation, metadata)


def _plain(annotation: Any, metadata: Sequence[object]) -> str:
    if not isinstance(annotation, type):
        return "any value"
    if issubclass(annotation, bool):
        return "yes or no"
    if issubclass(annotation, Enum):
        return _choices(tuple(member.value for member in annotation))
    if issubclass(annotation, int | float):
        kind = "a whole number" if issubclass(annotation, int) else "a number"
        bounds = _bounds(metadata)
        return f"{kind}{', ' if bounds else ''}{bounds}"
    return "text" if issubclass(annotation, str) else "settings of its own"


def _several(parts: Sequence[Any]) -> str:
    """`2 whole numbers, 1 to 1024`; a list of things that are not numbers is named as one."""
    inner = _allowed(parts[0], ()) if parts else "any value"
    count = "" if len(parts) < 2 or Ellipsis in parts else f"{len(parts)} "
    for one, many in (("a whole number", "whole numbers"), ("a number", "numbers"), ("text", "texts")):
        if inner.startswith(one):
            return f"{count}{many}{inner.removeprefix(one)}"
    return f"a list: {inner}" if not count else f"{count}of: {inner}"


def _choices(values: Sequence[object]) -> str:
    shown = [escape(value_text(value)) for value in values[:_MOST_CHOICES]]
    return ", ".join([*shown, *(["\N{HORIZONTAL ELLIPSIS}"] if len(values) > _MOST_CHOICES else [])])


def _bounds(metadata: Sequence[object]) -> str:
    low = high = ""
    for bound in _flat(metadata):
        if isinstance(bound, annotated_types.Ge):
            low = f"at least {value_text(bound.ge)}"
        elif isinstance(bound, annotated_types.Gt):
            low = f"above {value_text(bound.gt)}"
        elif isinstance(bound, annotated_types.Le):
            high = f"at most {value_text(bound.le)}"
        elif isinstance(bound, annotated_types.Lt):
            high = f"below {value_text(bound.lt)}"
    if low.startswith("at least") and high.startswith("at most"):
        return f"{low.removeprefix('at least ')} to {high.removeprefix('at most ')}"
    return " and ".join(filter(None, (low, high)))


def _flat(metadata: Sequence[object]) -> list[object]:
    flat: list[object] = []
    for item in metadata:
        if isinstance(item, FieldInfo):
            flat += _flat(item.metadata)
        elif isinstance(item, annotated_types.GroupedMetadata):
            flat += list(item)
        else:
            flat.append(item)
    return flat


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"
