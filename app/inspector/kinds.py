"""What kind of value a field of a pydantic model holds, read from its annotation and bounds.

The form asks only this; it never knows which model it shows.
"""

import types
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

from app.i18n import declared
from app.widgets import Bounds
from engine.families import Family
from engine.settings import Limits

MOST_LETTERS = 1_000  # of a text on one line


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value; `optional` means that it may be `None`."""

    optional: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Flag(Kind):
    """Yes or no."""


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """A number within bounds."""

    integer: bool
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class Numbers(Kind):
    """Several numbers; `length` is `None` where there may be any number of them, with `gaps` some may be missing."""

    length: int | None
    bounds: Bounds
    integer: bool = True
    least: int = 1
    gaps: bool = False


@dataclass(frozen=True, slots=True)
class Span(Kind):
    """From where to where: two numbers between limits; see `engine.settings.Limits`."""

    limits: Limits


@dataclass(frozen=True, slots=True)
class NumberGroups(Kind):
    """Several groups of numbers, such as what is cut off at both ends of each side."""

    groups: int
    part: Numbers


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """A short text, or one of several `lines`."""

    lines: bool = False


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """One of a few values."""

    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Nested(Kind):
    """Another model: one of several classes, each with settings of its own.

    `titles` replace the classes' own, where a place has more to say of them; `none` is what stands for no model.
    """

    models: tuple[type[BaseModel], ...]
    titles: tuple[str, ...] = ()
    none: str = ""

    def named(self) -> list[tuple[type[BaseModel], str]]:
        """The classes with their titles."""
        titles = self.titles or tuple(map(title_of_model, self.models))
        return list(zip(self.models, titles, strict=True))


@dataclass(frozen=True, slots=True)
class Words(Kind):
    """Any number of short texts, such as a vocabulary."""


@dataclass(frozen=True, slots=True)
class Several(Kind):
    """Any number of models, each of one of several classes."""

    part: Nested


@dataclass(frozen=True, slots=True)
class Either(Kind):
    """One of several kinds of value, such as a number or a choice."""

    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Other(Kind):
    """Anything else, written as JSON."""


def summary_of_model(model: object) -> str:
    """What a model is, in a few words; "" where it does not say."""
    declaration = getattr(model, "declaration", None)
    found = getattr(model, "summary", "") or getattr(declaration, "summary", "")
    return found if isinstance(found, str) else ""


def title_of_model(model: type[BaseModel]) -> str:
    """The name of a model for people: its `title()`, the title in its configuration, or its class."""
    title = getattr(model, "title", None)
    named = str(title()) if callable(title) else model.model_config.get("title") or model.__name__
    return declared(named)


def kind_of(info: FieldInfo) -> Kind:
    """The kind of a model's field."""
    return _kind(info.annotation, info.metadata)


def _kind(annotation: Any, metadata: Sequence[object]) -> Kind:
    family = next((item for item in metadata if isinstance(item, Family)), None)
    if family is not None:
        return Nested(tuple(sorted(family.members.values(), key=title_of_model)))
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _kind(inner, [*metadata, *_flat(more)])
    if origin is Union or origin is types.UnionType:
        return _union_kind(get_args(annotation), metadata)
    if origin is Literal:
        return Choice(get_args(annotation))
    limits = _limits(metadata)
    if origin is tuple and limits is not None:
        return Span(limits)
    if origin in (tuple, list):
        return _several_kind(origin, get_args(annotation), metadata)
    return _plain_kind(annotation, metadata)


def _plain_kind(annotation: Any, metadata: Sequence[object]) -> Kind:
    if not isinstance(annotation, type):
        return Other()
    if issubclass(annotation, bool):
        return Flag()
    if issubclass(annotation, Enum):
        return Choice(tuple(annotation))
    if issubclass(annotation, BaseModel):
        return Nested((annotation,))
    if issubclass(annotation, str):
        longest = next((m.max_length for m in metadata if isinstance(m, annotated_types.MaxLen)), 0)
        return Text(lines=longest > MOST_LETTERS)
    if issubclass(annotation, int | float):
        return Number(issubclass(annotation, int), bounds_of(metadata))
    return Other()


def _limits(metadata: Sequence[object]) -> Limits | None:
    """The limits of a pair of numbers, where its declaration says them."""
    checks = (item.func for item in metadata if isinstance(item, AfterValidator))
    return next((check for check in checks if isinstance(check, Limits)), None)


def _union_kind(members: Sequence[Any], metadata: Sequence[object]) -> Kind:
    kinds = [_kind(member, metadata) for member in members if member is not type(None)]
    optional = type(None) in members
    if optional:  # nothing can be typed, but not dragged
        kinds = [_typed(kind) for kind in kinds]
    kinds = _merged(kinds, metadata)
    if any(isinstance(kind, Other) for kind in kinds):
        return Other(optional=optional)
    return (
        replace(kinds[0], optional=optional) if len(kinds) == 1 else Either(tuple(kinds), optional=optional)
    )


def _typed(kind: Kind) -> Kind:
    """A pair between limits as two numbers."""
    bounds = Bounds(kind.limits.low, kind.limits.high) if isinstance(kind, Span) else Bounds()
    return Numbers(2, bounds, integer=False) if isinstance(kind, Span) else kind


def _merged(kinds: Sequence[Kind], metadata: Sequence[object]) -> list[Kind]:
    """The kinds with all models, all choices and all numbers made one of each."""
    models = [model for kind in kinds if isinstance(kind, Nested) for model in kind.models]
    values = [value for kind in kinds if isinstance(kind, Choice) for value in kind.values]
    numbers = [kind for kind in kinds if isinstance(kind, Number)]
    merged: list[Kind] = [kind for kind in kinds if not isinstance(kind, Nested | Choice | Number)]
    if numbers:
        integer = all(number.integer for number in numbers)
        same = len(numbers) == 1
        merged.insert(0, numbers[0] if same else Number(integer, bounds_of(metadata)))
    if values:
        merged.append(Choice(tuple(values)))
    if models:
        merged.append(Nested(tuple(models)))
    return merged


def _several_kind(origin: object, members: Sequence[Any], metadata: Sequence[object]) -> Kind:
    open_ended = origin is list or (len(members) == 2 and members[1] is Ellipsis)
    parts = [_kind(member, ()) for member in (members[:1] if open_ended else members)]
    if not parts or any(part != parts[0] for part in parts):
        return Other()
    first, least = parts[0], least_length(metadata)
    if isinstance(first, Number):
        count = None if open_ended else len(parts)
        return Numbers(count, first.bounds, first.integer, least, first.optional)
    if first.optional:
        return Other()
    if isinstance(first, Numbers) and not open_ended and first.length is not None:
        return NumberGroups(len(parts), first)
    if isinstance(first, Text) and open_ended:
        return Words()
    if isinstance(first, Nested) and open_ended:
        return Several(first)
    return Other()


def least_length(metadata: Sequence[object]) -> int:
    """How many things a list must have at least."""
    found = [item.min_length for item in _flat(metadata) if isinstance(item, annotated_types.MinLen)]
    return max(found, default=0)


def bounds_of(metadata: Sequence[object]) -> Bounds:
    """The bounds among a field's annotations (`ge=1`, `lt=1.0`), the tightest of each side."""
    low, high = Bounds(), Bounds()
    for item in _flat(metadata):
        if isinstance(item, annotated_types.Ge | annotated_types.Gt):
            exclusive = isinstance(item, annotated_types.Gt)
            number = _number(item.gt if isinstance(item, annotated_types.Gt) else item.ge)
            if low.minimum is None or number > low.minimum or (number == low.minimum and exclusive):
                low = Bounds(minimum=number, exclusive_minimum=exclusive)
        elif isinstance(item, annotated_types.Le | annotated_types.Lt):
            exclusive = isinstance(item, annotated_types.Lt)
            number = _number(item.lt if isinstance(item, annotated_types.Lt) else item.le)
            if high.maximum is None or number < high.maximum or (number == high.maximum and exclusive):
                high = Bounds(maximum=number, exclusive_maximum=exclusive)
    return Bounds(low.minimum, high.maximum, low.exclusive_minimum, high.exclusive_maximum)


def _number(bound: object) -> float:
    if isinstance(bound, int | float):
        return bound
    raise TypeError(f"A bound of a setting is a number. Received: {bound!r}.")


def _flat(metadata: Sequence[object]) -> list[object]:
    """The annotations, with those inside a `Field(...)` or an `Interval` taken out of it."""
    flat: list[object] = []
    for item in metadata:
        if isinstance(item, FieldInfo):
            flat += _flat(item.metadata)
        elif isinstance(item, annotated_types.GroupedMetadata):
            flat += list(item)
        else:
            flat.append(item)
    return flat
