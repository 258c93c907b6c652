"""Finds the op records, so that declaring one is all it takes to have it everywhere."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import engine.ops as package
from engine.ops.op import Op


@cache
def ops() -> Mapping[str, Op]:
    """All ops by name."""
    found: dict[str, Op] = {}
    for info in pkgutil.iter_modules(package.__path__, prefix=f"{package.__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Op) and found.setdefault(value.name, value) is not value:
                raise RuntimeError(f"Two ops are named {value.name}; an op's name must be unique.")
    return MappingProxyType(dict(sorted(found.items())))
