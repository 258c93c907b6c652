"""Finds the lessons that come with the application, so that a new one is one new file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import engine.lessons.shipped as package
from engine.lessons.lesson import Lesson


@cache
def lessons() -> Mapping[str, Lesson]:
    """All of them by name, in the order of their numbers."""
    found: dict[str, Lesson] = {}
    for info in pkgutil.iter_modules(package.__path__, prefix=f"{package.__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Lesson) and found.setdefault(value.name, value) is not value:
                raise RuntimeError(f"Two lessons are named {value.name}; a lesson's name must be unique.")
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: item[1].number)))
