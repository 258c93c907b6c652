"""What a data set is: one record, from which list entry, settings form and help text are made.

A data set is declared once, in one file of `engine.data.sets`; nothing else knows its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

import numpy as np

from engine.data.bundle import INPUT, TARGET, Feature, TaskKind
from engine.settings import Settings
from engine.tensor.spec import Array, DType


class Options(Settings):
    """Settings of one data set, declared with `engine.settings.setting`."""


class NoOptions(Options):
    """A data set without settings."""


class DataGroup(StrEnum):
    """Where a data set stands in the list, in this order."""

    GENERATED = "generated"
    DRAWN = "drawn"
    TABLE = "table"
    SERIES = "series"
    TEXT = "text"
    IMAGES = "images"
    FILE = "file"


@dataclass(frozen=True)
class Outline:
    """What is known of a data set's columns before any is loaded.

    Attributes:
        inputs, targets: The features, in order.
        weights: Features that say how much each row counts.
        rows: Number of examples.
        held_out: How many of the last rows are the published test part; 0 where there is none. Such a part is
            the validation part here, so that results compare with published ones.
        in_time: The rows follow each other in time, so the last are for validation and test, and none is shuffled there:
            what is to be predicted must be later than what is learned from.
        overlap: How many rows at the end of a part reach into the next one; they are left out where rows are in time.
    """

    inputs: tuple[Feature, ...]
    targets: tuple[Feature, ...]
    rows: int
    held_out: int = 0
    weights: tuple[Feature, ...] = ()
    in_time: bool = False
    overlap: int = 0


@dataclass(frozen=True, eq=False)
class Columns:
    """The arrays of a data set, by feature name, in the order they come: not split, not scaled."""

    inputs: Mapping[str, Array]
    targets: Mapping[str, Array]
    weights: Mapping[str, Array] = field(default_factory=dict)


S = TypeVar("S", bound=Options)


@dataclass(frozen=True)
class DataSet(Generic[S]):
    """The declaration of a data set.

    Attributes:
        name: How settings and files name it; never changes.
        title, summary, description: For people: a name, a line, and a few sentences.
        source: Who made it and which package it was taken from.
        caution: What to beware of, in a sentence or two; empty where there is nothing.
        licence: The terms, in short; bundled sets have the full text beside the data.
        task: What is to be predicted.
        group: Where it is listed.
        settings: The model of its options.
        outline: Features and number of rows for given options; cheap, loads nothing.
        load: The arrays for given options; the generator is for generated data alone. Raises `DataError`.
    """

    name: str
    title: str
    summary: str
    description: str
    source: str
    licence: str
    task: TaskKind
    group: DataGroup
    settings: type[S]
    outline: Callable[[S], Outline]
    load: Callable[[S, np.random.Generator], Columns]
    caution: str = ""


def class_feature(class_names: tuple[str, ...]) -> Feature:
    """The target of a classification."""
    return Feature(TARGET, "category", (), DType.INT32, class_names=class_names)


def number_feature(name: str) -> Feature:
    """The target of a regression with one number, called `name` by people."""
    return Feature(TARGET, "numeric", (1,), column_names=(name,))


def table_feature(column_names: tuple[str, ...]) -> Feature:
    """The input of a table: one number for each column."""
    return Feature(INPUT, "numeric", (len(column_names),), column_names=column_names)


def picture_feature(height: int, width: int, brightest: int = 255) -> Feature:
    """The input of grey pictures stored as 0 to `brightest`."""
    return Feature(INPUT, "image", (height, width, 1), DType.UINT8, scale=1 / brightest)


def columns(x: Array, y: Array) -> Columns:
    """One input and one target."""
    return Columns({INPUT: x}, {TARGET: y})
