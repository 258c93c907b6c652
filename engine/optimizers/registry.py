"""Finds the optimizers, and makes one from saved settings."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

import engine.optimizers as package
from engine.optimizers.base import Optimizer
from engine.settings import problems


@cache
def optimizers() -> Mapping[str, type[Optimizer]]:
    """All optimizer classes by name."""
    found: dict[str, type[Optimizer]] = {}
    for info in pkgutil.iter_modules(package.__path__, prefix=f"{package.__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, type) and issubclass(value, Optimizer) and "name" in value.model_fields:
                found[value.model_fields["name"].default] = value
    return MappingProxyType(dict(sorted(found.items())))


def optimizer_from(settings: Mapping[str, Any]) -> Optimizer:
    """The optimizer that `settings["name"]` names, with the other entries as its settings.

    Raises:
        ValueError: one sentence on the first thing that is wrong.
    """
    kind = optimizers().get(str(settings.get("name", "")))
    if kind is None:
        raise ValueError(
            f"The optimizer is one of {', '.join(optimizers())}, received {settings.get('name')!r}; take "
            "Adam if unsure."
        )
    try:
        return kind.model_validate(dict(settings))
    except ValidationError as error:
        raise ValueError(next(iter(problems(kind, error).values()))) from None
