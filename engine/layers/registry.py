"""Finds the layer declarations, so that a new layer is one new file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import engine.layers as package
from engine.layers.base import Layer


@cache
def layers() -> Mapping[str, type[Layer]]:
    """All layer classes by name."""
    found: dict[str, type[Layer]] = {}
    for info in pkgutil.iter_modules(package.__path__, prefix=f"{package.__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, type) and issubclass(value, Layer) and "declaration" in vars(value):
                found[value.title()] = value
    return MappingProxyType(dict(sorted(found.items())))
