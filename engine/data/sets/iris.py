"""Iris: the oldest classification data set, small enough to look at every row."""

from __future__ import annotations

import numpy as np

from engine.data.archive import read_table
from engine.data.bundle import TaskKind
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

MEASUREMENTS = ("sepal length", "sepal width", "petal length", "petal width")
SPECIES = ("setosa", "versicolor", "virginica")


def _outline(_options: NoOptions) -> Outline:
    return Outline((table_feature(MEASUREMENTS),), (class_feature(SPECIES),), rows=150)


def _load(_options: NoOptions, _rng: np.random.Generator) -> Columns:
    rows = read_table("iris")[1:]
    x = np.array([row[:-1] for row in rows], np.float32)
    return columns(x, np.array([SPECIES.index(row[-1]) for row in rows], np.int32))


IRIS = DataSet(
    name="iris",
    title="Iris",
    summary="Three species of iris from four measurements",
    description="150 flowers, 50 of each species, with length and width of sepals and petals in "
    "centimetres. Setosa stands apart; versicolor and virginica overlap a little, so about 97 % is as good "
    "as it gets.",
    source="R. A. Fisher, 1936; from the Python package scikit-learn 1.9.1.",
    licence="BSD-3-Clause",
    task=TaskKind.MULTICLASS,
    group=DataGroup.TABLE,
    settings=NoOptions,
    outline=_outline,
    load=_load,
)
