"""Breast cancer: two classes of unequal size, where the two kinds of mistake do not cost the same."""

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

MEASURES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
INPUTS = tuple(f"{statistic} {name}" for statistic in ("mean", "error of", "worst") for name in MEASURES)
DIAGNOSES = ("benign", "malignant")


def _outline(_options: NoOptions) -> Outline:
    return Outline((table_feature(INPUTS),), (class_feature(DIAGNOSES),), rows=569)


def _load(_options: NoOptions, _rng: np.random.Generator) -> Columns:
    cells = Cells.of("cancer")
    return columns(cells.numbers(*INPUTS), cells.classes("diagnosis", DIAGNOSES))


CANCER = DataSet(
    name="cancer",
    title="Breast cancer",
    summary="Benign or malignant, from thirty measurements of cell nuclei",
    description="569 samples of breast tissue, 357 benign and 212 malignant. Ten properties of the cell nuclei were "
    "measured in a picture of each; the columns are their mean, its standard error and the mean of the three largest. "
    "A straight line gets about 97 % right. Look at the confusion, too: to miss a malignant one is the worse mistake.",
    source="W. N. Street, W. H. Wolberg, O. L. Mangasarian, 1993 (UCI); from the Python package scikit-learn 1.9.1.",
    licence="BSD-3-Clause",
    task=TaskKind.BINARY,
    group=DataGroup.TABLE,
    settings=NoOptions,
    outline=_outline,
    load=_load,
    caution="For learning about networks, never for a diagnosis: one hospital, one way of measuring, more than thirty "
    "years ago.",
)
