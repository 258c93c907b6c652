"""Penguins: a small table as tables are, with categories and with values that are missing."""

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

MEASUREMENTS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
SPECIES = ("Adelie", "Chinstrap", "Gentoo")
ISLANDS = ("Biscoe", "Dream", "Torgersen")
SEXES = ("female", "male")
MISSING = "NA"


class PenguinOptions(Options):
    """Settings of the penguins."""

    unknown_sex: Literal["keep", "leave out"] = setting(
        "keep", "Unknown sex", "keep: both of its columns are 0 for those nine penguins"
    )
    island: bool = setting(True, "Island", "tell the network where the penguin was found")


def _names(options: PenguinOptions) -> tuple[str, ...]:
    islands = category_names("island", ISLANDS) if options.island else ()
    return (*MEASUREMENTS, *category_names("sex", SEXES), *islands)


def _outline(options: PenguinOptions) -> Outline:
    rows = 342 if options.unknown_sex == "keep" else 333
    return Outline((table_feature(_names(options)),), (class_feature(SPECIES),), rows)


def _load(options: PenguinOptions, _rng: np.random.Generator) -> Columns:
    cells = Cells.of("penguins").without(MEASUREMENTS[0], MISSING)
    if options.unknown_sex == "leave out":
        cells = cells.without("sex", MISSING)
    parts = [cells.numbers(*MEASUREMENTS), cells.one_hot("sex", SEXES)]
    if options.island:
        parts.append(cells.one_hot("island", ISLANDS))
    return columns(np.concatenate(parts, axis=1), cells.classes("species", SPECIES))


PENGUINS = DataSet(
    name="penguins",
    title="Penguins",
    summary="Three species of penguins from their measures, sex and island",
    description="344 penguins seen near Palmer Station, Antarctica: length and depth of the bill, length of the flipper, "
    "mass, sex and island. 19 values are missing. Two penguins have no measurement at all and are left out; nine more have "
    "no sex, and for those both columns of sex are 0. Adelie lives on all three islands, the others on one each, so the "
    "island alone gives much away; without it the task is more honest.",
    source="K. B. Gorman, T. D. Williams, W. R. Fraser, 2014; from the Python package palmerpenguins 0.1.6.",
    licence="CC0 1.0",
    task=TaskKind.MULTICLASS,
    group=DataGroup.TABLE,
    settings=PenguinOptions,
    outline=_outline,
    load=_load,
    caution="The island tells where these were found, not what a penguin is: elsewhere such a network would fail.",
)
