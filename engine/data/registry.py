"""Finds the data set declarations, so that a new data set is one new file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import engine.data.sets as package
from engine.data.dataset import DataGroup, DataSet


@cache
def datasets() -> Mapping[str, DataSet[Any]]:
    """All data sets by name, in the order they are listed: by group, then by file, then as declared."""
    found: dict[str, DataSet[Any]] = {}
    for info in sorted(
        pkgutil.iter_modules(package.__path__, prefix=f"{package.__name__}."), key=lambda i: i.name
    ):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, DataSet) and found.setdefault(value.name, value) is not value:
                raise RuntimeError(f"Two data sets are named {value.name}; a data set's name must be unique.")
    groups = list(DataGroup)
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: groups.index(item[1].group))))
