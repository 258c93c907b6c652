"""Boston house prices: the classic small table, with its racist column left out unless asked for."""

from __future__ import annotations

import numpy as np

from engine.data.archive import read_table
from engine.data.bundle import TaskKind
from engine.data.dataset import (
    Columns,
    DataGroup,
    DataSet,
    Options,
    Outline,
    columns,
    number_feature,
    table_feature,
)
from engine.settings import setting

INPUTS = ("CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT")
PRICE = "MEDV"
RACIST = "B"


class BostonOptions(Options):
    """Settings of the house prices."""

    include_b: bool = setting(
        False,
        "Include column B",
        "made from the share of Black residents; the description says why it is left out",
    )


def _used(options: BostonOptions) -> tuple[str, ...]:
    return tuple(name for name in INPUTS if options.include_b or name != RACIST)


def _outline(options: BostonOptions) -> Outline:
    return Outline((table_feature(_used(options)),), (number_feature(PRICE),), rows=506)


def _load(options: BostonOptions, _rng: np.random.Generator) -> Columns:
    header, *rows = read_table("boston")
    table = np.array(rows, np.float64).astype(np.float32)
    inputs = [header.index(name) for name in _used(options)]
    return columns(table[:, inputs].copy(), table[:, [header.index(PRICE)]].copy())


BOSTON = DataSet(
    name="boston",
    title="Boston house prices",
    summary="Median price of homes from twelve facts about the district, 1970",
    description="506 districts of Boston in the census of 1970. Predicted is MEDV, the median value of "
    "owner-occupied homes in 1,000 dollars (cut off at 50), from CRIM (crimes per head), ZN (share of "
    "large lots), INDUS (share of industry), CHAS (1 at the Charles River), NOX (nitric oxides), RM (rooms "
    "per dwelling), AGE (share built before 1940), DIS (distance to workplaces), RAD (access to highways), "
    "TAX (property tax), PTRATIO (pupils per teacher) and LSTAT (share of people of lower status). Column "
    "B of the original is left out by default: it is 1000 (Bk - 0.63)², Bk being the share of Black "
    "residents, built on the authors' assumption that segregation itself raises prices. That assumption is "
    "racist, the transformation cannot be undone, and a model that uses it learns to price homes by the "
    "skin colour of the neighbours. It can be included to study exactly that.",
    source="D. Harrison, D. L. Rubinfeld, 1978 (StatLib); from the Python package mlxtend 0.25.0.",
    licence="BSD-3-Clause",
    task=TaskKind.REGRESSION,
    group=DataGroup.TABLE,
    settings=BostonOptions,
    outline=_outline,
    load=_load,
)
