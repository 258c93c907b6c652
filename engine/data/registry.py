"""Finds the data set declarations, so that a new data set is one new file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import engine.data.sets as package
from engine.data.dataset import DataGroup, DataSet
from engine.registry import Registry, instances

_GROUPS = tuple(DataGroup)
_DATASETS = Registry[DataSet[Any]](
    package.__name__,
    "data sets",
    instances(DataSet),
    lambda record: record.name,
    order=lambda record: _GROUPS.index(record.group),
)


def datasets() -> Mapping[str, DataSet[Any]]:
    """All data sets by name, in the order they are listed: by group, then by file, then as declared.

    For one that is asked for by its name, no more modules are imported than it takes to find it.
    """
    return _DATASETS
