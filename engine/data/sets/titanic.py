"""Titanic: a table with many missing values, where what is missing gives the answer away."""

from __future__ import annotations

from typing import Literal

import numpy as np

from engine.data.bundle import TaskKind
from engine.data.cells import Cells, category_names
from engine.data.dataset import (
    Columns,
    DataGroup,
    DataSet,
    Options,
    Outline,
    class_feature,
    columns,
    table_feature,
)
from engine.settings import setting

CLASSES = ("1st", "2nd", "3rd")
SEXES = ("female", "male")
FATES = ("died", "survived")
# years, for an age that is not known; a fixed number, so that nothing is learned from held-out rows
STAND_IN = "30"
UNKNOWN_CLASS, UNKNOWN_AGE = "*", ""
ROWS = {"mark": 1_312, "leave out": 756, "ignore ages": 1_312}


class TitanicOptions(Options):
    """Settings of the passengers."""

    missing_age: Literal["mark", "leave out", "ignore ages"] = setting(
        "mark",
        "Missing ages",
        "mark: 30 years, and a column that says that it is not known; leave out: only those whose age is known",
    )


def _names(options: TitanicOptions) -> tuple[str, ...]:
    ages = {"mark": ("age", "age unknown"), "leave out": ("age",), "ignore ages": ()}[options.missing_age]
    return (*category_names("class", CLASSES), *category_names("sex", SEXES), *ages)


def _outline(options: TitanicOptions) -> Outline:
    rows = ROWS[options.missing_age]
    return Outline((table_feature(_names(options)),), (class_feature(FATES),), rows)


def _load(options: TitanicOptions, _rng: np.random.Generator) -> Columns:
    cells = Cells.of("titanic").without("class", UNKNOWN_CLASS)
    if options.missing_age == "leave out":
        cells = cells.without("age", UNKNOWN_AGE)
    parts = [cells.one_hot("class", CLASSES), cells.one_hot("sex", SEXES)]
    if options.missing_age != "ignore ages":
        ages = [text or STAND_IN for text in cells.texts("age")]
        parts.append(np.array(ages, np.float32)[:, np.newaxis])
    if options.missing_age == "mark":
        parts.append(cells.one_hot("age", (UNKNOWN_AGE,)))
    return columns(np.concatenate(parts, axis=1), cells.classes("survived", ("0", "1")))


TITANIC = DataSet(
    name="titanic",
    title="Titanic",
    summary="Who survived, from class, sex and age; many ages are missing",
    description="1,312 passengers of the Titanic with class, sex and age (one without a class is left out, and the names "
    "are). 556 ages are missing: by default 30 years stand in for them and a column marks them; those passengers can also "
    "be left out, or the ages of all. About 80 % is as good as it gets, and saying \N{LEFT DOUBLE QUOTATION MARK}women "
    "survive\N{RIGHT DOUBLE QUOTATION MARK} is nearly that.",
    source="Passenger list of 1912; from the Python package bokeh-sampledata 2026.1.",
    licence="public domain",
    task=TaskKind.BINARY,
    group=DataGroup.TABLE,
    settings=TitanicOptions,
    outline=_outline,
    load=_load,
    caution="Ages are missing more often for those who died (25 % of those without an age survived, 41 % of the others), "
    "because survivors could be asked: the mark itself is a leak. These were people, and what is learned here is who was "
    "let into the boats.",
)
