"""Finds the data set declarations, so that a new data set is one new file."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from typing_extensions import override

import engine.data.sets as package
from engine.data.dataset import DataGroup, DataSet


def datasets() -> Mapping[str, DataSet[Any]]:
    """All data sets by name, in the order they are listed: by group, then by file, then as declared.

    For one that is asked for by its name, no more modules are imported than it takes to find it.
    """
    return _DATASETS


class DataSets(Mapping[str, DataSet[Any]]):
    """What `datasets` gives."""

    def __init__(self) -> None:
        self._met: dict[str, DataSet[Any]] = {}

    @cached_property
    def _whole(self) -> Mapping[str, DataSet[Any]]:
        found: dict[str, DataSet[Any]] = {}
        for module in _modules():
            for record in _declared(module):
                if found.setdefault(record.name, record) is not record:
                    raise RuntimeError(
                        f"Two data sets are named {record.name}; a data set's name must be unique."
                    )
        groups = list(DataGroup)
        return dict(sorted(found.items(), key=lambda item: groups.index(item[1].group)))

    @override
    def __getitem__(self, name: str) -> DataSet[Any]:
        if name not in self._met:
            names = sorted(_modules(), key=lambda module: module not in sys.modules)
            records = (record for module in names for record in _declared(module))
            found: DataSet[Any] | None = next((record for record in records if record.name == name), None)
            if found is None:
                raise KeyError(name)
            self._met[name] = found
        return self._met[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._whole)

    @override
    def __len__(self) -> int:
        return len(self._whole)


_DATASETS = DataSets()


def _modules() -> list[str]:
    return sorted(info.name for info in pkgutil.iter_modules(package.__path__, prefix=f"{package.__name__}."))


def _declared(module: str) -> Iterator[DataSet[Any]]:
    values = vars(importlib.import_module(module)).values()
    return (value for value in values if isinstance(value, DataSet))
