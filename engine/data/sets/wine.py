"""Wine: three growers told apart by chemistry, a table of very different units."""

from __future__ import annotations

import numpy as np

from engine.data.bundle import TaskKind
from engine.data.cells import Cells
from engine.data.dataset import (
    Columns,
    DataGroup,
    DataSet,
    NoOptions,
    Outline,
    class_feature,
    columns,
    table_feature,
)

MEASUREMENTS = (
    "alcohol",
    "malic acid",
    "ash",
    "alcalinity of ash",
    "magnesium",
    "total phenols",
    "flavanoids",
    "nonflavanoid phenols",
    "proanthocyanins",
    "colour intensity",
    "hue",
    "OD280/OD315",
    "proline",
)
GROWERS = ("A", "B", "C")


def _outline(_options: NoOptions) -> Outline:
    return Outline((table_feature(MEASUREMENTS),), (class_feature(GROWERS),), rows=178)


def _load(_options: NoOptions, _rng: np.random.Generator) -> Columns:
    cells = Cells.of("wine")
    return columns(cells.numbers(*MEASUREMENTS), cells.classes("grower", GROWERS))


WINE = DataSet(
    name="wine",
    title="Wine",
    summary="Three growers told apart by thirteen measurements of their wines",
    description="178 wines of one region in Italy, 59, 71 and 48 of three growers, with thirteen measurements each. "
    "Proline lies around 750 and hue around 1, so it shows what normalizing is for: switch it off and training is slow "
    "or fails.",
    source="M. Forina et al., PARVUS, 1988 (UCI); from the Python package scikit-learn 1.9.1.",
    licence="BSD-3-Clause",
    task=TaskKind.MULTICLASS,
    group=DataGroup.TABLE,
    settings=NoOptions,
    outline=_outline,
    load=_load,
    caution="With so few rows a validation part of 36 wines says little about the third digit: one wine is 2.8 %.",
)
