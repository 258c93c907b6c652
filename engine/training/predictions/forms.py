"""The inputs of a table as a form: one field for each of its columns, however many numbers the network gets of it.

What nobody changes stays, bit by bit, what the row had that the form was filled with.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.data.bundle import DataBundle, Feature
from engine.data.recipe.steps.categories import UNSEEN
from engine.tensor.spec import Array, DType
from engine.training.inside.example import rows_of
from engine.training.predictions.arrays import Column, in_units, median_row

if TYPE_CHECKING:
    from engine.data.recipe.fitted import FittedColumn
    from engine.data.recipe.preparation import FittedFeature

DAY: Final = 86_400
_UNITS: Final = (DAY, 3_600, 60, 1)  # seconds
_LOOKED_AT: Final = 1_000  # rows
_ROUNDING: Final = 2.0**-21  # of a number of 32 bits, after some arithmetic
_NOTHING: Final = 1e-5  # of a column's deviation: what rounding leaves of 0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Inputs = dict[str, Array]


class RefusedError(ValueError):
    """What was typed is no value of the field; one sentence for the user."""


@dataclass(frozen=True)
class Field(ABC):
    """A column: `title` in the table, the feature it is in, its places along the last axis, those that mark it missing."""

    title: str
    feature: str
    places: tuple[int, ...]
    marks: tuple[tuple[str, int], ...] = ()

    def put(self, bundle: DataBundle, inputs: Mapping[str, Array], value: object) -> Inputs:
        """Inputs (batch of 1) with another value in this field."""
        found = dict(inputs)
        changed = np.array(found[self.feature])
        changed[0, list(self.places)] = self._numbers(bundle, value)
        found[self.feature] = changed
        for feature, place in self.marks:
            marked = np.array(found[feature])
            marked[0, place] = 0
            found[feature] = marked
        return found

    @abstractmethod
    def shown(self, bundle: DataBundle, inputs: Mapping[str, Array]) -> object:
        """What it holds, as it is shown."""

    @abstractmethod
    def _numbers(self, bundle: DataBundle, value: object) -> object:
        """A value as the network sees it."""


@dataclass(frozen=True)
class NumberField(Field):
    """A number, in the units of the data."""

    def shown(self, bundle: DataBundle, inputs: Mapping[str, Array]) -> float:
        """Rounded to what people write."""
        (place,) = self.places
        column = Column(self.feature, place, self.title)
        found = float(in_units(bundle, column, np.asarray(inputs[self.feature][:, place], np.float32))[0])
        scaling = bundle.scaling.get(self.feature)
        size = scaling.scale[place] if scaling is not None else 1.0
        return 0.0 if abs(found) < _NOTHING * abs(size) else float(f"{found:.6g}")

    def _numbers(self, bundle: DataBundle, value: object) -> object:
        scaling = bundle.scaling.get(self.feature)
        row = np.zeros((1, *bundle.features[self.feature].shape), np.float64)
        row[0, self.places[0]] = float(str(value))
        return row[0, self.places[0]] if scaling is None else scaling.apply(row)[0, self.places[0]]


@dataclass(frozen=True)
class ChoiceField(Field):
    """One of some words: `codes` has the numbers of each of the `options`."""

    options: tuple[str, ...] = ()
    codes: tuple[tuple[float, ...], ...] = ()

    def shown(self, bundle: DataBundle, inputs: Mapping[str, Array]) -> int:
        """The place of the option that is nearest."""
        here = np.asarray(inputs[self.feature], np.float64)[0, list(self.places)]
        return int(np.square(np.asarray(self.codes) - here).sum(axis=1).argmin())

    def _numbers(self, bundle: DataBundle, value: object) -> object:
        return self.codes[int(str(value))]


@dataclass(frozen=True)
class DateField(Field):
    """A point in time, as text: `step` is what its values are multiples of, in seconds."""

    column: FittedColumn | None = None
    step: int = 1
    formats: tuple[str, ...] = ()

    def seconds(self, bundle: DataBundle, inputs: Mapping[str, Array]) -> float:
        """Since 1970."""
        assert self.column is not None
        number = float(np.asarray(inputs[self.feature], np.float64)[0, self.places[0]])
        seconds = number * self.column.time.scale[0] + self.column.time.mean[0]
        return float(round(seconds / self.step) * self.step)

    def shown(self, bundle: DataBundle, inputs: Mapping[str, Array]) -> float:
        """The same."""
        return self.seconds(bundle, inputs)

    def text(self, seconds: float) -> str:
        """As the table of the data shows it: 2024-03-15, or with the time of day where the column has one."""
        when = _EPOCH + timedelta(seconds=seconds)
        if self.step == DAY:
            return when.strftime("%Y-%m-%d")
        return when.strftime("%Y-%m-%d %H:%M:%S" if self.step == 1 else "%Y-%m-%d %H:%M")

    def read(self, text: str) -> float:
        """Seconds from a text as the table shows it or as its file has it.

        Raises:
            RefusedError: it is no date.
        """
        plain = text.strip()
        try:
            when: datetime | None = datetime.fromisoformat(plain)
        except ValueError:
            when = next((found for form in self.formats if (found := _parsed(plain, form)) is not None), None)
        if when is None:
            raise RefusedError(plain)
        return ((when if when.tzinfo else when.replace(tzinfo=UTC)) - _EPOCH).total_seconds()

    def _numbers(self, bundle: DataBundle, value: object) -> object:
        assert self.column is not None
        return self.column.apply(np.array([float(str(value))]))[0]


@dataclass(frozen=True)
class TextField(Field):
    """A text of any length."""

    def shown(self, bundle: DataBundle, inputs: Mapping[str, Array]) -> str:
        """The text."""
        return str(np.asarray(inputs[self.feature])[0, self.places[0]])

    def _numbers(self, bundle: DataBundle, value: object) -> object:
        return str(value)


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None


def fields_of(bundle: DataBundle) -> tuple[Field, ...]:
    """The form of a table in the order of its inputs; none where an input is no single cells."""
    found: list[Field] = []
    marks: dict[str, list[tuple[str, int]]] = {}
    for name in bundle.inputs:
        feature = bundle.features[name]
        if len(feature.shape) != 1 or feature.kind not in ("numeric", "index", "text"):
            return ()
        if feature.kind == "numeric":
            found += _numeric(bundle, feature, marks)
        elif feature.shape != (1,) or (feature.kind == "index" and not feature.class_names):
            return ()
        else:
            found.append(_single(feature))
    return tuple(_with_marks(field, marks.get(field.title, ())) for field in found)


def _with_marks(field: Field, marks: Sequence[tuple[str, int]]) -> Field:
    return replace(field, marks=tuple(marks)) if marks else field


def _single(feature: Feature) -> Field:
    title = feature.column_names[0] if len(feature.column_names) == 1 else feature.name
    if feature.kind == "text":
        return TextField(title, feature.name, (0,))
    numbers = [(k, word) for k, word in enumerate(feature.class_names) if word != UNSEEN or k]
    codes = tuple((float(k),) for k, _ in numbers)
    return ChoiceField(title, feature.name, (0,), options=tuple(word for _, word in numbers), codes=codes)


def _numeric(bundle: DataBundle, feature: Feature, marks: dict[str, list[tuple[str, int]]]) -> list[Field]:
    """The fields of numbers side by side; what marks missing cells goes to `marks`."""
    fitted = _fitted(bundle, feature)
    if fitted is None or bundle.preparation is None:
        return _by_names(feature)
    found: list[Field] = []
    at = 0
    for piece in fitted.pieces:
        if any(array.name == piece.column for array in bundle.preparation.arrays):
            return _by_names(feature)
        if piece.mark:
            marks.setdefault(piece.column, []).append((feature.name, at))
            at += 1
            continue
        column = bundle.preparation.column(piece.column)
        places = tuple(range(at, at + len(column.names)))
        found.append(_of_column(bundle, feature, column, places))
        at += len(places)
    return found if at == feature.shape[0] else _by_names(feature)


def _fitted(bundle: DataBundle, feature: Feature) -> FittedFeature | None:
    inputs = bundle.preparation.of("input") if bundle.preparation is not None else ()
    return next((f for f in inputs if f.name == feature.name), None)


def _of_column(bundle: DataBundle, feature: Feature, column: FittedColumn, places: tuple[int, ...]) -> Field:
    if column.dates is not None:
        step, formats = _date_step(bundle, feature, column, places[0]), _date_formats(bundle)
        return DateField(column.name, feature.name, places, column=column, step=step, formats=formats)
    if column.categories is not None and column.words.categories:
        options = column.words.categories
        made = np.asarray(column.apply(np.array(options, DType.STRING.numpy)), np.float64)
        codes = tuple(tuple(row) for row in made.tolist())
        return ChoiceField(column.name, feature.name, places, options=options, codes=codes)
    return NumberField(column.name, feature.name, places)


def _date_step(bundle: DataBundle, feature: Feature, column: FittedColumn, place: int) -> int:
    """The longest unit whose multiples all values are, as far as numbers of 32 bits tell."""
    numbers = np.asarray(bundle.inputs[feature.name][:_LOOKED_AT], np.float64)[:, place]
    mean, scale = column.time.mean[0], column.time.scale[0]
    seconds = numbers * scale + mean
    blur = _ROUNDING * scale * (1.0 + float(np.abs(numbers).max(initial=0.0))) + _ROUNDING * 1e-3
    for unit in _UNITS[:-1]:
        off = np.abs(seconds - np.round(seconds / unit) * unit)
        if unit > 2 * blur and float(off.max(initial=0.0)) <= blur:
            return unit
    return 1


def _date_formats(bundle: DataBundle) -> tuple[str, ...]:
    from engine.data.tables.cells import usual_formats

    found = bundle.preparation.found if bundle.preparation is not None else {}
    return tuple(usual_formats(found.get("date_order") == "day first"))


def _by_names(feature: Feature) -> list[Field]:
    """Where only names tell: columns such as `colour=red` and `colour=blue` are one choice."""
    width = feature.shape[0]
    named = feature.column_names if len(feature.column_names) == width else ()
    groups: dict[str, list[int]] = {}
    for place in range(width):
        title = named[place] if named else f"{feature.name}{place + 1}"
        groups.setdefault(title.partition("=")[0] if named else title, []).append(place)
    found: list[Field] = []
    for title, places in groups.items():
        if len(places) == 1:
            whole = named[places[0]] if named else title
            found.append(NumberField(whole, feature.name, tuple(places)))
        else:
            options = tuple(named[place].partition("=")[2] for place in places)
            codes = tuple(tuple(row) for row in np.eye(len(places)).tolist())
            found.append(ChoiceField(title, feature.name, tuple(places), options=options, codes=codes))
    return found


def typical(bundle: DataBundle, fields: Sequence[Field], row: int) -> Inputs:
    """Medians of numbers, and the nearest of words; what has no median is that of a row."""
    inputs = rows_of(bundle, range(row, row + 1))
    numeric = {n: a for n, a in bundle.inputs.items() if bundle.features[n].kind == "numeric"}
    if numeric:
        inputs |= median_row(bundle, numeric)
    for field in fields:
        if not isinstance(field, NumberField | TextField):
            inputs = field.put(bundle, inputs, field.shown(bundle, inputs))
    return inputs
