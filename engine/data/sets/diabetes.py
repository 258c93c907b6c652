"""Diabetes: a regression with much left unexplained, on which a larger network only learns by heart."""

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
    columns,
    number_feature,
    table_feature,
)

INPUTS = (
    "age",
    "sex",
    "body mass index",
    "blood pressure",
    "total cholesterol",
    "LDL",
    "HDL",
    "cholesterol / HDL",
    "log triglycerides",
    "blood sugar",
)
PROGRESSION = "progression"


def _outline(_options: NoOptions) -> Outline:
    return Outline((table_feature(INPUTS),), (number_feature(PROGRESSION),), rows=442)


def _load(_options: NoOptions, _rng: np.random.Generator) -> Columns:
    cells = Cells.of("diabetes")
    return columns(cells.numbers(*INPUTS), cells.numbers(PROGRESSION))


DIABETES = DataSet(
    name="diabetes",
    title="Diabetes",
    summary="How far the disease has come after a year, from ten measurements",
    description="442 patients with age, sex (1 or 2; which is which was not recorded), body mass index, blood pressure "
    "and six values of the blood, in the units of the laboratory. Predicted is a measure of the disease's progression a "
    "year later, 25 to 346. The measurements explain about half of it, so R² 0.5 is good, and a large network that does "
    "better on the training part has learned patients by heart.",
    source="B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, 2004; from the Python package scikit-learn 1.9.1.",
    licence="BSD-3-Clause",
    task=TaskKind.REGRESSION,
    group=DataGroup.TABLE,
    settings=NoOptions,
    outline=_outline,
    load=_load,
    caution="For learning about networks, never to judge a patient: who these 442 people are is not known.",
)
