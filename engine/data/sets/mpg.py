"""Auto MPG: a regression on eight facts, one of them a category, that curved models do better on."""

from __future__ import annotations

import numpy as np

from engine.data.bundle import TaskKind
from engine.data.cells import Cells, category_names
from engine.data.dataset import (
    Columns,
    DataGroup,
    DataSet,
    NoOptions,
    Outline,
    columns,
    number_feature,
    table_feature,
)

NUMBERS = ("cyl", "displ", "hp", "weight", "accel", "yr")
ORIGINS = ("Europe", "Japan", "USA")
INPUTS = (*NUMBERS, *category_names("origin", ORIGINS))
TARGET_COLUMN = "mpg"


def _outline(_options: NoOptions) -> Outline:
    return Outline((table_feature(INPUTS),), (number_feature(TARGET_COLUMN),), rows=392)


def _load(_options: NoOptions, _rng: np.random.Generator) -> Columns:
    cells = Cells.of("mpg")
    x = np.concatenate([cells.numbers(*NUMBERS), cells.one_hot("origin", ORIGINS)], axis=1)
    return columns(x, cells.numbers(TARGET_COLUMN))


MPG = DataSet(
    name="mpg",
    title="Auto MPG",
    summary="How far a car goes on a gallon, from seven facts about it",
    description="392 cars of the model years 1970 to 1982: cylinders, displacement (cubic inches), horsepower, weight "
    "(pounds), acceleration (seconds to 60 miles an hour), year and origin. Predicted are miles to the gallon. Heavy cars "
    "need more, but not in a straight line, so a hidden layer beats a straight-line fit.",
    source="E. Ramos, D. Donoho, 1982 (StatLib); from the Python package bokeh-sampledata 2026.1.",
    licence="CC0 1.0",
    task=TaskKind.REGRESSION,
    group=DataGroup.TABLE,
    settings=NoOptions,
    outline=_outline,
    load=_load,
    caution="Cars of half a century ago; 14 cars of the original with a missing value are not in it.",
)
